// Where things are in guest-physical (GPA) and guest-virtual memory.
// Compiled by both tsc and asc: constants only.
//
// A kernel linear address IS a guest-physical address: the kernel's 4 GiB window maps guest-physical
// 0..4 GiB (RAM, then the MMIO hole) at KERNEL_WINDOW. Page 0 is unmapped, so null pointers fault.

export const PAGE_SIZE: usize = 0x1000;
export const LARGE_PAGE_SIZE: usize = 0x200000;

// Guest-physical, in order. Everything below KERNEL_CODE_GPA is mapped read-write, not executable.
export const GDT_GPA: usize = 0x1000; // 1 page
export const IDT_GPA: usize = 0x2000; // 1 page, 256 gates of 16 bytes
export const TSS_GPA: usize = 0x3000; // 1 page
export const BOOT_INFO_GPA: usize = 0x4000; // 1 page, boot-info.ts
export const EVENT_PAGE_GPA: usize = 0x5000; // 1 page, event-page.ts
export const FAULT_RECORD_GPA: usize = 0x6000; // 1 page, fault.ts
export const IST_STACK_GPA: usize = 0x7000; // 4 pages, grows down from IST_STACK_END
export const IST_STACK_END: usize = 0xb000;
export const CMDLINE_GPA: usize = 0xb000; // 1 page, UTF-8, length in the boot information
export const CMDLINE_MAX: usize = 0x1000;
export const PAGE_TABLES_GPA: usize = 0x10000; // built by the VMM; the root (PML4) is the first page
export const PAGE_TABLES_END: usize = 0x40000;
export const KERNEL_CONTEXT_GPA: usize = 0x40000; // the kernel's instance context, then its table
export const KERNEL_CONTEXT_END: usize = 0x100000;
export const KERNEL_STACK_GPA: usize = 0x100000; // grows down from KERNEL_STACK_END
export const KERNEL_STACK_END: usize = 0x180000;
export const KERNEL_CODE_GPA: usize = 0x200000; // 2 MiB aligned; executable only through KERNEL_CODE
export const KERNEL_CODE_END: usize = 0x600000;
export const KERNEL_DATA_GPA: usize = 0x600000; // asc --memoryBase: static data, then the heap
export const KERNEL_HEAP_END: usize = 0x2600000; // asc --initialMemory, in 64 KiB pages
export const INITRAMFS_GPA: usize = 0x2600000; // length in the boot information; free frames follow it

// The MMIO hole: no memory slot, so every access exits to the VMM.
export const MMIO_GPA: usize = 0xd0000000; // RAM ends at or below
export const VIRTIO_MMIO_SLOTS: u32 = 8;
export const VIRTIO_MMIO_STRIDE: usize = 0x1000; // slot i is at MMIO_GPA + i * stride
export const FRAMEBUFFER_GPA: usize = 0xd00fe000; // framebuffer.ts
export const CONTROL_GPA: usize = 0xd00ff000; // control.ts
export const MMIO_END: usize = 0xd0200000; // one 2 MiB page

// Guest-virtual bases, in GiB because 64-bit constants are not portable: address = n * 2^30.
export const KERNEL_WINDOW_GIB: u32 = 1024; // guest-physical 0..4 GiB, read-write, not executable
export const KERNEL_CODE_GIB: u32 = 1088; // alias of KERNEL_CODE_GPA..END, read-execute
export const PROCESS_WINDOWS_GIB: u32 = 2048; // window i is at + i * PROCESS_WINDOW_GIB
export const PROCESS_WINDOW_GIB: u32 = 16;
export const PROCESS_WINDOW_COUNT: u32 = 8000;

// Inside a process window, in MiB from its start. Code, stack and a small memory share one page
// directory, so that a spawn hooks one table into a live one.
export const WINDOW_CODE_MIB: u32 = 0; // read-execute alias of the compiled module
export const WINDOW_CODE_MAX_MIB: u32 = 64;
export const WINDOW_LIBRARY_MIB: u32 = 64; // the same of the library that the module is linked to
export const WINDOW_LIBRARY_MAX_MIB: u32 = 64;
export const WINDOW_STACK_MIB: u32 = 256; // the stack ends (its highest address) here, unmapped above
export const WINDOW_MEMORY_MIB: u32 = 512; // linear memory: up to 4 GiB, then at least 4 GiB of guard
