// The kernel's own drivers, in V8, on these devices: the same rings and registers as in the guest.
import { beforeAll, describe, expect, test } from "vitest";
import { EVENT_BIT_SCREEN } from "../guest-kernel/abi/event-page.ts";
import { CURSOR_PIXELS } from "../guest-kernel/abi/framebuffer.ts";
import { MMIO_GPA, VIRTIO_MMIO_SLOTS, VIRTIO_MMIO_STRIDE } from "../guest-kernel/abi/memory-map.ts";
import { GATEWAY_IP, GATEWAY_MAC, GUEST_IP } from "../host-net/network.ts";
import { Bridge } from "../host-net/bridge.ts";
import { Policy } from "../host-net/policy.ts";
import { compileGuest } from "../tests/support/asc.ts";
import { FakeConsole } from "../tests/support/console-backend.ts";
import { GuestModule } from "../tests/support/guest-module.ts";
import { RecordingNet } from "../tests/support/net-backend.ts";
import { type BusSlot, DeviceBus } from "./bus.ts";
import { ConsoleDevice } from "./console/device.ts";
import { FramebufferDevice } from "./framebuffer/device.ts";
import type { Rect } from "./framebuffer/damage.ts";
import { InputDevice } from "./input/device.ts";
import { ABS_X, ABS_Y, EV_ABS, EV_KEY, EV_SYN } from "../guest-kernel/abi/virtio-input.ts";
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
  readonly input = new InputDevice();
  readonly screen = new FramebufferDevice({ width: 320, height: 200, scale: 100 });
  readonly running: number;
  /** Register accesses so far: each would be an exit. */
  exits = 0;
  #pending = 0;

  constructor(module: WebAssembly.Module) {
    const consoles = [new ConsoleDevice(this.terminal), new ConsoleDevice(this.log)];
    const bus = new DeviceBus([this.device, consoles[CONSOLE], consoles[LOG], new RngDevice(), this.input]);
    const slotAt = (address: number): BusSlot | FramebufferDevice => {
      this.exits++;
      const slot = Math.trunc(((address >>> 0) - MMIO_GPA) / VIRTIO_MMIO_STRIDE);
      return slot < VIRTIO_MMIO_SLOTS ? bus.slots[slot]! : this.screen; // SAFETY: checked in this line
    };
    this.drivers = new GuestModule(module, {
      mmio: {
        mmio_read: (address: number, width: number) => slotAt(address).readMmio(offsetOf(address), width),
        mmio_write: (address: number, value: number) => slotAt(address).writeMmio(offsetOf(address), value),
      },
    });
    const memory = new GuestMemory(this.drivers.memory.buffer);
    this.screen.connect(memory, () => (this.#pending |= 1 << EVENT_BIT_SCREEN));
    bus.connect(
      memory,
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

  /** Draws all of the screen in one colour, tells so, and shows it. */
  draw(colour: number): void {
    const { drivers } = this;
    const [width, height] = [drivers.call("framebufferWidth"), drivers.call("framebufferHeight")];
    for (let y = 0; y < height; y++) {
      const row = drivers.call("framebufferPixels") + y * drivers.call("framebufferStride");
      for (let x = 0; x < width; x++) drivers.view.setUint32(row + 4 * x, colour, true);
    }
    drivers.call("framebufferDamage", 0, 0, width, height);
    drivers.call("framebufferShow");
  }

  /** The damage that the host takes. */
  damage(): Rect[] {
    const rects: Rect[] = [];
    this.screen.takeDamage((rect) => rects.push({ ...rect }));
    return rects;
  }

  /** Every event of the input device, as type, code and value. */
  events(): number[][] {
    const { drivers } = this;
    const events: number[][] = [];
    while (drivers.call("inputNext"))
      events.push(["inputType", "inputCode", "inputValue"].map((name) => drivers.call(name)));
    return events;
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
    expect(new Machine(module).running).toBe(0b11111);
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

  test("show what is drawn once there is damage", () => {
    const machine = new Machine(module);
    const { drivers, screen } = machine;
    expect(drivers.call("framebufferPresent")).toBe(1);
    const wanted = ["Width", "Height", "Scale"].map((name) => drivers.call(`framebufferWanted${name}`));
    expect(wanted).toEqual([320, 200, 100]);
    expect(drivers.call("framebufferSetMode", 320, 200)).toBe(1);
    expect(screen.mode).toBeUndefined();
    machine.draw(0x00123456);
    expect(screen.mode).toMatchObject({ width: 320, height: 200, stride: 1280 });
    expect([...screen.row(screen.mode!, 318, 199, 2)]).toEqual([0x00123456, 0x00123456]);
    machine.damage();
    const before = machine.exits;
    drivers.call("framebufferDamage", 10, 20, 30, 40);
    drivers.call("framebufferDamage", 310, 190, 10, 10);
    expect(machine.damage()).toEqual([]); // it is told with the frame
    drivers.call("framebufferShow");
    expect(machine.damage()).toEqual([
      { x: 10, y: 20, width: 30, height: 40 },
      { x: 310, y: 190, width: 10, height: 10 },
    ]);
    expect(machine.exits).toBe(before); // nobody looked
    expect(screen.frames).toBe(2);
  });

  test("ring once when somebody looks", () => {
    const machine = new Machine(module);
    const { drivers, screen } = machine;
    drivers.call("framebufferSetMode", 320, 200);
    machine.draw(0);
    machine.damage();
    let heard = 0;
    screen.listener = { onMode() {}, onDamage: () => heard++, onCursor() {}, onClipboard() {} };
    expect(screen.watch()).toBe(false);
    const before = machine.exits;
    for (let i = 0; i < 5; i++) machine.draw(i);
    expect([heard, machine.exits - before]).toEqual([1, 1]);
    expect(screen.watch()).toBe(true); // there is some already
  });

  test("change the mode, and keep it when there is no memory for another", () => {
    const machine = new Machine(module);
    const { drivers, screen } = machine;
    const free = drivers.call("framesFreeCount");
    drivers.call("framebufferSetMode", 320, 200);
    machine.draw(1);
    screen.wanted = { width: 500, height: 400, scale: 200 };
    machine.poll();
    expect(drivers.call("framebufferTakeWanted")).toBe(1);
    expect(drivers.call("framebufferTakeWanted")).toBe(0);
    expect(drivers.call("framebufferSetMode", 500, 400)).toBe(1);
    machine.draw(2);
    expect(screen.mode).toMatchObject({ width: 500, height: 400, stride: 2048 });
    for (const [width, height] of [
      [8192, 8192],
      [0, 100],
      [100, 0],
      [8193, 1],
      [-1, 1],
    ])
      expect(drivers.call("framebufferSetMode", width!, height!)).toBe(0);
    expect(screen.mode).toMatchObject({ width: 500, height: 400 });
    expect(drivers.call("framebufferSetMode", 16, 16)).toBe(1);
    expect(free - drivers.call("framesFreeCount")).toBe(1); // 16 rows of 64 bytes; the damage page was there before
  });

  test("give a picture of the cursor", () => {
    const machine = new Machine(module);
    const { drivers, screen } = machine;
    for (const [i, word] of [2, 2, 1, 0, 0xff000001, 0xff000002, 3, 4].entries())
      drivers.view.setUint32(TEXT + 4 * i, word, true);
    expect(CURSOR_PIXELS).toBe(16);
    drivers.call("framebufferCursor", TEXT);
    const pixels = Uint32Array.of(0xff000001, 0xff000002, 3, 4);
    expect(screen.cursor).toEqual({ width: 2, height: 2, hotX: 1, hotY: 0, pixels });
    drivers.call("framebufferCursor", 0);
    expect(screen.cursor).toBeUndefined();
  });

  test("take keys and the pointer in order", () => {
    const machine = new Machine(module);
    const { input } = machine;
    expect(machine.drivers.call("inputPending")).toBe(0);
    input.send([{ type: EV_KEY, code: 30, value: 1 }]);
    input.send([
      { type: EV_ABS, code: ABS_X, value: 0x1234 },
      { type: EV_ABS, code: ABS_Y, value: 0x7fff },
    ]);
    input.send([{ type: EV_KEY, code: 30, value: 0 }]);
    expect(machine.drivers.call("inputPending")).toBe(1);
    expect(machine.events()).toEqual([
      [EV_KEY, 30, 1],
      [EV_SYN, 0, 0],
      [EV_ABS, ABS_X, 0x1234],
      [EV_ABS, ABS_Y, 0x7fff],
      [EV_SYN, 0, 0],
      [EV_KEY, 30, 0],
      [EV_SYN, 0, 0],
    ]);
  });

  test("lose moves of the pointer when they are slow, and no release of a key", () => {
    const machine = new Machine(module);
    const { input } = machine;
    input.send([{ type: EV_KEY, code: 42, value: 1 }]);
    for (let i = 0; i < 5000; i++) input.send([{ type: EV_ABS, code: ABS_X, value: i }]);
    for (let i = 0; i < 5000; i++)
      input.send([{ type: EV_KEY, code: 1 + (i & 15), value: 1 - ((i >> 4) & 1) }]);
    input.send([{ type: EV_KEY, code: 42, value: 0 }]);
    expect(input.waiting).toBeLessThan(1200);
    const held = new Set<number>();
    for (let events = machine.events(); events.length > 0; events = machine.events()) {
      for (const [type, code, value] of events) {
        if (type === EV_KEY && value === 1) held.add(code!);
        if (type === EV_KEY && value === 0) expect(held.delete(code!)).toBe(true);
      }
    }
    expect([...held]).toEqual([]);
    expect(input.waiting).toBe(0);
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
