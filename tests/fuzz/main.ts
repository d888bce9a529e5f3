// npm run fuzz:aot: random modules in V8 and in a KVM guest, and mutants of them through the compiler.

import { parseArgs } from "node:util";
import { FuzzRun, type FuzzOptions } from "./run.ts";

const HELP = `usage: npm run fuzz:aot [-- [--seconds N] [--seed S] [--cases N] [--mutants N] [--output FOLDER]]

Each case is a valid module that binaryen makes of random bytes, run by V8 and as machine code in a KVM guest, whose results, traps,
memory, globals and calls of imports must agree; then mutants of it, which aot must refuse where V8 refuses them, and
compile or refuse otherwise, for a reason that is known. Equal seeds make equal runs.

  --seconds N      stop after about that long (default 60)
  --seed S         of the first case (default 1); the others follow it
  --cases N        stop after so many cases, too
  --mutants N      of each module (default 50)
  --output FOLDER  where failing modules are written, as found and minimised (default build/fuzz)
  --help           show this

Exit status: 0 if nothing failed, 1 if something did, 2 for wrong usage.
`;

class UsageError extends Error {
  override readonly name = "UsageError";
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options === undefined) {
      process.stdout.write(HELP);
      return 0;
    }
    const run = new FuzzRun(options, (line) => void process.stdout.write(`${line}\n`));
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => run.stop());
    return (await run.run()) ? 0 : 1;
  } catch (error) {
    if (!isUsageError(error)) throw error;
    process.stderr.write(`fuzz:aot: ${error.message}\n`);
    return 2;
  }
}

function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

function parseOptions(args: string[]): FuzzOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: "1" },
      cases: { type: "string", default: String(2 ** 32) },
      mutants: { type: "string", default: "50" },
      output: { type: "string", default: "build/fuzz" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  return {
    seconds: whole("seconds", values.seconds),
    seed: whole("seed", values.seed),
    cases: whole("cases", values.cases),
    mutants: whole("mutants", values.mutants),
    output: values.output,
  };
}

function whole(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new UsageError(`--${option}: expected a whole number, got ${text}`);
  return Number(text);
}
