import { beforeEach, describe, expect, test } from "vitest";
import {
  DESC_SIZE,
  VIRTQ_AVAIL_F_NO_INTERRUPT,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
  VIRTQ_USED_F_NO_NOTIFY,
} from "../../guest-kernel/abi/virtq.ts";
import { allocatedPerRound } from "../../tests/support/allocation.ts";
import { DriverQueue, type TestDesc, writeDesc } from "../../tests/support/driver-queue.ts";
import { GuestMemory } from "../guest-memory.ts";
import { QueueError } from "./errors.ts";
import { type QueueLayout, Virtqueue } from "./queue.ts";

const RAM_SIZE = 0x10000;
const SIZE = 8;
const TABLE = 0x8000; // an indirect one

let memory: GuestMemory;
let driver: DriverQueue;
let device: Virtqueue;

beforeEach(() => {
  memory = new GuestMemory(new SharedArrayBuffer(RAM_SIZE));
  driver = new DriverQueue(memory, SIZE);
  device = new Virtqueue(memory);
  device.start(driver.layout, true);
});

function walk(): [number, number, boolean][] {
  const seen: [number, number, boolean][] = [];
  while (device.nextDesc()) seen.push([device.addr, device.len, device.writable]);
  return seen;
}

describe("a chain", () => {
  test("is walked in order", () => {
    driver.desc(0, { addr: 0x4000, len: 16, flags: VIRTQ_DESC_F_NEXT, next: 5 });
    driver.desc(5, { addr: 0x5000, len: 64, flags: VIRTQ_DESC_F_WRITE });
    driver.offer(0);

    expect(device.popChain()).toBe(true);
    expect(walk()).toEqual([
      [0x4000, 16, false],
      [0x5000, 64, true],
    ]);
    expect(device.popChain()).toBe(false);
  });

  test("may be as long as the queue", () => {
    for (let i = 0; i < SIZE; i++) {
      const flags = i < SIZE - 1 ? VIRTQ_DESC_F_NEXT : 0;
      driver.desc(i, { addr: 0x4000, len: i, flags, next: i + 1 });
    }
    driver.offer(0);
    device.popChain();
    expect(walk()).toHaveLength(SIZE);
  });

  test("goes on in an indirect table, as long as the queue", () => {
    for (let i = 0; i < SIZE; i++) {
      const flags = i < SIZE - 1 ? VIRTQ_DESC_F_NEXT : VIRTQ_DESC_F_WRITE;
      writeDesc(memory, TABLE + DESC_SIZE * i, { addr: 0x4000 + i, len: 1, flags, next: i + 1 });
    }
    // §2.7.5.3.2: WRITE means nothing where the table is named
    const flags = VIRTQ_DESC_F_INDIRECT | VIRTQ_DESC_F_WRITE;
    driver.desc(3, { addr: TABLE, len: DESC_SIZE * SIZE, flags });
    driver.offer(3);
    device.popChain();
    expect(walk().map(([addr]) => addr)).toEqual(Array.from({ length: SIZE }, (_, i) => 0x4000 + i));
    device.pushUsed(7);
    expect(driver.popUsed()).toEqual({ head: 3, len: 7 });
  });

  test.each<[string, TestDesc]>([
    ["a loop", { addr: 0x4000, len: 1, flags: VIRTQ_DESC_F_NEXT, next: 0 }],
    ["an index past the table", { addr: 0x4000, len: 1, flags: VIRTQ_DESC_F_NEXT, next: SIZE }],
    ["a buffer that ends past RAM", { addr: RAM_SIZE - 0x10, len: 0x20 }],
    ["a buffer above 4 GiB", { addr: 0x1_0000_4000n, len: 1 }],
    ["a buffer that wraps at 2^64", { addr: 0xffff_ffff_ffff_fff0n, len: 0x20 }],
    ["a length of 0xffffffff", { addr: 1, len: 0xffffffff }],
    ["an empty indirect table", { addr: TABLE, len: 0, flags: VIRTQ_DESC_F_INDIRECT }],
    ["half an indirect descriptor", { addr: TABLE, len: DESC_SIZE + 8, flags: VIRTQ_DESC_F_INDIRECT }],
    ["an indirect table past RAM", { addr: RAM_SIZE - 16, len: 32, flags: VIRTQ_DESC_F_INDIRECT }],
    [
      "an indirect table that goes on",
      { addr: TABLE, len: DESC_SIZE, flags: VIRTQ_DESC_F_INDIRECT | VIRTQ_DESC_F_NEXT, next: 1 },
    ],
  ])("is refused for %s", (_, desc) => {
    driver.desc(0, desc);
    driver.offer(0);
    device.popChain();
    expect(walk).toThrow(QueueError);
  });

  test("is refused for an indirect table in an indirect table, also the queue's own", () => {
    for (const nested of [TABLE, driver.layout.descTable]) {
      const flags = VIRTQ_DESC_F_INDIRECT;
      writeDesc(memory, TABLE, { addr: nested, len: DESC_SIZE, flags });
      driver.desc(0, { addr: nested, len: DESC_SIZE, flags });
      driver.offer(0);
      device.popChain();
      expect(walk).toThrow("inside an indirect table");
    }
  });

  test("is refused for a loop in an indirect table", () => {
    writeDesc(memory, TABLE, { addr: 0, len: 1, flags: VIRTQ_DESC_F_NEXT, next: 0 });
    driver.desc(0, { addr: TABLE, len: DESC_SIZE, flags: VIRTQ_DESC_F_INDIRECT });
    driver.offer(0);
    device.popChain();
    expect(walk).toThrow("loops");
  });

  test("is refused for an indirect table longer than the queue, once it is walked that far", () => {
    for (let i = 0; i <= SIZE; i++) {
      const flags = i < SIZE ? VIRTQ_DESC_F_NEXT : 0;
      writeDesc(memory, TABLE + DESC_SIZE * i, { addr: 0, len: 1, flags, next: i + 1 });
    }
    driver.desc(0, { addr: TABLE, len: DESC_SIZE * (SIZE + 1), flags: VIRTQ_DESC_F_INDIRECT });
    driver.offer(0);
    device.popChain();
    expect(walk).toThrow("loops");
  });

  test("is refused for an indirect table that was not negotiated", () => {
    device.start(driver.layout, false);
    driver.desc(0, { addr: TABLE, len: DESC_SIZE, flags: VIRTQ_DESC_F_INDIRECT });
    driver.offer(0);
    device.popChain();
    expect(walk).toThrow("not negotiated");
  });

  test("is refused if the device is to read after it writes", () => {
    driver.desc(0, { addr: 0, len: 1, flags: VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT, next: 1 });
    driver.desc(1, { addr: 0, len: 1 });
    driver.offer(0);
    device.popChain();
    expect(walk).toThrow("mixes");
  });

  test("is refused for a head past the table", () => {
    driver.offer(SIZE);
    device.popChain();
    expect(walk).toThrow(`descriptor ${SIZE} of ${SIZE}`);
  });
});

describe("the available ring", () => {
  test("runs free past 2^16", () => {
    for (let i = 0; i < 70_000; i++) {
      driver.offerBuffer(i % SIZE, 0x4000, 1);
      expect(device.popChain()).toBe(true);
      device.pushUsed(i);
      const used = driver.popUsed();
      if (used?.head !== i % SIZE || used.len !== i) throw new Error(`chain ${i}: ${JSON.stringify(used)}`);
    }
  });

  test("is refused when its index jumps by more than the queue", () => {
    driver.setAvailIdx(SIZE + 1);
    expect(() => device.popChain()).toThrow(`${SIZE + 1} chains in a queue of ${SIZE}`);
    driver.setAvailIdx(0xffff); // backwards
    expect(() => device.popChain()).toThrow(QueueError);
  });

  test("gives unpopped chains again", () => {
    driver.offerBuffer(0, 0x4000, 1);
    driver.offerBuffer(1, 0x5000, 1);
    device.popChain();
    device.popChain();
    device.unpopChains(2);
    expect(device.nextDesc()).toBe(false);
    device.popChain();
    expect(device.head).toBe(0);
    expect(walk()).toEqual([[0x4000, 1, false]]);
  });
});

describe("the used ring", () => {
  test("shows staged chains all at once", () => {
    device.stageUsed(4, 10);
    device.stageUsed(2, 20);
    expect(driver.popUsed()).toBeUndefined();
    device.publishUsed();
    expect(driver.popUsed()).toEqual({ head: 4, len: 10 });
    expect(driver.popUsed()).toEqual({ head: 2, len: 20 });
    expect(driver.popUsed()).toBeUndefined();
  });

  test("asks for an interrupt once, unless the driver wants none", () => {
    expect(device.takeSignal()).toBe(false);
    device.stageUsed(0, 0);
    device.publishUsed();
    expect(device.takeSignal()).toBe(true);
    expect(device.takeSignal()).toBe(false);
    driver.availFlags = VIRTQ_AVAIL_F_NO_INTERRUPT;
    device.stageUsed(0, 0);
    device.publishUsed();
    expect(device.takeSignal()).toBe(false);
  });

  test("is left alone after a reset", () => {
    driver.offerBuffer(0, 0x4000, 1);
    device.popChain();
    device.reset();
    const before = memory.bytes.slice();
    device.pushUsed(1);
    device.stopListening();
    expect(device.popChain()).toBe(false);
    expect(device.nextDesc()).toBe(false);
    expect(device.takeSignal()).toBe(false);
    expect(memory.bytes).toEqual(before);
  });
});

/** Lets the driver act just before the device's next store. */
class RacingMemory extends GuestMemory {
  beforeStore: (() => void) | undefined;

  override storeU16(gpa: number, value: number): void {
    const act = this.beforeStore;
    this.beforeStore = undefined;
    act?.();
    super.storeU16(gpa, value);
  }
}

describe("notifications", () => {
  test("are off while there is work and on when it is done", () => {
    driver.offerBuffer(0, 0x4000, 1);
    expect(device.popChainOrListen()).toBe(true);
    expect(driver.usedFlags).toBe(VIRTQ_USED_F_NO_NOTIFY);
    expect(device.popChainOrListen()).toBe(false);
    expect(driver.usedFlags).toBe(0);
  });

  test("are not needed for a chain offered just before they are on", () => {
    // A driver that looks at the flag, sees it set, and so stays silent.
    const racing = new RacingMemory(memory.bytes.buffer);
    device = new Virtqueue(racing);
    device.start(driver.layout, true);
    driver.offerBuffer(0, 0x4000, 1);
    device.popChainOrListen();
    racing.beforeStore = (): void => driver.offerBuffer(1, 0x5000, 1);
    expect(device.popChainOrListen()).toBe(true);
    expect(device.head).toBe(1);
    expect(driver.usedFlags).toBe(VIRTQ_USED_F_NO_NOTIFY);
  });
});

describe("a layout", () => {
  const good = { size: 8, descTable: 0x1000, availRing: 0x2000, usedRing: 0x3000 };

  test.each<[string, Partial<QueueLayout>]>([
    ["size zero", { size: 0 }],
    ["a size that is no power of two", { size: 6 }],
    ["a size above the limit", { size: 65536 }],
    ["a fraction", { size: 0.5 }],
    ["a descriptor table past RAM", { descTable: RAM_SIZE - 16 }],
    ["an available ring past RAM", { availRing: RAM_SIZE - 20 }],
    ["a used ring past RAM", { usedRing: RAM_SIZE - 64 }],
    ["a table above 2^53", { descTable: 2 ** 64 - 4096 }],
    ["a misaligned table", { descTable: 0x1008 }],
    ["a misaligned available ring", { availRing: 0x2001 }],
    ["a misaligned used ring", { usedRing: 0x3002 }],
  ])("is refused for %s", (_, change) => {
    const queue = new Virtqueue(memory);
    expect(() => queue.start({ ...good, ...change }, true)).toThrow(QueueError);
    expect(queue.ready).toBe(false);
  });

  test("may end where RAM ends", () => {
    const queue = new Virtqueue(memory);
    const usedBytes = 6 + 8 * 8;
    queue.start({ ...good, descTable: 0, usedRing: RAM_SIZE - usedBytes - 2 }, true);
    expect(queue.ready).toBe(true);
    expect(() => queue.start({ ...good, usedRing: RAM_SIZE - usedBytes + 2 }, true)).toThrow(QueueError);
  });
});

test("a chain allocates nothing", () => {
  driver.desc(0, { addr: 0x4000, len: 16, flags: VIRTQ_DESC_F_NEXT, next: 1 });
  driver.desc(1, { addr: 0x5000, len: 64, flags: VIRTQ_DESC_F_WRITE });
  let idx = 0;
  function round(): void {
    idx = (idx + 1) & 0xffff;
    memory.storeU16(driver.layout.availRing + 2, idx);
    device.popChainOrListen();
    while (device.nextDesc());
    device.pushUsed(64);
    device.takeSignal();
  }
  expect(allocatedPerRound(round)).toBeLessThan(1); // one object would be 16 at least
  expect(driver.usedIdx).toBe(idx);
});
