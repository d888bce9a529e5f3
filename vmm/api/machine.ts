// The programming interface: `import { Machine } from "oscortex"`.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { StreamConsole } from "../../devices/console/streams.ts";
import { appImageReader } from "../app-images.ts";
import { appSymbolizer, kernelSymbolizer } from "../../guest-kernel/image/symbolize.ts";
import { PcapFile } from "../../host-net/pcap.ts";
import { System } from "../compose.ts";
import { type CrashReport, formatCrash } from "../crash-report.ts";
import { Deferred } from "../deferred.ts";
import { pictureOf } from "../display/picture.ts";
import { DiskImage } from "../disk/image.ts";
import { readProcesses } from "../gdb/processes.ts";
import { buildGuest } from "../image/build-guest.ts";
import { loadLibc } from "../kvm/load-libc.ts";
import { type MachineMetrics, readMetrics } from "../metrics.ts";
import { embeddedServer, type PackageSource, remoteServer } from "../package-source.ts";
import { App } from "./app.ts";
import { ShellConsole, type ShellRecord } from "./shell-console.ts";
import { joinWords } from "./shell-words.ts";

const MIB = 1024 * 1024;
const DEFAULT_MEMORY_MIB = 256;
const TOKEN_BYTES = 16;
const POLL_MS = 10;
const EXIT_PANIC = 134; // 128 + SIGABRT
const BACKGROUND = /^\[(\d+)\] /m; // what the shell prints for `run NAME &`

/** What a machine is to be like. */
export interface MachineOptions {
  /** Guest memory in MiB, an even number from 64 to 3072. Default 256. */
  memoryMib?: number;
  /** A folder of .osx bundles to serve to the guest. Default: the sample apps. Excludes `server`. */
  repository?: string;
  /** A package server that runs elsewhere, `http://HOST[:PORT]`. */
  server?: string;
  /** What else the guest may reach: rules as `--allow` takes them, or "all". */
  allow?: readonly string[] | "all";
  /** A raw disk image, mounted at /data. With `createBytes`, a missing one is made and formatted. */
  disk?: { path: string; readOnly?: boolean; createBytes?: number };
  /** A screen of so many pixels, `scale` percent of which make 100 logical ones (default 100). Default: no screen. */
  screen?: { width: number; height: number; scale?: number };
  /** A file to capture the guest's network traffic in. */
  pcap?: string;
  /** Another kernel image than the checkout's own. */
  kernel?: string;
  /** Other programs than the checkout's own: a cpio archive of bundles. */
  initramfs?: string;
  /** Gets what apps and the shell print, as it comes. */
  onOutput?: (text: string) => void;
  /** Gets the log: stderr of apps, and the kernel's lines. */
  onLog?: (text: string) => void;
  /** Hears of each app that faults. */
  onFault?: (report: CrashReport) => void;
}

/** A process of the guest. */
export interface ProcessInfo {
  pid: number;
  parent: number;
  /** "run", "wait", "ending" or "zombie". */
  state: string;
  /** The package's name. */
  name: string;
}

/** How a command ended, and what was printed on the console until then. */
export interface CommandResult {
  /** Exit status 0..255 (shell-host/README.md). */
  status: number;
  output: string;
}

/** The machine has ended: what was asked for cannot be had any more. */
export class MachineEnded extends Error {
  override readonly name = "MachineEnded";
}

/**
 * A virtual machine that a program drives.
 *
 *     const machine = await Machine.create();
 *     await machine.start();
 *     const { output } = await machine.run("org.oscortex.hello", ["a"]);
 *     await machine.stop();
 *
 * `create` and `start` throw `KvmUnavailable` where there is no KVM, and the errors of what the options name.
 */
export class Machine {
  readonly #system: System;
  readonly #source: PackageSource;
  readonly #release: readonly (() => void)[];
  readonly #shell: ShellConsole;
  readonly #onOutput: (text: string) => void;
  readonly #ready = new Deferred<void>();
  readonly #ended = new Deferred<number>();
  readonly #statuses = new Map<number, Deferred<number>>(); // of background apps, by pid
  #commands: Promise<unknown> = Promise.resolve(); // one after the other
  #answer: Deferred<ShellRecord> | undefined; // of the command that runs
  #output: string | undefined; // what it has printed so far
  #over = false;

  /** Makes a machine: compiles the guest if it is out of date, and opens what the options name. */
  static async create(options: MachineOptions = {}): Promise<Machine> {
    const artifacts = await buildGuest();
    const kernel = await readFile(options.kernel ?? artifacts.kernel);
    const initramfs = await readFile(options.initramfs ?? artifacts.initramfs);
    const source = await (options.server === undefined
      ? embeddedServer(options.repository ?? artifacts.repository, (message) =>
          options.onLog?.(`${message}\n`),
        )
      : remoteServer(options.server));
    try {
      return new Machine(options, kernel, initramfs, source, artifacts.symbols);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  private constructor(
    options: MachineOptions,
    kernel: Uint8Array,
    initramfs: Uint8Array,
    source: PackageSource,
    appImages: string, // folder
  ) {
    const { allow = [], onLog, onFault } = options;
    const token = randomBytes(TOKEN_BYTES).toString("hex");
    const log = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        onLog?.(chunk.toString());
        done();
      },
    });
    const disk = openDisk(options);
    const capture = options.pcap === undefined ? undefined : new PcapFile(options.pcap);
    this.#release = [() => disk?.close(), () => capture?.close()];
    this.#source = source;
    this.#onOutput = options.onOutput ?? ((): void => {});
    this.#shell = new ShellConsole(
      token,
      (text) => this.#takeOutput(text),
      (record) => this.#takeRecord(record),
    );
    this.#ready.promise.catch(() => {}); // `start` says it
    this.#system = System.create({
      kernel,
      initramfs,
      kernelOptions: [`pkg_server=${source.endpoint}`],
      initArguments: ["--records", token],
      ramBytes: (options.memoryMib ?? DEFAULT_MEMORY_MIB) * MIB,
      allow: allow === "all" ? "all" : [source.rule, ...allow],
      console: this.#shell,
      log: new StreamConsole(log),
      disk: disk?.backend,
      screen: options.screen && { scale: 100, ...options.screen },
      capture,
      symbolize: kernelSymbolizer(kernel),
      symbolizeApp: appSymbolizer(appImageReader([appImages])),
      ...(onFault && { onFault }),
    });
  }

  /** Boots; resolves when commands can be given. Rejects with MachineEnded if the guest ends before. */
  async start(): Promise<void> {
    this.#system
      .run()
      .then((outcome) => this.#end(outcome.kind === "poweroff" ? outcome.status : this.#report(outcome)))
      .catch((error: unknown) => this.#fail(error));
    await this.#ready.promise;
  }

  /**
   * Runs a command of the text shell and waits for its end; commands wait for each other. `output` is what was printed on
   * the console meanwhile, also by background apps. @throws MachineEnded @throws RangeError for a line over 4000 bytes
   */
  shell(line: string): Promise<CommandResult> {
    const result = this.#commands.then(() => this.#command(line));
    this.#commands = result.catch(() => {}); // its caller hears of it
    return result;
  }

  /** Runs an app to its end: fetched, verified and compiled if it is not in the guest's cache. As `shell`. */
  run(name: string, args: readonly string[] = []): Promise<CommandResult> {
    return this.shell(joinWords(["run", name, ...args]));
  }

  /**
   * Has the guest fetch, verify and compile an app, so that it starts at once; nothing if it is in the guest's cache.
   * Rejects with Error, saying why, if it cannot be had. As `shell`.
   */
  async resolve(name: string): Promise<void> {
    const { status } = await this.shell(joinWords(["fetch", name]));
    if (status !== 0) throw new Error(`${name}: cannot be had, status ${status}`);
  }

  /** Starts an app beside what runs. Rejects with Error, saying why, if it cannot be had. As `shell`. */
  async launch(name: string, args: readonly string[] = []): Promise<App> {
    const { status, output } = await this.shell(`${joinWords(["run", name, ...args])} &`);
    const pid = Number(BACKGROUND.exec(output)?.[1]);
    if (status !== 0 || !Number.isInteger(pid)) throw new Error(`${name}: cannot be run, status ${status}`);
    const ended = new Deferred<number>();
    ended.promise.catch(() => {}); // `App.wait` says it
    this.#statuses.set(pid, ended);
    void this.#watch(pid);
    return new App(name, pid, ended.promise, async () => void (await this.shell(`kill ${pid}`)));
  }

  /** The processes that there are, by PID: a look at the kernel's own table, which costs the guest nothing. */
  processes(): ProcessInfo[] {
    return readProcesses(this.#system.machine.ram.view).map(({ pid, parent, state, name }) => ({
      pid,
      parent,
      state,
      name,
    }));
  }

  /** What the screen shows now, as a PNG file; undefined without a screen, and before the guest has drawn anything. */
  async screenshot(): Promise<Uint8Array | undefined> {
    const framebuffer = this.#system.screen?.framebuffer;
    const mode = framebuffer?.mode;
    if (framebuffer === undefined || mode === undefined) return undefined;
    const { screenshotPng } = await import("../display/png.ts");
    return screenshotPng(pictureOf(framebuffer, mode));
  }

  /** Counters of the machine as of now. */
  metrics(): MachineMetrics {
    return readMetrics(this.#system);
  }

  /** Resolves with the exit status when the guest has ended: 0 after `stop`, 134 after a panic. */
  wait(): Promise<number> {
    return this.#ended.promise;
  }

  /** Ends the guest if it still runs, and lets go of everything. Can be called again. */
  async stop(): Promise<void> {
    this.#end(0);
    await this.#system.stop();
    for (const release of this.#release) release();
    await this.#source.close();
  }

  /** Stops, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #command(line: string): Promise<CommandResult> {
    if (this.#over) throw new MachineEnded("the machine has ended");
    const answer = new Deferred<ShellRecord>();
    this.#shell.type(line);
    this.#answer = answer;
    this.#output = "";
    const { status } = await answer.promise;
    const output = this.#output;
    this.#output = undefined;
    return { status, output };
  }

  /** Asks the shell how a background app ended, once the kernel's table says that it has. */
  async #watch(pid: number): Promise<void> {
    while (!this.#over && this.#statuses.has(pid)) {
      await delay(POLL_MS, undefined, { ref: false });
      const found = this.processes().find((process) => process.pid === pid);
      if (found === undefined || found.state === "zombie") await this.shell("").catch(() => {}); // MachineEnded: #end tells
    }
  }

  #takeOutput(text: string): void {
    if (this.#output !== undefined) this.#output += text;
    this.#onOutput(text);
  }

  #takeRecord({ status, ended }: ShellRecord): void {
    for (const [pid, appStatus] of ended) {
      this.#statuses.get(pid)?.resolve(appStatus);
      this.#statuses.delete(pid);
    }
    this.#ready.resolve();
    this.#answer?.resolve({ status, ended });
    this.#answer = undefined;
  }

  #report(outcome: Exclude<Awaited<ReturnType<System["run"]>>, { kind: "poweroff" }>): number {
    if (outcome.kind === "stopped") return 0;
    this.#onOutput(`${formatCrash(outcome.report)}\n`);
    return EXIT_PANIC;
  }

  #end(status: number): void {
    if (this.#over) return;
    this.#over = true;
    const error = new MachineEnded(`the machine has ended with status ${status}`);
    this.#ready.reject(error);
    this.#answer?.reject(error);
    for (const waiting of this.#statuses.values()) waiting.reject(error);
    this.#ended.resolve(status);
  }

  #fail(error: unknown): void {
    this.#ended.reject(error);
    this.#ended.promise.catch(() => {}); // whoever waits for it hears of it
    this.#end(EXIT_PANIC);
  }
}

function openDisk({ disk }: MachineOptions): DiskImage | undefined {
  if (disk === undefined) return undefined;
  const { path, readOnly = false, createBytes } = disk;
  return DiskImage.open({ path, readOnly, createBytes }, loadLibc());
}
