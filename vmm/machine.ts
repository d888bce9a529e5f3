import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { MARK_INIT, MARK_KERNEL, MARK_SHELL } from "../guest-kernel/abi/control.ts";
import { EVENT_BIT_SCREEN } from "../guest-kernel/abi/event-page.ts";
import {
  INITRAMFS_GPA,
  KERNEL_DATA_GPA,
  LARGE_PAGE_SIZE,
  VIRTIO_MMIO_SLOTS,
} from "../guest-kernel/abi/memory-map.ts";
import { VIRTIO_MMIO_QUEUE_NOTIFY } from "../guest-kernel/abi/virtio-mmio.ts";
import { cpuFeatures, writeBootInfo } from "./boot/boot-info.ts";
import { writeDescriptorTables } from "./boot/cpu-state.ts";
import { bootAddress, loadCommandLine, loadInitramfs, loadKernel, trapAddress } from "./boot/loader.ts";
import { writePageTables } from "./boot/page-tables.ts";
import { appPlace, type SymbolizeApp } from "./app-place.ts";
import { type CrashReport, reportCrash, reportFault, reportPanic, type Symbolize } from "./crash-report.ts";
import { Deferred } from "./deferred.ts";
import { EventPage } from "./event-page.ts";
import type { DebugPort } from "./gdb/debug-port.ts";
import { GuestRam } from "./guest-ram.ts";
import { loadLibc } from "./kvm/load-libc.ts";
import type { Libc } from "./kvm/libc.ts";
import { KvmSystem } from "./kvm/system.ts";
import { FAULT_LISTENER, FRAMEBUFFER_SLOT, Mailbox, MARK_ENTRY, type MmioDevice } from "./mailbox.ts";
import type { SamplePort } from "./profile/sample-port.ts";
import type { ExitLog } from "./trace/exit-log.ts";
import { PreemptionTick } from "./preemption-tick.ts";
import { VcpuThread } from "./vcpu-thread.ts";

const MIB = 1024 * 1024;
const DEFAULT_RAM_BYTES = 256 * MIB;
// Backed by host pages before the first instruction: the kernel with the start of its heap, and the first free frames.
const BOOT_KERNEL_END = KERNEL_DATA_GPA + 6 * MIB;
const BOOT_FRAME_BYTES = 8 * MIB;
// The rest follows when the shell is up, or after this time: it keeps a processor busy.
const POPULATE_DELAY_MS = 1000;

/** What to boot. */
export interface MachineConfig {
  /** The kernel image, an ELF executable (boot/loader.ts). */
  kernel: Uint8Array;
  initramfs: Uint8Array;
  commandLine: readonly string[];
  /** The devices behind the virtio-mmio slots. A slot without one reads zero and ignores stores. */
  slots?: readonly (MmioDevice | undefined)[];
  /** The registers of the screen, if there is one. */
  framebuffer?: MmioDevice | undefined;
  /** A multiple of 2 MiB. */
  ramBytes?: number;
  /** Names code addresses in crash reports. */
  symbolize?: Symbolize;
  /** Names offsets in the code of packages there. */
  symbolizeApp?: SymbolizeApp;
  /** Called once for each mark that the guest reaches. */
  onMark?: (mark: MarkName, sinceCreateNs: bigint) => void;
  /** Called for each process that faults, after the kernel has logged it and before the guest goes on. */
  onFault?: (report: CrashReport) => void;
  /** For a debugger: it can hold the guest, and hears of each hold by `onHeld`. */
  debug?: DebugPort | undefined;
  onHeld?: (() => void) | undefined;
  /** For a trace: takes a note of each exit. */
  exits?: ExitLog | undefined;
  /** For a profiler: takes stacks of the guest, each time that `kick` interrupts it. */
  samples?: SamplePort | undefined;
}

function nothing(): undefined {}

/** What a guest reaches on its way up; see MARK_* of abi/control.ts. "entry" is its first instruction. */
export type MarkName = "entry" | "kernel" | "init" | "shell";

const MARKS: readonly (readonly [name: MarkName, mark: number])[] = [
  ["entry", MARK_ENTRY],
  ["kernel", MARK_KERNEL],
  ["init", MARK_INIT],
  ["shell", MARK_SHELL],
];

/** How a guest ended. */
export type Outcome =
  | { kind: "poweroff"; status: number }
  /** The kernel gave up, and says why. */
  | { kind: "panic"; report: CrashReport }
  /** The processor or KVM gave up. */
  | { kind: "crash"; report: CrashReport }
  /** `stop` was called. Where the guest was then, if it ran: a hung kernel shows itself here. */
  | { kind: "stopped"; report: CrashReport | undefined };

/**
 * A virtual machine: RAM, one vCPU on a thread of its own, and the devices on the calling thread.
 *
 * `create`, connect the devices to `ram` and `raise`, `start`, wait for `outcome`, `stop`.
 */
export class Machine {
  readonly ram: GuestRam;
  readonly #libc: Libc;
  readonly #symbolize: Symbolize;
  readonly #onMark: NonNullable<MachineConfig["onMark"]>;
  readonly #onHeld: () => void;
  /** When `create` was called, on the clock of `process.hrtime`: zero of the guest's monotonic clock. */
  readonly createdNs = process.hrtime.bigint();
  readonly #mailbox = new Mailbox();
  readonly #events: EventPage;
  readonly #tick: PreemptionTick;
  readonly #thread: VcpuThread;
  readonly #debug: DebugPort | undefined;
  readonly #devices: readonly (MmioDevice | undefined)[];
  readonly #marksSeen = new Set<MarkName>();
  readonly #initramfsLength: number;
  #commandLineLength = 0;
  #tscKhz: number | undefined;
  readonly #outcome = new Deferred<Outcome>();
  readonly #bootPopulated: Promise<number>;
  #restPopulated: Promise<number> | undefined;
  #populateTimer: NodeJS.Timeout | undefined;
  readonly #haltAtExit = (): void => this.#halt();

  /**
   * Allocates the RAM, loads it, and begins to create the VM. Call `stop` when done with it, also if `start` fails.
   *
   * Throws `KvmUnavailable` if the host cannot, `ImageError` if the image is at fault.
   */
  static create(config: MachineConfig): Machine {
    const libc = loadLibc();
    KvmSystem.open(libc).close(); // the vCPU thread opens its own: this is to fail early, with the reason
    return new Machine(libc, config);
  }

  private constructor(libc: Libc, config: MachineConfig) {
    this.#libc = libc;
    const { symbolize = nothing, symbolizeApp = nothing } = config;
    this.#symbolize = (address) => symbolize(address) ?? appPlace(this.ram.view, address, symbolizeApp);
    this.#onMark = config.onMark ?? ((): void => {});
    this.ram = GuestRam.allocate(libc, config.ramBytes ?? DEFAULT_RAM_BYTES);
    const slots = config.slots ?? [];
    if (slots.length > VIRTIO_MMIO_SLOTS) throw new RangeError(`${slots.length} slots of devices`);
    const devices: (MmioDevice | undefined)[] = [...slots];
    devices[FRAMEBUFFER_SLOT] = config.framebuffer;
    devices[FAULT_LISTENER] = this.#faultListener(config.onFault);
    this.#devices = devices;
    this.#debug = config.debug;
    this.#onHeld = config.onHeld ?? ((): void => {});
    this.#initramfsLength = config.initramfs.length;
    this.#events = new EventPage(this.ram);
    this.#tick = new PreemptionTick(this.#events, this.#mailbox);
    const observers = {
      debug: config.debug?.buffer,
      exits: config.exits?.buffer,
      samples: config.samples?.buffer,
    };
    this.#thread = new VcpuThread(libc, this.ram, this.#mailbox, observers); // takes 50 ms, in which we load
    this.#bootPopulated = this.#populateForBoot();
    process.once("exit", this.#haltAtExit);
    void this.#thread.gone.then(() => process.off("exit", this.#haltAtExit));
    this.#thread.ended.then((ended) => this.#end(ended)).catch((error: unknown) => this.#fail(error));
    this.#outcome.promise.catch(() => {}); // whoever waits for it hears of it
    try {
      this.#load(config);
    } catch (error) {
      this.#halt();
      throw error;
    }
  }

  /** Resolves when the guest has ended, for whatever reason. Rejects when the host or a device failed. */
  get outcome(): Promise<Outcome> {
    return this.#outcome.promise;
  }

  /** Frequency of the guest's time stamp counter, kHz, once it runs. */
  get tscKhz(): number | undefined {
    return this.#tscKhz;
  }

  /** Whether the guest sleeps, or is about to. */
  get idle(): boolean {
    return this.#events.idle;
  }

  /** The vCPU thread's id, once the VM is there. */
  get vcpuTid(): number | undefined {
    return this.#thread.tid;
  }

  /** Nanoseconds from `create` to each mark that the guest has reached. */
  get marks(): Partial<Record<MarkName, bigint>> {
    const marks: Partial<Record<MarkName, bigint>> = {};
    for (const [name, mark] of MARKS) {
      const time = this.#mailbox.timeOf(mark);
      if (time !== undefined) marks[name] = time - this.createdNs;
    }
    return marks;
  }

  /**
   * Lets the guest run; resolves when it does, or when `stop` came first. Rejects with the host's error.
   *
   * The calling thread must return to its event loop from time to time from here on: devices and time slices are there.
   */
  async start(): Promise<void> {
    const [{ tscKhz }, populatedBytes] = await Promise.all([this.#thread.ready, this.#bootPopulated]);
    if (this.#mailbox.stopped) return; // `outcome` says it
    this.#tscKhz = tscKhz;
    writeBootInfo(this.ram.view, {
      ramBytes: this.ram.length,
      initramfsLength: this.#initramfsLength,
      commandLineLength: this.#commandLineLength,
      tscKhz,
      elapsedNs: process.hrtime.bigint() - this.createdNs,
      wallClockNs: BigInt(Date.now()) * 1_000_000n,
      cpuFeatures: cpuFeatures(readFileSync("/proc/cpuinfo", "latin1")),
      seed: randomBytes(32),
      populatedBytes,
    });
    this.#mailbox.start();
    this.#tick.start();
    this.#populateTimer = setTimeout(() => this.#populateRest(), POPULATE_DELAY_MS).unref();
    this.#serve().catch((error: unknown) => this.#fail(error));
  }

  /** Tells the guest that the device in `slot` has used buffers or a new configuration. */
  raise(slot: number): void {
    this.#events.raise(slot);
  }

  /** Tells the guest that another size of the screen is wanted. */
  raiseScreen(): void {
    this.#events.raise(EVENT_BIT_SCREEN);
  }

  /** Asks the vCPU thread to hold the guest for the debugger, wherever the guest is. `onHeld` says when it does. */
  pause(): void {
    this.#debug?.requestPause();
    this.#thread.kick();
    this.#events.wake();
  }

  /** Whether a process that runs gives way to events and to the end of its slice; a debugger that steps wants it not to. */
  set preempts(preempts: boolean) {
    this.#events.preempts = preempts;
  }

  /** Makes the guest exit now, wherever it is; it goes on at once. */
  kick(): void {
    this.#thread.kick();
  }

  /** Ends the guest if it still runs; resolves when thread, VM and timers are gone. Can be called again. */
  async stop(): Promise<void> {
    this.#halt();
    await this.#thread.gone;
    await Promise.all([this.#bootPopulated, this.#restPopulated]);
  }

  #load({ kernel, initramfs, commandLine }: MachineConfig): void {
    const { bytes, view } = this.ram;
    loadKernel(bytes, kernel);
    bootAddress(view); // checks it
    loadInitramfs(bytes, initramfs);
    this.#commandLineLength = loadCommandLine(bytes, commandLine);
    writePageTables(view);
    writeDescriptorTables(view, (vector) => trapAddress(view, vector));
  }

  #faultListener(onFault?: (report: CrashReport) => void): MmioDevice {
    return {
      readMmio: () => 0,
      writeMmio: (_, pid) => onFault?.(reportFault(this.ram.view, pid, this.#symbolize)),
    };
  }

  async #populateForBoot(): Promise<number> {
    const populatedBytes = await this.#populate(0, BOOT_KERNEL_END);
    const frames = INITRAMFS_GPA + this.#initramfsLength;
    await this.#populate(frames - (frames % LARGE_PAGE_SIZE), frames + BOOT_FRAME_BYTES);
    return populatedBytes;
  }

  #populateRest(): void {
    clearTimeout(this.#populateTimer);
    this.#restPopulated ??= this.#populate(BOOT_KERNEL_END, this.ram.length);
  }

  #populate(start: number, end: number): Promise<number> {
    return this.ram.populate(this.#libc, start, Math.min(end, this.ram.length), () => this.#mailbox.stopped);
  }

  async #serve(): Promise<void> {
    while (!this.#mailbox.stopped) {
      if (!(await this.#mailbox.waitForWake())) await setImmediate(); // a guest that never rests must not starve I/O
      if (this.#mailbox.stopped) break;
      this.#handle();
      this.#tick.start();
    }
  }

  #handle(): void {
    this.#mailbox.serve(this.#devices, VIRTIO_MMIO_QUEUE_NOTIFY);
    if (this.#debug !== undefined && this.#debug.held !== 0) this.#onHeld();
    for (const [name, mark] of MARKS) {
      const time = this.#mailbox.timeOf(mark);
      if (time === undefined || this.#marksSeen.has(name)) continue;
      this.#marksSeen.add(name);
      if (mark === MARK_SHELL) this.#populateRest();
      this.#onMark(name, time - this.createdNs);
    }
  }

  #end(ended: Awaited<VcpuThread["ended"]>): void {
    if (ended !== undefined && ended.end.kind !== "stopped") this.#handle(); // what the guest said last
    this.#halt();
    this.#outcome.resolve(
      ended === undefined ? { kind: "stopped", report: undefined } : this.#outcomeOf(ended),
    );
  }

  #fail(error: unknown): void {
    this.#outcome.reject(error);
    this.#halt();
  }

  #outcomeOf(ended: NonNullable<Awaited<VcpuThread["ended"]>>): Outcome {
    const { end } = ended;
    const { view } = this.ram;
    switch (end.kind) {
      case "poweroff":
        return end;
      case "panic":
        return { kind: "panic", report: reportPanic(view, ended, this.#symbolize) };
      case "crash":
        return { kind: "crash", report: reportCrash(view, end.reason, ended, this.#symbolize) };
      case "stopped":
        return { kind: "stopped", report: reportCrash(view, "stopped", ended, this.#symbolize) };
      default:
        return end satisfies never;
    }
  }

  /** Makes the vCPU thread end, wherever it is. */
  #halt(): void {
    clearTimeout(this.#populateTimer);
    this.#tick.stop();
    this.#mailbox.stop();
    this.#debug?.close();
    this.#events.wake();
    this.#thread.kick();
  }
}
