// `import { Machine } from "oscortex"`: compiles the host if it has changed, and gives what vmm/api/oscortex.ts does.

import { compiledModule, compileHost } from "../cli/compile-host.js";
import { pathToFileURL } from "node:url";

if (!(await compileHost())) throw new Error("oscortex: the host cannot be compiled");
export const { Machine, MachineEnded, App, KvmUnavailable } = await import(
  pathToFileURL(compiledModule("vmm/api/oscortex.js")).href
);
