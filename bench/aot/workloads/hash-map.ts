// A map with open addressing: insertions, updates, look-ups that hit and that miss.

import { nextRandom, seedRandom } from "./workload.ts";

const SLOTS: i32 = 1 << 17;
const OPERATIONS: i32 = 300000;
const KEYS: u32 = 60000;

const keys = new StaticArray<u64>(SLOTS);
const counts = new StaticArray<u32>(SLOTS);

export function hashMap(): u32 {
  seedRandom(12345);
  memory.fill(changetype<usize>(keys), 0, (<usize>SLOTS) << 3);
  memory.fill(changetype<usize>(counts), 0, (<usize>SLOTS) << 2);
  for (let i = 0; i < OPERATIONS; i++) counts[slotOf(<u64>(nextRandom() % KEYS) + 1, true)]++;
  let checksum: u32 = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    const slot = slotOf(<u64>(nextRandom() % (2 * KEYS)) + 1, false);
    checksum = checksum * 31 + (slot < 0 ? 1 : counts[slot]);
  }
  return checksum;
}

/** Where a key is, or -1. Zero is no key. */
function slotOf(key: u64, insert: bool): i32 {
  let slot = <i32>((key * 0x9e3779b97f4a7c15) >> 47);
  for (;;) {
    const found = keys[slot];
    if (found == key) return slot;
    if (found == 0) break;
    slot = (slot + 1) & (SLOTS - 1);
  }
  if (!insert) return -1;
  keys[slot] = key;
  return slot;
}
