// Sequence numbers, RFC 9293 §3.4: 32 bits that wrap. Kept as unsigned integers.

/** The sequence number `count` after (or, if negative, before) `seq`. */
export function advance(seq: number, count: number): number {
  return (seq + count) >>> 0;
}

/** How far `a` is after `b`; negative if before. Meaningful for distances below 2^31. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}
