// Arithmetic of 32-bit sequence numbers, RFC 9293 §3.4: which of two comes first, as long as they are less than 2^31
// apart.

/** True if `a` is before `b`. */
export function seqBefore(a: u32, b: u32): bool {
  return <i32>(a - b) < 0;
}

/** True if `a` is after `b`. */
export function seqAfter(a: u32, b: u32): bool {
  return <i32>(a - b) > 0;
}

/** The later of two. */
export function seqMax(a: u32, b: u32): u32 {
  return seqAfter(a, b) ? a : b;
}

/** The earlier of two. */
export function seqMin(a: u32, b: u32): u32 {
  return seqBefore(a, b) ? a : b;
}
