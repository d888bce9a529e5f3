// The kernel's random numbers: a ChaCha20 keystream whose key is replaced after every request, so that what was
// given out cannot be computed from what is in memory later (fast key erasure).

import { CHACHA20_BLOCK_SIZE, CHACHA20_KEY_SIZE, chacha20Block } from "./chacha20.ts";

const key = memory.data(32, 8);
const nonce = memory.data(12, 4); // zero: no key is used twice
const block = memory.data(64, 8);

/** Mixes `len` bytes of entropy into the key. Can only make it better: zeros change nothing that was unknown. */
export function randomSeed(source: usize, len: u32): void {
  for (let done: u32 = 0; done < len; done += <u32>CHACHA20_KEY_SIZE) {
    const count = min(len - done, <u32>CHACHA20_KEY_SIZE);
    for (let i: u32 = 0; i < count; i++) {
      store<u8>(key + i, load<u8>(key + i) ^ load<u8>(source + done + i));
    }
    rekey();
  }
}

/** Fills `len` bytes at `target` with random bytes. Never waits; predictable until randomSeed was called. */
export function randomFill(target: usize, len: u32): void {
  let counter: u32 = 1; // block 0 is the next key
  while (len > 0) {
    const count = min(len, <u32>CHACHA20_BLOCK_SIZE);
    chacha20Block(key, counter++, nonce, block);
    memory.copy(target, block, count);
    target += count;
    len -= count;
    if (counter == 0) {
      rekey();
      counter = 1;
    }
  }
  rekey();
}

/** A random 32-bit number. */
export function random32(): u32 {
  randomFill(number, 4);
  return load<u32>(number);
}

const number = memory.data(4, 4);

function rekey(): void {
  chacha20Block(key, 0, nonce, block);
  memory.copy(key, block, CHACHA20_KEY_SIZE);
  memory.fill(block, 0, CHACHA20_BLOCK_SIZE);
}
