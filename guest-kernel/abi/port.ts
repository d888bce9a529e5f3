// Message ports: two ends that are each other's peer, each with a queue of the messages that came to it. A named port
// (port_register) has no peer: what comes to it are connections, messages of no bytes and one handle.

export const PORT_MESSAGE_MAX: u32 = 8192; // bytes in a message
export const PORT_QUEUE_BYTES: u32 = 16384; // room of an end's queue; a message takes PORT_HEADER, 8 a handle, and its bytes in eights
export const PORT_HANDLES_MAX: u32 = 8; // handles in a message
export const PORT_NAME_MAX: u32 = 32; // bytes of a name: 'a'..'z', '0'..'9', '.', '-', '_'
export const PORT_NAMES_MAX: u32 = 64; // names at once
export const PORT_NOWAIT: u32 = 0x100; // with the count of handles: -E_AGAIN instead of waiting

// In a queue, in front of a message's handles (u32 kind, i32 id) and bytes.
export const PORT_HEADER_BYTES: u32 = 0; // u32
export const PORT_HEADER_HANDLES: u32 = PORT_HEADER_BYTES + 4; // u32
export const PORT_HEADER: u32 = PORT_HEADER_HANDLES + 4;
