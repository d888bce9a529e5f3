// The command `oscortex-pack`, also `oscortex pack`.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { Aot } from "../../guest-kernel/image/aot.ts";
import { PkgError } from "../errors.ts";
import { SOURCE_ROOT } from "../source-root.ts";
import { bundleSymbols, programsIn } from "../symbols.ts";
import { packProject } from "./pack.ts";

/** Where libraries are, first those of a machine that runs debug builds. */
const PROGRAMS = ["build/debug-build/initramfs", "build/initramfs"];

const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;

const USAGE = (program: string): string => `Usage: ${program} FOLDER [-o FILE.osx] [--debug]

Compiles the project in FOLDER (oscortex.json and AssemblyScript sources) and packs it into a bundle.

Options:
  -o, --output FILE   where the bundle goes (default: NAME.osx in the current folder)
  --debug             a debug build: slow, and gdb shows its variables. NAME.elf for gdb goes beside FILE
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
    const { debug } = options;
    const { manifest, file } = await packProject(options.folder, {
      debug,
      warn: (message) => process.stderr.write(`${program}: ${message}\n`),
    });
    const output = options.output ?? `${manifest.name}.osx`;
    replaceFile(output, file); // a server of this folder never sees half of it
    if (debug) replaceFile(join(dirname(output), `${manifest.name}.elf`), symbolsOf(file));
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
  debug: boolean;
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
        debug: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const [folder] = positionals;
    if (values.help) return { help: true, debug: false, folder: "", output: undefined };
    if (folder === undefined || positionals.length > 1)
      return `expected one FOLDER, got ${positionals.length}`;
    return { help: false, debug: values.debug, folder, output: values.output };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function replaceFile(path: string, contents: Uint8Array): void {
  writeFileSync(`${path}.part`, contents);
  renameSync(`${path}.part`, path);
}

/** What gdb needs to know of a bundle of a debug build: made by the guest's compiler, which `npm run build` makes. */
function symbolsOf(file: Uint8Array): Uint8Array {
  const aot = new Aot(new WebAssembly.Module(readFileSync(join(SOURCE_ROOT, "build/aot.wasm"))));
  return bundleSymbols(
    file,
    aot,
    PROGRAMS.map((folder) => programsIn(join(SOURCE_ROOT, folder))),
  );
}

function complain(program: string, message: string, status: number): number {
  process.stderr.write(`${program}: ${message}\n`);
  if (status === EXIT_USAGE) process.stderr.write(`Try ${program} --help.\n`);
  return status;
}
