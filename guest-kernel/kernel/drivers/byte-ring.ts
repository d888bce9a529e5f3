// A ring of bytes over memory that its owner provides.

/** Bytes to set aside for a ByteRing. */
export const BYTE_RING_STRUCT_SIZE: i32 = 16;

/** Bytes [head, head + used) of the ring are in it; positions wrap at `capacity`, a power of two. */
@unmanaged
export class ByteRing {
  base: usize;
  capacity: u32;
  head: u32; // position of the oldest byte, < capacity
  used: u32;
}
if (offsetof<ByteRing>() > 16) ERROR("BYTE_RING_STRUCT_SIZE");

/** Makes an empty ring over `capacity` bytes (a power of two) at `base`. */
export function ringInit(ring: ByteRing, base: usize, capacity: u32): void {
  assert((capacity & (capacity - 1)) == 0, "ringInit: capacity");
  ring.base = base;
  ring.capacity = capacity;
  ring.head = 0;
  ring.used = 0;
}

/** Bytes that can be written. */
export function ringRoom(ring: ByteRing): u32 {
  return ring.capacity - ring.used;
}

/** Appends up to `len` bytes; returns how many fitted. */
export function ringWrite(ring: ByteRing, source: usize, len: u32): u32 {
  len = min(len, ringRoom(ring));
  ringPlace(ring, ring.used, source, len);
  ring.used += len;
  return len;
}

/**
 * Writes `len` bytes `offset` bytes after the oldest one, without making them part of the ring: ringCommit does.
 * The caller has checked that offset + len <= capacity.
 */
export function ringPlace(ring: ByteRing, offset: u32, source: usize, len: u32): void {
  const at = (ring.head + offset) & (ring.capacity - 1);
  const first = min(len, ring.capacity - at);
  memory.copy(ring.base + at, source, first);
  memory.copy(ring.base, source + first, len - first);
}

/** Makes the next `len` bytes after the newest, written by ringPlace, part of the ring. */
export function ringCommit(ring: ByteRing, len: u32): void {
  ring.used += len;
}

/** Copies `len` bytes that start `offset` bytes after the oldest. The caller has checked offset + len <= used. */
export function ringCopy(ring: ByteRing, offset: u32, target: usize, len: u32): void {
  const at = (ring.head + offset) & (ring.capacity - 1);
  const first = min(len, ring.capacity - at);
  memory.copy(target, ring.base + at, first);
  memory.copy(target + first, ring.base, len - first);
}

/** Drops the `len` oldest bytes. The caller has checked len <= used. */
export function ringDrop(ring: ByteRing, len: u32): void {
  ring.head = (ring.head + len) & (ring.capacity - 1);
  ring.used -= len;
}

/** Takes up to `len` of the oldest bytes; returns how many. */
export function ringRead(ring: ByteRing, target: usize, len: u32): u32 {
  len = min(len, ring.used);
  ringCopy(ring, 0, target, len);
  ringDrop(ring, len);
  return len;
}

/** Where the byte `offset` after the oldest is. */
export function ringAddress(ring: ByteRing, offset: u32): usize {
  return ring.base + ((ring.head + offset) & (ring.capacity - 1));
}

/** Bytes from `offset` on that lie in one piece: up to the newest byte or the end of the memory. */
export function ringContiguous(ring: ByteRing, offset: u32): u32 {
  const at = (ring.head + offset) & (ring.capacity - 1);
  return min(ring.used - offset, ring.capacity - at);
}
