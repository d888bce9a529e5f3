import { beforeEach, describe, expect, test } from "vitest";
import * as m from "../../guest-kernel/abi/virtio-mmio.ts";
import { VIRTQ_DESC_F_NEXT } from "../../guest-kernel/abi/virtq.ts";
import { MmioDriver } from "../../tests/support/mmio-driver.ts";
import { GuestMemory } from "../guest-memory.ts";
import { type DeviceHost, featureMask, type VirtioDevice } from "./device.ts";
import { QueueError } from "./errors.ts";
import { MmioTransport } from "./mmio.ts";

const RAM_SIZE = 0x20000;
const FEATURE = 5; // some device feature
const { VIRTIO_CONFIG_S_ACKNOWLEDGE: ACKNOWLEDGE, VIRTIO_CONFIG_S_DRIVER: DRIVER } = m;
const { VIRTIO_CONFIG_S_FEATURES_OK: FEATURES_OK, VIRTIO_CONFIG_S_DRIVER_OK: DRIVER_OK } = m;
const { VIRTIO_CONFIG_S_NEEDS_RESET: NEEDS_RESET, VIRTIO_CONFIG_S_FAILED: FAILED } = m;

/** Takes every chain, walks it, gives it back, and remembers what the transport did. */
class EchoDevice implements VirtioDevice {
  readonly id = 42;
  readonly features = featureMask(FEATURE);
  readonly queueSizes = [16, 8];
  readonly config = Uint8Array.of(1, 2, 3, 4, 5, 6);
  readonly calls: string[] = [];
  chainsPerTurn = 100;
  host!: DeviceHost;

  attach(host: DeviceHost): void {
    this.host = host;
  }

  start(): void {
    this.calls.push("start");
  }

  stop(): void {
    this.calls.push("stop");
  }

  serve(index: number): boolean {
    this.calls.push(`serve ${index}`);
    const queue = this.host.queues[index]!;
    for (let i = 0; i < this.chainsPerTurn; i++) {
      if (!queue.popChainOrListen()) return false;
      while (queue.nextDesc());
      queue.pushUsed(0);
    }
    return true;
  }
}

let memory: GuestMemory;
let device: EchoDevice;
let transport: MmioTransport;
let driver: MmioDriver;
let raised: number;
let failures: QueueError[];

beforeEach(() => {
  memory = new GuestMemory(new SharedArrayBuffer(RAM_SIZE));
  device = new EchoDevice();
  raised = 0;
  failures = [];
  transport = new MmioTransport(
    device,
    memory,
    { raise: () => void raised++ },
    (error) => void failures.push(error),
  );
  driver = new MmioDriver(transport, memory);
});

describe("identification", () => {
  test("tells magic, version and device", () => {
    expect(transport.readMmio(m.VIRTIO_MMIO_MAGIC_VALUE)).toBe(0x74726976);
    expect(transport.readMmio(m.VIRTIO_MMIO_VERSION)).toBe(2);
    expect(transport.readMmio(m.VIRTIO_MMIO_DEVICE_ID)).toBe(42);
  });

  test("has no shared memory region and reads unknown registers as zero", () => {
    expect(transport.readMmio(0xb0)).toBe(0xffffffff);
    expect(transport.readMmio(0xb4)).toBe(0xffffffff);
    for (const offset of [0x018, 0x0f0, m.VIRTIO_MMIO_QUEUE_NOTIFY])
      expect(transport.readMmio(offset)).toBe(0);
  });

  test("reads registers whole only", () => {
    for (const width of [1, 2, 8]) expect(transport.readMmio(m.VIRTIO_MMIO_MAGIC_VALUE, width)).toBe(0);
    transport.writeMmio(m.VIRTIO_MMIO_STATUS, ACKNOWLEDGE, 1);
    expect(driver.status).toBe(0);
  });
});

describe("negotiation", () => {
  test("offers the device's features and the transport's", () => {
    const transportBits = featureMask(m.VIRTIO_F_VERSION_1) | featureMask(m.VIRTIO_RING_F_INDIRECT_DESC);
    expect(driver.features).toBe(featureMask(FEATURE) | transportBits);
    transport.writeMmio(m.VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
    expect(transport.readMmio(m.VIRTIO_MMIO_DEVICE_FEATURES)).toBe(0);
  });

  test("agrees to a subset and tells the device", () => {
    expect(driver.negotiate(m.VIRTIO_F_VERSION_1, FEATURE)).toBe(true);
    expect(device.host.hasFeature(FEATURE)).toBe(true);
    expect(device.host.hasFeature(m.VIRTIO_RING_F_INDIRECT_DESC)).toBe(false);
  });

  test("refuses a legacy driver and features that were not offered", () => {
    expect(driver.negotiate(FEATURE)).toBe(false);
    expect(driver.negotiate(m.VIRTIO_F_VERSION_1, 6)).toBe(false);
    expect(driver.negotiate(m.VIRTIO_F_VERSION_1, 33)).toBe(false);
    driver.start();
    expect(driver.status).toBe(ACKNOWLEDGE | DRIVER);
    expect(device.calls).not.toContain("start");
  });

  test("refuses features beyond the words that there are", () => {
    driver.status = ACKNOWLEDGE;
    driver.status = ACKNOWLEDGE | DRIVER;
    driver.acceptWord(1, 1);
    driver.acceptWord(0x80000001, 1);
    driver.status = ACKNOWLEDGE | DRIVER | FEATURES_OK;
    expect(driver.status).toBe(ACKNOWLEDGE | DRIVER);
  });

  test("is final with FEATURES_OK, and does not begin before DRIVER", () => {
    driver.acceptWord(0, 1 << FEATURE);
    expect(device.host.hasFeature(FEATURE)).toBe(false);
    driver.negotiate(m.VIRTIO_F_VERSION_1);
    driver.acceptWord(0, 1 << FEATURE);
    expect(device.host.hasFeature(FEATURE)).toBe(false);
  });
});

describe("status", () => {
  test.each([
    [DRIVER, 0],
    [DRIVER_OK, 0],
    [ACKNOWLEDGE | FEATURES_OK | DRIVER_OK, ACKNOWLEDGE],
    [ACKNOWLEDGE | NEEDS_RESET | 0x30, ACKNOWLEDGE],
    [0xffffff00, 0],
  ])("takes from %d the bits whose turn it is: %d", (value, expected) => {
    driver.status = value;
    expect(driver.status).toBe(expected);
  });

  test("ignores a write that would clear a bit", () => {
    driver.negotiate(m.VIRTIO_F_VERSION_1);
    driver.status = ACKNOWLEDGE | DRIVER_OK;
    expect(driver.status).toBe(ACKNOWLEDGE | DRIVER | FEATURES_OK);
  });

  test("stops the device when its driver gives up", () => {
    bringUp();
    driver.status |= FAILED;
    device.calls.length = 0;
    driver.notify(0);
    expect(device.calls).toEqual([]);
  });

  test("0 resets everything", () => {
    bringUp();
    driver.status = 0;
    expect(device.calls.at(-1)).toBe("stop");
    expect(driver.status).toBe(0);
    expect(driver.queueReady).toBe(false);
    expect(device.host.hasFeature(m.VIRTIO_F_VERSION_1)).toBe(false);
    expect(driver.interruptStatus).toBe(0);
    expect(bringUp().queueReady).toBe(true); // and may be set up again
  });
});

/** A running device with queue 0 of 8 at 0x1000. */
function bringUp(...features: number[]): MmioDriver & { queue: ReturnType<MmioDriver["setUpQueue"]> } {
  driver.negotiate(m.VIRTIO_F_VERSION_1, ...features);
  const queue = driver.setUpQueue(0, 8, 0x1000);
  driver.start();
  return Object.assign(driver, { queue });
}

describe("queue set-up", () => {
  beforeEach(() => void driver.negotiate(m.VIRTIO_F_VERSION_1));

  test("tells the largest size of each queue, 0 where there is none", () => {
    const sizes = [0, 1, 2, 9999, 0xffffffff].map((index) => {
      transport.writeMmio(m.VIRTIO_MMIO_QUEUE_SEL, index);
      return transport.readMmio(m.VIRTIO_MMIO_QUEUE_NUM_MAX);
    });
    expect(sizes).toEqual([16, 8, 0, 0, 0]);
  });

  test.each<[string, number, bigint, bigint, bigint]>([
    ["size zero", 0, 0x1000n, 0x2000n, 0x3000n],
    ["a size that is no power of two", 12, 0x1000n, 0x2000n, 0x3000n],
    ["a size above the queue's", 32, 0x1000n, 0x2000n, 0x3000n],
    ["a size of 2^32 - 1", 0xffffffff, 0x1000n, 0x2000n, 0x3000n],
    ["a table outside RAM", 8, BigInt(RAM_SIZE), 0x2000n, 0x3000n],
    ["an available ring above 4 GiB", 8, 0x1000n, 0x1_0000_2000n, 0x3000n],
    ["a used ring that wraps at 2^64", 8, 0x1000n, 0x2000n, 0xffff_ffff_ffff_fff0n],
  ])("refuses %s", (_, size, desc, avail, used) => {
    driver.placeQueue(0, size, desc, avail, used);
    expect(driver.queueReady).toBe(false);
    expect(driver.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(failures).toHaveLength(1);
    expect(raised).toBe(0); // no driver in service to hear it
    driver.start();
    expect(device.calls).not.toContain("start");
  });

  test("ignores queues that do not exist", () => {
    driver.placeQueue(9999, 8, 0x1000n, 0x2000n, 0x3000n);
    expect(driver.queueReady).toBe(false);
    expect(driver.status & NEEDS_RESET).toBe(0);
  });

  test("is closed before FEATURES_OK and after DRIVER_OK", () => {
    driver.status = 0;
    driver.setUpQueue(0, 8, 0x1000);
    expect(driver.queueReady).toBe(false);
    bringUp();
    driver.setUpQueue(1, 8, 0x4000);
    expect(driver.queueReady).toBe(false);
  });

  test("does not end after DRIVER_OK with a queue that was prepared before", () => {
    driver.placeQueue(0, 8, 0x1000n, 0x2000n, 0x3000n);
    driver.placeQueue(1, 8, 0x4000n, 0x5000n, 0x6000n);
    transport.writeMmio(m.VIRTIO_MMIO_QUEUE_READY, 0);
    driver.start();
    transport.writeMmio(m.VIRTIO_MMIO_QUEUE_READY, 1);
    expect(driver.queueReady).toBe(false);
    expect(driver.status & NEEDS_RESET).toBe(0);
  });

  test("is final once the queue is ready", () => {
    const queue = driver.setUpQueue(0, 8, 0x1000);
    driver.placeQueue(0, 8, 0x4000n, 0x5000n, 0x6000n);
    driver.start();
    queue.offerBuffer(0, 0x8000, 1);
    driver.notify(0);
    expect(queue.popUsed()).toEqual({ head: 0, len: 0 });
  });

  test("lets the driver take a queue back", () => {
    const { queue } = bringUp();
    transport.writeMmio(m.VIRTIO_MMIO_QUEUE_READY, 0);
    queue.offerBuffer(0, 0x8000, 1);
    driver.notify(0);
    expect(queue.popUsed()).toBeUndefined();
  });
});

describe("service", () => {
  test("begins with DRIVER_OK, for buffers may be there already", () => {
    driver.negotiate(m.VIRTIO_F_VERSION_1);
    const queue = driver.setUpQueue(0, 8, 0x1000);
    queue.offerBuffer(0, 0x8000, 1);
    driver.notify(0);
    expect(queue.popUsed()).toBeUndefined();
    driver.start();
    expect(queue.popUsed()).toEqual({ head: 0, len: 0 });
    expect(device.calls).toEqual(["stop", "start", "serve 0"]); // queue 1 is not set up
  });

  test("interrupts for used buffers until they are acknowledged", () => {
    const { queue } = bringUp();
    driver.notify(0);
    expect(raised).toBe(0);
    queue.offerBuffer(0, 0x8000, 1);
    driver.notify(0);
    expect(raised).toBe(1);
    expect(driver.interruptStatus).toBe(m.VIRTIO_MMIO_INT_VRING);
    transport.writeMmio(m.VIRTIO_MMIO_INTERRUPT_ACK, m.VIRTIO_MMIO_INT_VRING);
    expect(driver.interruptStatus).toBe(0);
  });

  test("ignores notifications of queues that are not there", () => {
    bringUp();
    device.calls.length = 0;
    for (const index of [1, 2, 9999, 0xffffffff]) driver.notify(index);
    expect(device.calls).toEqual([]);
  });

  test("goes on by itself where a turn left off", async () => {
    const { queue } = bringUp();
    device.chainsPerTurn = 2;
    for (let i = 0; i < 5; i++) queue.offerBuffer(i, 0x8000, 1);
    driver.notify(0);
    expect(queue.usedIdx).toBe(2);
    while (queue.usedIdx < 5) await new Promise(setImmediate);
    expect(queue.usedFlags).toBe(0); // and listens at the end
  });

  test("forgets what was left when it is reset", async () => {
    const { queue } = bringUp();
    device.chainsPerTurn = 1;
    for (let i = 0; i < 5; i++) queue.offerBuffer(i, 0x8000, 1);
    driver.notify(0);
    driver.status = 0;
    await new Promise(setImmediate);
    expect(queue.usedIdx).toBe(1);
  });
});

describe("a broken queue", () => {
  test("stops the device, tells the driver, and ends with a reset", () => {
    const { queue } = bringUp();
    queue.desc(0, { addr: 0x8000, len: 1, flags: VIRTQ_DESC_F_NEXT, next: 0 });
    queue.offer(0);
    driver.notify(0);
    expect(driver.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(driver.interruptStatus & m.VIRTIO_MMIO_INT_CONFIG).toBe(m.VIRTIO_MMIO_INT_CONFIG);
    expect(raised).toBe(1);
    expect(device.calls.at(-1)).toBe("stop");
    expect(transport.lastError?.message).toBe("chain 0 loops");

    device.calls.length = 0;
    driver.notify(0);
    driver.status = driver.status | DRIVER_OK;
    expect(device.calls).toEqual([]);

    const again = bringUp().queue;
    again.offerBuffer(0, 0x8000, 1);
    driver.notify(0);
    expect(again.popUsed()).toEqual({ head: 0, len: 0 });
  });

  test("is told from a bug, which is not caught", () => {
    bringUp();
    device.serve = (): boolean => {
      throw new TypeError("bug");
    };
    expect(() => driver.notify(0)).toThrow(TypeError);
  });
});

describe("the configuration space", () => {
  test.each([
    [0, 4, 0x04030201],
    [1, 1, 2],
    [3, 2, 0x0504],
    [5, 1, 6],
    [4, 4, 0x0605], // beyond the end: zeros
    [6, 4, 0],
    [0xe00, 4, 0],
    [0xffffff00, 4, 0],
    [0, 3, 0],
    [0, 8, 0],
    [0, 0, 0],
  ])("at %d, %d bytes wide, reads %d", (at, width, expected) => {
    expect(transport.readMmio(m.VIRTIO_MMIO_CONFIG + at, width)).toBe(expected);
  });

  test("is not the driver's to write", () => {
    transport.writeMmio(m.VIRTIO_MMIO_CONFIG, 0xffffffff);
    transport.writeMmio(m.VIRTIO_MMIO_CONFIG + 0x1000, 0xffffffff, 1);
    expect(device.config).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  test("counts its changes and interrupts a driver in service", () => {
    device.host.configChanged();
    expect(transport.readMmio(m.VIRTIO_MMIO_CONFIG_GENERATION)).toBe(1);
    expect(raised).toBe(0);
    bringUp();
    device.host.configChanged();
    expect(transport.readMmio(m.VIRTIO_MMIO_CONFIG_GENERATION)).toBe(2);
    expect(driver.interruptStatus).toBe(m.VIRTIO_MMIO_INT_CONFIG);
  });
});
