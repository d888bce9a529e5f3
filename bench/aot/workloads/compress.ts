// LZ77 with a table of the last place of each four bytes, and its inverse.

import { nextRandom, seedRandom } from "./workload.ts";

const SIZE: i32 = 1 << 20;
const HASH_BITS: i32 = 14;
const MIN_MATCH: i32 = 4;
const MAX_MATCH: i32 = 258;
const MAX_DISTANCE: i32 = 0xffff;
const LITERAL: u8 = 0;

const plain = new StaticArray<u8>(SIZE + 8);
const packed = new StaticArray<u8>(2 * SIZE);
const unpacked = new StaticArray<u8>(SIZE + MAX_MATCH);
const last = new StaticArray<i32>(1 << HASH_BITS);

export function compress(): u32 {
  makeText();
  const length = pack();
  const restored = unpack(length);
  let checksum = <u32>length;
  for (let i = 0; i < restored; i++) checksum = checksum * 31 + unpacked[i];
  return checksum;
}

/** Words from a small vocabulary. */
function makeText(): void {
  seedRandom(99);
  let at = 0;
  while (at < SIZE) {
    const word = <i32>(nextRandom() % 500);
    const length = 3 + (word % 7);
    for (let i = 0; i < length && at < SIZE; i++) plain[at++] = <u8>(97 + ((word * 7 + i * i * 3) % 26));
    if (at < SIZE) plain[at++] = 32;
  }
}

function pack(): i32 {
  for (let i = 0; i < 1 << HASH_BITS; i++) last[i] = -1;
  let out = 0;
  let at = 0;
  while (at < SIZE) {
    const hash = (load<u32>(changetype<usize>(plain) + at) * 2654435761) >> (32 - HASH_BITS);
    const candidate = last[hash];
    last[hash] = at;
    let length = 0;
    if (candidate >= 0 && at - candidate <= MAX_DISTANCE) {
      const most = min(MAX_MATCH, SIZE - at);
      while (length < most && plain[candidate + length] == plain[at + length]) length++;
    }
    if (length < MIN_MATCH) {
      packed[out++] = LITERAL;
      packed[out++] = plain[at++];
      continue;
    }
    packed[out++] = <u8>(length - MIN_MATCH + 1);
    packed[out++] = <u8>(at - candidate);
    packed[out++] = <u8>((at - candidate) >> 8);
    at += length;
  }
  return out;
}

function unpack(length: i32): i32 {
  let out = 0;
  let at = 0;
  while (at < length) {
    const tag = packed[at++];
    if (tag == LITERAL) {
      unpacked[out++] = packed[at++];
      continue;
    }
    const from = out - (<i32>packed[at] | ((<i32>packed[at + 1]) << 8));
    at += 2;
    for (let i = 0; i < <i32>tag + MIN_MATCH - 1; i++) unpacked[out + i] = unpacked[from + i];
    out += <i32>tag + MIN_MATCH - 1;
  }
  return out;
}
