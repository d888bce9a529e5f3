// Compiles a module with V8, once: `MODULE.wasm`. Prints `ns`. V8 keeps what it has compiled, so this is a process of its own.

import { readFileSync } from "node:fs";

const bytes = readFileSync(process.argv[2] ?? "");
const start = process.hrtime.bigint();
void new WebAssembly.Module(bytes);
process.stdout.write(`${process.hrtime.bigint() - start}\n`);
