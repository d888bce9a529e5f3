// The kernel's log ring: its latest lines, for reports on a kernel that died. EVENT_LOG_GPA says where it is.

export const LOG_RING_TOTAL: usize = 0; // u32: bytes ever written, modulo 2^32
export const LOG_RING_BYTES: usize = LOG_RING_TOTAL + 4; // byte n of the log is at n % LOG_RING_SIZE
export const LOG_RING_SIZE: usize = 16384; // a power of two
