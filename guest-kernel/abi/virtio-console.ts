// virtio-console, virtio 1.2 §5.3. Two devices: the lower slot is the console, the higher the log.

export const VIRTIO_CONSOLE_RX_QUEUE: u32 = 0;
export const VIRTIO_CONSOLE_TX_QUEUE: u32 = 1;

// Feature bit number
export const VIRTIO_CONSOLE_F_SIZE: u32 = 0;

// struct virtio_console_config
export const CONSOLE_CONFIG_COLS: usize = 0; // u16
export const CONSOLE_CONFIG_ROWS: usize = CONSOLE_CONFIG_COLS + 2; // u16
export const CONSOLE_CONFIG_SIZE: usize = 12;
