import { describe, expect, test } from "vitest";
import { VIRTIO_MMIO_SLOTS } from "../guest-kernel/abi/memory-map.ts";
import * as m from "../guest-kernel/abi/virtio-mmio.ts";
import { VIRTQ_DESC_F_WRITE } from "../guest-kernel/abi/virtq.ts";
import { MmioDriver } from "../tests/support/mmio-driver.ts";
import { DeviceBus } from "./bus.ts";
import { GuestMemory } from "./guest-memory.ts";
import { RngDevice } from "./rng/device.ts";

describe("DeviceBus", () => {
  const memory = new GuestMemory(new SharedArrayBuffer(0x10000));

  test("has every slot, empty ones without a device", () => {
    const bus = new DeviceBus([undefined, new RngDevice()]);
    bus.connect(memory, () => {});
    expect(bus.slots).toHaveLength(VIRTIO_MMIO_SLOTS);
    const ids = bus.slots.map((slot) => {
      expect(slot.readMmio(m.VIRTIO_MMIO_MAGIC_VALUE)).toBe(m.VIRTIO_MMIO_MAGIC);
      expect(slot.readMmio(m.VIRTIO_MMIO_VERSION)).toBe(2);
      slot.writeMmio(m.VIRTIO_MMIO_STATUS, 1);
      return slot.readMmio(m.VIRTIO_MMIO_DEVICE_ID);
    });
    expect(ids).toEqual([0, m.VIRTIO_ID_RNG, 0, 0, 0, 0, 0, 0]);
    expect(bus.slots[0]!.readMmio(m.VIRTIO_MMIO_STATUS)).toBe(0);
    expect(bus.slots[1]!.readMmio(m.VIRTIO_MMIO_STATUS)).toBe(1);
  });

  test("raises and reports by slot", () => {
    const raised: number[] = [];
    const failed: string[] = [];
    const bus = new DeviceBus([undefined, undefined, new RngDevice()]);
    bus.connect(
      memory,
      (slot) => void raised.push(slot),
      (slot, error) => void failed.push(`${slot}: ${error.message}`),
    );
    const driver = new MmioDriver(bus.slots[2]!, memory);
    driver.negotiate(m.VIRTIO_F_VERSION_1);
    const queue = driver.setUpQueue(0, 8, 0x1000);
    driver.start();
    queue.offerBuffer(0, 0x8000, 8, VIRTQ_DESC_F_WRITE);
    driver.notify(0);
    expect(raised).toEqual([2]);
    queue.offer(8);
    driver.notify(0);
    expect(raised).toEqual([2, 2]);
    expect(failed).toEqual(["2: descriptor 8 of 8"]);
  });

  test("has no room for more devices than slots", () => {
    const devices = Array.from({ length: VIRTIO_MMIO_SLOTS + 1 }, () => new RngDevice());
    expect(() => new DeviceBus(devices)).toThrow(RangeError);
  });
});
