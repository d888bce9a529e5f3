// Memory for what grows with a module: small pieces come from the heap, large ones from whoever embeds the compiler.

const LARGE: usize = 1 << 16;

let takeLarge: ((bytes: usize, spare: usize) => usize) | null = null;
let giveLarge: ((address: usize, bytes: usize) => void) | null = null;

/**
 * Says where large pieces come from. `take` returns 0 unless `spare` contiguous bytes are left after it. Without it they come from
 * the heap.
 */
export function storageUse(
  take: (bytes: usize, spare: usize) => usize,
  give: (address: usize, bytes: usize) => void,
): void {
  takeLarge = take;
  giveLarge = give;
}

/** Memory that `storageFree` takes back; 0 if there is not as much and `spare` bytes more. */
export function storageAlloc(bytes: usize, spare: usize = 0): usize {
  const take = takeLarge;
  return bytes < LARGE || take === null ? heap.alloc(bytes) : take(bytes, spare);
}

/** Frees what `storageAlloc` returned for as many bytes. */
export function storageFree(address: usize, bytes: usize): void {
  const give = giveLarge;
  if (bytes < LARGE || give === null) heap.free(address);
  else give(address, bytes);
}

/** The most that can be taken while something of `length` bytes, with room for `capacity`, doubles to hold `more`. */
export function storageGrowth(length: usize, capacity: usize, more: usize): usize {
  return capacity - length >= more ? 0 : 3 * (length + more);
}
