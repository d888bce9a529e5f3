// The trace: what the guest does, as records in a ring in its RAM at EVENT_TRACE_GPA, which the host reads as they come.
// Written by the stubs of traced system calls (arch/trace.ts) and by the kernel. Offsets in bytes.

export const TRACE_HEAD: usize = 0; // u32, guest: records written so far, runs free; the record is there before it is counted
export const TRACE_CLOCK_NS: usize = 8; // i64, guest: a moment of the monotonic clock
export const TRACE_CLOCK_TSC: usize = 16; // u64, guest: the time stamp counter at that moment
export const TRACE_RECORDS: usize = 64; // TRACE_RECORD_COUNT times; record i is at i % TRACE_RECORD_COUNT
export const TRACE_RECORD_COUNT: u32 = 32768; // a power of two
export const TRACE_RECORD_SHIFT: u32 = 5;
export const TRACE_BYTES: usize = TRACE_RECORDS + 32 * 32768;

// A record, 32 bytes
export const RECORD_TSC: usize = 0; // u64
export const RECORD_KIND: usize = 8; // u32: TRACE_* << 16 | what
export const RECORD_PID: usize = 12; // u32, 0 for the kernel
export const RECORD_VALUE: usize = 16; // u64, per kind
export const RECORD_VALUE2: usize = 24; // u64, per kind

export const TRACE_CALL: u32 = 1; // what: the system call's slot; values: its first two arguments, as registers
export const TRACE_RETURN: u32 = 2; // what: the slot; value: the result
export const TRACE_RUN: u32 = 3; // a process runs
export const TRACE_STOP: u32 = 4; // it does not any more; what: RESUME_* of arch.ts
export const TRACE_IDLE: u32 = 5; // the guest goes to sleep
export const TRACE_WAKE: u32 = 6;
export const TRACE_PACKAGE: u32 = 7; // a resolve goes on; what: PACKAGE_*; values: address and length of its name
export const TRACE_FRAME: u32 = 8; // what: 1 the compositor begins, 0 it has ended; value: pixels composed

export const PACKAGE_DONE: u32 = 0; // it has ended, well or not
export const PACKAGE_CATALOG: u32 = 1;
export const PACKAGE_FETCH: u32 = 2;
export const PACKAGE_HASH: u32 = 3;
export const PACKAGE_INSTALL: u32 = 4;
