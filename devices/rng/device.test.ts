import { beforeEach, describe, expect, test } from "vitest";
import { VIRTIO_CONFIG_S_NEEDS_RESET, VIRTIO_F_VERSION_1 } from "../../guest-kernel/abi/virtio-mmio.ts";
import { VIRTQ_DESC_F_NEXT, VIRTQ_DESC_F_WRITE } from "../../guest-kernel/abi/virtq.ts";
import type { DriverQueue } from "../../tests/support/driver-queue.ts";
import { MmioDriver } from "../../tests/support/mmio-driver.ts";
import { GuestMemory } from "../guest-memory.ts";
import { MmioTransport } from "../virtio/mmio.ts";
import { RngDevice } from "./device.ts";

const RAM_SIZE = 0x10000;
const BUFFER = 0x8000;

describe("RngDevice", () => {
  let memory: GuestMemory;
  let driver: MmioDriver;
  let queue: DriverQueue;

  beforeEach(() => {
    memory = new GuestMemory(new SharedArrayBuffer(RAM_SIZE + 8), 8);
    driver = new MmioDriver(new MmioTransport(new RngDevice(), memory, { raise: () => {} }), memory);
    driver.negotiate(VIRTIO_F_VERSION_1);
    queue = driver.setUpQueue(0, 8, 0x1000);
    driver.start();
  });

  test("fills the whole chain and nothing else", () => {
    queue.desc(0, { addr: BUFFER, len: 1000, flags: VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT, next: 1 });
    queue.desc(1, { addr: BUFFER + 0x1000, len: 24, flags: VIRTQ_DESC_F_WRITE });
    queue.offer(0);
    driver.notify(0);
    expect(queue.popUsed()).toEqual({ head: 0, len: 1024 });
    const first = memory.bytes.slice(BUFFER, BUFFER + 1000);
    expect(new Set(first).size).toBeGreaterThan(200); // of 256 values; 1000 random bytes miss about 5
    expect(memory.bytes.slice(BUFFER + 0x1000, BUFFER + 0x1018).some((byte) => byte !== 0)).toBe(true);
    expect(memory.bytes.subarray(BUFFER - 16, BUFFER).every((byte) => byte === 0)).toBe(true);
    expect(memory.bytes.subarray(BUFFER + 1000, BUFFER + 0x1000).every((byte) => byte === 0)).toBe(true);
    expect(memory.bytes.subarray(BUFFER + 0x1018).every((byte) => byte === 0)).toBe(true);
  });

  test("gives other bytes each time", () => {
    for (let i = 0; i < 2; i++) queue.offerBuffer(i, BUFFER + 32 * i, 32, VIRTQ_DESC_F_WRITE);
    driver.notify(0);
    const [one, two] = [
      memory.bytes.slice(BUFFER, BUFFER + 32),
      memory.bytes.slice(BUFFER + 32, BUFFER + 64),
    ];
    expect(one).not.toEqual(two);
  });

  test("fills a bounded part of a large chain", () => {
    queue.offerBuffer(0, 0, RAM_SIZE, VIRTQ_DESC_F_WRITE);
    queue.desc(0, { addr: BUFFER, len: RAM_SIZE - BUFFER, flags: VIRTQ_DESC_F_WRITE });
    driver.notify(0);
    expect(queue.popUsed()).toEqual({ head: 0, len: 4096 });
  });

  test("fails for a buffer that it may not write", () => {
    queue.offerBuffer(0, BUFFER, 16);
    driver.notify(0);
    expect(driver.status & VIRTIO_CONFIG_S_NEEDS_RESET).toBe(VIRTIO_CONFIG_S_NEEDS_RESET);
  });
});
