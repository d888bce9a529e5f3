// The drivers on devices that misbehave. On devices that behave: devices/kernel-drivers.test.ts.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { FakeMachine, type FakeVirtio } from "../../../tests/support/fake-virtio.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { E_AGAIN } from "../../abi/errors.ts";
import {
  VIRTIO_CONFIG_S_DRIVER_OK,
  VIRTIO_CONFIG_S_FAILED,
  VIRTIO_ID_CONSOLE,
  VIRTIO_ID_NET,
  VIRTIO_ID_RNG,
} from "../../abi/virtio-mmio.ts";
import { VIRTQ_DESC_F_WRITE } from "../../abi/virtq.ts";

const VIRTIO_ID_SCSI = 8;
const SCRATCH = 0x700000;
const CONSOLE = 0;
const RECEIVE = 0;
const TRANSMIT = 1;
const NET_HEADER = 12;
const NET_FEATURES = 0b1_1000_0000_0010_1011; // CSUM, GUEST_CSUM, MTU, MAC, MRG_RXBUF, STATUS

let module: WebAssembly.Module;
let machine: FakeMachine;

beforeAll(async () => {
  const flags = ["--use", "MMIO_IMPORTED=1"];
  module = await compileGuest("guest-kernel/kernel/drivers/drivers.exports.ts", { flags });
}, 60_000);

beforeEach(() => {
  machine = new FakeMachine(module);
});

describe("starting", () => {
  test("follows the order of virtio 1.2 §3.1.1", () => {
    const device = machine.plug(VIRTIO_ID_RNG, 1);
    expect(machine.probe()).toBe(1);
    expect(device.statuses).toEqual([0, 1, 3, 11, 15]);
  });

  test("leaves empty slots and unknown devices alone", () => {
    const unknown = machine.plug(VIRTIO_ID_SCSI);
    machine.slots.push(undefined);
    machine.plug(VIRTIO_ID_RNG, 1);
    expect(machine.probe()).toBe(0b100);
    expect(unknown.statuses).toEqual([]);
  });

  const spoiled: [string, (device: FakeVirtio) => void][] = [
    ["offers no VERSION_1", (device) => (device.features32 = 0)],
    ["refuses the features", (device) => (device.acceptsFeatures = false)],
    ["has no queues", (device) => (device.queues.length = 0)],
    ["lacks the second queue", (device) => (device.queues.length = 1)],
  ];
  test.each(spoiled)("gives a device up that %s", (_, spoil) => {
    for (const id of [VIRTIO_ID_NET, VIRTIO_ID_CONSOLE]) spoil(machine.plug(id));
    expect(machine.probe()).toBe(0);
    for (const device of machine.slots) {
      expect(device!.status & VIRTIO_CONFIG_S_FAILED).toBe(VIRTIO_CONFIG_S_FAILED);
      expect(device!.statuses.some((status) => (status & VIRTIO_CONFIG_S_DRIVER_OK) !== 0)).toBe(false);
    }
  });

  test.each([
    ["magic", (device: FakeVirtio) => (device.magic = 0)],
    ["version", (device: FakeVirtio) => (device.version = 1)],
  ])("does not touch what has another %s", (_, spoil) => {
    const device = machine.plug(VIRTIO_ID_RNG, 1);
    spoil(device);
    expect(machine.probe()).toBe(0);
    expect(device.statuses).toEqual([]);
  });

  test("makes do with small queues", () => {
    const device = machine.plug(VIRTIO_ID_NET);
    device.queueSizeMax = 8;
    device.features = NET_FEATURES;
    expect(machine.probe()).toBe(1);
    expect(device.queues.map((queue) => queue.size)).toEqual([8, 8]);
    expect(device.queues[RECEIVE]!.available).toBe(8);
  });
});

describe("random numbers", () => {
  test("come from the block function of RFC 8439 §2.3.2", () => {
    for (let i = 0; i < 32; i++) machine.bytes[SCRATCH + i] = i;
    machine.bytes.set([0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0], SCRATCH + 32);
    machine.call("chacha20Block", SCRATCH, 1, SCRATCH + 32, SCRATCH + 64);
    expect(Buffer.from(machine.bytes.slice(SCRATCH + 64, SCRATCH + 128)).toString("hex")).toBe(
      "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e" +
        "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e",
    );
  });

  test("differ by seed, repeat with it, and never repeat themselves", () => {
    for (const length of [4, 64, 65, 1000]) {
      expect(draw(1, length)).toBe(draw(1, length));
      expect(draw(1, length)).not.toBe(draw(2, length));
    }
  });

  test("mix in what the device gives, and the boot seed is wiped", () => {
    const device = machine.plug(VIRTIO_ID_RNG, 1);
    machine.probe(new Uint8Array(32).fill(7));
    expect(machine.bytes.subarray(0x4000, 0x5000).includes(7)).toBe(false);
    const { id, address } = device.queues[0]!.take();
    machine.bytes.fill(0xaa, address, address + 64);
    device.queues[0]!.use(id, 64);
    machine.call("driversPoll", 1);
    expect(machine.call("rngSeedsTaken")).toBe(1);
    expect(machine.bytes.subarray(address, address + 64).every((byte) => byte === 0)).toBe(true);
  });
});

describe("the console", () => {
  let device: FakeVirtio;
  beforeEach(() => {
    device = machine.plug(VIRTIO_ID_CONSOLE);
    machine.probe();
    machine.call("consoleFlush");
  });

  /** Takes all output that was handed over, without returning it. */
  function output(): { ids: number[]; text: string } {
    const ids: number[] = [];
    let text = "";
    const queue = device.queues[TRANSMIT]!;
    while (queue.available > 0) {
      const { id, address, len, flags } = queue.take();
      expect(flags).toBe(0);
      ids.push(id);
      text += Buffer.from(machine.bytes.slice(address, address + len)).toString();
    }
    return { ids, text };
  }

  test("hands over once a turn, and tells only a device that sleeps", () => {
    print("hello ");
    print("world");
    device.notified.length = 0;
    machine.call("consoleFlush");
    expect(output().text).toBe("hello world");
    expect(device.notified).toEqual([TRANSMIT]);
    device.queues[TRANSMIT]!.awake = true;
    print("!");
    machine.call("consoleFlush");
    machine.call("consoleFlush");
    expect(device.notified).toEqual([TRANSMIT]);
    expect(output().text).toBe("!");
  });

  test("takes back buffers in any order, and overwrites none before", () => {
    const random = new SeededRandom(1);
    const queue = device.queues[TRANSMIT]!;
    const held: number[] = [];
    let written = "";
    let read = "";
    for (let round = 0; round < 2000; round++) {
      const line = `${round} `.repeat(1 + random.below(20));
      const taken = print(line);
      written += line.slice(0, taken);
      machine.call("consoleFlush");
      const { ids, text } = output();
      read += text;
      held.push(...ids);
      if (held.length > 0 && random.chance(0.6)) queue.use(held.splice(random.below(held.length), 1)[0]!);
      machine.call("driversPoll", 1);
    }
    while (machine.call("consolePending", CONSOLE) > 0) {
      for (const id of held.splice(0)) queue.use(id);
      machine.call("consoleFlush");
      const { ids, text } = output();
      read += text;
      held.push(...ids);
    }
    expect(read).toBe(written);
    expect(written.length).toBeGreaterThan(70_000); // more than the ring holds: it went round
  });

  test("asks to be told only while it is full", () => {
    const queue = device.queues[TRANSMIT]!;
    expect(queue.eventsWanted).toBe(false);
    const block = "x".repeat(40_000);
    expect(print(block)).toBe(40_000);
    expect(print(block)).toBe(25_536);
    expect(machine.call("consoleWritable", CONSOLE)).toBe(0);
    expect(queue.eventsWanted).toBe(true);
    machine.call("consoleFlush");
    for (const id of output().ids) queue.use(id);
    machine.call("driversPoll", 1);
    expect(machine.call("consoleWritable", CONSOLE)).toBe(65536);
    expect(machine.call("consolePending", CONSOLE)).toBe(0);
    expect(queue.eventsWanted).toBe(false);
  });

  test("keeps input that does not fit with the device, and loses none", () => {
    const queue = device.queues[RECEIVE]!;
    let sent = "";
    let read = "";
    for (let i = 0; i < 400; i++) {
      if (queue.available > 0) {
        const { id, address } = queue.take();
        const text = `${i},`.repeat(200).slice(0, 1 + ((i * 37) % 1024));
        machine.bytes.set(Buffer.from(text), address);
        queue.use(id, text.length);
        sent += text;
      }
      machine.call("driversPoll", 1);
      if (i % 3 === 0) continue;
      const count = machine.call("consoleRead", SCRATCH, 700);
      if (count > 0) read += Buffer.from(machine.bytes.slice(SCRATCH, SCRATCH + count)).toString();
    }
    for (;;) {
      const count = machine.call("consoleRead", SCRATCH, 700);
      if (count === -E_AGAIN) break;
      read += Buffer.from(machine.bytes.slice(SCRATCH, SCRATCH + count)).toString();
    }
    expect(read).toBe(sent);
  });

  /** Input as the device gives it. */
  function type(text: string): void {
    const { id, address } = device.queues[RECEIVE]!.take();
    machine.bytes.set(Buffer.from(text), address);
    device.queues[RECEIVE]!.use(id, text.length);
    machine.call("driversPoll", 1);
  }

  /** Reads until the input ends, or there is none yet: the text, and what the last read returned. */
  function readOn(): { text: string; last: number } {
    let text = "";
    for (;;) {
      const count = machine.call("consoleRead", SCRATCH, 4);
      if (count <= 0) return { text, last: count };
      text += Buffer.from(machine.bytes.slice(SCRATCH, SCRATCH + count)).toString();
    }
  }

  test("says once that input has ended, after its last byte and before what comes then", () => {
    expect(readOn()).toEqual({ text: "", last: -E_AGAIN });
    type("to the end\x04");
    expect(readOn()).toEqual({ text: "to the end", last: 0 });
    expect(readOn()).toEqual({ text: "", last: -E_AGAIN });
    type("\x04\x04on");
    expect(readOn()).toEqual({ text: "", last: 0 });
    expect(readOn()).toEqual({ text: "", last: 0 });
    expect(readOn()).toEqual({ text: "on", last: -E_AGAIN });
  });

  test("drops output for a console that does not exist", () => {
    expect(machine.call("consoleWrite", 1, SCRATCH, 5)).toBe(5);
    expect(machine.call("consoleWrite", 99, SCRATCH, 5)).toBe(5);
  });
});

describe("a net device that lies", () => {
  let device: FakeVirtio;
  beforeEach(() => {
    device = machine.plug(VIRTIO_ID_NET);
    device.features = NET_FEATURES;
    device.config.set([2, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0xf0, 0xff]);
    machine.probe();
  });

  /** Uses a receive buffer, its header as given. */
  function receive(len: number, buffers = 1, gso = 0): void {
    const { id, address, flags } = device.queues[RECEIVE]!.take();
    expect(flags).toBe(VIRTQ_DESC_F_WRITE);
    machine.bytes.fill(0, address, address + NET_HEADER);
    machine.bytes[address + 1] = gso;
    machine.view.setUint16(address + 10, buffers, true);
    device.queues[RECEIVE]!.use(id, len);
  }

  test("takes what is sound", () => {
    receive(NET_HEADER + 100);
    expect(frame()).toBe(100);
    expect(frame()).toBeUndefined();
    expect(device.accepted).toBe(NET_FEATURES);
  });

  test.each([
    ["shorter than its header", 5, 1, 0],
    ["of no buffers", NET_HEADER + 60, 0, 0],
    ["segmented, which was not agreed", NET_HEADER + 60, 1, 1],
    ["of more buffers than there are", NET_HEADER + 60, 3, 0],
    ["of absurdly many buffers", NET_HEADER + 60, 65535, 0],
  ])("drops a frame %s, and takes the next", (_, len, buffers, gso) => {
    receive(len, buffers, gso);
    expect(frame()).toBe(0);
    receive(NET_HEADER + 77);
    expect(frame()).toBe(77);
    machine.call("netDeviceKick");
    expect(device.queues[RECEIVE]!.available).toBe(62 + 2); // every buffer is back
  });

  test("drops a frame over more buffers than a frame can have, and gives all of them back", () => {
    for (let i = 0; i < 12; i++) receive(NET_HEADER + 60, 12);
    expect(frame()).toBe(0);
    expect(frame()).toBeUndefined();
    expect(device.queues[RECEIVE]!.available).toBe(64);
  });

  test.each([
    ["a descriptor past the table", (id: number) => id + 1000, 100],
    ["a descriptor it was not given", () => 63, 100],
    ["more bytes than the buffer has", (id: number) => id, 16385],
    ["four billion bytes", (id: number) => id, 0xffffffff],
  ])("stops a queue that returns %s", (_, lie, len) => {
    const { id } = device.queues[RECEIVE]!.take();
    if (lie(id) === 63) {
      // Used up once already: the driver has popped it and not offered it again.
      for (let i = 1; i < 64; i++) device.queues[RECEIVE]!.take();
      device.queues[RECEIVE]!.use(63, NET_HEADER + 60);
      expect(machine.call("netDeviceReceive")).toBe(1);
    }
    device.queues[RECEIVE]!.use(lie(id), len);
    expect(frame()).toBeUndefined();
    expect(machine.call("netDeviceUp")).toBe(0);
  });

  test("stops a queue that claims to have written a buffer to be read", () => {
    const frameAddress = machine.call("netDeviceTransmitBegin");
    expect(frameAddress).not.toBe(0);
    machine.call("netDeviceTransmitCommit", 60, 0, 0);
    machine.call("netDeviceKick");
    device.queues[TRANSMIT]!.use(device.queues[TRANSMIT]!.take().id, 1);
    machine.call("netDeviceKick");
    expect(machine.call("netDeviceUp")).toBe(0);
  });

  test("wants events for sent frames only while it has no buffer", () => {
    const queue = device.queues[TRANSMIT]!;
    expect(queue.eventsWanted).toBe(false);
    for (let i = 0; i < 32; i++) {
      expect(machine.call("netDeviceTransmitBegin")).not.toBe(0);
      machine.call("netDeviceTransmitCommit", 60, 0, 0);
    }
    expect(machine.call("netDeviceTransmitBegin")).toBe(0);
    expect(queue.eventsWanted).toBe(true);
    queue.use(queue.take().id);
    expect(machine.call("netDeviceTransmitBegin")).not.toBe(0);
    expect(queue.eventsWanted).toBe(false);
  });
});

/** Two draws of random bytes after a boot with this seed: the first. */
function draw(seed: number, length: number): string {
  const other = new FakeMachine(module);
  other.probe(new Uint8Array(32).fill(seed));
  other.call("randomFill", SCRATCH, length);
  other.call("randomFill", SCRATCH + length, length);
  const first = Buffer.from(other.bytes.slice(SCRATCH, SCRATCH + length));
  const second = Buffer.from(other.bytes.slice(SCRATCH + length, SCRATCH + 2 * length));
  expect(first.equals(second)).toBe(false);
  return first.toString("hex");
}

/** Writes to the console; how much it took. */
function print(text: string): number {
  machine.bytes.set(Buffer.from(text), SCRATCH);
  return machine.call("consoleWrite", CONSOLE, SCRATCH, text.length);
}

/** The length of the next frame; undefined if there is none. */
function frame(): number | undefined {
  if (machine.call("netDeviceReceive") === 0) return undefined;
  const length = machine.call("frameLen");
  machine.call("netDeviceRecycle");
  return length;
}
