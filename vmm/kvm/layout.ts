// Structs of <linux/kvm.h> and <asm/kvm.h>, x86-64. Offsets and sizes in bytes, little-endian.
// tests/layout checks every number against the header.

// struct kvm_regs: u64 each
export const KVM_REGS_NAMES = [
  "rax",
  "rbx",
  "rcx",
  "rdx",
  "rsi",
  "rdi",
  "rsp",
  "rbp",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
  "rip",
  "rflags",
] as const;
export const KVM_REGS_SIZE = 8 * KVM_REGS_NAMES.length;

// struct kvm_xsave: what the instruction XSAVE writes
export const KVM_XSAVE_SIZE = 4096;

// struct kvm_segment
export const SEGMENT_BASE = 0; // u64
export const SEGMENT_LIMIT = 8; // u32
export const SEGMENT_SELECTOR = 12; // u16
export const SEGMENT_TYPE = 14; // u8, and so on
export const SEGMENT_PRESENT = 15;
export const SEGMENT_DPL = 16;
export const SEGMENT_DB = 17;
export const SEGMENT_S = 18;
export const SEGMENT_L = 19;
export const SEGMENT_G = 20;
export const SEGMENT_AVL = 21;
export const SEGMENT_UNUSABLE = 22;
export const KVM_SEGMENT_SIZE = 24;

// struct kvm_dtable
export const DTABLE_BASE = 0; // u64
export const DTABLE_LIMIT = 8; // u16

// struct kvm_sregs
export const SREGS_CS = 0;
export const SREGS_DS = 24;
export const SREGS_ES = 48;
export const SREGS_FS = 72;
export const SREGS_GS = 96;
export const SREGS_SS = 120;
export const SREGS_TR = 144;
export const SREGS_LDT = 168;
export const SREGS_GDT = 192;
export const SREGS_IDT = 208;
export const SREGS_CR0 = 224; // u64
export const SREGS_CR2 = 232; // u64
export const SREGS_CR3 = 240; // u64
export const SREGS_CR4 = 248; // u64
export const SREGS_EFER = 264; // u64
export const KVM_SREGS_SIZE = 312;

// struct kvm_userspace_memory_region
export const MEMORY_REGION_SLOT = 0; // u32
export const MEMORY_REGION_FLAGS = 4; // u32
export const MEMORY_REGION_GUEST_PHYS_ADDR = 8; // u64
export const MEMORY_REGION_MEMORY_SIZE = 16; // u64, bytes
export const MEMORY_REGION_USERSPACE_ADDR = 24; // u64
export const KVM_USERSPACE_MEMORY_REGION_SIZE = 32;
export const KVM_MEM_READONLY = 1 << 1; // a flag: stores exit as to a device

// struct kvm_cpuid2: the entries follow
export const CPUID2_NENT = 0; // u32
export const KVM_CPUID2_SIZE = 8;
export const KVM_CPUID_ENTRY2_SIZE = 40;

// struct kvm_run
export const RUN_IMMEDIATE_EXIT = 1; // u8
export const RUN_EXIT_REASON = 8; // u32, KVM_EXIT_*
export const RUN_FAIL_ENTRY_REASON = 32; // u64
export const RUN_MMIO_PHYS_ADDR = 32; // u64
export const RUN_MMIO_DATA = 40; // u8[8]
export const RUN_MMIO_LEN = 48; // u32
export const RUN_MMIO_IS_WRITE = 52; // u8
export const RUN_INTERNAL_SUBERROR = 32; // u32
export const KVM_INTERNAL_ERROR_EMULATION = 1;

export const KVM_EXIT_IO = 2;
export const KVM_EXIT_HLT = 5;
export const KVM_EXIT_MMIO = 6;
export const KVM_EXIT_SHUTDOWN = 8;
export const KVM_EXIT_FAIL_ENTRY = 9;
export const KVM_EXIT_INTR = 10;
export const KVM_EXIT_INTERNAL_ERROR = 17;

export const KVM_CAP_USER_MEMORY = 3;
export const KVM_CAP_EXT_CPUID = 7;
export const KVM_CAP_GET_TSC_KHZ = 61;
export const KVM_CAP_IMMEDIATE_EXIT = 136;
