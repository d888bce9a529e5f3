// virtio-net, virtio 1.2 §5.1. Offsets in bytes, little-endian.

export const VIRTIO_NET_RX_QUEUE: u32 = 0;
export const VIRTIO_NET_TX_QUEUE: u32 = 1;

// Feature bit numbers
export const VIRTIO_NET_F_CSUM: u32 = 0; // device takes packets with partial checksums
export const VIRTIO_NET_F_GUEST_CSUM: u32 = 1; // driver takes packets with partial checksums
export const VIRTIO_NET_F_MTU: u32 = 3;
export const VIRTIO_NET_F_MAC: u32 = 5;
export const VIRTIO_NET_F_GUEST_TSO4: u32 = 7;
export const VIRTIO_NET_F_HOST_TSO4: u32 = 11;
export const VIRTIO_NET_F_MRG_RXBUF: u32 = 15;
export const VIRTIO_NET_F_STATUS: u32 = 16;

// struct virtio_net_config
export const NET_CONFIG_MAC: usize = 0; // u8[6]
export const NET_CONFIG_STATUS: usize = NET_CONFIG_MAC + 6; // u16
export const NET_CONFIG_MAX_VIRTQUEUE_PAIRS: usize = NET_CONFIG_STATUS + 2; // u16
export const NET_CONFIG_MTU: usize = NET_CONFIG_MAX_VIRTQUEUE_PAIRS + 2; // u16
export const NET_CONFIG_SIZE: usize = NET_CONFIG_MTU + 2;

export const VIRTIO_NET_S_LINK_UP: u32 = 1;

// struct virtio_net_hdr (VIRTIO_F_VERSION_1: always with num_buffers)
export const NET_HDR_FLAGS: usize = 0; // u8, VIRTIO_NET_HDR_F_*
export const NET_HDR_GSO_TYPE: usize = NET_HDR_FLAGS + 1; // u8, VIRTIO_NET_HDR_GSO_*
export const NET_HDR_HDR_LEN: usize = NET_HDR_GSO_TYPE + 1; // u16
export const NET_HDR_GSO_SIZE: usize = NET_HDR_HDR_LEN + 2; // u16
export const NET_HDR_CSUM_START: usize = NET_HDR_GSO_SIZE + 2; // u16
export const NET_HDR_CSUM_OFFSET: usize = NET_HDR_CSUM_START + 2; // u16
export const NET_HDR_NUM_BUFFERS: usize = NET_HDR_CSUM_OFFSET + 2; // u16
export const NET_HDR_SIZE: usize = NET_HDR_NUM_BUFFERS + 2;

export const VIRTIO_NET_HDR_F_NEEDS_CSUM: u32 = 1;
export const VIRTIO_NET_HDR_F_DATA_VALID: u32 = 2;
export const VIRTIO_NET_HDR_GSO_NONE: u32 = 0;
export const VIRTIO_NET_HDR_GSO_TCPV4: u32 = 1;
