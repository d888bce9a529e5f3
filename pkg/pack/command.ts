// The command `oscortex-pack`, also `oscortex pack`.

import { renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { PkgError } from "../errors.ts";
import { packProject } from "./pack.ts";

const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;

const USAGE = (program: string): string => `Usage: ${program} FOLDER [-o FILE.osx]

Compiles the project in FOLDER (oscortex.json and AssemblyScript sources) and packs it into a bundle.

Options:
  -o, --output FILE   where the bundle goes (default: NAME.osx in the current folder)
  -h, --help          show this

Exit status: 0 packed, 1 the project is refused, 2 wrong usage or FILE cannot be written.
`;

/** Runs the command, which calls itself `program`; its exit status. */
export async function pack(args: string[], program: string): Promise<number> {
  const fail = (message: string, status: number): number => complain(program, message, status);
  const options = parseOptions(args);
  if (typeof options === "string") return fail(options, EXIT_USAGE);
  if (options.help) {
    process.stdout.write(USAGE(program));
    return 0;
  }
  try {
    const { manifest, file } = await packProject(options.folder);
    const output = options.output ?? `${manifest.name}.osx`;
    writeFileSync(`${output}.part`, file);
    renameSync(`${output}.part`, output); // a server of this folder never sees half of it
    process.stdout.write(`${output}: ${manifest.name} ${manifest.version}, ${file.length} bytes\n`);
    return 0;
  } catch (error) {
    if (error instanceof PkgError) return fail(error.message, EXIT_REFUSED);
    if (error instanceof Error && "syscall" in error) return fail(error.message, EXIT_USAGE);
    throw error;
  }
}

interface Options {
  help: boolean;
  folder: string;
  output: string | undefined;
}

/** The options, or what is wrong with them. */
function parseOptions(args: string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        output: { type: "string", short: "o" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const [folder] = positionals;
    if (values.help) return { help: true, folder: "", output: undefined };
    if (folder === undefined || positionals.length > 1)
      return `expected one FOLDER, got ${positionals.length}`;
    return { help: false, folder, output: values.output };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function complain(program: string, message: string, status: number): number {
  process.stderr.write(`${program}: ${message}\n`);
  if (status === EXIT_USAGE) process.stderr.write(`Try ${program} --help.\n`);
  return status;
}
