// The one place that touches device registers. A kernel linear address is a guest-physical address and the MMIO
// hole has no memory behind it, so in the guest each access is a plain load or store that exits to the VMM.
//
// In V8 there is no hole: unit tests compile with `--use MMIO_IMPORTED=1` and give the registers as imports. The
// condition is folded at compile time, so the guest's image has neither the imports nor the test.

declare function mmio_read(address: usize, bytes: u32): u32;
declare function mmio_write(address: usize, value: u32): void;

/** Loads a 32-bit register. Atomic, so that no compiler drops, joins or reorders it. */
export function mmioRead32(address: usize): u32 {
  if (isDefined(MMIO_IMPORTED)) return mmio_read(address, 4);
  else return atomic.load<u32>(address);
}

/** Loads a 16-bit field of a device's configuration. */
export function mmioRead16(address: usize): u32 {
  if (isDefined(MMIO_IMPORTED)) return mmio_read(address, 2);
  else return <u32>atomic.load<u16>(address);
}

/** Loads an 8-bit field of a device's configuration. */
export function mmioRead8(address: usize): u32 {
  if (isDefined(MMIO_IMPORTED)) return mmio_read(address, 1);
  else return <u32>atomic.load<u8>(address);
}

/**
 * Stores to a 32-bit register. Every store before it is seen first.
 * PERF: not atomic, which would be an exchange: a load and a store, and each is an exit.
 */
export function mmioWrite32(address: usize, value: u32): void {
  if (isDefined(MMIO_IMPORTED)) mmio_write(address, value);
  else store<u32>(address, value);
}
