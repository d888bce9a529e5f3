// A kernel in V8 with a screen, a keyboard and a tablet: the machine's own devices, driven by the test.
import { FramebufferDevice } from "../../devices/framebuffer/device.ts";
import { DeviceBus } from "../../devices/bus.ts";
import { GuestMemory } from "../../devices/guest-memory.ts";
import { InputDevice } from "../../devices/input/device.ts";
import { EVENT_BIT_SCREEN } from "../../guest-kernel/abi/event-page.ts";
import { FRAMEBUFFER_SIZE } from "../../guest-kernel/abi/framebuffer.ts";
import { FRAMEBUFFER_GPA, MMIO_GPA, VIRTIO_MMIO_STRIDE } from "../../guest-kernel/abi/memory-map.ts";
import {
  ABS_MAX_VALUE,
  ABS_X,
  ABS_Y,
  BTN_LEFT,
  EV_ABS,
  EV_KEY,
  EV_REL,
  EV_SYN,
  REL_WHEEL,
} from "../../guest-kernel/abi/virtio-input.ts";
import * as w from "../../guest-kernel/abi/window.ts";
import type { KernelMachine, KernelStop, ScriptedProcess } from "./kernel-machine.ts";
import { load, type Steps, type World } from "./kernel-world.ts";
import type { Picture } from "./png.ts";

/** Where scripts keep a picture and what they read. */
const PICTURE = 0x10000;
const EVENTS = 0x4000;
const RECTS = 0x6000;
const INPUT_SLOT = 7;
const TEXT = 0x7000000; // at the end of RAM, where no frame is yet

/** A window event as a script sees it. */
export interface WindowEvent {
  type: number;
  x: number;
  y: number;
  buttons: number;
  code: number;
  text: number;
  modifiers: number;
}

/** A line of /sys/ui/windows. */
export interface ShownWindow {
  id: number;
  pid: number;
  /** Left, top, width, height. */
  place: number[];
  layer: string;
  states: string[];
  title: string;
}

/** What the screen of a world is like, besides its processes. */
export interface ScreenOptions {
  width?: number;
  height?: number;
  scale?: number;
}

/** A machine with a screen. */
export class ScreenWorld {
  readonly framebuffer: FramebufferDevice;
  readonly input = new InputDevice();
  readonly machine: KernelMachine;

  private constructor(framebuffer: FramebufferDevice, input: InputDevice, machine: KernelMachine) {
    this.framebuffer = framebuffer;
    this.input = input;
    this.machine = machine;
  }

  /** Makes one; `boot` it. Processes have `memoryPages` of 64 KiB, for their pictures. */
  static async load(
    { width = 640, height = 480, scale = 100 }: ScreenOptions,
    world: World,
  ): Promise<ScreenWorld> {
    const framebuffer = new FramebufferDevice({ width, height, scale });
    const input = new InputDevice();
    const bus = new DeviceBus(
      Array.from({ length: INPUT_SLOT + 1 }, (_, i) => (i === INPUT_SLOT ? input : undefined)),
    );
    const slot = bus.slots[INPUT_SLOT]!;
    const machine = await load({
      ramBytes: 0x8000000,
      memoryPages: 64,
      ...world,
      registers: [
        {
          gpa: FRAMEBUFFER_GPA,
          size: FRAMEBUFFER_SIZE,
          readMmio: (offset, bytes) => framebuffer.readMmio(offset, bytes),
          writeMmio: (offset, value) => framebuffer.writeMmio(offset, value),
        },
        {
          gpa: MMIO_GPA + INPUT_SLOT * VIRTIO_MMIO_STRIDE,
          size: VIRTIO_MMIO_STRIDE,
          readMmio: (offset, bytes) => slot.readMmio(offset, bytes),
          writeMmio: (offset, value) => slot.writeMmio(offset, value),
        },
      ],
    });
    const memory = new GuestMemory(machine.bytes.buffer);
    framebuffer.connect(memory, () => machine.raise(1 << EVENT_BIT_SCREEN));
    bus.connect(
      memory,
      (number) => machine.raise(1 << number),
      (number, error) => {
        throw new Error(`slot ${number}`, { cause: error });
      },
    );
    return new ScreenWorld(framebuffer, input, machine);
  }

  /** Moves the pointer to a pixel. */
  move(x: number, y: number): void {
    const { width, height } = this.framebuffer.mode ?? this.framebuffer.wanted;
    this.input.send([
      { type: EV_ABS, code: ABS_X, value: Math.round((x * ABS_MAX_VALUE) / (width - 1)) },
      { type: EV_ABS, code: ABS_Y, value: Math.round((y * ABS_MAX_VALUE) / (height - 1)) },
      { type: EV_SYN, code: 0, value: 0 },
    ]);
  }

  /** Presses a button or key, or lets it go. */
  key(code: number, down: boolean): void {
    this.input.send([
      { type: EV_KEY, code, value: down ? 1 : 0 },
      { type: EV_SYN, code: 0, value: 0 },
    ]);
  }

  /** Turns the wheel; up is positive. */
  wheel(notches: number): void {
    this.input.send([
      { type: EV_REL, code: REL_WHEEL, value: notches },
      { type: EV_SYN, code: 0, value: 0 },
    ]);
  }

  /** Clicks at a pixel. */
  click(x: number, y: number, button = BTN_LEFT): void {
    this.move(x, y);
    this.key(button, true);
    this.key(button, false);
  }

  /** Boots, and runs until there is nothing more to do. */
  boot(): void {
    expectIdle(this.machine.boot());
  }

  /** Runs until there is nothing more to do. */
  run(): void {
    expectIdle(this.machine.run());
  }

  /** What /sys/ui/windows tells, the topmost window first. */
  windows(): ShownWindow[] {
    const { machine } = this;
    const length = machine.call("windowsText", TEXT, 4096);
    const lines = machine.guest.text(TEXT, length).split("\n").slice(0, -1);
    return lines.map((line) => {
      const [id, pid, x, y, width, height, state = "", , ...title] = line.split(" ");
      const [layer = "", ...states] = state.split(",");
      const numbers = [id, pid, x, y, width, height].map(Number);
      return {
        id: numbers[0]!,
        pid: numbers[1]!,
        place: numbers.slice(2),
        layer,
        states,
        title: title.join(" "),
      };
    });
  }

  /** What the screen shows. */
  picture(): Picture {
    const mode = this.framebuffer.mode;
    if (mode === undefined) throw new Error("the screen shows nothing");
    const rgba = new Uint8Array(mode.width * mode.height * 4);
    for (let y = 0; y < mode.height; y++) {
      const row = this.framebuffer.row(mode, 0, y, mode.width);
      for (const [x, pixel] of row.entries())
        rgba.set([pixel >>> 16, pixel >>> 8, pixel, 255], (y * mode.width + x) * 4);
    }
    return { width: mode.width, height: mode.height, rgba };
  }

  /** A pixel of the screen, 0xRRGGBB. */
  pixel(x: number, y: number): number {
    const { width, rgba } = this.picture();
    const at = (y * width + x) * 4;
    return (rgba[at]! << 16) | (rgba[at + 1]! << 8) | rgba[at + 2]!;
  }
}

/** A window of a script. */
export class ScriptedWindow {
  readonly process: ScriptedProcess;
  readonly handle: number;
  width = 0;
  height = 0;
  /** Every event that was read, in order. */
  readonly events: WindowEvent[] = [];

  constructor(process: ScriptedProcess, handle: number) {
    this.process = process;
    this.handle = handle;
  }

  /** Opens one and reads its first events. */
  static *open(p: ScriptedProcess, width: number, height: number, flags = 0): Steps<ScriptedWindow> {
    const window = new ScriptedWindow(p, yield* p.call("sysWindowCreate", width, height, flags));
    if (window.handle < 0) throw new Error(`window_create: ${window.handle}`);
    yield* window.read();
    return window;
  }

  /** Opens one and shows a picture of one colour. */
  static *show(
    p: ScriptedProcess,
    width: number,
    height: number,
    colour: number,
    flags = 0,
  ): Steps<ScriptedWindow> {
    const window = yield* ScriptedWindow.open(p, width, height, flags);
    yield* window.fill(colour);
    return window;
  }

  /** Waits for events and takes them; follows the size that they tell. */
  *read(): Steps<WindowEvent[]> {
    const length = yield* this.process.call("sysRead", this.handle, EVENTS, 0x1000);
    if (length < 0) throw new Error(`read: ${length}`);
    const view = new DataView(this.process.read(EVENTS, length).buffer);
    const events = Array.from({ length: length / w.WINDOW_EVENT_SIZE }, (_, i) => eventAt(view, i));
    for (const { type, x, y } of events) {
      if (type === w.WINDOW_EVENT_RESIZE) [this.width, this.height] = [x, y];
    }
    this.events.push(...events);
    return events;
  }

  /** Submits a picture of one colour, of the size that was told last or another. */
  *fill(colour: number, width = this.width, height = this.height): Steps<number> {
    return yield* this.draw(() => colour, width, height);
  }

  /** Submits a picture, all of it damaged unless told. */
  *draw(
    pixel: (x: number, y: number) => number,
    width = this.width,
    height = this.height,
    rects: number[][] = [[0, 0, width, height]],
  ): Steps<number> {
    const { process } = this;
    const bytes = new Uint8Array(width * height * 4);
    const view = new DataView(bytes.buffer);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) view.setUint32((y * width + x) * 4, pixel(x, y), true);
    process.write(PICTURE, bytes);
    process.write(RECTS, new Uint8Array(Int32Array.from(rects.flat()).buffer));
    return yield* process.call(
      "sysGpuSubmitStrided",
      this.handle,
      PICTURE,
      layoutOf(width * 4, width, height),
      RECTS,
      rects.length,
    );
  }

  /** Shows a colour for ever: draws each size that it is told. */
  *live(colour: number): Steps {
    yield* this.fill(colour);
    for (;;) {
      const events = yield* this.read();
      if (events.some(({ type }) => type === w.WINDOW_EVENT_CLOSE)) return;
      if (events.some(({ type }) => type === w.WINDOW_EVENT_RESIZE)) yield* this.fill(colour);
    }
  }

  /** Takes the events that were read so far. */
  take(): WindowEvent[] {
    return this.events.splice(0);
  }

  /** The types of the events that were read so far; takes them. */
  takeTypes(): number[] {
    return this.take().map(({ type }) => type);
  }

  /** Sets its title. */
  *setTitle(title: string): Steps<number> {
    const length = this.process.write(RECTS, title);
    return yield* this.process.call("sysWindowTitle", this.handle, RECTS, length);
  }

  *control(action: number, a = 0, b = 0): Steps<number> {
    return yield* this.process.call("sysWindowControl", this.handle, action, a, b);
  }
}

function expectIdle(stop: KernelStop): void {
  if (stop.reason !== "idle") throw new Error(`${stop.reason}: ${stop.message}`);
}

/** The argument `layout` of gpu_submit_strided. */
export function layoutOf(stride: number, width: number, height: number): bigint {
  return (BigInt(stride) << 32n) | (BigInt(width) << 16n) | BigInt(height);
}

function eventAt(view: DataView, index: number): WindowEvent {
  const at = index * w.WINDOW_EVENT_SIZE;
  return {
    type: view.getUint32(at + w.WINDOW_EVENT_TYPE, true),
    x: view.getInt32(at + w.WINDOW_EVENT_X, true),
    y: view.getInt32(at + w.WINDOW_EVENT_Y, true),
    buttons: view.getUint32(at + w.WINDOW_EVENT_BUTTONS, true),
    code: view.getInt32(at + w.WINDOW_EVENT_CODE, true),
    text: view.getUint32(at + w.WINDOW_EVENT_TEXT, true),
    modifiers: view.getUint32(at + w.WINDOW_EVENT_MODIFIERS, true),
  };
}
