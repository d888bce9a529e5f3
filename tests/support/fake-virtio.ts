// Virtio devices that do what the test says, right or wrong: registers and rings, for tests of the kernel's drivers.
import * as m from "../../guest-kernel/abi/virtio-mmio.ts";
import * as q from "../../guest-kernel/abi/virtq.ts";
import { BOOT_INFO_SEED } from "../../guest-kernel/abi/boot-info.ts";
import { FRAMEBUFFER_SIZE } from "../../guest-kernel/abi/framebuffer.ts";
import {
  BOOT_INFO_GPA,
  FRAMEBUFFER_GPA,
  MMIO_GPA,
  VIRTIO_MMIO_SLOTS,
  VIRTIO_MMIO_STRIDE,
} from "../../guest-kernel/abi/memory-map.ts";

const FRAMES_START = 0x800000;
const FRAMES_END = 0x1000000;
const SEED_SIZE = 32;

/** The registers of one slot, and the device's side of its queues. */
export class FakeVirtio {
  deviceId: number;
  magic = m.VIRTIO_MMIO_MAGIC;
  version = 2;
  features = 0;
  features32 = 1; // VIRTIO_F_VERSION_1
  acceptsFeatures = true;
  queueSizeMax = 256;
  readonly config = new Uint8Array(64);
  /** Every value stored to the status register. */
  readonly statuses: number[] = [];
  /** Queues notified, in order. */
  readonly notified: number[] = [];
  accepted = 0;
  readonly queues: FakeQueue[];
  #selected = 0;
  #page = 0;
  #driverPage = 0;

  constructor(deviceId: number, view: DataView, queues = 2) {
    this.deviceId = deviceId;
    this.queues = Array.from({ length: queues }, () => new FakeQueue(view));
  }

  get status(): number {
    return this.statuses.at(-1) ?? 0;
  }

  read(offset: number, width: number): number {
    if (offset >= m.VIRTIO_MMIO_CONFIG) return this.#readConfig(offset - m.VIRTIO_MMIO_CONFIG, width);
    switch (offset) {
      case m.VIRTIO_MMIO_MAGIC_VALUE:
        return this.magic;
      case m.VIRTIO_MMIO_VERSION:
        return this.version;
      case m.VIRTIO_MMIO_DEVICE_ID:
        return this.deviceId;
      case m.VIRTIO_MMIO_DEVICE_FEATURES:
        return this.#page === 0 ? this.features : this.features32;
      case m.VIRTIO_MMIO_QUEUE_NUM_MAX:
        return this.queues[this.#selected] === undefined ? 0 : this.queueSizeMax;
      case m.VIRTIO_MMIO_STATUS:
        return this.acceptsFeatures ? this.status : this.status & ~m.VIRTIO_CONFIG_S_FEATURES_OK;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    switch (offset) {
      case m.VIRTIO_MMIO_STATUS:
        this.statuses.push(value);
        break;
      case m.VIRTIO_MMIO_DEVICE_FEATURES_SEL:
        this.#page = value;
        break;
      case m.VIRTIO_MMIO_DRIVER_FEATURES_SEL:
        this.#driverPage = value;
        break;
      case m.VIRTIO_MMIO_DRIVER_FEATURES:
        if (this.#driverPage === 0) this.accepted = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_SEL:
        this.#selected = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_NOTIFY:
        this.notified.push(value);
        break;
      default:
        this.queues[this.#selected]?.write(offset, value);
    }
  }

  #readConfig(at: number, width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) value |= (this.config[at + i] ?? 0) << (8 * i);
    return value;
  }
}

/** The device's side of one queue. */
export class FakeQueue {
  size = 0;
  desc = 0;
  avail = 0;
  used = 0;
  ready = false;
  readonly #view: DataView;
  #taken = 0;

  constructor(view: DataView) {
    this.#view = view;
  }

  write(offset: number, value: number): void {
    if (offset === m.VIRTIO_MMIO_QUEUE_NUM) this.size = value;
    if (offset === m.VIRTIO_MMIO_QUEUE_DESC_LOW) this.desc = value >>> 0;
    if (offset === m.VIRTIO_MMIO_QUEUE_AVAIL_LOW) this.avail = value >>> 0;
    if (offset === m.VIRTIO_MMIO_QUEUE_USED_LOW) this.used = value >>> 0;
    if (offset === m.VIRTIO_MMIO_QUEUE_READY) this.ready = value === 1;
  }

  /** How many buffers the driver has offered that were not taken. */
  get available(): number {
    return (this.#view.getUint16(this.avail + q.AVAIL_IDX, true) - this.#taken) & 0xffff;
  }

  /** Whether the driver wants to hear of used buffers. */
  get eventsWanted(): boolean {
    return (this.#view.getUint16(this.avail + q.AVAIL_FLAGS, true) & q.VIRTQ_AVAIL_F_NO_INTERRUPT) === 0;
  }

  /** Says whether the driver need notify. */
  set awake(awake: boolean) {
    this.#view.setUint16(this.used + q.USED_FLAGS, awake ? q.VIRTQ_USED_F_NO_NOTIFY : 0, true);
  }

  /** Takes the next offered buffer. */
  take(): { id: number; address: number; len: number; flags: number } {
    if (this.available === 0) throw new Error("nothing available");
    const slot = this.avail + q.AVAIL_RING + 2 * (this.#taken & (this.size - 1));
    this.#taken = (this.#taken + 1) & 0xffff;
    const id = this.#view.getUint16(slot, true);
    const desc = this.desc + q.DESC_SIZE * id;
    const address = this.#view.getUint32(desc + q.DESC_ADDR, true);
    const len = this.#view.getUint32(desc + q.DESC_LEN, true);
    return { id, address, len, flags: this.#view.getUint16(desc + q.DESC_FLAGS, true) };
  }

  /** Returns a buffer, or claims to. */
  use(id: number, len = 0): void {
    const index = this.#view.getUint16(this.used + q.USED_IDX, true);
    const elem = this.used + q.USED_RING + q.USED_ELEM_SIZE * (index & (this.size - 1));
    this.#view.setUint32(elem + q.USED_ELEM_ID, id, true);
    this.#view.setUint32(elem + q.USED_ELEM_LEN, len, true);
    this.#view.setUint16(this.used + q.USED_IDX, (index + 1) & 0xffff, true);
  }
}

/** Registers that a test plays. */
export interface Registers {
  read(offset: number): number;
  write(offset: number, value: number): void;
}

/** The kernel's drivers on fake devices. */
export class FakeMachine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly slots: (FakeVirtio | undefined)[] = [];
  /** The registers of the screen, by offset; undefined: there is no screen. */
  framebuffer: Registers | undefined;
  readonly #exports: WebAssembly.Exports;

  /** Compile drivers.exports.ts with `--use MMIO_IMPORTED=1`. Plug devices before `probe`. */
  constructor(module: WebAssembly.Module) {
    const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
    this.bytes = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    const instance = new WebAssembly.Instance(module, {
      env: {
        memory,
        abort: (): never => {
          throw new Error("abort");
        },
      },
      arch: { rdtsc: () => 0n, pause: () => undefined },
      mmio: {
        mmio_read: (address: number, width: number) => this.#read(address, width),
        mmio_write: (address: number, value: number) => this.#write(address, value),
      },
    });
    this.#exports = instance.exports;
    this.call("framesInit", FRAMES_START, FRAMES_END);
  }

  /** Puts a device in the next slot. */
  plug(deviceId: number, queues = 2): FakeVirtio {
    const device = new FakeVirtio(deviceId, this.view, queues);
    this.slots.push(device);
    return device;
  }

  /** Starts the drivers with this boot seed; the slots that run. */
  probe(seed = new Uint8Array(SEED_SIZE)): number {
    this.bytes.set(seed, BOOT_INFO_GPA + BOOT_INFO_SEED);
    return this.call("probeDevices");
  }

  /** Calls an export of the module. */
  call(name: string, ...args: (number | bigint)[]): number {
    const exported = this.#exports[name];
    if (typeof exported !== "function") throw new Error(`no exported function ${name}`);
    return Number(Reflect.apply(exported, undefined, args));
  }

  #slot(address: number): [device: FakeVirtio | Registers | undefined, offset: number] {
    const screen = (address >>> 0) - FRAMEBUFFER_GPA;
    if (screen >= 0 && screen < FRAMEBUFFER_SIZE) return [this.framebuffer, screen];
    const offset = (address >>> 0) - MMIO_GPA;
    const slot = Math.trunc(offset / VIRTIO_MMIO_STRIDE);
    if (slot < 0 || slot >= VIRTIO_MMIO_SLOTS) throw new Error(`no register at ${address >>> 0}`);
    return [this.slots[slot], offset % VIRTIO_MMIO_STRIDE];
  }

  #read(address: number, width: number): number {
    const [device, offset] = this.#slot(address);
    return device === undefined ? 0 : device.read(offset, width);
  }

  #write(address: number, value: number): void {
    const [device, offset] = this.#slot(address);
    device?.write(offset, value);
  }
}
