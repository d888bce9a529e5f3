// Whether aot and V8 agree that bytes are a valid module, and the differences that are known.

import { type Aot, AotError } from "../../guest-kernel/image/aot.ts";
import { sectionsOf } from "./wasm-bytes.ts";

/** More than this for one module of a fuzz run is too much: they have a few KiB. */
const MAX_MILLISECONDS = 2000;
const MAX_COMPILER_BYTES = 256 << 20;

/** What came of a module: a disagreement, or the group to count it in. */
export type Verdict = { failure: string } | { group: string };

/** A reason of aot's to refuse what V8 takes. */
interface KnownDifference {
  group: string;
  reason: RegExp;
  /** What the byte at the error's offset, and the section that it is in, must be. */
  at?: (byte: number, section: number | undefined) => boolean;
}

const SECTION_CODE = 10;

// V8 takes versions of WebAssembly after 2.0, and has other limits.
const KNOWN: readonly KnownDifference[] = [
  { group: "limits", reason: /^(too many|too large|.* too large|nesting too deep|code too large)/ },
  { group: "exceptions", reason: /^malformed section id/, at: (byte) => byte === 13 },
  {
    group: "exceptions and tail calls",
    reason: /^illegal opcode/,
    at: (byte) => [0x06, 0x07, 0x08, 0x09, 0x12, 0x13, 0x18, 0x19].includes(byte),
  },
  { group: "waiting on atomics", reason: /^waiting and notifying/ },
  {
    group: "extended constants",
    reason: /^constant expression required|^unknown global|^type mismatch/,
    at: (_, section) => section !== SECTION_CODE,
  },
];

/** Compares the verdicts on `bytes`, and what compiling cost. @throws whatever aot throws besides AotError */
export function verdictOn(
  aot: Pick<Aot, "compile" | "memoryBytes">,
  bytes: Uint8Array<ArrayBuffer>,
): Verdict {
  const start = performance.now();
  const refusal = refusalOf(aot, bytes);
  const took = performance.now() - start;
  if (took > MAX_MILLISECONDS) return { failure: `compiling took ${Math.round(took)} ms` };
  if (aot.memoryBytes > MAX_COMPILER_BYTES) return { failure: `the compiler has ${aot.memoryBytes} bytes` };
  if (WebAssembly.validate(bytes)) {
    if (refusal === undefined) return { group: "accepted by both" };
    const known = KNOWN.find((difference) => fits(difference, refusal, bytes));
    return known
      ? { group: `refused: ${known.group}` }
      : { failure: `refused, although valid: ${refusal.message}` };
  }
  return refusal === undefined
    ? { failure: "accepted, although V8 refuses it" }
    : { group: "refused by both" };
}

function refusalOf(aot: Pick<Aot, "compile">, bytes: Uint8Array): AotError | undefined {
  try {
    aot.compile(bytes, { preemptible: true }).free();
    return undefined;
  } catch (error) {
    if (error instanceof AotError) return error;
    throw error;
  }
}

/** Whether a refusal of bytes that V8 takes, which are well-formed therefore, is a known difference. */
function fits(
  { reason, at }: KnownDifference,
  { reason: given, offset }: AotError,
  bytes: Uint8Array,
): boolean {
  if (!reason.test(given)) return false;
  const section = sectionsOf(bytes).find(({ content, end }) => offset >= content && offset < end);
  return at === undefined || at(bytes[offset] ?? -1, section?.id);
}
