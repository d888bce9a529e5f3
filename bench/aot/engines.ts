// What runs the workloads: the guest, V8, and C that wasm2c makes.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeBundle } from "../../pkg/bundle.ts";
import { packProject } from "../../pkg/pack/pack.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { buildKernelWith } from "../../vmm/image/guest-steps.ts";
import { runGuest, runNode, runProgram } from "../child.ts";

/** Runs all workloads of a module, and returns what they print. */
export interface Engine {
  name: string;
  run(workloads: Workloads, samples: number): Promise<string>;
}

/** A project of workloads, as a bundle in a folder of its own and as a module. */
export interface Workloads {
  app: string;
  folder: string;
  module: string;
}

/** Code is optimised when it is compiled, before it runs: V8's tiers are not what is measured. */
export const V8_FLAGS = ["--no-liftoff", "--no-wasm-tier-up", "--no-wasm-lazy-compilation"];
const WASM_RT = "/usr/share/wabt/wasm2c"; // Debian's package wabt
const HOST_SOURCE = "bench/aot/wasm2c-host.c";

/** The app as users run it. */
export const GUEST: Engine = {
  name: "guest",
  run: (workloads, samples) => runInGuest(workloads, samples),
};

export const V8: Engine = {
  name: "V8",
  async run({ module }, samples) {
    return (await runNode(V8_FLAGS, "bench/aot/v8-host.js", module, String(samples))).stdout;
  },
};

/** The guest, with a kernel that compiles apps without safepoints. It is built in `folder`. */
export async function guestWithoutSafepoints(folder: string): Promise<Engine> {
  const kernel = join(folder, "kernel-without-safepoints.elf");
  writeFileSync(kernel, await buildKernelWith(SOURCE_ROOT, "--use", "WITHOUT_SAFEPOINTS=ASC_TARGET"));
  return {
    name: "guest without safepoints",
    run: (workloads, samples) => runInGuest(workloads, samples, "--kernel", kernel),
  };
}

/** C that wasm2c makes, compiled by gcc; undefined where either lacks. It takes no vectors. */
export async function wasm2cWithGcc({ folder, module }: Workloads): Promise<Engine | undefined> {
  const source = join(folder, "workloads.c");
  const program = join(folder, "workloads");
  const runtime = join(WASM_RT, "wasm-rt-impl.c");
  if (!existsSync(runtime)) return undefined;
  try {
    await runProgram("wasm2c", module, "--no-debug-names", "-o", source);
    const sources = [source, join(SOURCE_ROOT, HOST_SOURCE), runtime];
    await runProgram("gcc", "-O2", "-I", WASM_RT, "-I", folder, ...sources, "-o", program, "-lm");
  } catch {
    return undefined;
  }
  return {
    name: "wasm2c, gcc -O2",
    run: async (_workloads, samples) => (await runProgram(program, String(samples))).stdout,
  };
}

/** Packs a project of bench/aot/ into `folder`. */
export async function packWorkloads(name: string, folder: string): Promise<Workloads> {
  const { file, manifest } = await packProject(join(SOURCE_ROOT, "bench/aot", name));
  const own = join(folder, name);
  mkdirSync(own);
  writeFileSync(join(own, `${name}.osx`), file);
  const module = join(own, `${name}.wasm`);
  writeFileSync(module, decodeBundle(file).wasm);
  return { app: manifest.name, folder: own, module };
}

async function runInGuest(
  { app, folder }: Workloads,
  samples: number,
  ...options: string[]
): Promise<string> {
  const run = ["--headless", "--quiet", "--memory", "512", "--repository", folder, "--run", app];
  return (await runGuest(...run, ...options, "--", String(samples))).stdout;
}
