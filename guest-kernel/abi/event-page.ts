// The event page at EVENT_PAGE_GPA: how host and guest meet without exits or interrupts.
// Every word is a naturally aligned u32 accessed atomically; offsets in bytes.

export const EVENT_PENDING: usize = 0; // host ORs EVENT_* bits in; guest exchanges with 0
export const EVENT_IDLE: usize = EVENT_PENDING + 4; // guest sets 1 before its idle store; whoever wakes it sets 0
export const EVENT_IDLE_TIMEOUT_US: usize = EVENT_IDLE + 4; // guest: how long to sleep; EVENT_NO_TIMEOUT = until woken
export const EVENT_PREEMPT_GPA: usize = EVENT_IDLE_TIMEOUT_US + 4; // guest: where the running process's preempt word is; 0 = the kernel runs
export const EVENT_RUN_SEQ: usize = EVENT_PREEMPT_GPA + 4; // guest: counts resumes, so that the host tick sees a slice that goes on
export const EVENT_EXITS: usize = EVENT_RUN_SEQ + 4; // host: exits handled so far
export const EVENT_LOG_GPA: usize = EVENT_EXITS + 4; // guest: the kernel's log ring (kernel log.ts), 0 before it is set up
export const EVENT_PROCESSES_GPA: usize = EVENT_LOG_GPA + 4; // guest: the process table (process-table.ts), 0 before it is set up
export const EVENT_DEBUGGED: usize = EVENT_PROCESSES_GPA + 4; // host: 1 while a debugger wants DEBUG_* of control.ts
export const EVENT_FREE_PAGES: usize = EVENT_DEBUGGED + 4; // guest: frames that nobody has, as of the last turn of its loop
export const EVENT_PACKAGES_GPA: usize = EVENT_FREE_PAGES + 4; // guest: the package cache (package-cache.ts), 0 before it is set up
export const EVENT_TRACE_GPA: usize = EVENT_PACKAGES_GPA + 4; // guest: the trace (trace.ts), 0 where there is none
export const EVENT_PAGE_SIZE: usize = EVENT_TRACE_GPA + 4;

export const EVENT_NO_TIMEOUT: u32 = 0xffffffff;

// Bits of EVENT_PENDING. Bit i < VIRTIO_MMIO_SLOTS: device in slot i has used buffers or a new configuration.
export const EVENT_BIT_SCREEN: u32 = 30; // FRAMEBUFFER_WANTED_* changed
export const EVENT_BIT_TICK: u32 = 31; // the preemption timer ran out

// To preempt: store PREEMPT_REQUEST at the u32 that EVENT_PREEMPT_GPA names (the high half of the running
// context's limit word). The VMM checks that it is aligned and inside RAM.
export const PREEMPT_REQUEST: u32 = 0xffffffff;
