import { beforeEach, describe, expect, test } from "vitest";
import { ByteRing } from "./byte-ring.ts";
import { TcpReceiver } from "./tcp-receiver.ts";

const BASE = 0xffff_fff0; // the sequence number of the first byte: wraps after 16

let receiver: TcpReceiver;

beforeEach(() => {
  receiver = new TcpReceiver(new ByteRing(new Uint8Array(64)), 32);
  receiver.start(BASE - 1);
});

/** Stores `count` bytes of the stream (each byte is its position) from `position`. */
function store(position: number, count: number, fin = false): number {
  const bytes = Uint8Array.from({ length: count }, (_, i) => position + i);
  return receiver.store((BASE + position) >>> 0, bytes, 0, count, fin);
}

function content(): number[] {
  const bytes = new Uint8Array(receiver.ring.length);
  receiver.ring.copyTo(bytes, 0, 0, bytes.length);
  return [...bytes];
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("store", () => {
  test("puts early segments in their place", () => {
    expect([store(10, 10), store(20, 5), store(0, 10)]).toEqual([0, 0, 25]);
    expect(content()).toEqual(upTo(25));
    expect(receiver.nxt).toBe((BASE + 25) >>> 0);
  });

  test("takes what is new of a segment that overlaps", () => {
    store(0, 10);
    expect([store(5, 10), store(0, 15), store(0, 16)]).toEqual([5, 0, 1]);
    expect(content()).toEqual(upTo(16));
  });

  test("cuts off what does not fit, and a FIN with it", () => {
    expect(store(0, 70, true)).toBe(64);
    expect([content(), receiver.finished]).toEqual([upTo(64), false]);
  });

  test("ends at a FIN once all before it has come", () => {
    store(5, 5, true);
    expect(receiver.finished).toBe(false);
    store(0, 5);
    expect([receiver.finished, receiver.nxt]).toEqual([true, (BASE + 11) >>> 0]);
    expect(store(11, 5)).toBe(0);
  });

  test("ends even if the guest sends beyond its FIN", () => {
    store(5, 0, true);
    store(0, 10);
    expect(receiver.finished).toBe(true);
  });
});

describe("accepts", () => {
  test.each([
    ["the next byte", 0, 1, true],
    ["an empty segment at the edge", 0, 0, true],
    ["the last byte of the window", 63, 1, true],
    ["a byte beyond the window", 64, 1, false],
    ["an old byte", -1, 1, false],
    ["an old byte and a new one", -1, 2, true],
    ["an empty old segment", -1, 0, false],
  ])("%s", (_, offset, length, accepted) => {
    expect(receiver.accepts((BASE + offset) >>> 0, length)).toBe(accepted);
  });

  test("only an empty segment while the window is closed", () => {
    store(0, 64);
    expect([receiver.accepts(receiver.nxt, 0), receiver.accepts(receiver.nxt, 1)]).toEqual([true, false]);
  });
});

test("the window grows in steps of the threshold, and its edge never moves back", () => {
  expect(receiver.offerWindow()).toBe(64);
  store(0, 64);
  expect(receiver.offerWindow()).toBe(0);
  receiver.ring.consume(31);
  expect([receiver.windowGrew, receiver.offerWindow()]).toEqual([false, 0]);
  receiver.ring.consume(1);
  expect([receiver.windowGrew, receiver.offerWindow()]).toEqual([true, 32]);
});
