// The fault record at FAULT_RECORD_GPA: written by the trap stubs (arch/) and by panic, read by the kernel
// (a process's fault) and the VMM (the kernel's). Offsets in bytes; u64 unless said otherwise.

export const FAULT_VECTOR: usize = 0; // exception vector, or FAULT_PANIC
export const FAULT_ERROR_CODE: usize = FAULT_VECTOR + 8;
export const FAULT_RIP: usize = FAULT_ERROR_CODE + 8;
export const FAULT_RFLAGS: usize = FAULT_RIP + 8;
export const FAULT_RSP: usize = FAULT_RFLAGS + 8;
export const FAULT_RAX: usize = FAULT_RSP + 8;
export const FAULT_RCX: usize = FAULT_RAX + 8;
export const FAULT_RDX: usize = FAULT_RCX + 8;
export const FAULT_RBX: usize = FAULT_RDX + 8;
export const FAULT_RBP: usize = FAULT_RBX + 8;
export const FAULT_RSI: usize = FAULT_RBP + 8;
export const FAULT_RDI: usize = FAULT_RSI + 8;
export const FAULT_R8: usize = FAULT_RDI + 8; // r8..r15 follow, 8 bytes each
export const FAULT_R14: usize = FAULT_R8 + 48;
export const FAULT_R15: usize = FAULT_R14 + 8;
export const FAULT_MESSAGE_LEN: usize = FAULT_R15 + 8; // u32, panic only
export const FAULT_MESSAGE: usize = FAULT_MESSAGE_LEN + 8; // UTF-8
export const FAULT_MESSAGE_MAX: usize = 512;
export const FAULT_SIZE: usize = FAULT_MESSAGE + FAULT_MESSAGE_MAX;

export const FAULT_PANIC: u32 = 256; // not a CPU exception: the kernel called panic()
