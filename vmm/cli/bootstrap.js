// Compiles the host's TypeScript if it has changed, then runs a module of it:
//
//   node vmm/cli/bootstrap.js [MODULE [ARGUMENT...]]      MODULE such as vmm/cli/main.js
//
// Without a module it only compiles.

import { pathToFileURL } from "node:url";
import { compiledModule, compileHost } from "./compile-host.js";

const EXIT_NOT_BUILT = 1;

const [module, ...args] = process.argv.slice(2);
if (!(await compileHost())) {
  process.exitCode = EXIT_NOT_BUILT;
} else if (module !== undefined) {
  const file = compiledModule(module);
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}
