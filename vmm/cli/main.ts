// `npm start` and `oscortex`: runs a command.

import { HostNetError } from "../../host-net/errors.ts";
import { PkgError } from "../../pkg/errors.ts";
import { ImageError } from "../boot/loader.ts";
import { DiskError } from "../disk/image.ts";
import { BuildError } from "../image/build-steps.ts";
import { FfiUnavailable } from "../kvm/load-libc.ts";
import { KvmUnavailable } from "../kvm/system.ts";
import { COMMANDS } from "./commands.ts";
import { UsageError } from "./usage-error.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

process.exitCode = await main(process.argv.slice(2));

/** Does what the command line says; the exit status. */
async function main(args: string[]): Promise<number> {
  const named = COMMANDS.has(args[0] ?? "");
  const name = named ? args[0]! : "run";
  const rest = named ? args.slice(1) : args;
  const program = named ? `oscortex ${name}` : "oscortex";
  try {
    const run = await COMMANDS.get(name)!.load();
    return await run(rest, program);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error; // a bug: with its stack
    process.stderr.write(`oscortex: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write("oscortex: --help shows the options\n");
    return status;
  }
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
