// The kernel's cache of installed apps at EVENT_PACKAGES_GPA, for debuggers: PKG_CACHE_SLOTS slots (catalog.ts). Written by
// the kernel (kernel/pkg/cache.ts, which checks these offsets). Offsets in bytes; what is not named is the kernel's own.

export const PACKAGE_APP_ID: usize = 0; // u32, 0 = the slot is free
export const PACKAGE_NAME_LENGTH: usize = 12; // u32
export const PACKAGE_PINNED: usize = 20; // u8
export const PACKAGE_USERS: usize = 24; // u32: processes that run it
export const PACKAGE_NAME: usize = 40; // UTF-8, CATALOG_NAME_SIZE bytes
export const PACKAGE_SIZE: usize = 104;
