// What the compiler records for debug information, aot/debug-record.ts.

/** An instruction of the module begins here. */
export interface Position {
  codeOffset: number;
  wasmOffset: number;
}

/** How a function keeps its frame; offsets in the module's code. */
export interface FrameRecord {
  /** Behind the stores of the saved registers. */
  savedEnd: number;
  /** The preserved registers that it saves below rbp, from rbp - 8 down in the order of their numbers. */
  savedRegisters: number[];
  /** Where the prologue ends. */
  bodyStart: number;
  /** Behind the `ret`. */
  returnEnd: number;
  locals: LocalRecord[];
}

/** Where a local lives. */
export interface LocalRecord {
  /** A register's number if 0..15, else the displacement from rbp. */
  home: number;
  /** A value type as the binary format numbers it. */
  type: number;
  /** Where the first and the last instruction that names it begin; the first is 0 if none does. */
  firstUse: number;
  lastUse: number;
}

/** Positions ascend by code offset; frames are of the functions that the module defines, in their order. */
export interface DebugRecord {
  positions: Position[];
  frames: FrameRecord[];
}

const REGISTERS = 16;
const LOCAL_WORDS = 4;

/** Reads the compiler's words. */
export function parseDebugRecord(positions: Uint32Array, functions: Uint32Array): DebugRecord {
  const record: DebugRecord = { positions: [], frames: [] };
  for (let i = 0; i < positions.length; i += 2)
    record.positions.push({ codeOffset: positions[i]!, wasmOffset: positions[i + 1]! });
  for (let i = 0; i < functions.length;) {
    const [savedEnd = 0, saved = 0, bodyStart = 0, returnEnd = 0, count = 0] = functions.subarray(i, i + 5);
    const locals = Array.from({ length: count }, (_, local) => ({
      home: functions[i + 5 + LOCAL_WORDS * local]! | 0,
      type: functions[i + 6 + LOCAL_WORDS * local]!,
      firstUse: functions[i + 7 + LOCAL_WORDS * local]!,
      lastUse: functions[i + 8 + LOCAL_WORDS * local]!,
    }));
    record.frames.push({ savedEnd, savedRegisters: bitsOf(saved), bodyStart, returnEnd, locals });
    i += 5 + LOCAL_WORDS * count;
  }
  return record;
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: REGISTERS }, (_, bit) => bit).filter((bit) => (mask >> bit) & 1);
}
