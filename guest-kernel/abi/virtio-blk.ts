// virtio-blk, virtio 1.2 §5.2. Offsets in bytes, little-endian.

export const VIRTIO_BLK_QUEUE: u32 = 0;
export const VIRTIO_BLK_SECTOR_SIZE: u32 = 512; // what capacity and sector numbers count in, always

// Feature bit numbers
export const VIRTIO_BLK_F_SIZE_MAX: u32 = 1;
export const VIRTIO_BLK_F_SEG_MAX: u32 = 2;
export const VIRTIO_BLK_F_RO: u32 = 5;
export const VIRTIO_BLK_F_BLK_SIZE: u32 = 6;
export const VIRTIO_BLK_F_FLUSH: u32 = 9;

// struct virtio_blk_config, as far as the features above
export const BLK_CONFIG_CAPACITY: usize = 0; // u64, sectors
export const BLK_CONFIG_SIZE_MAX: usize = BLK_CONFIG_CAPACITY + 8; // u32, bytes of a segment
export const BLK_CONFIG_SEG_MAX: usize = BLK_CONFIG_SIZE_MAX + 4; // u32, segments of a request
export const BLK_CONFIG_GEOMETRY: usize = BLK_CONFIG_SEG_MAX + 4; // 4 bytes, unused
export const BLK_CONFIG_BLK_SIZE: usize = BLK_CONFIG_GEOMETRY + 4; // u32, bytes of a block
export const BLK_CONFIG_SIZE: usize = BLK_CONFIG_BLK_SIZE + 4;

// struct virtio_blk_req: a header that the device reads, data, a status byte that the device writes
export const BLK_REQ_TYPE: usize = 0; // u32, VIRTIO_BLK_T_*
export const BLK_REQ_RESERVED: usize = BLK_REQ_TYPE + 4; // u32
export const BLK_REQ_SECTOR: usize = BLK_REQ_RESERVED + 4; // u64
export const BLK_REQ_SIZE: usize = BLK_REQ_SECTOR + 8;

export const VIRTIO_BLK_T_IN: u32 = 0; // the device writes data
export const VIRTIO_BLK_T_OUT: u32 = 1; // the device reads data
export const VIRTIO_BLK_T_FLUSH: u32 = 4;
export const VIRTIO_BLK_T_GET_ID: u32 = 8;
export const VIRTIO_BLK_ID_BYTES: u32 = 20;

export const VIRTIO_BLK_S_OK: u32 = 0;
export const VIRTIO_BLK_S_IOERR: u32 = 1;
export const VIRTIO_BLK_S_UNSUPP: u32 = 2;
