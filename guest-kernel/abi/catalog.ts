// The package catalog, as served at /catalog.bin: u32 LE entry count, then packed 128-byte entries.

export const CATALOG_COUNT: usize = 0; // u32
export const CATALOG_HEADER_SIZE: usize = 4;
export const CATALOG_MAX_ENTRIES: u32 = 4096;

export const CATALOG_NAME: usize = 0; // u8[64], NUL-padded UTF-8
export const CATALOG_NAME_SIZE: usize = 64;
export const CATALOG_VERSION: usize = CATALOG_NAME + CATALOG_NAME_SIZE; // u8[16], NUL-padded
export const CATALOG_VERSION_SIZE: usize = 16;
export const CATALOG_SHA256: usize = CATALOG_VERSION + CATALOG_VERSION_SIZE; // u8[32]
export const CATALOG_SIZE_BYTES: usize = CATALOG_SHA256 + 32; // u32
export const CATALOG_FLAGS: usize = CATALOG_SIZE_BYTES + 4; // u32, CATALOG_FLAG_*
export const CATALOG_RESERVED: usize = CATALOG_FLAGS + 4; // u8[8], zero
export const CATALOG_ENTRY_SIZE: usize = CATALOG_RESERVED + 8;

export const CATALOG_FLAG_SYSTEM: u32 = 0x01; // pinned, never evicted
export const CATALOG_FLAG_WINDOW: u32 = 0x02; // asks for CAP_SURFACES: an app with windows

/** Cache slots for installed apps. */
export const PKG_CACHE_SLOTS: u32 = 16;
