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
  /** Of each local: a register's number if below 16, else the displacement from rbp. */
  homes: number[];
}

/** Positions ascend by code offset; frames are of the functions that the module defines, in their order. */
export interface DebugRecord {
  positions: Position[];
  frames: FrameRecord[];
}

const REGISTERS = 16;

/** Reads the compiler's words. */
export function parseDebugRecord(positions: Uint32Array, functions: Uint32Array): DebugRecord {
  const record: DebugRecord = { positions: [], frames: [] };
  for (let i = 0; i < positions.length; i += 2)
    record.positions.push({ codeOffset: positions[i]!, wasmOffset: positions[i + 1]! });
  for (let i = 0; i < functions.length;) {
    const [savedEnd = 0, saved = 0, bodyStart = 0, returnEnd = 0, count = 0] = functions.subarray(i, i + 5);
    const homes = [...functions.subarray(i + 5, i + 5 + count)].map((home) => home | 0);
    record.frames.push({ savedEnd, savedRegisters: bitsOf(saved), bodyStart, returnEnd, homes });
    i += 5 + count;
  }
  return record;
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: REGISTERS }, (_, bit) => bit).filter((bit) => (mask >> bit) & 1);
}
