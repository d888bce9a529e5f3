// How much room the kernel's heap has. An allocation that finds none is the end of the machine, so who is about to
// allocate as much as an app says looks here first.

// Of asc's allocator (std/assembly/rt/tlsf.ts): its root lies at the start of the heap, then one block after the
// other, each a word with its size and two flags before its bytes, up to one of size 0.
const ROOT_SIZE: usize = 1572;
const ALIGN_MASK: usize = 15;
const BLOCK_OVERHEAD: usize = 4;
const FLAG_FREE: usize = 1;
const FLAGS: usize = 3;

/** Bytes of the heap's largest free block; an allocation may need up to 1/16 more than its size. Walks the heap. */
export function heapRoom(): usize {
  let block = firstBlock();
  let largest: usize = 0;
  let size: usize = sizeOf(block);
  while (size != 0) {
    if ((load<usize>(block) & FLAG_FREE) != 0) largest = max(largest, size);
    block += BLOCK_OVERHEAD + size;
    size = sizeOf(block);
  }
  return largest;
}

/** Bytes of the heap's blocks that are in use, what is to be collected among them. Walks the heap. */
export function heapUsed(): usize {
  let used: usize = 0;
  for (let block = firstBlock(); sizeOf(block) != 0; block += BLOCK_OVERHEAD + sizeOf(block))
    if ((load<usize>(block) & FLAG_FREE) == 0) used += BLOCK_OVERHEAD + sizeOf(block);
  return used;
}

function firstBlock(): usize {
  const root = (__heap_base + ALIGN_MASK) & ~ALIGN_MASK;
  return ((root + ROOT_SIZE + BLOCK_OVERHEAD + ALIGN_MASK) & ~ALIGN_MASK) - BLOCK_OVERHEAD;
}

function sizeOf(block: usize): usize {
  return load<usize>(block) & ~FLAGS;
}
