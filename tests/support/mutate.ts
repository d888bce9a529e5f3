import { SeededRandom } from "./seeded-random.ts";

/** How many mutated copies, from which seed. Equal seeds give equal copies. */
export interface MutateOptions {
  seed: number;
  count: number;
}

/** Values at which length and offset checks go wrong. */
const EDGES = [0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x1000, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];

/** Damaged copies of some bytes, for hostile-input tests: changed bytes and words, cut ends, added bytes. */
export function* mutations(bytes: Uint8Array, { seed, count }: MutateOptions): Generator<Uint8Array> {
  const random = new SeededRandom(seed);
  for (let i = 0; i < count; i++) {
    const copy = resize(bytes, random);
    for (let changes = random.below(4); changes >= 0; changes--) change(copy, random);
    yield copy;
  }
}

/** A generator of whole numbers below its argument: the same sequence for the same seed. */
export function seededRandom(seed: number): (limit: number) => number {
  const random = new SeededRandom(seed);
  return (limit) => random.below(limit);
}

function resize(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return bytes.slice(0, random.below(bytes.length + 1));
    case 1: {
      const longer = new Uint8Array(bytes.length + 1 + random.below(16));
      longer.set(bytes);
      return longer;
    }
    default:
      return bytes.slice();
  }
}

function change(copy: Uint8Array, random: SeededRandom): void {
  if (copy.length < 4) return;
  const view = new DataView(copy.buffer);
  if (random.below(2) === 0) copy[random.below(copy.length)] = random.below(256);
  else view.setUint32(random.below(copy.length >> 2 || 1) * 4, EDGES[random.below(EDGES.length)]!, true);
}
