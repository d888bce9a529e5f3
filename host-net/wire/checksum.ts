// Internet checksum, RFC 1071: the one's complement of the one's complement sum of 16-bit words.

/**
 * Adds the big-endian words of `bytes[start..end)` to a sum. Exact for any frame; fold it when all is added. An odd
 * last byte counts as a word's high half, so only the last piece of a message may have odd length.
 */
export function addWords(sum: number, bytes: Uint8Array, start: number, end: number): number {
  let total = sum;
  let at = start;
  for (; at + 1 < end; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < end) total += bytes[at]! << 8;
  return total;
}

/** Brings a sum to 16 bits by adding the carries back in. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return folded;
}

/** The value for a checksum field. Over a message that holds its own valid checksum, it is 0. */
export function checksum(sum: number): number {
  return ~fold(sum) & 0xffff;
}

/** The sum of the pseudo-header that TCP (RFC 9293 §3.1) and UDP (RFC 768) put before their own. */
export function pseudoHeaderSum(src: number, dst: number, protocol: number, length: number): number {
  return (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + protocol + length;
}
