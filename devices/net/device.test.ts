import { beforeEach, describe, expect, test } from "vitest";
import {
  VIRTIO_CONFIG_S_NEEDS_RESET,
  VIRTIO_F_VERSION_1,
  VIRTIO_MMIO_CONFIG,
  VIRTIO_MMIO_CONFIG_GENERATION,
  VIRTIO_MMIO_INT_CONFIG,
  VIRTIO_RING_F_INDIRECT_DESC,
} from "../../guest-kernel/abi/virtio-mmio.ts";
import * as n from "../../guest-kernel/abi/virtio-net.ts";
import {
  DESC_SIZE,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
  VIRTQ_USED_F_NO_NOTIFY,
} from "../../guest-kernel/abi/virtq.ts";
import { allocatedPerRound } from "../../tests/support/allocation.ts";
import { type DriverQueue, writeDesc } from "../../tests/support/driver-queue.ts";
import { MmioDriver } from "../../tests/support/mmio-driver.ts";
import { RecordingNet } from "../../tests/support/net-backend.ts";
import { GuestMemory } from "../guest-memory.ts";
import { MmioTransport } from "../virtio/mmio.ts";
import { NetDevice } from "./device.ts";

const RAM_SIZE = 0x200000;
const MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
const MTU = 65520;
const QUEUE_SIZE = 32;
const RX_RING = 0x1000;
const TX_RING = 0x4000;
const RX_BUFFERS = 0x10000;
const TX_BUFFERS = 0x100000;
const ALL = [
  VIRTIO_F_VERSION_1,
  n.VIRTIO_NET_F_MAC,
  n.VIRTIO_NET_F_MTU,
  n.VIRTIO_NET_F_STATUS,
  n.VIRTIO_NET_F_CSUM,
  n.VIRTIO_NET_F_GUEST_CSUM,
  n.VIRTIO_NET_F_MRG_RXBUF,
];

let memory: GuestMemory;
let net: RecordingNet;
let device: NetDevice;
let transport: MmioTransport;
let driver: MmioDriver;
let rx: DriverQueue;
let tx: DriverQueue;
let raised: number;

beforeEach(() => {
  memory = new GuestMemory(new SharedArrayBuffer(RAM_SIZE));
  device = new NetDevice({ mac: MAC, mtu: MTU });
  net = new RecordingNet(device);
  raised = 0;
  transport = new MmioTransport(device, memory, { raise: () => void raised++ });
  driver = new MmioDriver(transport, memory);
});

function bringUp(...features: number[]): void {
  if (!driver.negotiate(...features)) throw new Error("features refused");
  rx = driver.setUpQueue(n.VIRTIO_NET_RX_QUEUE, QUEUE_SIZE, RX_RING);
  tx = driver.setUpQueue(n.VIRTIO_NET_TX_QUEUE, QUEUE_SIZE, TX_RING);
  driver.start();
}

/** Bytes that differ from their neighbours in any direction. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

/** Writes a header and a frame at `addr`; the length of both. */
function putFrame(
  addr: number,
  frame: Uint8Array,
  header: Partial<Record<"flags" | "gso" | "start" | "offset", number>> = {},
): number {
  memory.bytes.fill(0, addr, addr + n.NET_HDR_SIZE);
  memory.view.setUint8(addr + n.NET_HDR_FLAGS, header.flags ?? 0);
  memory.view.setUint8(addr + n.NET_HDR_GSO_TYPE, header.gso ?? 0);
  memory.view.setUint16(addr + n.NET_HDR_CSUM_START, header.start ?? 0, true);
  memory.view.setUint16(addr + n.NET_HDR_CSUM_OFFSET, header.offset ?? 0, true);
  memory.bytes.set(frame, addr + n.NET_HDR_SIZE);
  return n.NET_HDR_SIZE + frame.length;
}

test("shows address, link and MTU in its configuration", () => {
  const bytes = Array.from({ length: n.NET_CONFIG_SIZE }, (_, i) =>
    transport.readMmio(VIRTIO_MMIO_CONFIG + i, 1),
  );
  expect(bytes).toEqual([...MAC, 1, 0, 1, 0, MTU & 0xff, MTU >> 8]);
});

test("tells the driver that the link changed, once", () => {
  bringUp(...ALL);
  device.linkUp = false;
  device.linkUp = false;
  expect(raised).toBe(1);
  expect(driver.interruptStatus).toBe(VIRTIO_MMIO_INT_CONFIG);
  expect(transport.readMmio(VIRTIO_MMIO_CONFIG_GENERATION)).toBe(1);
  expect(transport.readMmio(VIRTIO_MMIO_CONFIG + n.NET_CONFIG_STATUS, 2)).toBe(0);
});

test.each([67, 65536, 1500.5, NaN])("is not made with an MTU of %d", (mtu) => {
  expect(() => new NetDevice({ mac: MAC, mtu })).toThrow(RangeError);
});

describe("transmit", () => {
  beforeEach(() => bringUp(...ALL));

  test.each([14, 60, 1514, MTU + 14, MTU + 18])("hands on a frame of %d bytes", (length) => {
    const frame = pattern(length);
    tx.offerBuffer(3, TX_BUFFERS, putFrame(TX_BUFFERS, frame));
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(net.frames).toEqual([frame]);
    expect(tx.popUsed()).toEqual({ head: 3, len: 0 });
    expect(raised).toBe(1);
  });

  test("joins a frame however its chain is cut", () => {
    const frame = pattern(100);
    const length = putFrame(TX_BUFFERS, frame);
    for (const cuts of [[12], [5], [12, 13], [5, 40], [1, 2, 3, 11, 12, 90], [0, 12, 12]]) {
      const edges = [0, ...cuts, length];
      for (let i = 0; i + 1 < edges.length; i++) {
        const more = i + 2 < edges.length ? VIRTQ_DESC_F_NEXT : 0;
        tx.desc(i, {
          addr: TX_BUFFERS + edges[i]!,
          len: edges[i + 1]! - edges[i]!,
          flags: more,
          next: i + 1,
        });
      }
      tx.offer(0);
      driver.notify(n.VIRTIO_NET_TX_QUEUE);
      expect(net.frames.pop(), String(cuts)).toEqual(frame);
    }
  });

  /** What a driver sends that leaves the checksum at 34 + 16, over bytes 34..64, to the device. */
  const PARTIAL = { flags: n.VIRTIO_NET_HDR_F_NEEDS_CSUM, start: 34, offset: 16 };

  test("leaves a checksum alone that nobody needs", () => {
    const frame = pattern(64);
    tx.offerBuffer(0, TX_BUFFERS, putFrame(TX_BUFFERS, frame, PARTIAL));
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(device.offload).toBe(true);
    expect(net.frames).toEqual([frame]);
  });

  test.each([64, 65])(
    "completes a checksum of a frame of %d bytes for a driver that would check ours",
    (length) => {
      bringUp(VIRTIO_F_VERSION_1, n.VIRTIO_NET_F_CSUM);
      expect(device.offload).toBe(false);
      tx.offerBuffer(0, TX_BUFFERS, putFrame(TX_BUFFERS, pattern(length), PARTIAL));
      driver.notify(n.VIRTIO_NET_TX_QUEUE);
      const [frame] = net.frames;
      if (frame === undefined) throw new Error("no frame");
      // RFC 1071: with D the sum of the data and F what the field held, the checksum is -(D + F), so that the
      // finished frame adds up to -F.
      const words = Buffer.concat([frame.subarray(34), new Uint8Array(1)]);
      let sum = 0;
      for (let i = 0; i + 1 < words.length; i += 2) sum += words.readUInt16BE(i);
      const field = Buffer.from(pattern(length)).readUInt16BE(50);
      expect((sum + field) % 0xffff).toBe(0);
      frame.set(pattern(length).subarray(50, 52), 50);
      expect(frame).toEqual(pattern(length)); // nothing else changed
    },
  );

  test.each<[string, number, Parameters<typeof putFrame>[2]]>([
    ["shorter than an Ethernet header", 13, {}],
    ["longer than the MTU", MTU + 19, {}],
    ["to be cut into segments", 100, { gso: n.VIRTIO_NET_HDR_GSO_TCPV4 }],
    ["whose checksum is past its end", 64, { flags: n.VIRTIO_NET_HDR_F_NEEDS_CSUM, start: 60, offset: 3 }],
    [
      "whose checksum is at 0xffff + 0xffff",
      64,
      { flags: n.VIRTIO_NET_HDR_F_NEEDS_CSUM, start: 65535, offset: 65535 },
    ],
  ])("drops and counts a frame %s", (_, length, header) => {
    tx.offerBuffer(0, TX_BUFFERS, putFrame(TX_BUFFERS, pattern(length), header));
    tx.offerBuffer(1, TX_BUFFERS, 0); // not even a header
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(net.frames).toEqual([]);
    expect(device.counters).toMatchObject({ sent: 0, refused: 2 });
    expect([tx.popUsed(), tx.popUsed()]).toEqual([
      { head: 0, len: 0 },
      { head: 1, len: 0 },
    ]);
    expect(driver.status & VIRTIO_CONFIG_S_NEEDS_RESET).toBe(0);
  });

  test("drops a checksum request that was not negotiated", () => {
    bringUp(VIRTIO_F_VERSION_1);
    tx.offerBuffer(0, TX_BUFFERS, putFrame(TX_BUFFERS, pattern(64), PARTIAL));
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(device.counters.refused).toBe(1);
  });

  test("fails the device for a buffer that it would have to write", () => {
    tx.offerBuffer(0, TX_BUFFERS, 64, VIRTQ_DESC_F_WRITE);
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(driver.status & VIRTIO_CONFIG_S_NEEDS_RESET).toBe(VIRTIO_CONFIG_S_NEEDS_RESET);
  });

  test("bounds a chain that names the same large buffer many times", () => {
    bringUp(...ALL, VIRTIO_RING_F_INDIRECT_DESC);
    for (let i = 0; i < QUEUE_SIZE; i++) {
      const flags = i < QUEUE_SIZE - 1 ? VIRTQ_DESC_F_NEXT : 0;
      writeDesc(memory, TX_BUFFERS + DESC_SIZE * i, { addr: 0, len: RAM_SIZE, flags, next: i + 1 });
    }
    tx.offerBuffer(0, TX_BUFFERS, DESC_SIZE * QUEUE_SIZE, VIRTQ_DESC_F_INDIRECT);
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(device.counters.refused).toBe(1);
  });

  test("lends a frame that the guest cannot change", () => {
    const frame = pattern(64);
    net.receive = (lent): void => {
      memory.bytes.fill(0xff, TX_BUFFERS, TX_BUFFERS + 128);
      expect(lent).toEqual(frame);
      net.writable = 99;
    };
    tx.offerBuffer(0, TX_BUFFERS, putFrame(TX_BUFFERS, frame));
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(net.writable).toBe(99);
  });
});

/** Posts a buffer of `len` bytes as descriptor `index`. */
function post(index: number, len: number): void {
  rx.offerBuffer(index, RX_BUFFERS + index * 0x4000, len, VIRTQ_DESC_F_WRITE);
}

/** What the guest finds: the header's flags and buffer count, and the frame. */
function takeFrame(): { flags: number; buffers: number; frame: number[]; heads: number[] } {
  const frame: number[] = [];
  const heads: number[] = [];
  let left = 1;
  let flags = 0;
  let buffers = 0;
  for (; left > 0; left--) {
    const used = rx.popUsed();
    if (used === undefined) throw new Error("no buffer used");
    const addr = RX_BUFFERS + used.head * 0x4000;
    const first = heads.push(used.head) === 1;
    if (first) {
      flags = memory.view.getUint8(addr + n.NET_HDR_FLAGS);
      left = buffers = memory.view.getUint16(addr + n.NET_HDR_NUM_BUFFERS, true);
    }
    frame.push(...memory.bytes.subarray(addr + (first ? n.NET_HDR_SIZE : 0), addr + used.len));
  }
  return { flags, buffers, frame, heads };
}

describe("receive", () => {
  test("fills one buffer with a frame that fits it exactly", () => {
    bringUp(...ALL);
    post(5, n.NET_HDR_SIZE + 100);
    expect(device.send(pattern(100))).toBe(true);
    expect(takeFrame()).toMatchObject({ buffers: 1, frame: [...pattern(100)], heads: [5] });
    expect(raised).toBe(1);
    expect(device.counters.received).toBe(1);
  });

  test("merges buffers for a frame that is larger, and tells how many", () => {
    bringUp(...ALL);
    for (let i = 0; i < 6; i++) post(i, 0x3000);
    expect(device.send(pattern(MTU + 14))).toBe(true);
    const { flags, buffers, frame, heads } = takeFrame();
    expect(frame).toEqual([...pattern(MTU + 14)]);
    expect({ flags, buffers, heads }).toEqual({
      flags: n.VIRTIO_NET_HDR_F_DATA_VALID,
      buffers: 6,
      heads: [0, 1, 2, 3, 4, 5],
    });
    expect(raised).toBe(1);
  });

  test("writes the header across descriptors, and its count as well", () => {
    bringUp(...ALL);
    const edges = [0, 5, 11, 40];
    for (let i = 0; i < 3; i++) {
      const flags = VIRTQ_DESC_F_WRITE | (i < 2 ? VIRTQ_DESC_F_NEXT : 0);
      rx.desc(i, { addr: RX_BUFFERS + edges[i]!, len: edges[i + 1]! - edges[i]!, flags, next: i + 1 });
    }
    rx.offer(0);
    post(3, 100);
    expect(device.send(pattern(60))).toBe(true);
    expect(takeFrame()).toMatchObject({ buffers: 2, frame: [...pattern(60)], heads: [0, 3] });
  });

  test("says that checksums are valid only to a driver that agreed both ways", () => {
    for (const missing of [n.VIRTIO_NET_F_CSUM, n.VIRTIO_NET_F_GUEST_CSUM]) {
      bringUp(...ALL.filter((feature) => feature !== missing));
      expect(device.offload).toBe(false);
      post(0, 0x1000);
      device.send(pattern(64));
      expect(takeFrame().flags).toBe(0);
    }
  });

  test("keeps the backend waiting for buffers, and costs no notification otherwise", () => {
    bringUp(...ALL);
    expect(rx.usedFlags).toBe(VIRTQ_USED_F_NO_NOTIFY);
    expect(device.send(pattern(64))).toBe(false);
    expect(rx.usedFlags).toBe(0); // it wants to hear of buffers
    net.onRoom = (): void => void device.send(pattern(64));
    post(0, 0x1000);
    driver.notify(n.VIRTIO_NET_RX_QUEUE);
    expect(net.writable).toBe(1);
    expect(takeFrame().frame).toHaveLength(64);
    expect(rx.usedFlags).toBe(VIRTQ_USED_F_NO_NOTIFY);
    driver.notify(n.VIRTIO_NET_RX_QUEUE);
    expect(net.writable).toBe(1);
  });

  test("refuses frames until there is a driver, then asks for them", () => {
    expect(device.send(pattern(64))).toBe(false);
    bringUp(...ALL);
    expect(net.writable).toBe(1);
  });

  test("delivers a frame as a whole or not at all", () => {
    bringUp(...ALL);
    post(0, 0x1000);
    post(1, 0x1000);
    expect(device.send(pattern(0x3000))).toBe(false);
    expect(rx.usedIdx).toBe(0);
    post(2, 0x1000);
    post(3, 0x1000);
    expect(device.send(pattern(0x3000))).toBe(true);
    expect(takeFrame()).toMatchObject({ frame: [...pattern(0x3000)], heads: [0, 1, 2, 3] });
  });

  test("counts a frame that one buffer cannot hold if they are not merged, and keeps the buffer", () => {
    bringUp(VIRTIO_F_VERSION_1);
    post(0, 0x1000);
    expect(device.send(pattern(0x2000))).toBe(true);
    expect(device.counters).toMatchObject({ received: 0, oversized: 1 });
    expect(device.send(pattern(64))).toBe(true);
    expect(takeFrame()).toMatchObject({ buffers: 1, heads: [0] });
  });

  test("counts a frame that all buffers together cannot hold", () => {
    bringUp(...ALL);
    for (let i = 0; i < QUEUE_SIZE; i++) post(i, 32);
    expect(device.send(pattern(0x2000))).toBe(true);
    expect(device.counters.oversized).toBe(1);
    expect(rx.usedIdx).toBe(0);
  });

  test.each<[string, number, number]>([
    ["too small for a header", 11, VIRTQ_DESC_F_WRITE],
    ["that it may not write", 0x1000, 0],
  ])("fails the device for a buffer %s", (_, len, flags) => {
    bringUp(...ALL);
    rx.offerBuffer(0, RX_BUFFERS, len, flags);
    expect(device.send(pattern(64))).toBe(false);
    expect(driver.status & VIRTIO_CONFIG_S_NEEDS_RESET).toBe(VIRTIO_CONFIG_S_NEEDS_RESET);
    expect(device.send(pattern(64))).toBe(false);
    bringUp(...ALL);
    expect(net.writable).toBe(1); // it waits no longer than until the reset
  });

  test("answers a frame while it is sent", () => {
    bringUp(...ALL);
    post(0, 0x1000);
    net.onFrame = (): void => void device.send(pattern(60));
    tx.offerBuffer(0, TX_BUFFERS, putFrame(TX_BUFFERS, pattern(42)));
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(takeFrame().frame).toEqual([...pattern(60)]);
  });

  test("survives an answer that fails the device", () => {
    bringUp(...ALL);
    rx.offerBuffer(0, RX_BUFFERS, 4, VIRTQ_DESC_F_WRITE);
    net.onFrame = (): void => void device.send(pattern(60));
    for (let i = 0; i < 3; i++) tx.offerBuffer(i, TX_BUFFERS, putFrame(TX_BUFFERS, pattern(42)));
    driver.notify(n.VIRTIO_NET_TX_QUEUE);
    expect(net.frames).toHaveLength(1);
  });
});

describe("the heap", () => {
  const ROUNDS = 5_000;
  const VIEW_SIZE = 200; // of a typed array, about

  beforeEach(() => bringUp(...ALL));

  test("does not grow by a delivered frame", () => {
    rx.desc(0, { addr: RX_BUFFERS, len: 0x4000, flags: VIRTQ_DESC_F_WRITE });
    const frame = pattern(1514);
    const bytes = allocatedPerRound(() => {
      rx.offer(0);
      if (!device.send(frame)) throw new Error("refused");
    }, ROUNDS);
    expect(bytes).toBeLessThan(16);
  });

  test("grows by two views for a sent frame, whatever its length", () => {
    net.receive = (): void => {};
    tx.desc(0, { addr: TX_BUFFERS, len: putFrame(TX_BUFFERS, pattern(MTU)) });
    const bytes = allocatedPerRound(() => {
      tx.offer(0);
      driver.notify(n.VIRTIO_NET_TX_QUEUE);
    }, ROUNDS);
    expect(bytes).toBeLessThan(2 * VIEW_SIZE);
    expect(device.counters.refused).toBe(0);
  });
});
