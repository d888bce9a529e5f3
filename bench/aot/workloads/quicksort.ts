// Hoare's quicksort of pseudo-random numbers.

import { nextRandom, seedRandom } from "./workload.ts";

const COUNT: i32 = 150000;

const numbers = new StaticArray<i32>(COUNT);

export function quicksort(): u32 {
  seedRandom(7);
  for (let i = 0; i < COUNT; i++) numbers[i] = <i32>nextRandom();
  sort(0, COUNT - 1);
  let checksum: u32 = 0;
  for (let i = 0; i < COUNT; i++) checksum = checksum * 31 + numbers[i];
  return checksum;
}

function sort(low: i32, high: i32): void {
  while (low < high) {
    const pivot = numbers[(low + high) >>> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (numbers[i] < pivot) i++;
      while (numbers[j] > pivot) j--;
      if (i > j) break;
      const number = numbers[i];
      numbers[i++] = numbers[j];
      numbers[j--] = number;
    }
    sort(low, j);
    low = i;
  }
}
