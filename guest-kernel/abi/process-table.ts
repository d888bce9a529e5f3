// The kernel's process table at EVENT_PROCESSES_GPA, for debuggers: PROCESS_COUNT entries, by PID. Written by the kernel
// (kernel/proc/process.ts, which checks these offsets). Offsets in bytes; what is not named is the kernel's own.

export const PROCESS_COUNT: i32 = 1024;

export const PROCESS_PID: usize = 0; // u32
export const PROCESS_STATE: usize = PROCESS_PID + 4; // u32: 0 free, 1 runnable, 2 waiting, 3 ending, 4 zombie, 5 closing
export const PROCESS_CONTEXT: usize = PROCESS_STATE + 4; // u32: its instance context, 0 once it has ended
export const PROCESS_PARENT: usize = 36; // u32
export const PROCESS_LIBRARY: usize = 164; // u32: guest-physical address of the name of the library that it uses, NUL-padded, MANIFEST_NAME_SIZE bytes; 0 if it uses none
export const PROCESS_NAME: usize = 192; // UTF-8, NUL-padded
export const PROCESS_NAME_MAX: usize = 64;
export const PROCESS_SIZE: usize = 256;
