// The instance context: what compiled code knows of its instance. r14 points at it while the code runs.
// It lies in kernel memory, where no process can address it. Little-endian; offsets in bytes from r14.
//
// Registers of compiled code: r14 context, r15 linear memory base, rsp native stack, rbp frame pointer.
// Calls follow the System V AMD64 order: integers in rdi rsi rdx rcx r8 r9, floats in xmm0..xmm7, the rest
// on the stack; result in rax or xmm0; rbx r12 r13 (and r14 r15 rbp) are preserved by the callee.

export const CTX_LIMIT: usize = 0; // u64: code whose rsp is below must call CTX_SAFEPOINT; see limit word below
export const CTX_STACK_LIMIT: usize = CTX_LIMIT + 8; // u64: the lowest rsp allowed, what CTX_LIMIT holds normally
export const CTX_MEMORY_BASE: usize = CTX_STACK_LIMIT + 8; // u64: guest-virtual, loaded into r15
export const CTX_MEMORY_PAGES: usize = CTX_MEMORY_BASE + 8; // u32: current size in 64 KiB pages
export const CTX_MEMORY_MAX_PAGES: usize = CTX_MEMORY_PAGES + 4; // u32
export const CTX_RSP: usize = CTX_MEMORY_MAX_PAGES + 4; // u64: while it does not run: stack pointer; the word there is where resume returns to
export const CTX_RESULT: usize = CTX_RSP + 8; // u64: what the system call that it waits in will return
export const CTX_KERNEL_RSP: usize = CTX_RESULT + 8; // u64: set by resume; system calls run on the kernel stack from here down
export const CTX_RESCHEDULE: usize = CTX_KERNEL_RSP + 8; // u32: nonzero after a system call: go to the kernel loop, not back
export const CTX_PID: usize = CTX_RESCHEDULE + 4; // u32
export const CTX_SAFEPOINT: usize = CTX_PID + 4; // u64: code address of the safepoint stub
export const CTX_MEMORY_GROW: usize = CTX_SAFEPOINT + 8; // u64: code address; edi = pages to add, returns the old size or -1
export const CTX_ENTRY: usize = CTX_MEMORY_GROW + 8; // u64: code address that the process starts at
export const CTX_EXIT: usize = CTX_ENTRY + 8; // u64: code address called when the entry returns; edi = status
export const CTX_START: usize = CTX_EXIT + 8; // u64: code address of the start function, 0 = none; called before the entry
export const CTX_STATUS_MASK: usize = CTX_START + 8; // u32: what of the entry's result is the exit status; 0 if it returns none
export const CTX_MEMORY_BYTES: usize = CTX_STATUS_MASK + 8; // u64: what bulk memory operations may touch: CTX_MEMORY_PAGES in bytes; all 4 GiB for the kernel
export const CTX_HEADER_SIZE: usize = 128; // results follow, then imports, globals, tables and segments, laid out by aot

// The result of a function that has several, 16 bytes each, from CTX_HEADER_SIZE on: the same place in every context.
export const RESULT_SIZE: usize = 16;

// The limit word. Every function prologue compares (rsp - its frame) and every loop back-edge rsp with
// CTX_LIMIT, unsigned, and calls CTX_SAFEPOINT when it is below. PREEMPT_REQUEST stored into the high half
// (CTX_LIMIT + 4) makes the next safepoint take that path; the stub tells a real overflow apart with
// CTX_STACK_LIMIT. Below CTX_STACK_LIMIT there are STACK_RESERVE bytes for stubs.
export const STACK_RESERVE: usize = 4096;

// An import, 8 bytes: the code address to call.
export const IMPORT_SIZE: usize = 8;
// A global, in its own type from its first byte on. Of an imported one that is mutable: u64 address of the exporter's.
export const GLOBAL_SIZE: usize = 16;
// A table, 16 bytes. An imported one is u64 address of the exporter's.
export const TABLE_BASE: usize = 0; // u64: guest-virtual address of its entries
export const TABLE_LENGTH: usize = 8; // u32: entries
export const TABLE_MAX: usize = 12; // u32
export const TABLE_SIZE: usize = 16;
// A table entry, 16 bytes; code 0 is null.
export const ENTRY_CODE: usize = 0; // u64: code address
export const ENTRY_TYPE: usize = 8; // u32: canonical type index of the module; among instances that share tables: a number common to them
export const ENTRY_REFERENCE: usize = 12; // u32: the function reference that it was made of
export const ENTRY_SIZE: usize = 16;
// How function references are resolved, 16 bytes: reference r means the entry at REFERENCES_ENTRIES + 16 r. 0 is null.
export const REFERENCES_ENTRIES: usize = 0; // u64: guest-virtual address of entry 0, which is null
export const REFERENCES_FIRST: usize = 8; // u32: function i of the module is reference REFERENCES_FIRST + i + 1
export const REFERENCES_COUNT: usize = 12; // u32: entries that there are
export const REFERENCES_SIZE: usize = 16;
// A passive or active data or element segment, 16 bytes.
export const SEGMENT_BASE: usize = 0; // u64: guest-virtual address of its bytes (element segments: u32 function indices)
export const SEGMENT_LENGTH: usize = 8; // u32: bytes (or indices) left; 0 once dropped
export const SEGMENT_SIZE: usize = 16;

// Kinds of trap. A compiled module's site table maps code offsets to a kind and a wasm byte offset.
export const TRAP_NONE: u32 = 0; // a call's return address: for backtraces only
export const TRAP_UNREACHABLE: u32 = 1;
export const TRAP_OUT_OF_BOUNDS: u32 = 2; // memory access
export const TRAP_DIVISION_BY_ZERO: u32 = 3;
export const TRAP_INTEGER_OVERFLOW: u32 = 4;
export const TRAP_INVALID_CONVERSION: u32 = 5;
export const TRAP_UNDEFINED_ELEMENT: u32 = 6; // call_indirect: index past the table
export const TRAP_NULL_ELEMENT: u32 = 7; // call_indirect: null entry
export const TRAP_SIGNATURE_MISMATCH: u32 = 8; // call_indirect: another type
export const TRAP_STACK_OVERFLOW: u32 = 9;
export const TRAP_TABLE_OUT_OF_BOUNDS: u32 = 10; // table access or bulk table operation
export const TRAP_UNALIGNED_ATOMIC: u32 = 11; // an atomic access to an address that is no multiple of its size

// A site, 8 bytes, sorted by code offset.
export const SITE_CODE_OFFSET: usize = 0; // u32: of the instruction (traps) or the return address (TRAP_NONE)
export const SITE_WASM_OFFSET: usize = 4; // u32: low 24 bits wasm byte offset in the module, high 8 bits TRAP_*
export const SITE_SIZE: usize = 8;
