import { mkdtempSync, openSync, readFileSync, writeFileSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as b from "../../guest-kernel/abi/virtio-blk.ts";
import {
  VIRTIO_CONFIG_S_NEEDS_RESET,
  VIRTIO_F_VERSION_1,
  VIRTIO_MMIO_CONFIG,
} from "../../guest-kernel/abi/virtio-mmio.ts";
import { VIRTQ_DESC_F_NEXT as NEXT, VIRTQ_DESC_F_WRITE as WRITE } from "../../guest-kernel/abi/virtq.ts";
import type { DriverQueue, TestDesc } from "../../tests/support/driver-queue.ts";
import { MmioDriver } from "../../tests/support/mmio-driver.ts";
import { GuestMemory } from "../guest-memory.ts";
import { MmioTransport } from "../virtio/mmio.ts";
import { BlockDevice } from "./device.ts";
import { FileDisk } from "./file.ts";

const RAM_SIZE = 0x400000;
const HEADER = 0x8000;
const STATUS = 0x9000;
const DATA = 0x10000;
const SECTORS = 64;
const QUEUE_SIZE = 128;
const PENDING = 0xee; // no status that the device writes

describe("BlockDevice", () => {
  let memory: GuestMemory;
  let device: BlockDevice;
  let driver: MmioDriver;
  let queue: DriverQueue;
  let path: string;
  let fd: number;

  function start(readOnly = false): void {
    device = new BlockDevice(new FileDisk({ fd, capacityBytes: SECTORS * 512, readOnly, serial: "disk-1" }));
    driver = new MmioDriver(new MmioTransport(device, memory, { raise: () => {} }), memory);
    driver.negotiate(VIRTIO_F_VERSION_1, b.VIRTIO_BLK_F_FLUSH);
    queue = driver.setUpQueue(0, QUEUE_SIZE, 0x1000);
    driver.start();
  }

  beforeEach(() => {
    memory = new GuestMemory(new SharedArrayBuffer(RAM_SIZE + 8), 8);
    path = join(mkdtempSync(join(tmpdir(), "oscortex-")), "disk");
    const content = Uint8Array.from({ length: SECTORS * 512 }, (_, i) => (i >>> 9) + 1);
    writeFileSync(path, content);
    fd = openSync(path, "r+");
    start();
  });

  afterEach(async () => {
    await device.settled();
    closeSync(fd);
  });

  /** Offers a chain of these buffers from descriptor `first` on. */
  function offer(first: number, buffers: TestDesc[]): void {
    buffers.forEach((buffer, i) => {
      const last = i === buffers.length - 1;
      queue.desc(first + i, {
        ...buffer,
        flags: (buffer.flags ?? 0) | (last ? 0 : NEXT),
        next: last ? 0 : first + i + 1,
      });
    });
    queue.offer(first);
  }

  function header(type: number, sector: number | bigint): TestDesc {
    memory.view.setUint32(HEADER + b.BLK_REQ_TYPE, type, true);
    memory.view.setBigUint64(HEADER + b.BLK_REQ_SECTOR, BigInt(sector), true);
    memory.bytes[STATUS] = PENDING;
    return { addr: HEADER, len: b.BLK_REQ_SIZE };
  }

  const status: TestDesc = { addr: STATUS, len: 1, flags: WRITE };

  /** Performs one request; its status and how many bytes were written, or undefined if the device failed. */
  async function request(type: number, sector: number | bigint, data: TestDesc[]): Promise<unknown> {
    offer(0, [header(type, sector), ...data, status]);
    driver.notify(0);
    await device.settled();
    const used = queue.popUsed();
    return used === undefined ? undefined : { status: memory.bytes[STATUS], written: used.len };
  }

  test("says what it is", () => {
    const config = (at: number): number => driver.registers.readMmio(VIRTIO_MMIO_CONFIG + at);
    expect([config(b.BLK_CONFIG_CAPACITY), config(b.BLK_CONFIG_CAPACITY + 4)]).toEqual([SECTORS, 0]);
    expect([config(b.BLK_CONFIG_SEG_MAX), config(b.BLK_CONFIG_BLK_SIZE)]).toEqual([126, 4096]);
    expect(config(b.BLK_CONFIG_SIZE_MAX)).toBe(1 << 20);
  });

  test("reads into several segments of guest memory", async () => {
    const data = [
      { addr: DATA, len: 512, flags: WRITE },
      { addr: DATA + 0x1000, len: 1024, flags: WRITE },
    ];
    expect(await request(b.VIRTIO_BLK_T_IN, 3, data)).toEqual({ status: 0, written: 1537 });
    expect(memory.bytes.slice(DATA, DATA + 513)).toEqual(
      Uint8Array.from({ length: 513 }, (_, i) => (i < 512 ? 4 : 0)),
    );
    expect([memory.bytes[DATA + 0x1000], memory.bytes[DATA + 0x1000 + 1023]]).toEqual([5, 6]);
  });

  test("writes from several segments, and flushes", async () => {
    memory.bytes.fill(0xaa, DATA, DATA + 512);
    memory.bytes.fill(0xbb, DATA + 0x1000, DATA + 0x1000 + 512);
    const data = [
      { addr: DATA, len: 512 },
      { addr: DATA + 0x1000, len: 512 },
    ];
    expect(await request(b.VIRTIO_BLK_T_OUT, 62, data)).toEqual({ status: 0, written: 1 });
    expect(await request(b.VIRTIO_BLK_T_FLUSH, 0, [])).toEqual({ status: 0, written: 1 });
    const file = readFileSync(path);
    expect([file[62 * 512 - 1], file[62 * 512], file[63 * 512], file.length]).toEqual([
      62,
      0xaa,
      0xbb,
      SECTORS * 512,
    ]);
    expect(device.counters).toMatchObject({ writes: 1, bytesWritten: 1024, flushes: 1, failed: 0 });
  });

  test("names itself", async () => {
    const data = [{ addr: DATA, len: 20, flags: WRITE }];
    expect(await request(b.VIRTIO_BLK_T_GET_ID, 0, data)).toEqual({ status: 0, written: 21 });
    expect(Buffer.from(memory.bytes.slice(DATA, DATA + 8)).toString()).toBe("disk-1\0\0");
  });

  test("takes header, data and status in pieces of any length", async () => {
    offer(0, [
      { ...header(b.VIRTIO_BLK_T_IN, 7), len: 5 },
      { addr: HEADER + 5, len: b.BLK_REQ_SIZE - 5 },
      { addr: DATA, len: 100, flags: WRITE },
      { addr: DATA + 100, len: 413, flags: WRITE }, // the last byte is the status
    ]);
    memory.bytes[DATA + 512] = PENDING;
    driver.notify(0);
    await device.settled();
    expect(queue.popUsed()).toEqual({ head: 0, len: 513 });
    expect([memory.bytes[DATA], memory.bytes[DATA + 511], memory.bytes[DATA + 512]]).toEqual([8, 8, 0]);
  });

  const out = (len: number): TestDesc[] => [{ addr: DATA, len }];
  const into = (len: number): TestDesc[] => [{ addr: DATA, len, flags: WRITE }];
  test.each<[string, number, number | bigint, TestDesc[], number]>([
    ["a read past the end", b.VIRTIO_BLK_T_IN, SECTORS, into(512), 1],
    ["a read across the end", b.VIRTIO_BLK_T_IN, SECTORS - 1, into(1024), 1],
    ["a sector beyond 2^53", b.VIRTIO_BLK_T_IN, 2n ** 64n - 1n, into(512), 1],
    ["a sector whose address wraps", b.VIRTIO_BLK_T_OUT, 2n ** 55n, out(512), 1],
    ["part of a sector", b.VIRTIO_BLK_T_IN, 0, into(100), 1],
    ["a read into what the device may only read", b.VIRTIO_BLK_T_IN, 0, out(512), 1],
    ["a write of what the device may write", b.VIRTIO_BLK_T_OUT, 0, into(512), 1],
    ["data both ways", b.VIRTIO_BLK_T_IN, 0, [...out(512), ...into(512)], 1],
    ["a name into too little room", b.VIRTIO_BLK_T_GET_ID, 0, into(19), 1],
    ["a segment above SIZE_MAX", b.VIRTIO_BLK_T_IN, 0, into((1 << 20) + 512), 1],
    [
      "more segments than SEG_MAX",
      b.VIRTIO_BLK_T_OUT,
      0,
      Array.from({ length: 127 - 1 }, (): TestDesc => ({ addr: DATA, len: 4 })),
      1,
    ],
    ["an unknown type", 77, 0, [], 2],
  ])("answers %s with an error, and goes on", async (_, type, sector, data, expected) => {
    expect(await request(type, sector, data.slice(0, QUEUE_SIZE - 2))).toEqual({
      status: expected,
      written: 1,
    });
    expect(device.counters.failed).toBe(1);
    expect(await request(b.VIRTIO_BLK_T_IN, 0, into(512))).toEqual({ status: 0, written: 513 });
  });

  test.each<[string, TestDesc[]]>([
    [
      "no header",
      [
        { addr: HEADER, len: 15 },
        { addr: STATUS, len: 1, flags: WRITE },
      ],
    ],
    ["no status", [{ addr: HEADER, len: 16 }]],
    [
      "an empty status",
      [
        { addr: HEADER, len: 16 },
        { addr: STATUS, len: 0, flags: WRITE },
      ],
    ],
    [
      "an empty last descriptor",
      [
        { addr: HEADER, len: 16 },
        { addr: STATUS, len: 1, flags: WRITE },
        { addr: STATUS, len: 0, flags: WRITE },
      ],
    ],
  ])("fails for a chain with %s", async (_, buffers) => {
    header(b.VIRTIO_BLK_T_IN, 0);
    offer(0, buffers);
    driver.notify(0);
    await device.settled();
    expect(driver.status & VIRTIO_CONFIG_S_NEEDS_RESET).toBe(VIRTIO_CONFIG_S_NEEDS_RESET);
  });

  test("writes nothing to a read-only disk", async () => {
    start(true);
    expect(driver.features & (1n << BigInt(b.VIRTIO_BLK_F_RO))).not.toBe(0n);
    expect(await request(b.VIRTIO_BLK_T_OUT, 0, out(512))).toEqual({ status: 1, written: 1 });
    expect(readFileSync(path)[0]).toBe(1);
  });

  test("answers every one of more requests than it works on at once", async () => {
    for (let i = 0; i < 120; i++) {
      const at = HEADER + 32 * i;
      memory.view.setUint32(at, b.VIRTIO_BLK_T_GET_ID, true);
      memory.view.setBigUint64(at + 8, 0n, true);
    }
    // One descriptor for the header, one for name and status: 60 requests fill the queue.
    for (let i = 0; i < 60; i++) {
      offer(2 * i, [
        { addr: HEADER + 32 * i, len: 16 },
        { addr: DATA + 32 * i, len: 21, flags: WRITE },
      ]);
    }
    driver.notify(0);
    while (queue.usedIdx < 60) await new Promise((resolve) => setImmediate(resolve));
    const heads = Array.from({ length: 60 }, () => queue.popUsed()?.head);
    expect(heads.toSorted((x, y) => (x ?? 0) - (y ?? 0))).toEqual(
      Array.from({ length: 60 }, (_, i) => 2 * i),
    );
  });

  test("tells a driver that has reset it nothing of old requests", async () => {
    offer(0, [header(b.VIRTIO_BLK_T_IN, 0), ...into(512), status]);
    driver.notify(0);
    driver.status = 0;
    await device.settled();
    expect([queue.usedIdx, memory.bytes[STATUS]]).toEqual([0, PENDING]);
  });

  test("reports the host's error", async () => {
    writeFileSync(path, new Uint8Array(512));
    expect(await request(b.VIRTIO_BLK_T_IN, 10, into(512))).toEqual({ status: 1, written: 1 });
  });
});
