// `npm run check:code -- [FILE...]`: checks machine code as the guest compiles it (guest-kernel/image/check). Without files, that
// of the kernel, of init and the shell, and of the sample apps.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Aot, AotError } from "../../guest-kernel/image/aot.ts";
import { CodeFault } from "../../guest-kernel/image/check/decode.ts";
import { checkModule } from "../../guest-kernel/image/check/module.ts";
import { decodeBundle } from "../../pkg/bundle.ts";
import { PkgError } from "../../pkg/errors.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { buildGuest, printProgress } from "./build-guest.ts";

const USAGE = `Usage: npm run check:code -- [FILE.wasm | FILE.osx]...

Compiles modules as the guest does, decodes the machine code, and checks that nothing in it can read, write or jump outside of
its instance: docs/isolation.md. Without files: the kernel, init, the shell and the sample apps.

Exit status: 0 all code keeps the rules, 1 some breaks one or is refused, 2 a file cannot be read.
`;
const EXIT_BROKEN = 1;
const EXIT_USAGE = 2;
const KERNEL = "build/kernel.wasm";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.some((word) => word.startsWith("-"))) {
    process.stdout.write(USAGE);
    return args.includes("--help") || args.includes("-h") ? 0 : EXIT_USAGE;
  }
  const { repository } = await buildGuest(printProgress(process.stderr));
  const aot = new Aot(new WebAssembly.Module(readFileSync(join(SOURCE_ROOT, "build/aot.wasm"))));
  const files = args.length > 0 ? args : ownFiles(repository);
  return Math.max(...files.map((file) => check(file, aot)));
}

function ownFiles(repository: string): string[] {
  const apps = readdirSync(repository).filter((name) => name.endsWith(".osx"));
  const files = [KERNEL, "build/initramfs/init", "build/initramfs/bin/sh"].map((path) =>
    join(SOURCE_ROOT, path),
  );
  return [...files, ...apps.map((name) => join(repository, name))];
}

/** Checks a file and says so; its exit status. */
function check(file: string, aot: Aot): number {
  const kernel = file === join(SOURCE_ROOT, KERNEL);
  try {
    const bytes = readFileSync(file);
    const { wasm, types } = file.endsWith(".wasm") ? { wasm: bytes, types: undefined } : decodeBundle(bytes);
    const options = { preemptible: !kernel, localsInFrame: types !== undefined };
    const module = aot.compile(wasm, options);
    const { functions, bytes: size } = checkModule(module, { preemptible: !kernel, kernel });
    module.free();
    process.stdout.write(`${file}: ${functions} functions, ${size} bytes of code: kept\n`);
    return 0;
  } catch (error) {
    const known = error instanceof CodeFault || error instanceof AotError || error instanceof PkgError;
    if (!known && !(error instanceof Error && "syscall" in error)) throw error;
    process.stdout.write(`${file}: ${error.message}\n`);
    return known ? EXIT_BROKEN : EXIT_USAGE;
  }
}
