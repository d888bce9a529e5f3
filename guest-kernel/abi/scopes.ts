// The scopes section of a bundle: which files and which hosts its capabilities cover. Little-endian; offsets in bytes.
//
// A header, the rules for hosts, the rules for files, each file rule padded with zeros to 4 bytes; nothing behind them.
// A list of none means that the capability covers everything. A list without its capability is malformed.

export const SCOPES_FILE_COUNT: usize = 0; // u16, 0..SCOPES_MAX_FILES; needs CAP_FILES
export const SCOPES_HOST_COUNT: usize = SCOPES_FILE_COUNT + 2; // u16, 0..SCOPES_MAX_HOSTS; needs CAP_NET
export const SCOPES_HEADER_SIZE: usize = SCOPES_HOST_COUNT + 2;
export const SCOPES_MAX_FILES: u32 = 16;
export const SCOPES_MAX_HOSTS: u32 = 16;

// A rule for hosts: addresses that begin with the same bits, and a range of ports
export const HOST_ADDRESS: usize = 0; // u32, first octet in the lowest byte; zero behind the prefix
export const HOST_PREFIX_BITS: usize = HOST_ADDRESS + 4; // u32, 0..32
export const HOST_FIRST_PORT: usize = HOST_PREFIX_BITS + 4; // u16, 1..65535
export const HOST_LAST_PORT: usize = HOST_FIRST_PORT + 2; // u16, at least the first
export const HOST_RULE_SIZE: usize = HOST_LAST_PORT + 2;

// A rule for files: a file, or a folder and all below it. Of several that cover a path, each adds its rights.
export const FILE_RIGHTS: usize = 0; // u16: SCOPE_READ, or SCOPE_READ | SCOPE_WRITE
export const FILE_PATH_LENGTH: usize = FILE_RIGHTS + 2; // u16, 1..SCOPES_MAX_PATH
export const FILE_PATH: usize = FILE_PATH_LENGTH + 2; // u8[], UTF-8 without control characters; absolute, without `.`, `..`, `//` and a slash at the end
export const SCOPES_MAX_PATH: u32 = 127;

export const SCOPE_READ: u32 = 1;
export const SCOPE_WRITE: u32 = 2;
