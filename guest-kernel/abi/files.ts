// Files as system calls see them.

// Flags of open. Every open file can be read.
export const OPEN_WRITE: u32 = 1;
export const OPEN_CREATE: u32 = 2; // make it if it is not there
export const OPEN_EXCLUSIVE: u32 = 4; // with OPEN_CREATE: it must not be there
export const OPEN_TRUNCATE: u32 = 8; // with OPEN_WRITE: begin with nothing in it
export const OPEN_APPEND: u32 = 16; // with OPEN_WRITE: each write goes to the end
export const OPEN_FLAGS: u32 = 31;

// From where seek counts
export const SEEK_SET: u32 = 0;
export const SEEK_CURRENT: u32 = 1;
export const SEEK_END: u32 = 2;

// What stat writes
export const STAT_KIND: usize = 0; // u32, KIND_*
export const STAT_LINKS: usize = STAT_KIND + 4; // u32, names
export const STAT_BYTES: usize = STAT_LINKS + 4; // u64, length
export const STAT_MODIFIED: usize = STAT_BYTES + 8; // i64, ns since 1970, 0 if unknown
export const STAT_INODE: usize = STAT_MODIFIED + 8; // u32, the file's number in its file system, 0 if it has none
export const STAT_RESERVED: usize = STAT_INODE + 4; // u32, 0
export const STAT_SIZE: usize = STAT_RESERVED + 4;
export const KIND_FILE: u32 = 1;
export const KIND_FOLDER: u32 = 2;
export const KIND_OTHER: u32 = 3; // such as a symbolic link, which is not followed
