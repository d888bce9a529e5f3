import { expect, test } from "vitest";
import { SeededRandom } from "../tests/support/seeded-random.ts";
import { ByteRing } from "./byte-ring.ts";

/** All bytes of a ring, in order. */
function contentOf(ring: ByteRing): number[] {
  const copy = new Uint8Array(ring.length);
  ring.copyTo(copy, 0, 0, ring.length);
  return [...copy];
}

test("keeps bytes in order around its end, whatever way they come and go", () => {
  const random = new SeededRandom(1);
  const ring = new ByteRing(new Uint8Array(64));
  const model: number[] = [];
  for (let step = 0; step < 5000; step++) {
    if (random.chance(0.5)) {
      const bytes = random.bytes(random.below(ring.free + 1));
      const half = bytes.length >> 1;
      ring.writeAt(half, bytes, half, bytes.length); // the later half first
      ring.writeAt(0, bytes, 0, half);
      ring.commit(bytes.length);
      model.push(...bytes);
    } else {
      const count = random.below(ring.length + 1);
      ring.consume(count);
      model.splice(0, count);
    }
    expect(contentOf(ring)).toEqual(model);
    expect([...ring.firstSpan()]).toEqual(model.slice(0, ring.firstSpan().length));
    expect(ring.length === 0 || ring.firstSpan().length > 0).toBe(true);
  }
});

test("says where the next bytes go even when that place is still taken", () => {
  const ring = new ByteRing(new Uint8Array(16));
  ring.nextSpan(12).fill(1);
  ring.commit(12);
  expect([ring.nextSpan(12).length, ring.free]).toEqual([4, 4]);
  ring.commit(4);
  expect([ring.nextSpan(12).length, ring.free]).toEqual([12, 0]);
});
