// The stub table: code addresses of the stubs in arch/, u64 each, at the start of the kernel's code
// (KERNEL_CODE_GPA). Written when the kernel image is linked, read by the kernel and the VMM.

export const STUB_BOOT: u32 = 0; // first instruction: calls the kernel's `main`
export const STUB_PROCESS_START: u32 = 1; // where a fresh process's stack returns to
export const STUB_SAFEPOINT: u32 = 2;
export const STUB_MEMORY_GROW: u32 = 3; // of a process
export const STUB_EXIT: u32 = 4; // CTX_EXIT of a process
export const STUB_TRAP_BASE: u32 = 8; // 32 trap stubs, by exception vector
export const STUB_SYSCALL_BASE: u32 = 64; // by system call slot (syscall-table.ts)
export const STUB_SYSCALL_COUNT: u32 = 192;
export const STUB_TRACED_BASE: u32 = STUB_SYSCALL_BASE + STUB_SYSCALL_COUNT; // the same, traced (trace.ts)
export const STUB_COUNT: u32 = STUB_TRACED_BASE + STUB_SYSCALL_COUNT;

// Why `arch.resume` returned to the kernel loop.
export const RESUME_SYSCALL: i32 = 0; // a system call set CTX_RESCHEDULE
export const RESUME_PREEMPTED: i32 = 1; // at a safepoint
export const RESUME_FAULT: i32 = 2; // the fault record says which
