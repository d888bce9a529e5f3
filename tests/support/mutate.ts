/** How many mutated copies, from which seed. Equal seeds give equal copies. */
export interface MutateOptions {
  seed: number;
  count: number;
}

/** Values at which length and offset checks go wrong. */
const EDGES = [0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x1000, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];

/** Damaged copies of some bytes, for hostile-input tests: changed bytes and words, cut ends, added bytes. */
export function* mutations(bytes: Uint8Array, { seed, count }: MutateOptions): Generator<Uint8Array> {
  const random = seededRandom(seed);
  for (let i = 0; i < count; i++) {
    const copy = resize(bytes, random);
    for (let changes = random(4); changes >= 0; changes--) change(copy, random);
    yield copy;
  }
}

/** A generator of whole numbers below its argument (mulberry32): the same sequence for the same seed. */
export function seededRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function resize(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  switch (random(8)) {
    case 0:
      return bytes.slice(0, random(bytes.length + 1));
    case 1: {
      const longer = new Uint8Array(bytes.length + 1 + random(16));
      longer.set(bytes);
      return longer;
    }
    default:
      return bytes.slice();
  }
}

function change(copy: Uint8Array, random: (limit: number) => number): void {
  if (copy.length < 4) return;
  const view = new DataView(copy.buffer);
  if (random(2) === 0) copy[random(copy.length)] = random(256);
  else view.setUint32(random(copy.length >> 2 || 1) * 4, EDGES[random(EDGES.length)]!, true);
}
