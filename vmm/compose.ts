// The composition root: a machine with our devices, joined to the network and to consoles.

import { ConsoleDevice } from "../devices/console/device.ts";
import type { ConsoleBackend } from "../devices/console/backend.ts";
import { DeviceBus } from "../devices/bus.ts";
import { FramebufferDevice, type Wanted } from "../devices/framebuffer/device.ts";
import { InputDevice } from "../devices/input/device.ts";
import { GuestMemory } from "../devices/guest-memory.ts";
import { NetDevice } from "../devices/net/device.ts";
import { BlockDevice } from "../devices/blk/device.ts";
import type { BlockBackend } from "../devices/blk/backend.ts";
import { RngDevice } from "../devices/rng/device.ts";
import { Bridge } from "../host-net/bridge.ts";
import type { FrameCapture } from "../host-net/pcap.ts";
import { Policy, type Allow } from "../host-net/policy.ts";
import { MTU } from "../host-net/wire/frame-buffer.ts";
import type { TraceRecorder } from "./trace/recorder.ts";
import { Machine, type MachineConfig, type Outcome } from "./machine.ts";

const GUEST_MAC = Uint8Array.of(0x52, 0x55, 0x0a, 0x00, 0x02, 0x0f); // for 10.0.2.15
const INIT_ARGUMENTS = "--";

/** What a system is made of. */
export interface SystemConfig extends Pick<
  MachineConfig,
  | "kernel"
  | "initramfs"
  | "ramBytes"
  | "symbolize"
  | "symbolizeApp"
  | "onMark"
  | "onFault"
  | "debug"
  | "onHeld"
  | "samples"
> {
  /** `key=value` words for the kernel, such as `pkg_server=10.0.2.2:8080`. */
  kernelOptions: readonly string[];
  /** The arguments of /init. */
  initArguments: readonly string[];
  /** What the guest may reach over TCP. */
  allow: Allow;
  /** The console: stdin and stdout of every process. */
  console: ConsoleBackend;
  /** The log: stderr of every process, and the kernel's own lines. */
  log: ConsoleBackend;
  /** The disk, if the machine has one. The caller closes it once `stop` has settled. */
  disk?: BlockBackend | undefined;
  /** The screen that the guest is asked for, if the machine has one. */
  screen?: Wanted | undefined;
  /** Sees every frame of the guest's network. */
  capture?: FrameCapture | undefined;
  /** Records what the guest and the VMM do; the caller closes it once `stop` has settled. */
  trace?: TraceRecorder | undefined;
  /** Hears of each attempt of the guest to connect to what `allow` does not cover, as often as it tries. */
  onDenied?: ((address: string, port: number) => void) | undefined;
  /** Hears of each device that the guest's driver broke. */
  onDeviceFailure?: (device: string, reason: string) => void;
}

/** A machine with console, log, network and entropy, and maybe a screen. `create`, `run` once, `stop`. */
export class System {
  readonly machine: Machine;
  readonly network: Bridge;
  /** The screen, and what types and points at it; undefined if the machine has none. */
  readonly screen: { framebuffer: FramebufferDevice; input: InputDevice } | undefined;
  readonly #console: ConsoleDevice;
  readonly #log: ConsoleDevice;
  readonly #backends: readonly ConsoleBackend[];
  readonly #disk: BlockDevice | undefined;
  readonly #trace: TraceRecorder | undefined;

  /** Throws what `Machine.create` throws, and HostNetError if a rule of `allow` cannot be read. */
  static create(config: SystemConfig): System {
    return new System(config, new Policy(config.allow));
  }

  private constructor(config: SystemConfig, policy: Policy) {
    const net = new NetDevice({ mac: GUEST_MAC, mtu: MTU });
    this.network = new Bridge({
      link: net,
      policy,
      capture: config.trace === undefined ? config.capture : config.trace.frames(config.capture),
      onDenied: config.onDenied,
    });
    net.backend = this.network;
    this.#trace = config.trace;
    this.#console = new ConsoleDevice(config.console);
    this.#log = new ConsoleDevice(config.log);
    this.#backends = [config.console, config.log];
    // By slot; the console's must be lower than the log's (abi/virtio-console.ts).
    this.#disk = config.disk === undefined ? undefined : new BlockDevice(config.disk);
    if (config.screen !== undefined)
      this.screen = { framebuffer: new FramebufferDevice(config.screen), input: new InputDevice() };
    const devices = {
      console: this.#console,
      log: this.#log,
      network: net,
      entropy: new RngDevice(),
      disk: this.#disk,
      input: this.screen?.input,
    };
    const bus = new DeviceBus(Object.values(devices));
    const tracing = config.trace === undefined ? [] : ["trace=1"];
    const commandLine = [...config.kernelOptions, ...tracing, INIT_ARGUMENTS, ...config.initArguments];
    const framebuffer = this.screen?.framebuffer;
    const exits = config.trace?.exits;
    const machine = Machine.create({ ...config, commandLine, slots: bus.slots, framebuffer, exits });
    const { ram } = machine;
    const names = Object.keys(devices);
    const memory = new GuestMemory(ram.buffer, ram.byteOffset, ram.length);
    framebuffer?.connect(memory, () => machine.raiseScreen());
    bus.connect(
      memory,
      (slot) => machine.raise(slot),
      (slot, error) => config.onDeviceFailure?.(names[slot] ?? `slot ${slot}`, error.message),
    );
    this.machine = machine;
  }

  /** Runs the guest to its end, and returns how that was once all its output is written. */
  async run(): Promise<Outcome> {
    await this.machine.start();
    const { ram, createdNs, tscKhz } = this.machine;
    if (tscKhz !== undefined) this.#trace?.start({ ram: ram.view, createdNs, tscKhz });
    const outcome = await this.machine.outcome;
    await Promise.all([this.#console.flush(), this.#log.flush()]);
    return outcome;
  }

  /** Ends the guest if it still runs, and lets go of everything. Can be called again. */
  async stop(): Promise<void> {
    this.network.close();
    for (const backend of this.#backends) backend.close();
    await this.machine.stop();
    await this.#disk?.settled();
  }
}
