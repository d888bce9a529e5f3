// `npm start`: boots the system on this terminal.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PkgError } from "../../pkg/errors.ts";
import { HostNetError } from "../../host-net/errors.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { ImageError } from "../boot/loader.ts";
import { DiskError } from "../disk/image.ts";
import { buildGuest, printProgress } from "../image/build-guest.ts";
import { BuildError } from "../image/build-steps.ts";
import { FfiUnavailable, loadLibc } from "../kvm/load-libc.ts";
import { KvmSystem, KvmUnavailable } from "../kvm/system.ts";
import { Log, type LogLevel } from "./log.ts";
import { HELP, type Options, parseOptions, UsageError } from "./options.ts";
import { runSystem } from "./run.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

process.exitCode = await main(process.argv.slice(2));

/** Does what the command line says; the exit status. */
async function main(args: readonly string[]): Promise<number> {
  let log = new Log(process.stderr, "normal", process.stderr.isTTY);
  try {
    const options = parseOptions(args);
    if (options.command === "help") return print(HELP);
    if (options.command === "version") return print(`oscortex ${version()}\n`);
    log = new Log(process.stderr, levelOf(options), process.stderr.isTTY);
    return await run(options, log);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error; // a bug: with its stack
    log.error(error instanceof Error ? error.message : String(error));
    if (error instanceof UsageError) log.error("--help shows the options");
    return status;
  }
}

async function run(options: Options, log: Log): Promise<number> {
  KvmSystem.open(loadLibc()).close(); // before anything is built for it
  const artifacts = await buildGuest(options.quiet ? undefined : printProgress(process.stderr));
  return await runSystem(options, artifacts, log);
}

/** The exit status for an error that is not a bug of ours. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof UsageError || error instanceof KvmUnavailable || error instanceof FfiUnavailable)
    return EXIT_USAGE;
  if (error instanceof HostNetError) return EXIT_USAGE; // a rule of --allow
  if (error instanceof DiskError) return EXIT_FAILED;
  if (error instanceof BuildError || error instanceof ImageError || error instanceof PkgError)
    return EXIT_FAILED;
  return error instanceof Error && "syscall" in error ? EXIT_FAILED : undefined; // a file or a socket
}

function levelOf({ quiet, verbose }: Options): LogLevel {
  if (quiet) return "quiet";
  return verbose ? "verbose" : "normal";
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function version(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(SOURCE_ROOT, "package.json"), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "?";
}
