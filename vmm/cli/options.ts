// The command line of `oscortex`.

import { parseArgs } from "node:util";
import { type GdbAddress, parseGdbAddress } from "../gdb/server.ts";
import { DISPLAY_ARGUMENTS, DISPLAY_HELP, type DisplayOption, displayOption } from "./display-options.ts";
import { UsageError, usageErrorOf } from "./usage-error.ts";

/** What the user asked for. */
export interface Options {
  command: "run" | "help" | "version";
  headless: boolean;
  /** The app to run; without it, a shell. */
  run: string | undefined;
  /** Arguments of that app. */
  runArguments: string[];
  timeoutSeconds: number | undefined;
  background: string[];
  memoryMib: number;
  repository: string | undefined;
  server: string | undefined;
  allow: string[];
  disk: DiskOption | undefined;
  /** Undefined: no screen. */
  display: DisplayOption | undefined;
  pcap: string | undefined;
  report: string | undefined;
  kernel: string | undefined;
  initramfs: string | undefined;
  /** Where to write a trace. */
  trace: string | undefined;
  /** Where to write a profile. */
  profile: string | undefined;
  /** How often to log what the machine is doing. */
  metricsSeconds: number | undefined;
  /** Boot the debug build of kernel and apps. */
  debug: boolean;
  /** Where to listen for gdb. */
  gdb: GdbAddress | undefined;
  /** Hold the guest for it before the first instruction. */
  gdbWait: boolean;
  verbose: boolean;
  quiet: boolean;
}

/** A disk image that the user named. */
export interface DiskOption {
  path: string;
  readOnly: boolean;
  /** To create it with if it is missing; undefined: it must be there. */
  createBytes: number | undefined;
}

const DEFAULT_MEMORY_MIB = 256;
const MIN_MEMORY_MIB = 64;
const MAX_MEMORY_MIB = 3072;
/** Where `--gdb` listens if it is not told. */
export const DEFAULT_GDB = "127.0.0.1:1234";
const MAX_METRICS_SECONDS = 3600;
// Options that may stand alone.
const DEFAULT_VALUES: ReadonlyMap<string, string> = new Map([
  ["--gdb", `--gdb=${DEFAULT_GDB}`],
  ["--metrics", "--metrics=1"],
]);
const MIB = 1024 * 1024;
const MIN_DISK_MIB = 8;
const MAX_DISK_MIB = 1024 * 1024;
const MAX_TIMEOUT_SECONDS = 86_400;

/** What `--help` prints. */
export const HELP = `Usage: npm start -- [run] [options] [-- ARGUMENT...]
       npx oscortex [COMMAND] [options]

Boots Oscortex in a KVM guest: a text shell on this terminal, or one app.

Options:
  --run NAME          run this app and end with its exit status; ARGUMENTs are the app's
  --timeout SECONDS   with --run: kill the app after this time (exit status 124)
  --background NAME   with --run: an app to run beside it; quote NAME with arguments; may be given again
  --headless          with --run: do not read standard input; no screen unless --display asks for it
${DISPLAY_HELP}
  --memory MIB        guest memory, ${MIN_MEMORY_MIB}..${MAX_MEMORY_MIB}, even (default: ${DEFAULT_MEMORY_MIB})
  --repository DIR    serve the .osx bundles of DIR (default: the sample apps)
  --server URL        take packages from this server, such as http://127.0.0.1:8080
  --allow RULE        what else the guest may reach: ADDRESS[/PREFIX]:PORT, gateway:PORT (this host's loopback
                      interface, 10.0.2.2 in the guest), or all; may be given again
  --disk FILE[,ro]    a raw disk image with an ext2 file system, mounted at /data; ro: nothing is written to it
  --disk-size SIZE    with --disk: create and format a missing FILE, 8M..1024G
  --pcap FILE         capture the guest's network traffic
  --report FILE       add a report to this file, with registers and log, for each app that traps and if the kernel panics
  --trace FILE        record system calls, scheduling, exits, network and packages for Perfetto (ui.perfetto.dev)
  --profile FILE      sample the guest's functions 250 times a second: a flame graph if FILE ends in .svg, else folded stacks
  --metrics[=SECONDS] log what the machine is doing: exits, processor, memory (default: each second); see also oscortex top
  --kernel FILE       boot this kernel image (default: the checkout's own)
  --initramfs FILE    boot with these programs, a cpio archive of bundles (default: the checkout's own)
  --debug             boot a debug build of kernel and apps, whose variables gdb shows: build/debug-build/kernel.elf
  --gdb[=ADDRESS]     listen for gdb: PORT, HOST:PORT or a path with a slash for a Unix socket (default: ${DEFAULT_GDB})
  --gdb-wait          the same, and let gdb start the guest; see docs/debugging.md
  --verbose           log more of what the host does
  --quiet             log no more than what apps and errors say
  -h, --help          show this
  --version           show the version

Output of apps goes to standard output, the log to standard error. The environment variable OSCORTEX_KVM names another
device than /dev/kvm, OSCORTEX_FFI=ffi-napi another FFI library than koffi.

Exit status: the app's own, 0..255. Besides:
  1         the guest or a package server could not be built or started, or output could not be written
  2         wrong usage; no /dev/kvm, or no permission to use it
  64..73    a package could not be had: 64 unknown, 65 server down, 66 bad HTTP response, 67 cut short, 68 wrong
            SHA-256, 69 bad catalog, 70 bad bundle, 71 refused WebAssembly, 72 cache full, 73 busy
  124       --timeout ran out
  130, 143  ended by Ctrl-C, by SIGTERM
  131       ended by Ctrl-\\ (SIGQUIT), which shows where the guest was
  132       the app trapped: unreachable, or a bad indirect call
  134       the kernel panicked
  136       the app trapped: division by zero, or integer overflow
  137       the app was killed
  139       the app trapped: memory out of bounds, or stack overflow
  141       nobody reads the output any more
`;

/** Reads the command line, without node and script. Throws UsageError. */
export function parseOptions(args: readonly string[]): Options {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const runArguments = end < 0 ? [] : args.slice(end + 1);
  const { values, positionals } = parse(own[0] === "run" ? own.slice(1) : own);
  if (positionals[0] !== undefined)
    throw new UsageError(`unexpected ${JSON.stringify(positionals[0])}: arguments of an app go behind --`);
  const options: Options = {
    headless: values.headless,
    background: values.background,
    allow: values.allow,
    debug: values.debug,
    verbose: values.verbose,
    quiet: values.quiet,
    command: commandOf(values),
    run: values.run,
    runArguments: [...runArguments],
    timeoutSeconds: wholeNumber("--timeout", values.timeout, 1, MAX_TIMEOUT_SECONDS),
    memoryMib: wholeNumber("--memory", values.memory, MIN_MEMORY_MIB, MAX_MEMORY_MIB) ?? DEFAULT_MEMORY_MIB,
    repository: values.repository,
    server: values.server,
    disk: diskOption(values.disk, values["disk-size"]),
    display: displayOption(values),
    pcap: values.pcap,
    report: values.report,
    kernel: values.kernel,
    initramfs: values.initramfs,
    trace: values.trace,
    profile: values.profile,
    metricsSeconds: wholeNumber("--metrics", values.metrics, 1, MAX_METRICS_SECONDS),
    gdb: gdbAddress(values.gdb ?? (values["gdb-wait"] ? DEFAULT_GDB : undefined)),
    gdbWait: values["gdb-wait"],
  };
  checkTogether(options);
  return options;
}

/** The arguments of /init for what the user asked for. */
export function initArguments(options: Options): string[] {
  const { run, timeoutSeconds, background, runArguments } = options;
  if (run === undefined) return [];
  const timeout = timeoutSeconds === undefined ? [] : ["--timeout", String(timeoutSeconds)];
  const companions = background.flatMap((line) => ["--background", line]);
  return ["--exec", "run", ...timeout, ...companions, run, ...runArguments];
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.map((word) => DEFAULT_VALUES.get(word) ?? word),
      allowPositionals: true,
      options: {
        run: { type: "string" },
        timeout: { type: "string" },
        background: { type: "string", multiple: true, default: [] },
        headless: { type: "boolean", default: false },
        memory: { type: "string" },
        repository: { type: "string" },
        server: { type: "string" },
        allow: { type: "string", multiple: true, default: [] },
        disk: { type: "string" },
        "disk-size": { type: "string" },
        ...DISPLAY_ARGUMENTS,
        pcap: { type: "string" },
        report: { type: "string" },
        kernel: { type: "string" },
        initramfs: { type: "string" },
        trace: { type: "string" },
        profile: { type: "string" },
        metrics: { type: "string" },
        debug: { type: "boolean", default: false },
        gdb: { type: "string" },
        "gdb-wait": { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        version: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw usageErrorOf(cause);
  }
}

function commandOf({ help, version }: { help: boolean; version: boolean }): Options["command"] {
  if (help) return "help";
  return version ? "version" : "run";
}

function gdbAddress(text: string | undefined): GdbAddress | undefined {
  const address = text === undefined ? undefined : parseGdbAddress(text);
  if (text !== undefined && address === undefined)
    throw new UsageError(`--gdb: expected PORT, HOST:PORT or a path, got ${JSON.stringify(text)}`);
  return address;
}

function diskOption(text: string | undefined, size: string | undefined): DiskOption | undefined {
  if (text === undefined) {
    if (size !== undefined) throw new UsageError("--disk-size needs --disk FILE");
    return undefined;
  }
  const readOnly = text.endsWith(",ro");
  const path = readOnly ? text.slice(0, -3) : text;
  if (path === "") throw new UsageError(`--disk: expected FILE or FILE,ro, got ${JSON.stringify(text)}`);
  if (readOnly && size !== undefined)
    throw new UsageError("--disk-size: a disk that is created is written to");
  return { path, readOnly, createBytes: size === undefined ? undefined : diskSize(size) };
}

function diskSize(text: string): number {
  const match = /^([0-9]{1,7})([MG])$/.exec(text);
  const bytes = match === null ? NaN : Number(match[1]) * (match[2] === "M" ? MIB : 1024 * MIB);
  if (!(bytes >= MIN_DISK_MIB * MIB && bytes <= MAX_DISK_MIB * MIB))
    throw new UsageError(`--disk-size: expected 8M..1024G, got ${JSON.stringify(text)}`);
  return bytes;
}

function wholeNumber(option: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max))
    throw new UsageError(`${option}: expected ${min}..${max}, got ${JSON.stringify(text)}`);
  return value;
}

function checkTogether(options: Options): void {
  const { run, runArguments, timeoutSeconds, background, memoryMib, server, repository } = options;
  if (run === undefined && (runArguments.length > 0 || timeoutSeconds !== undefined || background.length > 0))
    throw new UsageError("--timeout, --background and arguments need --run NAME");
  if (run?.startsWith("-") || run === "")
    throw new UsageError(`--run: expected a name, got ${JSON.stringify(run)}`);
  // RAM comes in pages of 2 MiB.
  if (memoryMib % 2 !== 0) throw new UsageError(`--memory: expected an even number, got ${memoryMib}`);
  if (server !== undefined && repository !== undefined)
    throw new UsageError("--server and --repository exclude each other");
  if (options.quiet && options.verbose) throw new UsageError("--quiet and --verbose exclude each other");
  const words = [run ?? "", ...runArguments, ...background];
  if (words.some((word) => word.includes("\0"))) throw new UsageError("an argument holds a NUL");
}
