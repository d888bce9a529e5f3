// `npm run bench` and `oscortex bench`: measures the system, beside the host, in one run.

import { cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { buildGuest, printProgress } from "../vmm/image/build-guest.ts";
import { formatTable, type Row } from "./stats.ts";
import { SUBJECTS } from "./subjects.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const DEFAULT_ROUNDS = 50;
const MAX_ROUNDS = 100_000;

const USAGE = (program: string): string => `Usage: ${program} [SUBJECT...] [options]

Subjects: ${[...SUBJECTS.keys()].join(", ")}; all by default.

Options:
  --json        print JSON instead of a table; durations in nanoseconds
  --rounds N    how often to repeat what takes milliseconds (default: ${DEFAULT_ROUNDS}; boots: a fifth of it)
  -h, --help    show this

Exit status: 0 measured, 1 something failed, 2 wrong usage.
`;

/** Runs the command, which calls itself `program`; its exit status. */
export async function bench(args: string[], program: string): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === "string") {
    process.stderr.write(`bench: ${options}\nTry ${program} --help.\n`);
    return EXIT_USAGE;
  }
  if (options.help) {
    process.stdout.write(USAGE(program));
    return 0;
  }
  try {
    await buildGuest(printProgress(process.stderr));
    print(await measure(options), options.json);
    return 0;
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_FAILED;
  }
}

interface Options {
  subjects: string[];
  rounds: number;
  json: boolean;
  help: boolean;
}

/** The options, or what is wrong with them. */
function parseOptions(args: string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        rounds: { type: "string", default: String(DEFAULT_ROUNDS) },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const unknown = positionals.find((name) => !SUBJECTS.has(name));
    if (unknown !== undefined) return `no subject ${unknown}`;
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) return `--rounds ${values.rounds}`;
    const subjects = positionals.length === 0 ? [...SUBJECTS.keys()] : positionals;
    return { subjects, rounds, json: values.json, help: values.help };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function measure({ subjects, rounds, json }: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of subjects) {
    if (!json) process.stderr.write(`measuring ${name}\n`);
    rows.push(...((await SUBJECTS.get(name)?.(rounds)) ?? []));
  }
  return rows;
}

function print(rows: Row[], json: boolean): void {
  const machine = `${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}`;
  if (json) process.stdout.write(`${JSON.stringify({ machine, rows }, undefined, 2)}\n`);
  else process.stdout.write(`${machine}\n\n${formatTable(rows)}\n`);
}
