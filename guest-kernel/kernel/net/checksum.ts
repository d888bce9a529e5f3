// The internet checksum, RFC 1071. Sums are kept as the machine's own words: the one's complement sum of swapped
// words is the swapped sum (§2(B)), so a folded sum is stored as it is.

/** Adds `len` bytes at `data` to a running sum. Every part but the last must have an even length. */
export function checksumAdd(sum: u64, data: usize, len: u32): u64 {
  let at = data;
  const end = data + len;
  for (; at + 8 <= end; at += 8) {
    // PERF: two words at a time, the high halves' carries are folded at the end.
    const word = load<u64>(at);
    sum += (word & 0xffffffff) + (word >> 32);
  }
  for (; at + 2 <= end; at += 2) sum += <u64>load<u16>(at);
  if (at < end) sum += <u64>load<u8>(at); // padded with a zero behind it
  return sum;
}

/** Adds the TCP and UDP pseudo-header, RFC 9293 §3.1: addresses as they lie on the wire. */
export function checksumPseudoHeader(source: u32, target: u32, protocol: u32, len: u32): u64 {
  return <u64>source + <u64>target + ((<u64>protocol) << 8) + <u64>bswap<u16>(<u16>len);
}

/** Folds a sum to 16 bits; 0xffff (or 0, for an empty sum) if it covered data and its correct checksum. */
export function checksumFold(sum: u64): u32 {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  let folded = <u32>(sum & 0xffff) + <u32>(sum >> 16);
  folded = (folded & 0xffff) + (folded >> 16);
  return (folded & 0xffff) + (folded >> 16);
}

/** The checksum of a folded sum, to be stored with a plain 16-bit store. */
export function checksumFinish(sum: u64): u16 {
  return <u16>(~checksumFold(sum) & 0xffff);
}
