// Arrays, maps and sets.

import { digestAdd, digestBegin, digestEnd } from "./digest.ts";

const SIZE: i32 = 200;

let seed: u32 = 1;

/** A digest of what sorting, searching, mapping and counting make of pseudo-random numbers. */
export function collectionDigest(): u32 {
  digestBegin();
  seed = 1;
  exercise<i32>();
  return digestEnd();
}

function exercise<T>(): void {
  sorted<T>();
  counted<T>();
  transformed<T>();
}

function sorted<T>(): void {
  const values = new Array<T>();
  for (let i = 0; i < SIZE; i++) values.push(<T>next());
  values.sort((a: T, b: T) => <i32>(a > b) - <i32>(a < b));
  for (let i = 0; i < SIZE; i += 9) digestAdd(<u64>values[i]);
  digestAdd(values.indexOf(values[SIZE / 2]));
}

function counted<T>(): void {
  const counts = new Map<T, i32>();
  const seen = new Set<T>();
  for (let i = 0; i < SIZE; i++) {
    const value = <T>(next() % 50);
    counts.set(value, counts.has(value) ? counts.get(value) + 1 : 1);
    if (i % 3 == 0) seen.add(value);
    if (i % 7 == 0) seen.delete(value);
  }
  const keys = counts.keys();
  for (let i = 0; i < keys.length; i++) digestAdd(<u64>keys[i] + counts.get(keys[i]));
  digestAdd(seen.size);
}

function transformed<T>(): void {
  let values = new Array<T>();
  for (let i = 0; i < SIZE; i++) values.push(<T>(next() % 100));
  values = values.map<T>((value: T) => <T>(value + value)).filter((value: T) => value > <T>20);
  values = values.slice(3).concat(values.splice(1, 5)).reverse();
  for (let i = 0; i < values.length; i += 4) digestAdd(<u64>values[i]);
}

/** A number of 0..127, xorshift32. */
function next(): u32 {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed & 127;
}
