import { SCREEN_WIDTH } from "../../guest-kernel/abi/window.ts";
import { CONSOLE_END_OF_INPUT } from "../../guest-kernel/abi/console.ts";
import {
  CATALOG_ENTRY_SIZE,
  CATALOG_NAME,
  CATALOG_SIZE_BYTES,
  CATALOG_VERSION,
} from "../../guest-kernel/abi/catalog.ts";
import {
  E_BADF,
  E_CHILD,
  E_CONNREFUSED,
  E_NOENT,
  E_NOSYS,
  E_PKG_UNKNOWN,
  E_ROFS,
  E_SRCH,
  E_TIMEDOUT,
} from "../../guest-kernel/abi/errors.ts";
import { SPAWN_ARGS, SPAWN_ARGS_LEN, SPAWN_PRIORITY } from "../../guest-kernel/abi/spawn.ts";
import { HANDLE_STDERR, HANDLE_STDIN, HANDLE_STDOUT, STATUS_KILLED } from "../../guest-kernel/abi/syscall.ts";

/** What a package of the fake does. */
export interface FakePackage {
  /** What `wait` reports of its processes, as abi/syscall.ts encodes it; without it they never end by themselves. */
  status?: number;
  /** How long its processes run before they end. */
  livesNs?: bigint;
  /** The E_* that resolving it fails with. */
  error?: number;
}

/** A scripted TCP peer: given a request, the whole answer; the connection ends behind it. */
export type FakePeer = (request: string) => string;

/** How a run of an app ended. */
export interface Outcome {
  /** What main returned, or what `poweroff` was called with. */
  status: number;
  stdout: string;
  stderr: string;
}

/** A process that an app started. */
export interface FakeProcess {
  pid: number;
  name: string;
  args: string[];
  status: number | undefined;
}

interface OpenHandle {
  bytes: Uint8Array;
  at: number;
  peer?: FakePeer;
}

const FIRST_PID = 3;
const FIRST_HANDLE = 3;
const FIRST_APP_ID = 0x100;
const STEP_NS = 1000n; // the clock goes on by this at each look

const encoder = new TextEncoder();

/**
 * The module `oscortex` in JavaScript: consoles, files, packages and peers as the test sets them. Nothing waits; calls beyond those
 * fail with -E_NOSYS.
 */
export class FakeKernel {
  readonly files = new Map<string, string>();
  readonly folders = new Map<string, string[]>();
  readonly packages = new Map<string, FakePackage>();
  /** By `ADDRESS:PORT`. */
  readonly peers = new Map<string, FakePeer>();
  /** Every process that was started, in order. */
  readonly started: FakeProcess[] = [];
  readonly evicted: string[] = [];
  /** The priorities that processes were given, by pid. */
  readonly priorities = new Map<number, number>();
  readonly sleeps: bigint[] = [];
  /** Pixels; 0 where there is no screen. */
  screenWidth = 0;
  /** Called at each sleep. */
  onSleep: () => void = () => {};

  #memory = new Uint8Array(0);
  #buffer: () => ArrayBuffer = () => new ArrayBuffer(0);
  #args = new Uint8Array(0);
  #input = Uint8Array.of(CONSOLE_END_OF_INPUT);
  #output = new Map<number, Uint8Array[]>();
  #children: FakeProcess[] = [];
  #handles = new Map<number, OpenHandle>();
  #nowNs = 1_000_000_000n;

  /** Sets what the console will give: this text, then its end, once. */
  set input(text: string) {
    this.#input = encoder.encode(text + String.fromCharCode(CONSOLE_END_OF_INPUT));
  }

  /** Runs an app's main to its end. A trap is thrown as V8 throws it. */
  run(module: WebAssembly.Module, args: string[] = []): Outcome {
    this.#args = encoder.encode(args.map((word) => `${word}\0`).join(""));
    this.#output.clear();
    const calls = this.#calls();
    for (const { name } of WebAssembly.Module.imports(module)) calls[name] ??= () => -E_NOSYS;
    const { exports } = new WebAssembly.Instance(module, { oscortex: calls });
    const { memory, main } = exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof main !== "function") throw new Error("not an app");
    this.#buffer = () => memory.buffer;
    const status = this.#runMain(main);
    return { status, stdout: this.outputOf(HANDLE_STDOUT), stderr: this.outputOf(HANDLE_STDERR) };
  }

  /** What was written to a handle in the last run. */
  outputOf(handle: number): string {
    return Buffer.concat(this.#output.get(handle) ?? []).toString();
  }

  #runMain(main: CallableFunction): number {
    try {
      return Number(Reflect.apply(main, undefined, []));
    } catch (error) {
      if (error instanceof PowerOff) return error.status;
      throw error;
    }
  }

  #calls(): WebAssembly.ModuleImports {
    return {
      null: () => 0,
      getpid: () => 2,
      yield: () => 0,
      syscall: () => 0n,
      sleep: (ns: bigint) => this.#sleep(ns),
      clock_monotonic: () => this.#tick(),
      clock_realtime: () => this.#tick(),
      screen_info: (at: number) => this.#screenInfo(at),
      args: (at: number, capacity: number) => this.#copyOut(this.#args, at, capacity),
      open: (at: number, length: number) => this.#open(this.#text(at, length)),
      close: (handle: number) => (this.#handles.delete(handle) ? 0 : -E_BADF),
      read: (handle: number, at: number, length: number) => this.#read(handle, at, length),
      write: (handle: number, at: number, length: number) => this.#write(handle, at, length),
      readdir: (at: number, length: number, buffer: number, capacity: number) =>
        this.#readdir(this.#text(at, length), buffer, capacity),
      seek: () => 0n,
      truncate: () => -E_ROFS,
      fsync: () => 0,
      fstat: () => -E_BADF,
      stat: () => -E_NOENT,
      mkdir: () => -E_ROFS,
      unlink: () => -E_ROFS,
      rename: () => -E_ROFS,
      spawn: (appId: number, at: number, length: number) => this.#spawn(appId, this.#text(at, length)),
      wait: (pid: number, status: number, timeout: bigint) => this.#wait(pid, status, timeout),
      spawn_with: (appId: number, at: number, length: number) => this.#spawnWith(appId, at, length),
      env: () => 0,
      kill_group: (pid: number) => (this.#kill(pid) === 0 ? 1 : -E_SRCH),
      set_priority: (pid: number, priority: number) => this.#setPriority(pid, priority),
      kill: (pid: number) => this.#kill(pid),
      poweroff: (status: number) => {
        throw new PowerOff(status);
      },
      tcp_connect: (address: number, port: number) => this.#connect(address >>> 0, port),
      pkg_resolve: (at: number, length: number) => this.#resolve(this.#text(at, length)),
      pkg_catalog: (at: number, length: number) => this.#catalog(at, length),
      pkg_set_server: () => 0,
      pkg_evict: (appId: number) => this.#evict(appId),
    };
  }

  #bytes(at: number, length: number): Uint8Array {
    const buffer = this.#buffer();
    if (this.#memory.buffer !== buffer) this.#memory = new Uint8Array(buffer);
    if ((at >>> 0) + (length >>> 0) > buffer.byteLength)
      throw new Error(`address ${at >>> 0} + ${length >>> 0}`);
    return this.#memory.subarray(at >>> 0, (at >>> 0) + (length >>> 0));
  }

  #text(at: number, length: number): string {
    return Buffer.from(this.#bytes(at, length)).toString();
  }

  /** Copies all of `bytes` if they fit; their length. */
  #copyOut(bytes: Uint8Array, at: number, capacity: number): number {
    if (bytes.length <= capacity) this.#bytes(at, bytes.length).set(bytes);
    return bytes.length;
  }

  #tick(): bigint {
    this.#nowNs += STEP_NS;
    return this.#nowNs;
  }

  #screenInfo(at: number): number {
    new DataView(this.#buffer()).setUint32(at + SCREEN_WIDTH, this.screenWidth, true);
    return 0;
  }

  #sleep(ns: bigint): number {
    this.sleeps.push(ns);
    this.#nowNs += ns;
    this.onSleep();
    return 0;
  }

  #open(path: string): number {
    const content = this.files.get(path);
    return content === undefined ? -E_NOENT : this.#addHandle({ bytes: encoder.encode(content), at: 0 });
  }

  #connect(address: number, port: number): number {
    const octets = [0, 8, 16, 24].map((shift) => (address >>> shift) & 0xff);
    const peer = this.peers.get(`${octets.join(".")}:${port}`);
    return peer ? this.#addHandle({ bytes: new Uint8Array(0), at: 0, peer }) : -E_CONNREFUSED;
  }

  #addHandle(handle: OpenHandle): number {
    const number = FIRST_HANDLE + this.#handles.size;
    this.#handles.set(number, handle);
    return number;
  }

  #read(number: number, at: number, length: number): number {
    if (number === HANDLE_STDIN) return this.#readConsole(at, length);
    const handle = this.#handles.get(number);
    if (!handle) return -E_BADF;
    const bytes = handle.bytes.subarray(handle.at, handle.at + length);
    this.#bytes(at, bytes.length).set(bytes);
    handle.at += bytes.length;
    return bytes.length;
  }

  /** As the kernel's consoleRead; what would wait for ever throws. */
  #readConsole(at: number, length: number): number {
    if (this.#input.length === 0) throw new Error("read: nothing will ever come");
    const chunk = this.#input.subarray(0, length);
    const end = chunk.indexOf(CONSOLE_END_OF_INPUT);
    const bytes = end < 0 ? chunk : chunk.subarray(0, end);
    this.#input = this.#input.subarray(Math.max(bytes.length, 1)); // no bytes: the mark of the end
    this.#bytes(at, bytes.length).set(bytes);
    return bytes.length;
  }

  #write(number: number, at: number, length: number): number {
    const handle = this.#handles.get(number);
    if (handle?.peer) handle.bytes = encoder.encode(handle.peer(this.#text(at, length)));
    else if (number !== HANDLE_STDOUT && number !== HANDLE_STDERR) return -E_BADF;
    const written = this.#output.get(number) ?? [];
    written.push(this.#bytes(at, length).slice());
    this.#output.set(number, written);
    return length;
  }

  #readdir(path: string, at: number, capacity: number): number {
    const names = this.folders.get(path);
    if (!names) return -E_NOENT;
    return this.#copyOut(encoder.encode(names.map((name) => `${name}\0`).join("")), at, capacity);
  }

  #resolve(name: string): number {
    const found = this.packages.get(name);
    if (!found) return -E_PKG_UNKNOWN;
    return found.error === undefined ? FIRST_APP_ID + [...this.packages.keys()].indexOf(name) : -found.error;
  }

  #evict(appId: number): number {
    this.evicted.push(this.#nameOf(appId));
    return 0;
  }

  #nameOf(appId: number): string {
    return [...this.packages.keys()][appId - FIRST_APP_ID] ?? `app ${appId}`;
  }

  #spawn(appId: number, args: string): number {
    const name = this.#nameOf(appId);
    const pid = FIRST_PID + this.started.length;
    const process = {
      pid,
      name,
      args: args.split("\0").slice(0, -1),
      status: this.packages.get(name)?.status,
    };
    this.started.push(process);
    this.#children.push(process);
    return pid;
  }

  /** spawn with options: of those, arguments and priority. */
  #spawnWith(appId: number, at: number, length: number): number {
    const block = this.#bytes(at, length);
    const view = new DataView(block.buffer, block.byteOffset, length);
    const option = (offset: number): number => view.getUint32(offset, true);
    const pid = this.#spawn(appId, this.#text(option(SPAWN_ARGS), option(SPAWN_ARGS_LEN)));
    if (option(SPAWN_PRIORITY) !== 0) this.priorities.set(pid, option(SPAWN_PRIORITY));
    return pid;
  }

  #setPriority(pid: number, priority: number): number {
    if (!this.#children.some((process) => process.pid === pid)) return -E_SRCH;
    this.priorities.set(pid, priority);
    return 0;
  }

  #wait(pid: number, statusAt: number, timeout: bigint): number {
    const children = this.#children.filter((child) => pid === 0 || child.pid === pid);
    if (children.length === 0) return -E_CHILD;
    const ended = children.find((child) => child.status !== undefined);
    if (!ended) {
      if (timeout < 0n) throw new Error(`waits for pid ${pid}, which never ends`);
      return -E_TIMEDOUT;
    }
    this.#children = this.#children.filter((child) => child !== ended);
    this.#nowNs += this.packages.get(ended.name)?.livesNs ?? 0n;
    const status = this.#bytes(statusAt, 4);
    new DataView(status.buffer, status.byteOffset, 4).setInt32(0, ended.status ?? 0, true);
    return ended.pid;
  }

  #kill(pid: number): number {
    const child = this.#children.find((process) => process.pid === pid);
    if (!child) return -E_SRCH;
    child.status ??= STATUS_KILLED;
    return 0;
  }

  #catalog(at: number, length: number): number {
    const names = [...this.packages.keys()];
    for (const [index, name] of names.entries()) {
      if ((index + 1) * CATALOG_ENTRY_SIZE > length) break;
      const entry = this.#bytes(at + index * CATALOG_ENTRY_SIZE, CATALOG_ENTRY_SIZE).fill(0);
      entry.set(encoder.encode(name), CATALOG_NAME);
      entry.set(encoder.encode("1.0.0"), CATALOG_VERSION);
      new DataView(entry.buffer, entry.byteOffset).setUint32(CATALOG_SIZE_BYTES, 1000 + index, true);
    }
    return names.length;
  }
}

class PowerOff extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`power off with status ${status}`);
    this.status = status;
  }
}
