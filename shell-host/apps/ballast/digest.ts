// FNV-1a, 32 bits: makes a short number of many results.

const OFFSET_BASIS: u32 = 0x811c9dc5;
const PRIME: u32 = 0x01000193;

let state: u32 = OFFSET_BASIS;

/** Starts a digest. */
export function digestBegin(): void {
  state = OFFSET_BASIS;
}

/** Adds the eight bytes of a number. */
export function digestAdd(value: u64): void {
  for (let shift = 0; shift < 64; shift += 8) state = (state ^ (<u32>(value >> shift) & 0xff)) * PRIME;
}

/** Adds a number by its bits. */
export function digestFloat(value: f64): void {
  digestAdd(reinterpret<u64>(value));
}

/** The digest of what was added. */
export function digestEnd(): u32 {
  return state;
}
