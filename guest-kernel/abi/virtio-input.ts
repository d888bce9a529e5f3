// virtio-input, virtio 1.2 §5.8: one device that is a keyboard and a tablet (a pointer with absolute coordinates and a
// wheel), so that a click and the keys that are held with it come in the order in which they happened. The host never
// sends repeated keys: the guest repeats what is held.
// Codes are those of <linux/input-event-codes.h>. Offsets in bytes, little-endian.

// Configuration, §5.8.4
export const VIRTIO_INPUT_CFG_SELECT: usize = 0; // u8, RW
export const VIRTIO_INPUT_CFG_SUBSEL: usize = 1; // u8, RW
export const VIRTIO_INPUT_CFG_SIZE: usize = 2; // u8, R: bytes of data
export const VIRTIO_INPUT_CFG_DATA: usize = 8; // u8[128], R
export const VIRTIO_INPUT_CFG_TOTAL: usize = VIRTIO_INPUT_CFG_DATA + 128;

export const VIRTIO_INPUT_CFG_UNSET: u32 = 0x00;
export const VIRTIO_INPUT_CFG_ID_NAME: u32 = 0x01;
export const VIRTIO_INPUT_CFG_ID_SERIAL: u32 = 0x02;
export const VIRTIO_INPUT_CFG_ID_DEVIDS: u32 = 0x03;
export const VIRTIO_INPUT_CFG_PROP_BITS: u32 = 0x10;
export const VIRTIO_INPUT_CFG_EV_BITS: u32 = 0x11;
export const VIRTIO_INPUT_CFG_ABS_INFO: u32 = 0x12;

// Queues, §5.8.2
export const VIRTIO_INPUT_QUEUE_EVENTS: u32 = 0;
export const VIRTIO_INPUT_QUEUE_STATUS: u32 = 1;

// struct virtio_input_event, §5.8.6.2
export const INPUT_EVENT_TYPE: usize = 0; // u16, EV_*
export const INPUT_EVENT_CODE: usize = 2; // u16
export const INPUT_EVENT_VALUE: usize = 4; // u32
export const INPUT_EVENT_SIZE: usize = 8;

export const EV_SYN: u32 = 0; // all of what came before belongs together
export const EV_KEY: u32 = 1; // value 0 up, 1 down, 2 repeated
export const EV_REL: u32 = 2;
export const EV_ABS: u32 = 3;
export const EV_MSC: u32 = 4;
export const MSC_TEXT: u32 = 7; // ours, a number that Linux has not given: the value is a code point that no key of the keyboard types

export const REL_HWHEEL: u32 = 6;
export const REL_WHEEL: u32 = 8; // notches, up is positive
export const ABS_X: u32 = 0;
export const ABS_Y: u32 = 1;
export const ABS_MAX_VALUE: u32 = 0x7fff; // the screen's last pixel

export const BTN_LEFT: u32 = 0x110;
export const BTN_RIGHT: u32 = 0x111;
export const BTN_MIDDLE: u32 = 0x112;
