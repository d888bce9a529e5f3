// Whether aot and V8 agree that bytes are a valid module, and the differences that are known.

import { type Aot, AotError } from "../../guest-kernel/image/aot.ts";

/** More than this for one module of a fuzz run is too much: they have a few KiB. */
const MAX_MILLISECONDS = 2000;
const MAX_COMPILER_BYTES = 256 << 20;

/** What came of a module: a disagreement, or the group to count it in. */
export type Verdict = { failure: string } | { group: string };

/** A reason of aot's to refuse what V8 takes. */
interface KnownDifference {
  group: string;
  reason: RegExp;
  /** What the byte at the error's offset must be. */
  byte?: (byte: number) => boolean;
}

// V8 takes versions of WebAssembly after 2.0, and has other limits.
const KNOWN: readonly KnownDifference[] = [
  { group: "limits", reason: /^(too many|too large|.* too large|nesting too deep|code too large)/ },
  { group: "exceptions", reason: /^malformed section id/, byte: (byte) => byte === 13 },
  {
    group: "exceptions and tail calls",
    reason: /^illegal opcode/,
    byte: (byte) => [0x06, 0x07, 0x08, 0x09, 0x12, 0x13, 0x18, 0x19].includes(byte),
  },
  { group: "waiting on atomics", reason: /^waiting and notifying/ },
  { group: "extended constants", reason: /^constant expression required|^unknown global|^type mismatch/ },
];

/** Compares the verdicts on `bytes`, and what compiling cost. @throws whatever aot throws besides AotError */
export function verdictOn(aot: Aot, bytes: Uint8Array<ArrayBuffer>): Verdict {
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

function refusalOf(aot: Aot, bytes: Uint8Array): AotError | undefined {
  try {
    aot.compile(bytes, { preemptible: true }).free();
    return undefined;
  } catch (error) {
    if (error instanceof AotError) return error;
    throw error;
  }
}

function fits({ reason, byte }: KnownDifference, refusal: AotError, bytes: Uint8Array): boolean {
  return reason.test(refusal.reason) && (byte === undefined || byte(bytes[refusal.offset] ?? -1));
}
