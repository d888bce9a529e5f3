// One run of the system, from the package server to the exit status.

import { readFile } from "node:fs/promises";
import { join, resolve as absolutePath } from "node:path";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { StreamConsole } from "../../devices/console/streams.ts";
import { PcapFile } from "../../host-net/pcap.ts";
import type { Allow } from "../../host-net/policy.ts";
import { System } from "../compose.ts";
import { Deferred } from "../deferred.ts";
import { Debugger } from "../gdb/debugger.ts";
import { appImageReader } from "../app-images.ts";
import { type CrashReport, formatCrash } from "../crash-report.ts";
import type { GuestArtifacts } from "../image/build-guest.ts";
import { loadLibc } from "../kvm/load-libc.ts";
import { ControlServer } from "../control/server.ts";
import { DiskImage } from "../disk/image.ts";
import { appSymbolizer, kernelSymbolizer } from "../../guest-kernel/image/symbolize.ts";
import { readKernelLog } from "../kernel-log.ts";
import { TraceRecorder } from "../trace/recorder.ts";
import type { MarkName } from "../machine.ts";
import type { Display } from "./display.ts";
import type { Log } from "./log.ts";
import { initArguments, type Options } from "./options.ts";
import { MetricsLines } from "./metrics-lines.ts";
import { ProfileFile } from "./profile-file.ts";
import { REPORT_LOG_LINES, ReportFile } from "./report-file.ts";
import { embeddedServer, type PackageSource, remoteServer } from "../package-source.ts";

const MIB = 1024 * 1024;
const EXIT_FAILED = 1;
const EXIT_QUIT = 131; // 128 + SIGQUIT: ends, and shows where the guest is
const EXIT_PANIC = 134; // 128 + SIGABRT
const EXIT_KILLED = 137; // 128 + SIGKILL: by the debugger
const EXIT_PIPE = 141; // 128 + SIGPIPE
const MAX_DENIED_NOTES = 10;
const SIGNALS = new Map<NodeJS.Signals, number>([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGQUIT", EXIT_QUIT],
]);

/** Boots, waits for the end, and cleans up. Returns the exit status. Throws what the parts throw when they start. */
export async function runSystem(options: Options, artifacts: GuestArtifacts, log: Log): Promise<number> {
  const source = await startSource(options, artifacts, log);
  let capture: PcapFile | undefined;
  let reports: ReportFile | undefined;
  let disk: DiskImage | undefined;
  let trace: TraceRecorder | undefined;
  try {
    if (options.pcap !== undefined) capture = new PcapFile(options.pcap);
    if (options.report !== undefined) reports = new ReportFile(options.report);
    if (options.disk !== undefined) disk = DiskImage.open(options.disk, loadLibc());
    if (options.trace !== undefined) trace = new TraceRecorder(options.trace);
    return await runMachine(options, artifacts, log, source, { capture, reports, disk, trace });
  } finally {
    trace?.close();
    capture?.close();
    reports?.close();
    disk?.close();
    await source.close();
  }
}

/** Files that a run works on, where they were asked for. */
interface Records {
  disk: DiskImage | undefined;
  capture: PcapFile | undefined;
  reports: ReportFile | undefined;
  trace: TraceRecorder | undefined;
}

function startSource(options: Options, artifacts: GuestArtifacts, log: Log): Promise<PackageSource> {
  if (options.server !== undefined) return remoteServer(options.server);
  return embeddedServer(options.repository ?? artifacts.repository, (message) => log.note(message));
}

async function runMachine(
  options: Options,
  artifacts: GuestArtifacts,
  log: Log,
  source: PackageSource,
  { capture, reports, disk, trace }: Records,
): Promise<number> {
  const [kernel, initramfs] = await Promise.all([
    readFile(options.kernel ?? artifacts.kernel),
    readFile(options.initramfs ?? artifacts.initramfs),
  ]);
  const reads = !(options.headless && options.run !== undefined);
  const terminal = new StreamConsole(process.stdout, reads ? process.stdin : undefined);
  const signals = new Signals();
  const output = new OutputWatch(process.stdout);
  let system: System | undefined;
  let control: ControlServer | undefined;
  const profile = profileOf(options, artifacts, kernel);
  let metrics: MetricsLines | undefined;
  let display: Display | undefined;
  const killed = new Deferred<number>();
  const debug = debuggerOf(options, artifacts, () => killed.resolve(EXIT_KILLED));
  try {
    system = System.create({
      kernel,
      initramfs,
      kernelOptions: [`pkg_server=${source.endpoint}`],
      initArguments: initArguments(options),
      ramBytes: options.memoryMib * MIB,
      allow: allowed(options, source),
      console: terminal,
      log: new StreamConsole(log.guest),
      disk: disk?.backend,
      screen: options.display?.wanted,
      capture,
      trace,
      samples: profile?.samples,
      symbolize: kernelSymbolizer(kernel),
      symbolizeApp: appSymbolizer(appImageReader(appImageFolders(options, artifacts))),
      debug: debug?.port,
      onHeld: debug?.held,
      onMark: bootTimes(log),
      onFault: (report) => {
        if (system !== undefined) reports?.add(report, system.machine.ram.view);
      },
      onDenied: deniedNotes(log),
      onDeviceFailure: (device, reason) => log.note(`the guest broke device ${device}: ${reason}`),
    });
    control = await ControlServer.start(system);
    if (options.metricsSeconds !== undefined) metrics = new MetricsLines(system, options.metricsSeconds, log);
    profile?.start(system.machine);
    if (debug) announce(await debug.attach(system.machine), log);
    display = await openDisplay(options, system, log);
    const status = await Promise.race([
      signals.received,
      output.broken,
      killed.promise,
      runToEnd(system, log, reports),
    ]);
    debug?.exited(status);
    if (status === EXIT_QUIT) await showWhere(system, log);
    return output.error === undefined ? status : statusOfOutput(output.error, log);
  } finally {
    signals.forget();
    output.forget();
    metrics?.close();
    control?.close();
    debug?.close();
    terminal.close(); // also if there is no system to do it
    if (reads) process.stdin.destroy(); // an open pipe would keep this process from ending
    profile?.write();
    await system?.stop();
    display?.close(); // the last picture is still in the guest's memory
    if (system) log.detail(`network: ${JSON.stringify(system.network.counters)}`);
  }
}

function profileOf(options: Options, artifacts: GuestArtifacts, kernel: Uint8Array): ProfileFile | undefined {
  if (options.profile === undefined) return undefined;
  return new ProfileFile(options.profile, kernel, appImageFolders(options, artifacts));
}

/** Where the ELF files of packages are. */
function appImageFolders(options: Options, artifacts: GuestArtifacts): string[] {
  return [artifacts.symbols, options.repository ?? artifacts.repository];
}

/** Loads what serves the screen only where there is one: it takes 20 ms. */
async function openDisplay(options: Options, { screen }: System, log: Log): Promise<Display | undefined> {
  if (options.display === undefined || screen === undefined) return undefined;
  const { Display: Opened } = await import("./display.ts");
  return Opened.open(options.display, screen, log);
}

/** Says where gdb can connect: to the user, and to the process that has started this one for it. */
function announce(address: string, log: Log): void {
  log.note(`gdb: target remote ${address}`);
  process.send?.({ gdb: address });
}

function debuggerOf(options: Options, artifacts: GuestArtifacts, kill: () => void): Debugger | undefined {
  if (options.gdb === undefined) return undefined;
  const kernel = absolutePath(options.kernel ?? artifacts.kernel);
  const repository = absolutePath(options.repository ?? artifacts.repository);
  return new Debugger({
    address: options.gdb,
    wait: options.gdbWait,
    kernel,
    symbolFolders: [artifacts.symbols, repository],
    repository,
    initramfs: options.initramfs ?? artifacts.initramfs,
    compiler: join(SOURCE_ROOT, "build/aot.wasm"),
    kill,
  });
}

/** The signals that end a run. */
class Signals {
  /** The exit status for the first that comes. */
  readonly received: Promise<number>;
  readonly #listeners = new Map<NodeJS.Signals, () => void>();

  constructor() {
    this.received = new Promise((resolve) => {
      for (const [signal, status] of SIGNALS) this.#listeners.set(signal, () => resolve(status));
    });
    for (const [signal, listener] of this.#listeners) process.once(signal, listener);
  }

  forget(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }
}

/** Sees standard output break: nobody reads it any more, or the disk is full. */
class OutputWatch {
  /** What broke it, if anything did. */
  error: NodeJS.ErrnoException | undefined;
  /** Settles when it breaks. */
  readonly broken: Promise<number>;
  readonly #stream: NodeJS.WriteStream;
  #listener: (error: NodeJS.ErrnoException) => void = () => {};

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.broken = new Promise((resolve) => {
      this.#listener = (error) => {
        this.error ??= error;
        resolve(EXIT_FAILED);
      };
    });
    stream.on("error", this.#listener);
  }

  forget(): void {
    this.#stream.off("error", this.#listener);
  }
}

/** The exit status when standard output broke. That its reader left is no news to the user. */
function statusOfOutput(error: NodeJS.ErrnoException, log: Log): number {
  if (error.code === "EPIPE") return EXIT_PIPE;
  log.error(`standard output: ${error.message}`);
  return EXIT_FAILED;
}

function allowed(options: Options, source: PackageSource): Allow {
  return options.allow.includes("all") ? "all" : [source.rule, ...options.allow];
}

/** Logs what the guest must not reach: each destination once, and no more of them than a user would read. */
function deniedNotes(log: Log): (address: string, port: number) => void {
  const seen = new Set<string>();
  return (address, port) => {
    const destination = `${address}:${port}`;
    if (seen.has(destination) || seen.size === MAX_DENIED_NOTES) return;
    seen.add(destination);
    log.note(`the guest may not connect to ${destination}: see --allow`);
  };
}

/** Logs how long each stage of the boot took. */
function bootTimes(log: Log): (mark: MarkName, sinceCreateNs: bigint) => void {
  let init = 0n;
  return (mark, ns) => {
    if (mark === "init") {
      init = ns;
      log.note(`VM start → init ${milliseconds(ns)}`);
    } else if (mark === "shell") {
      log.note(`init → shell ${milliseconds(ns - init)}`);
    } else {
      log.detail(`VM start → ${mark} ${milliseconds(ns)}`);
    }
  };
}

function milliseconds(ns: bigint): string {
  return `${(Number(ns) / 1e6).toFixed(1)} ms`;
}

/** Runs the guest; the exit status for how it ended. What went wrong is logged. */
async function runToEnd(system: System, log: Log, reports: ReportFile | undefined): Promise<number> {
  const outcome = await system.run();
  switch (outcome.kind) {
    case "poweroff":
      return outcome.status;
    case "panic":
    case "crash":
      reportDeath(system, outcome.report, log, reports);
      return EXIT_PANIC;
    case "stopped":
      return 0;
    default:
      return outcome satisfies never;
  }
}

/** Stops the guest and shows where it was: a guest that hangs shows itself here. */
async function showWhere(system: System, log: Log): Promise<void> {
  await system.stop();
  const outcome = await system.machine.outcome;
  if (outcome.kind === "stopped" && outcome.report !== undefined) log.error(formatCrash(outcome.report));
  log.error(
    `the kernel's last words:\n${readKernelLog(system.machine.ram.view, REPORT_LOG_LINES).join("\n")}`,
  );
}

function reportDeath(system: System, report: CrashReport, log: Log, reports: ReportFile | undefined): void {
  const ram = system.machine.ram.view;
  reports?.add(report, ram);
  log.error(formatCrash(report));
  const lines = readKernelLog(ram, REPORT_LOG_LINES);
  if (lines.length > 0) log.error(`the kernel's last words:\n${lines.join("\n")}`);
}
