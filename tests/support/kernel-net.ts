// The kernel's network in V8 on a real net device, with a clock that the test moves.
import { DeviceBus } from "../../devices/bus.ts";
import { GuestMemory } from "../../devices/guest-memory.ts";
import { NetDevice } from "../../devices/net/device.ts";
import { BOOT_INFO_SEED } from "../../guest-kernel/abi/boot-info.ts";
import { BOOT_INFO_GPA, MMIO_GPA, VIRTIO_MMIO_STRIDE } from "../../guest-kernel/abi/memory-map.ts";
import { VIRTIO_MMIO_DEVICE_FEATURES } from "../../guest-kernel/abi/virtio-mmio.ts";
import { compileGuest } from "./asc.ts";
import { SeededRandom } from "./seeded-random.ts";

export const KERNEL_MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);

const MEMORY_PAGES = 1024; // 64 MiB: room for every socket's buffers
const FRAMES_START = 0x800000;
const FRAMES_END = 0x4000000;
const SCRATCH = 0x700000; // unused by the module: where the test's bytes pass through
const SCRATCH_SIZE = 0x80000;
const CHECKSUM_FEATURES = 0b11; // VIRTIO_NET_F_CSUM and VIRTIO_NET_F_GUEST_CSUM

/** Options of a KernelNet. */
export interface KernelNetOptions {
  mtu?: number;
  /** Whether the device offers to leave checksums out; default true. */
  offload?: boolean;
  /** Of the kernel's random numbers: ports, sequence numbers, DHCP's waits. */
  seed?: number;
}

/** Compiles the kernel's network for V8. */
export function compileKernelNet(): Promise<WebAssembly.Module> {
  return compileGuest("guest-kernel/kernel/net/net.exports.ts", { flags: ["--use", "MMIO_IMPORTED=1"] });
}

/** A kernel with drivers and network, started, with no address yet. What it sends goes to `device.backend`. */
export class KernelNet {
  readonly device: NetDevice;
  /** The kernel's clock, in ns. */
  now = 1_000_000_000n;
  /** Register accesses so far: each would be an exit. */
  exits = 0;
  readonly #exports: WebAssembly.Exports;
  readonly #memory: WebAssembly.Memory;
  readonly #bytes: Uint8Array;
  #pending = 0;

  constructor(module: WebAssembly.Module, options: KernelNetOptions = {}) {
    const { mtu = 1500, offload = true } = options;
    const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: 65536, shared: true });
    const guest = new GuestMemory(memory.buffer);
    this.device = new NetDevice({ mac: KERNEL_MAC, mtu });
    const bus = new DeviceBus([this.device]);
    bus.connect(
      guest,
      (slot) => (this.#pending |= 1 << slot),
      (slot, error) => {
        throw new Error(`slot ${slot}`, { cause: error });
      },
    );
    const registers = (address: number): [slot: number, offset: number] => {
      this.exits++;
      const offset = (address >>> 0) - MMIO_GPA;
      return [Math.trunc(offset / VIRTIO_MMIO_STRIDE), offset % VIRTIO_MMIO_STRIDE];
    };
    let featurePage = 0;
    const instance = new WebAssembly.Instance(module, {
      env: {
        memory,
        abort: (): never => {
          throw new Error("abort");
        },
      },
      arch: { rdtsc: () => 0n, pause: () => {} },
      mmio: {
        mmio_read: (address: number, width: number): number => {
          const [slot, offset] = registers(address);
          const value = bus.slots[slot]?.readMmio(offset, width) ?? 0;
          const hide = !offload && offset === VIRTIO_MMIO_DEVICE_FEATURES && featurePage === 0;
          return hide ? value & ~CHECKSUM_FEATURES : value;
        },
        mmio_write: (address: number, value: number): void => {
          const [slot, offset] = registers(address);
          if (offset === VIRTIO_MMIO_DEVICE_FEATURES + 4) featurePage = value;
          bus.slots[slot]?.writeMmio(offset, value);
        },
      },
    });
    this.#exports = instance.exports;
    this.#memory = memory;
    this.#bytes = guest.bytes;
    guest.bytes.set(new SeededRandom(options.seed ?? 1).bytes(32), BOOT_INFO_GPA + BOOT_INFO_SEED);
    this.call("framesInit", FRAMES_START, FRAMES_END);
    if (this.call("probeDevices") !== 1) throw new Error("no net device");
    this.call("netInit");
  }

  /** Calls an export; i64 results come as numbers. */
  call(name: string, ...args: (number | bigint)[]): number {
    return Number(this.#call(name, args));
  }

  #call(name: string, args: (number | bigint)[]): unknown {
    const exported = this.#exports[name];
    if (typeof exported !== "function") throw new Error(`no exported function ${name}`);
    return Reflect.apply(exported, undefined, args);
  }

  /** Bytes of linear memory: it must not grow. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** True once the kernel has an address. */
  get ready(): boolean {
    return this.call("netReady") !== 0;
  }

  /** One look of the kernel's loop at its network. */
  poll(): boolean {
    const pending = this.#pending;
    this.#pending = 0;
    if (pending !== 0) this.call("driversPoll", pending);
    return this.call("netPoll", this.now) !== 0;
  }

  /** When the network wants to be looked at next, in ns; undefined: when an event comes. */
  get deadline(): bigint | undefined {
    const deadline = BigInt.asIntN(64, BigInt(String(this.#call("netNextDeadline", []))));
    return deadline === 0x7fffffffffffffffn ? undefined : deadline;
  }

  /** Moves the clock. */
  advance(ms: number): void {
    this.now += BigInt(Math.round(ms * 1e6));
  }

  /** Moves the clock to the next deadline, if there is one, and polls. */
  runTimer(): boolean {
    const { deadline } = this;
    if (deadline === undefined) return false;
    if (deadline > this.now) this.now = deadline;
    this.poll();
    return true;
  }

  /** tcpWrite from bytes. */
  write(socket: number, bytes: Uint8Array): number {
    const part = bytes.subarray(0, SCRATCH_SIZE);
    this.#bytes.set(part, SCRATCH);
    return this.call("tcpWrite", socket, SCRATCH, part.length);
  }

  /** tcpRead: the bytes, or its result if that is not positive. */
  read(socket: number, len = SCRATCH_SIZE): Uint8Array | number {
    const count = this.call("tcpRead", socket, SCRATCH, Math.min(len, SCRATCH_SIZE));
    return count > 0 ? this.#bytes.slice(SCRATCH, SCRATCH + count) : count;
  }

  /** The kernel's checksum of bytes. */
  checksum(bytes: Uint8Array): number {
    this.#bytes.set(bytes, SCRATCH);
    return this.call("checksum", SCRATCH, bytes.length);
  }
}
