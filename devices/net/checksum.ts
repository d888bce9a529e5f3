// Checksums that a driver left to the device, virtio 1.2 §5.1.6.2 and RFC 1071.

const CHECKSUM_SIZE = 2;

/** Whether the field that the driver names, `offset` bytes after `start`, lies in a frame of `frameLen` bytes. */
export function checksumFits(start: number, offset: number, frameLen: number): boolean {
  return start + offset + CHECKSUM_SIZE <= frameLen;
}

/**
 * Completes the checksum of `frame` from `start` to its end. The field at `start + offset`, inside the frame, holds
 * the pseudo-header's sum.
 */
export function completeChecksum(frame: Uint8Array, start: number, offset: number): void {
  let sum = 0; // at most 32768 words of 16 bits: no overflow of 2^53
  const even = start + ((frame.length - start) & ~1);
  for (let i = start; i < even; i += 2) sum += (frame[i]! << 8) | frame[i + 1]!; // SAFETY: below the length
  if (even < frame.length) sum += frame[even]! << 8; // SAFETY: the odd last byte
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = sum === 0xffff ? 0xffff : ~sum & 0xffff; // 0 would mean "none" to UDP
  frame[start + offset] = checksum >> 8;
  frame[start + offset + 1] = checksum & 0xff;
}
