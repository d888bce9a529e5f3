// The whole kernel in V8: its processes are scripts that call it as compiled code does, through the stubs' protocol.
import {
  RESUME_FAULT,
  RESUME_PREEMPTED,
  RESUME_SYSCALL,
  STUB_COUNT,
  STUB_PROCESS_START,
} from "../../guest-kernel/abi/arch.ts";
import * as boot from "../../guest-kernel/abi/boot-info.ts";
import * as control from "../../guest-kernel/abi/control.ts";
import * as errors from "../../guest-kernel/abi/errors.ts";
import * as event from "../../guest-kernel/abi/event-page.ts";
import {
  FAULT_MESSAGE,
  FAULT_MESSAGE_LEN,
  FAULT_RBP,
  FAULT_RIP,
  FAULT_VECTOR,
} from "../../guest-kernel/abi/fault.ts";
import * as ctx from "../../guest-kernel/abi/instance.ts";
import { LOG_RING_BYTES, LOG_RING_TOTAL } from "../../guest-kernel/abi/log-ring.ts";
import {
  BOOT_INFO_GPA,
  CMDLINE_GPA,
  CONTROL_GPA,
  EVENT_PAGE_GPA,
  FAULT_RECORD_GPA,
  INITRAMFS_GPA,
  KERNEL_CODE_GIB,
  KERNEL_CODE_GPA,
  KERNEL_DATA_GPA,
  KERNEL_HEAP_END,
  MMIO_GPA,
  PAGE_SIZE,
  PAGE_TABLES_GPA,
  VIRTIO_MMIO_STRIDE,
} from "../../guest-kernel/abi/memory-map.ts";
import { SYSCALL_RULES } from "../../guest-kernel/image/syscall-rules.ts";
import { decodeBundle } from "../../pkg/bundle.ts";
import { compileGuest } from "./asc.ts";
import { cpioArchive } from "./cpio.ts";
import type { FakeVirtio } from "./fake-virtio.ts";
import { GuestModule } from "./guest-module.ts";

const ENTRY = "guest-kernel/kernel/kernel.exports.ts";
const WASM_PAGE = 65536;
const TSC_KHZ = 1_000_000; // a tick is a nanosecond
const PAUSE_NS = 10_000n;
/** Where the calls of a scripted process that take a name put it. */
export const SCRATCH = 0x8000;
const STUB_BASE = (BigInt(KERNEL_CODE_GIB) << 30n) + 0x1000n;
const STUB_STRIDE = 16n;
const PTE_LARGE = 0x80n;

/** Where the kernel stopped: nothing to do for ever, the power is off, or it panicked. */
export class KernelStop extends Error {
  readonly reason: "idle" | "poweroff" | "panic";
  /** The status of a poweroff. */
  readonly status: number;

  constructor(reason: KernelStop["reason"], message: string, status = 0) {
    super(message);
    this.reason = reason;
    this.status = status;
  }
}

/** What a process does: yields why it goes back to the kernel, returns its exit status. */
export type Script = (process: ScriptedProcess) => Generator<number, number | void, void>;

/** A program of the initramfs: its bundle, and what its process does instead of its code. */
export interface Program {
  bundle: Uint8Array;
  script?: Script;
}

/** Registers at guest-physical `gpa` and on. */
export interface Registers {
  gpa: number;
  size: number;
  readMmio(offset: number, width: number): number;
  writeMmio(offset: number, value: number): void;
}

/** What a machine is made of. */
export interface MachineOptions {
  /** By path, `/init` among them. */
  programs: Record<string, Program>;
  files?: Record<string, Uint8Array>;
  /** Words of the command line, without their NULs. */
  commandLine?: string[];
  ramBytes?: number;
  /** Devices by slot. */
  devices?: (view: DataView) => FakeVirtio[];
  /** Further registers, such as of devices that are no fakes. */
  registers?: Registers[];
}

/** The kernel, booted from made-up boot information. */
export class KernelMachine {
  readonly guest: GuestModule;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly devices: FakeVirtio[];
  readonly #registers: Registers[];
  /** Nanoseconds since the machine began: the time stamp counter. */
  now = 0n;
  /** A machine that sleeps at this time or later has stopped, even if it has plans. */
  until = 600_000_000_000n;
  /** The values stored to control registers other than CONTROL_IDLE, by register. */
  readonly controls: [register: number, value: number][] = [];
  /** Called when the machine would sleep for ever; true if something has happened by then. */
  onIdle: () => boolean = () => false;
  /** How often the machine slept. */
  sleeps = 0;
  readonly #running = new Map<
    number,
    { process: ScriptedProcess; steps: Generator<number, number | void, void> }
  >();
  readonly #scripts = new Map<string, Script>();
  #stopped: KernelStop | undefined;

  private constructor(module: WebAssembly.Module, options: MachineOptions) {
    const ram = options.ramBytes ?? 0x4000000;
    this.guest = new GuestModule(module, this.#imports(), KERNEL_HEAP_END / WASM_PAGE, ram / WASM_PAGE);
    this.view = this.guest.view;
    this.bytes = this.guest.memory;
    this.devices = options.devices?.(this.view) ?? [];
    this.#registers = options.registers ?? [];
    this.#prepare(options, ram);
  }

  /** Compiles the kernel and prepares its memory; `boot` starts it. */
  static async load(options: MachineOptions): Promise<KernelMachine> {
    return new KernelMachine(await compileKernel(), options);
  }

  /** Runs `main` until the machine stops. */
  boot(): KernelStop {
    return this.#until(() => this.call("main"));
  }

  /** Runs on after an idle stop. */
  run(): KernelStop {
    return this.#until(() => this.call("loop"));
  }

  /** Calls an export of the kernel. */
  call(name: string, ...args: (number | bigint)[]): number {
    return this.guest.call(name, ...args);
  }

  /** Tells the kernel that devices did something. */
  raise(bits: number): void {
    const at = EVENT_PAGE_GPA + event.EVENT_PENDING;
    this.view.setUint32(at, this.view.getUint32(at, true) | bits, true);
  }

  /** The kernel's log without its time stamps. */
  get log(): string[] {
    const ring = this.call("logRing");
    const length = this.view.getUint32(ring + LOG_RING_TOTAL, true);
    const lines = this.guest
      .text(ring + LOG_RING_BYTES, length)
      .split("\n")
      .slice(0, -1);
    return lines.map((line) => line.replace(/^\[ *\d+\.\d{6}\] /, ""));
  }

  /** Empties the log's ring. */
  clearLog(): void {
    this.view.setUint32(this.call("logRing") + LOG_RING_TOTAL, 0, true);
  }

  /** Code address of a stub. */
  static stub(number: number): bigint {
    return STUB_BASE + BigInt(number) * STUB_STRIDE;
  }

  /** Walks the page tables as the CPU does: the last entry, of 4 KiB even in a large page; 0 if the address is not mapped. */
  translate(address: bigint): bigint {
    let table = PAGE_TABLES_GPA;
    for (const shift of [39n, 30n, 21n]) {
      const entry = this.view.getBigUint64(table + Number((address >> shift) & 511n) * 8, true);
      if ((entry & 1n) === 0n) return 0n;
      if (shift === 21n && (entry & PTE_LARGE) !== 0n) return (entry ^ PTE_LARGE) | (address & 0x1f_f000n);
      table = Number(entry & 0x000ffffffffff000n);
    }
    const entry = this.view.getBigUint64(table + Number((address >> 12n) & 511n) * 8, true);
    return (entry & 1n) === 0n ? 0n : entry;
  }

  /** Guest-physical address of a byte; throws where the CPU would fault. */
  physical(address: bigint): number {
    const entry = this.translate(address);
    if (entry === 0n) throw new Error(`page fault at 0x${address.toString(16)}`);
    return Number((entry & 0x000ffffffffff000n) | (address & 0xfffn));
  }

  #until(enter: () => unknown): KernelStop {
    this.#stopped = undefined;
    try {
      enter();
    } catch (error) {
      if (error instanceof KernelStop && error === this.#stopped) return error;
      throw error;
    }
    throw new Error("the kernel returned");
  }

  #stop(reason: KernelStop["reason"], message: string, status = 0): never {
    this.#stopped = new KernelStop(reason, message, status);
    throw this.#stopped;
  }

  #imports(): WebAssembly.Imports {
    return {
      arch: {
        rdtsc: () => BigInt.asIntN(64, this.now),
        pause: () => {
          this.now += PAUSE_NS;
        },
        resume: (context: number) => this.#resume(context),
        halt: () => this.#halt(),
      },
      mmio: {
        mmio_read: (address: number, width: number) => this.#read(address >>> 0, width),
        mmio_write: (address: number, value: number) => this.#write(address >>> 0, value),
      },
    };
  }

  #halt(): never {
    const length = this.view.getUint32(FAULT_RECORD_GPA + FAULT_MESSAGE_LEN, true);
    this.#stop("panic", this.guest.text(FAULT_RECORD_GPA + FAULT_MESSAGE, length));
  }

  #registersAt(address: number): Registers | undefined {
    return this.#registers.find(({ gpa, size }) => address >= gpa && address < gpa + size);
  }

  #read(address: number, width: number): number {
    const registers = this.#registersAt(address);
    if (registers !== undefined) return registers.readMmio(address - registers.gpa, width);
    const offset = address - MMIO_GPA;
    const device = this.devices[Math.trunc(offset / VIRTIO_MMIO_STRIDE)];
    return device?.read(offset % VIRTIO_MMIO_STRIDE, width) ?? 0;
  }

  #write(address: number, value: number): void {
    const registers = this.#registersAt(address);
    if (registers !== undefined) return registers.writeMmio(address - registers.gpa, value);
    if (address < CONTROL_GPA) {
      const offset = address - MMIO_GPA;
      this.devices[Math.trunc(offset / VIRTIO_MMIO_STRIDE)]?.write(offset % VIRTIO_MMIO_STRIDE, value);
      return;
    }
    const register = address - CONTROL_GPA;
    if (register === control.CONTROL_IDLE) return this.#sleep();
    this.controls.push([register, value]);
    if (register === control.CONTROL_POWEROFF) this.#stop("poweroff", "poweroff", value);
  }

  /** As the VMM: sleeps until the time has come or something happens. */
  #sleep(): void {
    this.sleeps++;
    const micros = this.view.getUint32(EVENT_PAGE_GPA + event.EVENT_IDLE_TIMEOUT_US, true);
    if (this.onIdle()) return;
    if (micros === event.EVENT_NO_TIMEOUT || this.now >= this.until) this.#stop("idle", "nothing to do");
    const wakeAt = this.now + BigInt(micros) * 1000n;
    this.now = wakeAt < this.until ? wakeAt : this.until;
  }

  /** As `arch.resume`. */
  #resume(context: number): number {
    let running = this.#running.get(context);
    const top = this.physical(this.view.getBigUint64(context + ctx.CTX_RSP, true));
    if (this.view.getBigUint64(top, true) === KernelMachine.stub(STUB_PROCESS_START)) {
      this.view.setBigUint64(top, 0n, true); // popped
      const process = new ScriptedProcess(this, context);
      const script = this.#scripts.get(process.name);
      if (script === undefined) throw new Error(`no script for ${process.name}`);
      running = { process, steps: script(process) };
      this.#running.set(context, running);
    }
    if (running === undefined) throw new Error("resumed a process that never started");
    const { done, value } = running.steps.next();
    if (done !== true) return value;
    this.call("sysExit", value ?? 0);
    return RESUME_SYSCALL;
  }

  #prepare({ programs, files = {}, commandLine = [] }: MachineOptions, ram: number): void {
    const archive = cpioArchive([
      ...Object.entries(programs).map(([path, { bundle }]) => ({ name: path.slice(1), data: bundle })),
      ...Object.entries(files).map(([path, data]) => ({ name: path.slice(1), data })),
    ]);
    for (const { bundle, script } of Object.values(programs)) {
      if (script !== undefined) this.#scripts.set(decodeBundle(bundle).manifest.name, script);
    }
    const words = this.guest.putText(CMDLINE_GPA, commandLine.map((word) => `${word}\0`).join(""));
    this.guest.put(INITRAMFS_GPA, archive);
    const word = (offset: number, value: number): void =>
      this.view.setUint32(BOOT_INFO_GPA + offset, value, true);
    word(boot.BOOT_INFO_MAGIC, boot.BOOT_MAGIC);
    word(boot.BOOT_INFO_VERSION, boot.ABI_VERSION);
    word(boot.BOOT_INFO_RAM_BYTES, ram);
    word(boot.BOOT_INFO_INITRAMFS_LEN, archive.length);
    word(boot.BOOT_INFO_CMDLINE_LEN, words);
    word(boot.BOOT_INFO_TSC_KHZ, TSC_KHZ);
    for (let stub = 0; stub < STUB_COUNT; stub++)
      this.view.setBigUint64(KERNEL_CODE_GPA + 8 * stub, KernelMachine.stub(stub), true);
  }
}

/** A process of a KernelMachine: the caller's side of the system calls. */
export class ScriptedProcess {
  readonly machine: KernelMachine;
  readonly context: number;
  readonly pid: number;
  readonly name: string;

  constructor(machine: KernelMachine, context: number) {
    this.machine = machine;
    this.context = context;
    this.pid = machine.view.getUint32(context + ctx.CTX_PID, true);
    this.name = machine.guest.text(machine.call("nameOf", this.pid), 64).replace(/\0.*$/s, "");
  }

  /** Pages of 64 KiB that its memory has. */
  get pages(): number {
    return this.machine.view.getUint32(this.context + ctx.CTX_MEMORY_PAGES, true);
  }

  /** Calls a handler, as its stub does: goes to the kernel's loop if it has to. Its result as i32 or i64. */
  *call(handler: string, ...args: (number | bigint)[]): Generator<number, number, void> {
    const { view } = this.machine;
    const result = this.machine.call(handler, ...args);
    if (view.getUint32(this.context + ctx.CTX_RESCHEDULE, true) === 0)
      return checkDocumented(handler, result);
    view.setBigInt64(this.context + ctx.CTX_RESULT, BigInt(Number.isNaN(result) ? 0 : result), true);
    yield RESUME_SYSCALL;
    return checkDocumented(handler, Number(view.getBigInt64(this.context + ctx.CTX_RESULT, true)));
  }

  /** Resolves a program of the initramfs and starts it with arguments: its PID, or -E_*. */
  *spawn(path: string, args: string[] = []): Generator<number, number, void> {
    const appId = yield* this.call("sysPkgResolve", SCRATCH, this.write(SCRATCH, path));
    if (appId < 0) return appId;
    const length = this.write(SCRATCH, args.map((word) => `${word}\0`).join(""));
    return yield* this.call("sysSpawn", appId, SCRATCH, length);
  }

  /** Waits for a child, 0 for any: its PID, or -E_*, and its status. */
  *wait(pid = 0, timeoutNs = -1n): Generator<number, [pid: number, status: number], void> {
    const result = yield* this.call("sysWait", pid, SCRATCH, timeoutNs);
    return [result, this.word(SCRATCH)];
  }

  /** Its arguments. */
  *args(): Generator<number, string[], void> {
    const length = yield* this.call("sysArgs", SCRATCH, 4096);
    return this.text(SCRATCH, length).split("\0").slice(0, -1);
  }

  /** Reads a whole file. */
  *file(path: string): Generator<number, string, void> {
    const handle = yield* this.call("sysOpen", SCRATCH, this.write(SCRATCH, path));
    if (handle < 0) throw new Error(`${path}: error ${-handle}`);
    let text = "";
    for (let length = 1; length > 0; text += this.text(SCRATCH, length))
      length = yield* this.call("sysRead", handle, SCRATCH, 4096);
    yield* this.call("sysClose", handle);
    return text;
  }

  /** Runs until the kernel looks at the others: a safepoint that was asked for. */
  *preempted(): Generator<number, void, void> {
    yield RESUME_PREEMPTED;
  }

  /** Faults at this offset of its code; `callers` are the return addresses on its stack, as code offsets. */
  *fault(vector: number, codeOffset: number, callers: number[] = []): Generator<number, never, void> {
    const { view } = this.machine;
    const window = view.getBigUint64(this.context + ctx.CTX_MEMORY_BASE, true) & ~((1n << 34n) - 1n);
    let frame = 0n;
    let at = view.getBigUint64(this.context + ctx.CTX_STACK_LIMIT, true) + 0x10000n;
    for (const caller of callers.toReversed()) {
      view.setBigUint64(this.machine.physical(at), frame, true);
      view.setBigUint64(this.machine.physical(at + 8n), window + BigInt(caller), true);
      frame = at;
      at -= 32n;
    }
    view.setBigUint64(FAULT_RECORD_GPA + FAULT_VECTOR, BigInt(vector), true);
    view.setBigUint64(FAULT_RECORD_GPA + FAULT_RIP, window + BigInt(codeOffset), true);
    view.setBigUint64(FAULT_RECORD_GPA + FAULT_RBP, frame, true);
    yield RESUME_FAULT;
    throw new Error("resumed after a fault");
  }

  /** Writes to its memory, as its code would. */
  write(address: number, bytes: Uint8Array | string): number {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    this.#pages(address, data.length, (physical, offset, length) =>
      this.machine.bytes.set(data.subarray(offset, offset + length), physical),
    );
    return data.length;
  }

  /** Reads its memory. */
  read(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#pages(address, length, (physical, offset, part) =>
      bytes.set(this.machine.bytes.subarray(physical, physical + part), offset),
    );
    return bytes;
  }

  /** Reads its memory as text. */
  text(address: number, length: number): string {
    return new TextDecoder().decode(this.read(address, length));
  }

  /** Reads a word of its memory. */
  word(address: number): number {
    return new DataView(this.read(address, 4).buffer).getInt32(0, true);
  }

  /** Visits its memory page by page. */
  #pages(
    address: number,
    length: number,
    visit: (physical: number, offset: number, length: number) => void,
  ): void {
    const base = this.machine.view.getBigUint64(this.context + ctx.CTX_MEMORY_BASE, true);
    for (let offset = 0; offset < length;) {
      const part = Math.min(length - offset, PAGE_SIZE - ((address + offset) % PAGE_SIZE));
      visit(this.machine.physical(base + BigInt(address + offset)), offset, part);
      offset += part;
    }
  }
}

const ERROR_NAMES = new Map(Object.entries(errors).map(([name, number]) => [number, name.slice(2)]));

/** The errors that are documented, by the names of the handlers of calls. */
const DOCUMENTED = new Map(
  [...SYSCALL_RULES].map(([name, rule]) => [
    `sys_${name}`.replaceAll(/_(?<letter>[a-z])/g, (_, letter: string) => letter.toUpperCase()),
    new Set(rule.errors),
  ]),
);

/** Throws if a call has returned an error that is not documented for it; else its result. */
function checkDocumented(handler: string, result: number): number {
  const documented = DOCUMENTED.get(handler);
  // NaN: there is no result.
  if (!(result < 0) || documented === undefined || handler === "sysSyscall") return result;
  const name = ERROR_NAMES.get(-result);
  if (name === undefined || !documented.has(name))
    throw new Error(`${handler} returned ${name ?? result}, which image/syscall-rules.ts does not tell of`);
  return result;
}

/** The kernel with its test exports. */
export function compileKernel(): Promise<WebAssembly.Module> {
  return compileGuest(ENTRY, {
    initialPages: KERNEL_HEAP_END / WASM_PAGE,
    memoryBase: KERNEL_DATA_GPA,
    flags: ["--use", "MMIO_IMPORTED=1", "--enable", "simd"],
  });
}
