// Every device against a driver that follows the rules just enough to get somewhere.
import { expect, test } from "vitest";
import * as m from "../guest-kernel/abi/virtio-mmio.ts";
import {
  DESC_SIZE,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
} from "../guest-kernel/abi/virtq.ts";
import { FakeConsole } from "../tests/support/console-backend.ts";
import { type DriverQueue, writeDesc } from "../tests/support/driver-queue.ts";
import { MmioDriver } from "../tests/support/mmio-driver.ts";
import { RecordingNet } from "../tests/support/net-backend.ts";
import { SeededRandom } from "../tests/support/seeded-random.ts";
import { ConsoleDevice } from "./console/device.ts";
import { GuestMemory } from "./guest-memory.ts";
import { NetDevice } from "./net/device.ts";
import { InputDevice } from "./input/device.ts";
import { RngDevice } from "./rng/device.ts";
import type { VirtioDevice } from "./virtio/device.ts";
import { MmioTransport } from "./virtio/mmio.ts";

const RAM_SIZE = 0x20000;
const MARGIN = 0x10000; // around RAM, watched
const CANARY = 0xa5;
const ROUNDS = 20_000;
const EDGES = [
  0, 1, 2, 3, 8, 15, 16, 0x7f, 0xff, 0x100, 0xfff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0xfffffff0,
  0xffffffff,
];

/** A device in a world that acts on it, and a driver at its registers. */
class Rig {
  readonly memory: GuestMemory;
  readonly driver: MmioDriver;
  readonly transport: MmioTransport;
  readonly #random: SeededRandom;
  readonly #device: VirtioDevice;
  readonly #act: (random: SeededRandom) => void;
  readonly #world: Uint8Array;
  #queues: DriverQueue[] = [];
  failures = 0;
  used = 0;

  constructor(device: VirtioDevice, act: (random: SeededRandom) => void, random: SeededRandom) {
    const buffer = new SharedArrayBuffer(MARGIN + RAM_SIZE + MARGIN);
    this.#world = new Uint8Array(buffer).fill(CANARY);
    this.memory = new GuestMemory(buffer, MARGIN, RAM_SIZE);
    this.memory.bytes.fill(0);
    this.#device = device;
    this.#act = act;
    this.#random = random;
    this.transport = new MmioTransport(device, this.memory, { raise: () => {} }, () => void this.failures++);
    this.driver = new MmioDriver(this.transport, this.memory);
  }

  /** One thing that a guest, or the world, does. */
  step(): void {
    const random = this.#random;
    switch (random.below(12)) {
      case 0:
        if (random.below(4) === 0) this.#bringUp();
        break;
      case 1:
        this.#writeAnyRegister();
        break;
      case 2:
        this.#readAnyRegister();
        break;
      case 3:
        this.memory.bytes[random.below(RAM_SIZE)] = random.below(256);
        break;
      case 4:
        this.driver.notify(random.below(8) === 0 ? this.#edge() : random.below(2));
        break;
      case 5:
        this.#act(random);
        break;
      case 6:
        if (random.below(8) === 0) this.#queues[0]?.setAvailIdx(random.below(0x10000));
        break;
      default:
        this.#offerAnything();
    }
  }

  marginsIntact(): boolean {
    const before = this.#world.subarray(0, MARGIN);
    const after = this.#world.subarray(MARGIN + RAM_SIZE);
    return before.every((byte) => byte === CANARY) && after.every((byte) => byte === CANARY);
  }

  #bringUp(): void {
    const random = this.#random;
    const offered = Array.from({ length: 64 }, (_, bit) => bit).filter(
      (bit) => (this.driver.features >> BigInt(bit)) & 1n,
    );
    const accepted = offered.filter((bit) => bit === m.VIRTIO_F_VERSION_1 || random.below(4) > 0);
    for (const queue of this.#queues) this.used += queue.usedIdx;
    this.driver.negotiate(...accepted);
    this.#queues = this.#device.queueSizes.map((_, i) =>
      this.driver.setUpQueue(i, 1 << random.below(8), 0x1000 + 0x4000 * i),
    );
    if (random.below(8) === 0)
      this.driver.placeQueue(0, this.#edge(), BigInt(this.#edge()), 0n, BigInt(this.#edge()));
    this.driver.start();
  }

  #offerAnything(): void {
    const random = this.#random;
    const which = random.below(this.#queues.length || 1);
    const queue = this.#queues[which];
    if (queue === undefined) return;
    const { size } = queue.layout;
    const length = 1 + random.below(4);
    const start = random.below(size);
    const writable = random.below(2) * VIRTQ_DESC_F_WRITE;
    const indirect = random.below(6) === 0;
    const table = 0x10000 + DESC_SIZE * random.below(64);
    for (let i = 0; i < length; i++) {
      const next = i + 1 < length ? VIRTQ_DESC_F_NEXT : 0;
      const flags = random.below(100) === 0 ? random.below(0x10000) : writable | next;
      const index = indirect ? i : (start + i) % size;
      const desc = {
        addr: this.#address(),
        len: this.#length(),
        flags,
        next: indirect ? i + 1 : (index + 1) % size,
      };
      if (indirect) writeDesc(this.memory, table + DESC_SIZE * i, desc);
      else queue.desc(index, desc);
    }
    if (indirect) queue.desc(start, { addr: table, len: DESC_SIZE * length, flags: VIRTQ_DESC_F_INDIRECT });
    queue.offer(random.below(50) === 0 ? random.below(0x10000) : start);
    if (random.below(3) > 0) this.driver.notify(which);
  }

  #address(): number | bigint {
    if (this.#random.below(60) > 0) return 0x18000 + this.#random.below(0x7000);
    return (BigInt(this.#edge()) << 32n) | BigInt(this.#edge());
  }

  #length(): number {
    return this.#random.below(60) > 0 ? this.#random.below(0x800) : this.#edge();
  }

  #edge(): number {
    return EDGES[this.#random.below(EDGES.length)]!;
  }

  #writeAnyRegister(): void {
    const random = this.#random;
    const offset = random.below(4) > 0 ? 4 * random.below(0x44) : this.#edge();
    const width = random.below(8) > 0 ? 4 : random.below(9);
    this.transport.writeMmio(offset, random.below(2) > 0 ? this.#edge() : random.below(0x10000), width);
  }

  #readAnyRegister(): void {
    const width = this.#random.below(9);
    const value = this.transport.readMmio(
      this.#random.below(2) > 0 ? this.#random.below(0x200) : this.#edge(),
      width,
    );
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new Error(`read ${value}`);
  }
}

function netRig(random: SeededRandom): Rig {
  const device = new NetDevice({ mac: new Uint8Array(6), mtu: 9000 });
  const net = new RecordingNet(device);
  net.onFrame = (): void => {
    net.frames.length = 0;
    device.send(new Uint8Array(random.below(2000)));
  };
  net.onRoom = (): void => void device.send(new Uint8Array(random.below(9000)));
  return new Rig(device, () => void device.send(new Uint8Array(random.below(9014))), random);
}

function consoleRig(random: SeededRandom): Rig {
  const terminal = new FakeConsole();
  return new Rig(
    new ConsoleDevice(terminal),
    () => {
      terminal.output = "";
      terminal.type("x".repeat(random.below(40)));
      if (random.below(2) > 0) terminal.open = false;
      else terminal.reopen();
    },
    random,
  );
}

function inputRig(random: SeededRandom): Rig {
  const device = new InputDevice();
  return new Rig(
    device,
    () => {
      const code = random.below(8);
      device.send([{ type: random.below(4), code, value: random.below(2) }]);
      if (device.waiting > 3000) throw new Error(`${device.waiting} events`);
    },
    random,
  );
}

const RIGS: [string, (random: SeededRandom) => Rig][] = [
  ["net", netRig],
  ["console", consoleRig],
  ["input", inputRig],
  ["rng", (random) => new Rig(new RngDevice(), () => {}, random)],
];

for (const [name, make] of RIGS) {
  test.each([1, 2, 3])(`${name} survives any driver, seed %d`, async (seed) => {
    const rig = make(new SeededRandom(seed));
    for (let i = 0; i < ROUNDS; i++) {
      rig.step();
      if (i % 500 === 0) await new Promise(setImmediate);
    }
    expect(rig.marginsIntact()).toBe(true);
    // It got somewhere, and it was caught.
    expect(rig.used).toBeGreaterThan(50);
    expect(rig.failures).toBeGreaterThan(20);
  });
}
