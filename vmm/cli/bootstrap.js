// Compiles the host's TypeScript if it has changed, then runs a module of it:
//
//   node vmm/cli/bootstrap.js [MODULE [ARGUMENT...]]      MODULE such as vmm/cli/main.js
//
// Without a module it only compiles.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileHost, OUTPUT } from "./compile-host.js";

const EXIT_NOT_BUILT = 1;

const [module, ...args] = process.argv.slice(2);
if (!compileHost()) {
  process.exitCode = EXIT_NOT_BUILT;
} else if (module !== undefined) {
  const file = join(OUTPUT, module);
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}
