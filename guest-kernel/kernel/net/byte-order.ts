// Network byte order. IPv4 addresses are not swapped: everywhere in the kernel one is the u32 whose lowest byte is
// the first octet, as it lies on the wire.

/** Loads a big-endian u16 at any alignment. */
export function load16(at: usize): u32 {
  return <u32>bswap<u16>(load<u16>(at));
}

/** Loads a big-endian u32 at any alignment. */
export function load32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

/** Stores a big-endian u16 at any alignment. */
export function store16(at: usize, value: u32): void {
  store<u16>(at, bswap<u16>(<u16>value));
}

/** Stores a big-endian u32 at any alignment. */
export function store32(at: usize, value: u32): void {
  store<u32>(at, bswap<u32>(value));
}
