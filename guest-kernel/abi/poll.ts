// What `poll` takes: a list of entries, each a handle and what is asked of it. 8 bytes, little-endian.

export const POLL_HANDLE: usize = 0; // i32: a handle, or POLL_CHILDREN
export const POLL_EVENTS: usize = POLL_HANDLE + 4; // u16: POLL_READ | POLL_WRITE, what to wait for
export const POLL_READY: usize = POLL_EVENTS + 2; // u16: written: what is so, POLL_CLOSED and POLL_INVALID even if not asked for
export const POLL_SIZE: usize = POLL_READY + 2;

export const POLL_MAX: u32 = 64; // entries
export const POLL_CHILDREN: i32 = -1; // in place of a handle: readable when `wait` for any child would not wait

export const POLL_READ: u32 = 1 << 0; // read, port_receive: would not wait
export const POLL_WRITE: u32 = 1 << 1; // write would not wait; a port takes any message
export const POLL_CLOSED: u32 = 1 << 2; // the other side is gone: what came before can still be read
export const POLL_INVALID: u32 = 1 << 3; // no such handle
