// The machine control registers at CONTROL_GPA. 32-bit stores; loads read zero.

export const CONTROL_IDLE: usize = 0; // sleep until EVENT_IDLE is 0 or EVENT_IDLE_TIMEOUT_US has passed
export const CONTROL_POWEROFF: usize = CONTROL_IDLE + 4; // value: the exit status, 0..255
export const CONTROL_PANIC: usize = CONTROL_POWEROFF + 4; // FAULT_RECORD_GPA holds why; the guest does not go on
export const CONTROL_FLUSH_TLB: usize = CONTROL_PANIC + 4; // reloads CR3
export const CONTROL_MARK: usize = CONTROL_FLUSH_TLB + 4; // value: MARK_*; the host stamps the time
export const CONTROL_FAULT: usize = CONTROL_MARK + 4; // value: the pid whose fault FAULT_RECORD_GPA and the log describe
export const CONTROL_DEBUG: usize = CONTROL_FAULT + 4; // from the #DB and #BP stubs, value: the vector (arch/trap.ts); or DEBUG_*
export const CONTROL_SIZE: usize = CONTROL_DEBUG + 4;

// Told to a debugger, while EVENT_DEBUGGED is set
export const DEBUG_PROCESSES: u32 = 0x100; // a process is about to run for the first time, or has ended
export const DEBUG_FAULT: u32 = 0x101; // from the stubs of all other vectors, before the fault is served

export const MARK_KERNEL: u32 = 1; // the kernel's first instructions ran
export const MARK_INIT: u32 = 2; // PID 1 runs for the first time
export const MARK_SHELL: u32 = 3; // PID 2, the shell, runs for the first time
