// The virtio-mmio register file, version 2, virtio 1.2 §4.2.2. Offsets in bytes; 32-bit little-endian.

export const VIRTIO_MMIO_MAGIC_VALUE: usize = 0x000; // R
export const VIRTIO_MMIO_VERSION: usize = 0x004; // R
export const VIRTIO_MMIO_DEVICE_ID: usize = 0x008; // R
export const VIRTIO_MMIO_VENDOR_ID: usize = 0x00c; // R
export const VIRTIO_MMIO_DEVICE_FEATURES: usize = 0x010; // R
export const VIRTIO_MMIO_DEVICE_FEATURES_SEL: usize = 0x014; // W
export const VIRTIO_MMIO_DRIVER_FEATURES: usize = 0x020; // W
export const VIRTIO_MMIO_DRIVER_FEATURES_SEL: usize = 0x024; // W
export const VIRTIO_MMIO_QUEUE_SEL: usize = 0x030; // W
export const VIRTIO_MMIO_QUEUE_NUM_MAX: usize = 0x034; // R
export const VIRTIO_MMIO_QUEUE_NUM: usize = 0x038; // W
export const VIRTIO_MMIO_QUEUE_READY: usize = 0x044; // RW
export const VIRTIO_MMIO_QUEUE_NOTIFY: usize = 0x050; // W
export const VIRTIO_MMIO_INTERRUPT_STATUS: usize = 0x060; // R
export const VIRTIO_MMIO_INTERRUPT_ACK: usize = 0x064; // W
export const VIRTIO_MMIO_STATUS: usize = 0x070; // RW
export const VIRTIO_MMIO_QUEUE_DESC_LOW: usize = 0x080; // W
export const VIRTIO_MMIO_QUEUE_DESC_HIGH: usize = 0x084; // W
export const VIRTIO_MMIO_QUEUE_AVAIL_LOW: usize = 0x090; // W
export const VIRTIO_MMIO_QUEUE_AVAIL_HIGH: usize = 0x094; // W
export const VIRTIO_MMIO_QUEUE_USED_LOW: usize = 0x0a0; // W
export const VIRTIO_MMIO_QUEUE_USED_HIGH: usize = 0x0a4; // W
export const VIRTIO_MMIO_CONFIG_GENERATION: usize = 0x0fc; // R
export const VIRTIO_MMIO_CONFIG: usize = 0x100; // RW, device specific

export const VIRTIO_MMIO_MAGIC: u32 = 0x74726976; // "virt"

export const VIRTIO_MMIO_INT_VRING: u32 = 1 << 0;
export const VIRTIO_MMIO_INT_CONFIG: u32 = 1 << 1;

// Device status, §2.1
export const VIRTIO_CONFIG_S_ACKNOWLEDGE: u32 = 1;
export const VIRTIO_CONFIG_S_DRIVER: u32 = 2;
export const VIRTIO_CONFIG_S_DRIVER_OK: u32 = 4;
export const VIRTIO_CONFIG_S_FEATURES_OK: u32 = 8;
export const VIRTIO_CONFIG_S_NEEDS_RESET: u32 = 0x40;
export const VIRTIO_CONFIG_S_FAILED: u32 = 0x80;

// Device types, §5
export const VIRTIO_ID_NONE: u32 = 0;
export const VIRTIO_ID_NET: u32 = 1;
export const VIRTIO_ID_BLOCK: u32 = 2;
export const VIRTIO_ID_CONSOLE: u32 = 3;
export const VIRTIO_ID_RNG: u32 = 4;
export const VIRTIO_ID_INPUT: u32 = 18;

// Feature bit numbers, §6
export const VIRTIO_RING_F_INDIRECT_DESC: u32 = 28;
export const VIRTIO_RING_F_EVENT_IDX: u32 = 29;
export const VIRTIO_F_VERSION_1: u32 = 32;
