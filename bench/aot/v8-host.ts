// Runs a workloads module in V8, as the guest runs it: `MODULE.wasm SAMPLES`. Nothing else runs in this process.

import { readFileSync } from "node:fs";

const [file = "", samples = ""] = process.argv.slice(2);
const argument = new TextEncoder().encode(`${samples}\0`);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
  oscortex: {
    args(buffer: number, capacity: number): number {
      if (argument.length <= capacity) memory().set(argument, buffer);
      return argument.length;
    },
    clock_monotonic: () => process.hrtime.bigint(),
    write(_handle: number, buffer: number, length: number): number {
      process.stdout.write(memory().slice(buffer, buffer + length));
      return length;
    },
  },
});
const main = exports["main"];
process.exitCode = typeof main === "function" ? Number(main()) : 1;

function memory(): Uint8Array {
  const { memory: exported } = exports;
  if (!(exported instanceof WebAssembly.Memory)) throw new Error(`${file} exports no memory`);
  return new Uint8Array(exported.buffer);
}
