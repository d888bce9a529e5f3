// Split virtqueue layout, virtio 1.2 §2.7. Offsets in bytes, little-endian.
// Compiled by both tsc (host device) and asc (guest driver): constants only.

// struct virtq_desc, 16 bytes
export const DESC_ADDR: usize = 0; // u64, guest physical
export const DESC_LEN: usize = DESC_ADDR + 8; // u32
export const DESC_FLAGS: usize = DESC_LEN + 4; // u16, VIRTQ_DESC_F_*
export const DESC_NEXT: usize = DESC_FLAGS + 2; // u16, valid if VIRTQ_DESC_F_NEXT
export const DESC_SIZE: usize = DESC_NEXT + 2;

export const VIRTQ_DESC_F_NEXT: u32 = 1 << 0;
export const VIRTQ_DESC_F_WRITE: u32 = 1 << 1; // device writes, driver reads
export const VIRTQ_DESC_F_INDIRECT: u32 = 1 << 2;

// struct virtq_avail: the driver's side
export const AVAIL_FLAGS: usize = 0; // u16, VIRTQ_AVAIL_F_*
export const AVAIL_IDX: usize = AVAIL_FLAGS + 2; // u16, runs free
export const AVAIL_RING: usize = AVAIL_IDX + 2; // u16[queue size], then u16 used_event

export const VIRTQ_AVAIL_F_NO_INTERRUPT: u32 = 1;

// struct virtq_used: the device's side
export const USED_FLAGS: usize = 0; // u16, VIRTQ_USED_F_*
export const USED_IDX: usize = USED_FLAGS + 2; // u16, runs free
export const USED_RING: usize = USED_IDX + 2; // virtq_used_elem[queue size], then u16 avail_event
export const USED_ELEM_ID: usize = 0; // u32, head of the chain
export const USED_ELEM_LEN: usize = USED_ELEM_ID + 4; // u32, bytes written
export const USED_ELEM_SIZE: usize = USED_ELEM_LEN + 4;

export const VIRTQ_USED_F_NO_NOTIFY: u32 = 1;

export const VIRTQ_MAX_SIZE: u32 = 32768; // §2.7: at most, and a power of two

// Alignment of the three parts, §2.7
export const DESC_ALIGN: usize = 16;
export const AVAIL_ALIGN: usize = 2;
export const USED_ALIGN: usize = 4;
