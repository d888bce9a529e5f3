// The kernel's own drivers, in V8, on these devices: the same rings and registers as in the guest.
import { beforeAll, describe, expect, test } from "vitest";
import { MMIO_GPA, VIRTIO_MMIO_STRIDE } from "../guest-kernel/abi/memory-map.ts";
import { GATEWAY_IP, GATEWAY_MAC, GUEST_IP } from "../host-net/network.ts";
import { Bridge } from "../host-net/bridge.ts";
import { Policy } from "../host-net/policy.ts";
import { compileGuest } from "../tests/support/asc.ts";
import { FakeConsole } from "../tests/support/console-backend.ts";
import { GuestModule } from "../tests/support/guest-module.ts";
import { RecordingNet } from "../tests/support/net-backend.ts";
import { type BusSlot, DeviceBus } from "./bus.ts";
import { ConsoleDevice } from "./console/device.ts";
import { GuestMemory } from "./guest-memory.ts";
import { NetDevice } from "./net/device.ts";
import { RngDevice } from "./rng/device.ts";

const MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
const FRAMES_START = 0x800000;
const FRAMES_END = 0x1000000; // of the 16 MiB that the module declares
const CONSOLE = 0;
const LOG = 1;
const TEXT = 0x700000; // unused by the module: where the test puts text

/** A machine without a CPU: V8 runs the drivers, each register access goes straight to the bus. */
class Machine {
  readonly terminal = new FakeConsole();
  readonly log = new FakeConsole();
  readonly device = new NetDevice({ mac: MAC, mtu: 9000 });
  readonly net = new RecordingNet(this.device);
  readonly drivers: GuestModule;
  readonly running: number;
  /** Register accesses so far: each would be an exit. */
  exits = 0;
  #pending = 0;

  constructor(module: WebAssembly.Module) {
    const consoles = [new ConsoleDevice(this.terminal), new ConsoleDevice(this.log)];
    const bus = new DeviceBus([this.device, consoles[CONSOLE], consoles[LOG], new RngDevice()]);
    const slotAt = (address: number): BusSlot => {
      this.exits++;
      return bus.slots[Math.trunc(((address >>> 0) - MMIO_GPA) / VIRTIO_MMIO_STRIDE)]!;
    };
    this.drivers = new GuestModule(module, {
      mmio: {
        mmio_read: (address: number, width: number) => slotAt(address).readMmio(offsetOf(address), width),
        mmio_write: (address: number, value: number) => slotAt(address).writeMmio(offsetOf(address), value),
      },
    });
    bus.connect(
      new GuestMemory(this.drivers.memory.buffer),
      (slot) => (this.#pending |= 1 << slot),
      (slot, error) => {
        throw new Error(`slot ${slot}`, { cause: error });
      },
    );
    this.drivers.call("framesInit", FRAMES_START, FRAMES_END);
    this.running = this.drivers.call("probeDevices");
  }

  /** Lets the drivers see what the devices raised. */
  poll(): void {
    const pending = this.#pending;
    this.#pending = 0;
    this.drivers.call("driversPoll", pending);
  }

  print(which: number, text: string): void {
    this.drivers.putText(TEXT, text);
    if (this.drivers.call("consoleWrite", which, TEXT, text.length) !== text.length)
      throw new Error("console full");
  }

  /** Sends a frame that the driver fills in place. */
  transmit(frame: Uint8Array, checksumStart = 0, checksumOffset = 0): void {
    const buffer = this.drivers.call("netDeviceTransmitBegin") >>> 0;
    if (buffer === 0) throw new Error("no transmit buffer");
    this.drivers.put(buffer, frame);
    this.drivers.call("netDeviceTransmitCommit", frame.length, checksumStart, checksumOffset);
  }

  /** The next frame that the driver has received; undefined if there is none. */
  takeFrame(): Uint8Array | undefined {
    const { drivers } = this;
    if (!drivers.call("netDeviceReceive")) return undefined;
    const pieces = Array.from({ length: drivers.call("framePieceCount") }, (_, i) => {
      const start = drivers.call("framePieceAddress", i) >>> 0;
      return drivers.bytes(start, drivers.call("framePieceLen", i));
    });
    drivers.call("netDeviceRecycle");
    return new Uint8Array(Buffer.concat(pieces));
  }
}

describe("the kernel's drivers", () => {
  let module: WebAssembly.Module;
  beforeAll(async () => {
    module = await compileGuest("guest-kernel/kernel/drivers/drivers.exports.ts", {
      flags: ["--use", "MMIO_IMPORTED=1"],
    });
  }, 60_000);

  test("start every device", () => {
    expect(new Machine(module).running).toBe(0b1111);
  });

  test("print to the right console, in order", () => {
    const machine = new Machine(module);
    for (let i = 0; i < 1000; i++) {
      machine.print(CONSOLE, `line ${i}\n`);
      machine.print(LOG, `log ${i}\n`);
      machine.drivers.call("consoleFlush");
      machine.poll();
    }
    expect(machine.terminal.output).toBe(Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join(""));
    expect(machine.log.output).toBe(Array.from({ length: 1000 }, (_, i) => `log ${i}\n`).join(""));
  });

  test("read what is typed", () => {
    const machine = new Machine(module);
    let typed = "";
    let read = "";
    for (let i = 0; i < 200; i++) {
      machine.terminal.type(`command ${i}\n`);
      typed += `command ${i}\n`;
      machine.poll();
      for (
        let len = machine.drivers.call("consoleRead", TEXT, 64);
        len > 0;
        len = machine.drivers.call("consoleRead", TEXT, 64)
      ) {
        read += machine.drivers.text(TEXT, len);
      }
    }
    expect(read).toBe(typed);
  });

  test("take entropy", () => {
    const machine = new Machine(module);
    machine.poll();
    machine.drivers.call("randomFill", TEXT, 64);
    expect(machine.drivers.call("rngSeedsTaken")).toBeGreaterThan(0);
    expect(new Set(machine.drivers.bytes(TEXT, 64)).size).toBeGreaterThan(32);
  });

  test("send frames of all lengths", () => {
    const machine = new Machine(module);
    expect(machine.drivers.call("netDeviceMtu")).toBe(9000);
    expect(machine.device.offload).toBe(true);
    expect(machine.drivers.call("netDeviceFillsChecksums")).toBe(1);
    const sent: Uint8Array[] = [];
    for (let length = 14; length <= 9014; length += 90) {
      const frame = Uint8Array.from({ length }, (_, i) => (i + length) & 0xff);
      sent.push(frame);
      machine.transmit(frame);
      machine.drivers.call("netDeviceKick");
      machine.poll();
    }
    expect(machine.net.frames.map(hex)).toEqual(sent.map(hex));
  });

  test("receive frames of all lengths, over several buffers where they must", () => {
    const machine = new Machine(module);
    for (let round = 0; round < 3; round++) {
      for (let length = 14; length <= 60_000; length += 1999) {
        const frame = Uint8Array.from({ length }, (_, i) => (i * 3 + length) & 0xff);
        expect(machine.device.send(frame)).toBe(true);
        expect(hex(machine.takeFrame())).toBe(hex(frame));
        machine.drivers.call("netDeviceKick");
      }
    }
    expect(machine.takeFrame()).toBeUndefined();
  });

  test("make the network wait when they are slow, and lose nothing", () => {
    const machine = new Machine(module);
    let sent = 0;
    const send = (): void => {
      while (sent < 500 && machine.device.send(new Uint8Array(64).fill(sent & 0xff))) sent++;
    };
    machine.net.onRoom = send;
    send();
    expect(sent).toBeLessThan(500);
    for (let i = 0; i < 500; i++) {
      const frame = machine.takeFrame();
      if (frame?.[0] !== (i & 0xff)) throw new Error(`frame ${i}: ${frame?.[0]}`);
      machine.drivers.call("netDeviceKick");
    }
    expect(machine.net.writable).toBeGreaterThan(0);
    expect(machine.takeFrame()).toBeUndefined();
  });

  test("exit no more than once a batch", () => {
    const machine = new Machine(module);
    const before = machine.exits;
    for (let i = 0; i < 20; i++) machine.transmit(new Uint8Array(100));
    machine.drivers.call("netDeviceKick");
    expect(machine.net.frames).toHaveLength(20);
    expect(machine.exits - before).toBeLessThanOrEqual(1);
  });

  test("reach the bridge, which answers", () => {
    const machine = new Machine(module);
    const bridge = new Bridge({ link: machine.device, policy: new Policy([]) });
    machine.device.backend = bridge;
    machine.transmit(arpRequest(GATEWAY_IP));
    machine.drivers.call("netDeviceKick");
    const reply = machine.takeFrame();
    bridge.close();
    if (reply === undefined) throw new Error("no reply");
    const view = new DataView(reply.buffer);
    expect(reply.subarray(0, 6)).toEqual(MAC);
    expect(view.getUint16(20)).toBe(2); // reply
    expect(view.getUint16(22) * 2 ** 32 + view.getUint32(24)).toBe(GATEWAY_MAC);
    expect(view.getUint32(28)).toBe(GATEWAY_IP);
  });
});

/** A register's offset in its slot; the module's addresses are i32. */
function offsetOf(address: number): number {
  return (address >>> 0) % VIRTIO_MMIO_STRIDE;
}

/** A frame as text: vitest compares that much faster than arrays. */
function hex(frame: Uint8Array | undefined): string | undefined {
  return frame && Buffer.from(frame).toString("hex");
}

/** Who has `ip`? RFC 826, from the guest. */
function arpRequest(ip: number): Uint8Array {
  const frame = new Uint8Array(42);
  const view = new DataView(frame.buffer);
  frame.fill(0xff, 0, 6);
  frame.set(MAC, 6);
  view.setUint16(12, 0x0806);
  view.setUint16(14, 1);
  view.setUint16(16, 0x0800);
  view.setUint8(18, 6);
  view.setUint8(19, 4);
  view.setUint16(20, 1); // request
  frame.set(MAC, 22);
  view.setUint32(28, GUEST_IP);
  view.setUint32(38, ip);
  return frame;
}
