/**
 * Addresses as integers, so that they compare with `===` and cost no allocation: IPv4 in 32 bits with the first octet
 * highest, MAC in 48 bits with the first octet highest.
 */

export const MAC_BROADCAST = 0xffff_ffff_ffff;

export const IPV4_UNSPECIFIED = 0;
export const IPV4_BROADCAST = 0xffff_ffff;

/** The group bit: such an address cannot be a frame's source. IEEE 802.3 §3.2.3. */
export function isGroupMac(mac: number): boolean {
  return (Math.floor(mac / 0x100_0000_0000) & 1) !== 0;
}

/** The mask of a prefix of 0 to 32 bits. */
export function prefixMask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (IPV4_BROADCAST << (32 - prefixLength)) >>> 0;
}

/** Reads four decimal octets; undefined if the text is anything else. */
export function parseIpv4(text: string): number | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let address = 0;
  for (const octet of octets) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return undefined;
    address = address * 256 + Number(octet);
  }
  return address;
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}
