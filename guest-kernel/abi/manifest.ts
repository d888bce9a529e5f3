// The manifest section of a bundle: one fixed struct. Little-endian; offsets in bytes. Strings are UTF-8,
// NUL-padded, and never fill their field.

export const MANIFEST_NAME: usize = 0; // u8[64], reverse-DNS, [a-z0-9.-]
export const MANIFEST_NAME_SIZE: usize = 64;
export const MANIFEST_VERSION: usize = MANIFEST_NAME + MANIFEST_NAME_SIZE; // u8[16], semantic version
export const MANIFEST_VERSION_SIZE: usize = 16;
export const MANIFEST_ENTRY: usize = MANIFEST_VERSION + MANIFEST_VERSION_SIZE; // u8[32], exported function () -> () or () -> i32; empty in a library, and only there
export const MANIFEST_ENTRY_SIZE: usize = 32;
export const MANIFEST_CAPABILITIES: usize = MANIFEST_ENTRY + MANIFEST_ENTRY_SIZE; // u32, CAP_* asked for
export const MANIFEST_MEMORY_PAGES: usize = MANIFEST_CAPABILITIES + 4; // u32, most linear memory it may grow to, 64 KiB pages, 1..65536
export const MANIFEST_RESERVED: usize = MANIFEST_MEMORY_PAGES + 4; // u8[8], zero
export const MANIFEST_SIZE: usize = MANIFEST_RESERVED + 8;
