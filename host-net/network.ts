/** The guest's network: who is who on 10.0.2.0/24, as users of QEMU's and passt's user networks know it. */

export const NETWORK = 0x0a00_0200; // 10.0.2.0
export const PREFIX_LENGTH = 24;

/** The bridge itself. A connection to one of its ports goes to the same port of the host's loopback interface. */
export const GATEWAY_IP = 0x0a00_0202; // 10.0.2.2
export const GATEWAY_MAC = 0x5255_0a00_0202;

/** What DHCP leases, and the only source address that the bridge serves. */
export const GUEST_IP = 0x0a00_020f; // 10.0.2.15
