// `npm run check:code -- [FILE...]`: checks machine code as the guest compiles it (guest-kernel/image/check). Without files, that
// of the kernel, of the programs of the initramfs, and of the sample apps.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Aot, AotError, type CompiledModule } from "../../guest-kernel/image/aot.ts";
import { CodeFault } from "../../guest-kernel/image/check/decode.ts";
import { type CheckSummary, checkModule } from "../../guest-kernel/image/check/module.ts";
import { type Bundle, decodeBundle } from "../../pkg/bundle.ts";
import type { Needs } from "../../pkg/library.ts";
import { PkgError } from "../../pkg/errors.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { findLibrary, programsIn } from "../../pkg/symbols.ts";
import { buildGuest, printProgress } from "./build-guest.ts";

const USAGE = `Usage: npm run check:code -- [FILE.wasm | FILE.osx]...

Compiles modules as the guest does, decodes the machine code, and checks that nothing in it can read, write or jump outside of
its instance: docs/isolation.md. Without files: the kernel, the programs of the initramfs and the sample apps.

Exit status: 0 all code keeps the rules, 1 some breaks one or is refused, 2 a file cannot be read.
`;
const EXIT_BROKEN = 1;
const EXIT_USAGE = 2;
const KERNEL = "build/kernel.wasm";
const INITRAMFS = "build/initramfs";

/** Compiles modules as the guest does, linked to the libraries that they need, and checks them. */
class Checker {
  readonly #aot = new Aot(new WebAssembly.Module(readFileSync(join(SOURCE_ROOT, "build/aot.wasm"))));
  readonly #libraries = new Map<string, CompiledModule>(); // by path

  /** @throws CodeFault, AotError, PkgError if its library is another or none */
  check({ wasm, types, needs }: Pick<Bundle, "wasm" | "types" | "needs">, kernel = false): CheckSummary {
    const library = needs && this.#libraryOf(needs);
    const module = this.#aot.compile(wasm, {
      preemptible: !kernel,
      localsInFrame: types !== undefined,
      library,
    });
    try {
      return checkModule(module, { preemptible: !kernel, kernel, library });
    } finally {
      module.free();
    }
  }

  #libraryOf(needs: Needs): CompiledModule {
    const wasm = findLibrary(needs, [programsIn(join(SOURCE_ROOT, INITRAMFS))]);
    const module = this.#libraries.get(needs.path) ?? this.#aot.compile(wasm, { preemptible: true });
    this.#libraries.set(needs.path, module);
    return module;
  }
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.some((word) => word.startsWith("-"))) {
    process.stdout.write(USAGE);
    return args.includes("--help") || args.includes("-h") ? 0 : EXIT_USAGE;
  }
  const { repository } = await buildGuest(printProgress(process.stderr));
  const checker = new Checker();
  const files = args.length > 0 ? args : ownFiles(repository);
  return Math.max(...files.map((file) => check(file, checker)));
}

function ownFiles(repository: string): string[] {
  const folder = join(SOURCE_ROOT, INITRAMFS);
  const programs = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const apps = readdirSync(repository).filter((name) => name.endsWith(".osx"));
  return [
    join(SOURCE_ROOT, KERNEL),
    ...programs.map(({ parentPath, name }) => join(parentPath, name)),
    ...apps.map((name) => join(repository, name)),
  ];
}

/** Checks a file and says so; its exit status. */
function check(file: string, checker: Checker): number {
  const kernel = file === join(SOURCE_ROOT, KERNEL);
  try {
    const bytes = readFileSync(file);
    const { functions, bytes: size } = file.endsWith(".wasm")
      ? checker.check({ wasm: bytes }, kernel)
      : checker.check(decodeBundle(bytes));
    process.stdout.write(`${file}: ${functions} functions, ${size} bytes of code: kept\n`);
    return 0;
  } catch (error) {
    const known = error instanceof CodeFault || error instanceof AotError || error instanceof PkgError;
    if (!known && !(error instanceof Error && "syscall" in error)) throw error;
    process.stdout.write(`${file}: ${error.message}\n`);
    return known ? EXIT_BROKEN : EXIT_USAGE;
  }
}
