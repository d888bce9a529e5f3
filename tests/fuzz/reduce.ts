// Makes a failing module smaller: whole function bodies first, then ranges of instructions, then ranges of bytes.

import { u32 } from "../support/random-module.ts";
import { readU32, sectionsOf, splice } from "./wasm-bytes.ts";

const SECTION_CODE = 10;
const SECTION_CUSTOM = 0;
const NOP = 0x01;
const UNREACHABLE_BODY = [0, 0x00, 0x0b]; // no locals; unreachable; end
const MAX_TRIES = 4000;

type Bytes = Uint8Array<ArrayBuffer>;

/** The smallest module found for which `fails` is still true, as it must be for `bytes`. */
export function reduceModule(bytes: Bytes, fails: (bytes: Bytes) => boolean): Bytes {
  let tries = 0;
  const holds = (candidate: Bytes): boolean =>
    tries++ < MAX_TRIES && WebAssembly.validate(candidate) && fails(candidate);
  let best = withoutCustomSections(bytes);
  if (!holds(best)) best = bytes;
  for (let before = ""; before !== Buffer.from(best).toString("base64");) {
    before = Buffer.from(best).toString("base64");
    best = emptyBodies(best, holds);
    best = blankInstructions(best, holds);
  }
  return best;
}

/** The smallest bytes found for which `fails` is still true: for what need not be a module. */
export function reduceBytes(bytes: Bytes, fails: (bytes: Bytes) => boolean): Bytes {
  let best = bytes;
  let tries = 0;
  for (let size = best.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= best.length && tries < MAX_TRIES; tries++) {
      const candidate = splice(best, at, at + size, []);
      if (fails(candidate)) best = candidate;
      else at += size;
    }
  }
  return best;
}

function withoutCustomSections(bytes: Bytes): Bytes {
  return sectionsOf(bytes)
    .filter(({ id }) => id === SECTION_CUSTOM)
    .reduceRight((rest, { start, end }) => splice(rest, start, end, []), bytes);
}

/** Where the bodies of the code section are, without their sizes. */
function bodiesOf(bytes: Bytes): { start: number; end: number }[] {
  const code = sectionsOf(bytes).find(({ id }) => id === SECTION_CODE);
  if (code === undefined) return [];
  let { value: left, end: at } = readU32(bytes, code.content);
  const bodies = [];
  for (; left > 0; left--) {
    const { value: size, end: start } = readU32(bytes, at);
    bodies.push({ start, end: start + size });
    at = start + size;
  }
  return bodies;
}

/** A copy whose function number `index` has another body. */
function withBody(bytes: Bytes, index: number, body: readonly number[]): Bytes {
  const code = sectionsOf(bytes).find(({ id }) => id === SECTION_CODE)!;
  const bodies = bodiesOf(bytes).map(({ start, end }) => [...bytes.subarray(start, end)]);
  bodies[index] = [...body];
  const content = [...u32(bodies.length), ...bodies.flatMap((b) => [...u32(b.length), ...b])];
  return splice(bytes, code.start, code.end, [SECTION_CODE, ...u32(content.length), ...content]);
}

function emptyBodies(bytes: Bytes, holds: (bytes: Bytes) => boolean): Bytes {
  let best = bytes;
  for (let i = bodiesOf(bytes).length - 1; i >= 0; i--) {
    const { start, end } = bodiesOf(best)[i]!;
    if (end - start <= UNREACHABLE_BODY.length) continue;
    const candidate = withBody(best, i, UNREACHABLE_BODY);
    if (holds(candidate)) best = candidate;
  }
  return best;
}

/** Removes ranges of code, or puts `nop` or `unreachable` in their place, in halving steps. */
function blankInstructions(bytes: Bytes, holds: (bytes: Bytes) => boolean): Bytes {
  let best = bytes;
  for (let i = 0; i < bodiesOf(best).length; i++) {
    const { start, end } = bodiesOf(best)[i]!;
    for (let size = end - start - 1; size > 0; size >>= 1) {
      for (let at = 0; ;) {
        const where = bodiesOf(best)[i]!;
        const body = [...best.subarray(where.start, where.end)];
        if (at + size > body.length - 1) break;
        const smaller = [[], [0x00], [NOP]]
          .filter((replacement) => replacement.length < size)
          .map((replacement) => withBody(best, i, body.toSpliced(at, size, ...replacement)))
          .find(holds);
        if (smaller) best = smaller;
        else at += size > 8 ? size >> 1 : 1;
      }
    }
  }
  return best;
}
