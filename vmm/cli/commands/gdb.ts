// `oscortex gdb`, and what `npm run gdb` does: a machine and gdb on it, together.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../../pkg/source-root.ts";
import { parseGdbAddress } from "../../gdb/server.ts";
import { print } from "../command-line.ts";
import { DEFAULT_GDB } from "../options.ts";
import { UsageError } from "../usage-error.ts";

const USAGE = `Usage: oscortex gdb [options] [options of oscortex run] [-- ARGUMENT...]

Starts a machine that waits at its first instruction, and gdb with symbols of the kernel and of every app, printers
for AssemblyScript's values, and this terminal; the machine's output goes to the same place, and it has no input.
When gdb ends, so does the machine. With --debug kernel and apps are built so that gdb finds their variables.

Options:
  --attach[=ADDRESS]  start no machine: debug one that runs with --gdb (default: ${DEFAULT_GDB})
  --ex COMMAND        a command for gdb to begin with; may be given again
  --batch             end gdb after these commands
  -h, --help          show this

docs/debugging.md says what can be done in gdb.
`;

const EXIT_FAILED = 1;

/** What the command line says. */
interface Wishes {
  /** Undefined: start a machine. */
  attach: string | undefined;
  commands: string[];
  batch: boolean;
  help: boolean;
  /** For `oscortex run`. */
  runArguments: string[];
}

/** A machine that waits for a debugger. */
interface WaitingMachine {
  process: ChildProcess;
  /** Resolves once gdb can connect, with undefined; or with the exit status of a machine that could not start. */
  ready: Promise<number | undefined>;
}

/** Runs the command; the exit status is gdb's. @throws UsageError */
export async function debug(args: string[]): Promise<number> {
  const wishes = parseWishes(args);
  if (wishes.help) return print(USAGE);
  if (wishes.attach !== undefined) return await runGdb(wishes.attach, wishes);
  const folder = mkdtempSync(join(tmpdir(), "oscortex-gdb-"));
  const address = join(folder, "gdb.sock");
  const machine = startMachine(address, wishes.runArguments);
  try {
    return (await machine.ready) ?? (await runGdb(address, wishes));
  } finally {
    machine.process.kill();
    if (machine.process.exitCode === null && machine.process.signalCode === null)
      await once(machine.process, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}

function parseWishes(args: readonly string[]): Wishes {
  const wishes: Wishes = { attach: undefined, commands: [], batch: false, help: false, runArguments: [] };
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  for (let i = 0; i < end; i++) {
    const argument = args[i]!;
    if (argument === "--help" || argument === "-h") wishes.help = true;
    else if (argument === "--batch") wishes.batch = true;
    else if (argument === "--attach") wishes.attach = DEFAULT_GDB;
    else if (argument.startsWith("--attach="))
      wishes.attach = attachAddress(argument.slice("--attach=".length));
    else if (argument.startsWith("--ex=")) wishes.commands.push(argument.slice("--ex=".length));
    else if (argument === "--ex" && i + 1 < end) wishes.commands.push(args[++i]!);
    else wishes.runArguments.push(argument);
  }
  wishes.runArguments.push(...args.slice(end));
  const [unexpected] = wishes.runArguments;
  if (wishes.attach !== undefined && unexpected !== undefined)
    throw new UsageError(`unexpected ${JSON.stringify(unexpected)}: --attach starts no machine`);
  return wishes;
}

function attachAddress(text: string): string {
  const address = parseGdbAddress(text);
  if (address === undefined)
    throw new UsageError(`--attach: expected PORT, HOST:PORT or a path, got ${JSON.stringify(text)}`);
  return "path" in address ? address.path : `${address.host}:${address.port}`;
}

/** Its own session: Ctrl-C on the terminal is for gdb. */
function startMachine(address: string, runArguments: readonly string[]): WaitingMachine {
  const bootstrap = [join(SOURCE_ROOT, "vmm/cli/bootstrap.js"), "vmm/cli/main.js"];
  const args = [...bootstrap, "run", `--gdb=${address}`, "--gdb-wait", ...runArguments];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: true,
  });
  const ready = Promise.race([
    once(child, "message").then(() => undefined),
    once(child, "exit").then(([status]) => (typeof status === "number" ? status : EXIT_FAILED)),
  ]);
  return { process: child, ready };
}

async function runGdb(address: string, { commands, batch }: Wishes): Promise<number> {
  const setup = [
    "set breakpoint pending on",
    `directory ${SOURCE_ROOT}`,
    `source ${join(SOURCE_ROOT, "vmm/gdb/oscortex-gdb.py")}`,
    `target remote ${address}`,
  ];
  const args = ["-q", "-iex", "set sysroot", ...[...setup, ...commands].flatMap((line) => ["-ex", line])];
  if (batch) args.push("-batch");
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    const gdb = spawn("gdb", args, { stdio: "inherit" });
    const [status] = await once(gdb, "exit");
    return typeof status === "number" ? status : EXIT_FAILED;
  } catch (error) {
    process.stderr.write(`oscortex: gdb cannot be started: ${String(error)}\n`);
    return EXIT_FAILED;
  } finally {
    process.off("SIGINT", ignore);
  }
}
