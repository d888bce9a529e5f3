// The boot information: written by the VMM at BOOT_INFO_GPA before the first instruction, read by the
// kernel once. Little-endian; offsets in bytes.

/** Bumped by every change to this folder; the kernel refuses another version at boot. */
export const ABI_VERSION: u32 = 2;
export const BOOT_MAGIC: u32 = 0x4253434f; // "OCSB"

export const BOOT_INFO_MAGIC: usize = 0; // u32
export const BOOT_INFO_VERSION: usize = BOOT_INFO_MAGIC + 4; // u32, ABI_VERSION
export const BOOT_INFO_RAM_BYTES: usize = BOOT_INFO_VERSION + 4; // u32, RAM is 0..this (at most MMIO_GPA)
export const BOOT_INFO_INITRAMFS_LEN: usize = BOOT_INFO_RAM_BYTES + 4; // u32, bytes at INITRAMFS_GPA
export const BOOT_INFO_CMDLINE_LEN: usize = BOOT_INFO_INITRAMFS_LEN + 4; // u32, bytes at CMDLINE_GPA
export const BOOT_INFO_TSC_KHZ: usize = BOOT_INFO_CMDLINE_LEN + 4; // u32
export const BOOT_INFO_ELAPSED_NS: usize = BOOT_INFO_TSC_KHZ + 4; // u64, from "create the VM" to this write
export const BOOT_INFO_WALL_CLOCK_NS: usize = BOOT_INFO_ELAPSED_NS + 8; // u64, Unix time at this write
export const BOOT_INFO_CPU_FEATURES: usize = BOOT_INFO_WALL_CLOCK_NS + 8; // u32, CPU_FEATURE_*
export const BOOT_INFO_SEED: usize = BOOT_INFO_CPU_FEATURES + 4; // u8[32], fresh random bytes
export const BOOT_INFO_POPULATED_BYTES: usize = BOOT_INFO_SEED + 32; // u32, RAM 0..this is backed by host pages
export const BOOT_INFO_SIZE: usize = BOOT_INFO_POPULATED_BYTES + 4;

export const CPU_FEATURE_SHA: u32 = 1 << 0; // SHA-NI
export const CPU_FEATURE_BMI2: u32 = 1 << 1;
export const CPU_FEATURE_LZCNT: u32 = 1 << 2;
export const CPU_FEATURE_BMI1: u32 = 1 << 3;
