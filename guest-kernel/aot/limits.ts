// What the compiler accepts, and the flags that steer it. A module beyond a limit is refused, never truncated.

// Flags of `Compiler.begin`
export const FLAG_PREEMPTIBLE: u32 = 1 << 0; // emit safepoints (processes; not the kernel)
export const FLAG_LZCNT: u32 = 1 << 1; // the CPU has lzcnt
export const FLAG_BMI1: u32 = 1 << 2; // the CPU has tzcnt
export const FLAG_DEBUG: u32 = 1 << 3; // record what debug information needs (debug-record.ts); the code stays the same
export const FLAG_LOCALS_IN_FRAME: u32 = 1 << 4; // no local lives in a register: slow code, whose variables a debugger finds

export const MAX_MODULE_BYTES: u32 = (1 << 24) - 1; // sites hold 24-bit wasm offsets
export const MAX_TYPES: u32 = 1 << 16;
export const MAX_FUNCTIONS: u32 = 1 << 17; // imported and defined
export const MAX_PARAMS: u32 = 128;
export const MAX_RESULTS: u32 = 128;
export const MAX_LOCALS: u32 = 8192; // of one function, parameters included
export const MAX_BODY_BYTES: u32 = 1 << 20; // of one function
export const MAX_NESTING: u32 = 2048;
export const MAX_OPERANDS: u32 = 16384; // depth of the operand stack
export const MAX_GLOBALS: u32 = 1 << 14;
export const MAX_TABLES: u32 = 64;
export const MAX_TABLE_ENTRIES: u32 = 1 << 20; // of one table
export const GROWABLE_TABLE_ENTRIES: u32 = 1024; // what a table that the code grows has room for, if it starts smaller
export const MAX_SEGMENTS: u32 = 1 << 15;
export const MAX_CONTEXT_BYTES: u32 = 1 << 22;
export const MAX_MEMORY_PAGES: u32 = 1 << 16;

// Code may be at most this much: a bound on what a hostile module can make of few bytes.
export const MAX_CODE_BYTES: u32 = 1 << 26;
export const CODE_BYTES_PER_MODULE_BYTE: u32 = 64;
