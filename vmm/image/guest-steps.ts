// How each guest artifact is made. Compiler, packer and linker are loaded only when there is work for them: most
// starts find everything up to date.

import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { KERNEL_DATA_GPA, KERNEL_HEAP_END } from "../../guest-kernel/abi/memory-map.ts";
import type { CompiledModule } from "../../pkg/pack/asc.ts";
import type { BuildStep } from "./build-steps.ts";
import { encodeCpio } from "./cpio.ts";

const WASM_PAGE_SIZE = 65536;
const PROGRAMS = "shell-host";
const APPS = `${PROGRAMS}/apps`;
// What decides how things are built: the compiler's version, and these steps.
const TOOLS = ["package-lock.json", "vmm/image/guest-steps.ts", "pkg/pack"];
const PACK_TOOLS = [...TOOLS, "pkg/bundle.ts", "pkg/manifest.ts", "guest-kernel/image/lines.ts"];
const SYMBOL_TOOLS = ["guest-kernel/abi", "guest-kernel/image", "pkg/symbols.ts"];

// Memory is imported and shared, as in the tests of these modules.
const NODE_FLAGS =
  "--runtime minimal --exportRuntime --importMemory --sharedMemory --enable threads " +
  `--initialMemory 256 --maximumMemory 65536 --memoryBase ${WASM_PAGE_SIZE} -O3 --debug`;

const KERNEL_FLAGS =
  "--runtime minimal --importMemory --sharedMemory --enable threads --enable simd " +
  `--initialMemory ${KERNEL_HEAP_END / WASM_PAGE_SIZE} --maximumMemory 65536 --memoryBase ${KERNEL_DATA_GPA} ` +
  "--sourceMap --debug --use abort=guest-kernel/kernel/panic/abort";

/** What is built: optimised, or a debug build, whose variables debuggers find. */
export interface Variant {
  debug: boolean;
  /** Relative to the root. */
  output: string;
}

export const OPTIMISED: Variant = { debug: false, output: "build" };
export const DEBUG_BUILD: Variant = { debug: true, output: "build/debug-build" };

/** The steps for every guest artifact of a checkout, in order. */
export function guestSteps(root: string, variant = OPTIMISED): BuildStep[] {
  const { output } = variant;
  const folders = readdirSync(join(root, APPS), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const library: PackedProject = { folder: `${PROGRAMS}/engine`, bundle: engineBundle(variant) };
  const projects: PackedProject[] = [
    { folder: `${PROGRAMS}/init`, bundle: `${output}/initramfs/init` },
    { folder: `${PROGRAMS}/shell`, bundle: `${output}/initramfs/bin/sh` },
    { folder: `${PROGRAMS}/desktop`, bundle: `${output}/initramfs/bin/desktop` },
    ...folders.map(({ name }) => ({ folder: `${APPS}/${name}`, bundle: `${output}/repository/${name}.osx` })),
  ];
  return [
    nodeModuleStep(root, "aot", ["guest-kernel/abi", "guest-kernel/aot"]),
    nodeModuleStep(root, "arch", ["guest-kernel/abi", "guest-kernel/aot", "guest-kernel/arch"]),
    kernelModuleStep(root, variant),
    kernelImageStep(root, variant),
    engineStep(variant),
    ...projects.slice(0, 3).map((project) => packStep(root, variant, project)),
    initramfsStep(root, variant),
    ...projects.slice(3).map((project) => packStep(root, variant, project)),
    ...[library, ...projects].map((project) => debugStep(root, variant, project)),
  ];
}

/** A project under shell-host/, and its bundle; both relative to the root. */
interface PackedProject {
  folder: string;
  bundle: string;
}

/** A part of guest-kernel/ that runs in Node: build/NAME.wasm. */
function nodeModuleStep(root: string, name: string, sources: string[]): BuildStep {
  return {
    name: `${name}.wasm`,
    inputs: [...sources, ...TOOLS],
    outputs: [`build/${name}.wasm`],
    async build() {
      return [(await compile(root, `guest-kernel/${name}/node.exports.ts`, NODE_FLAGS.split(" "))).wasm];
    },
  };
}

/** A step's name: its artifact's path below build/. */
function nameOf(output: string): string {
  return output.slice("build/".length);
}

function kernelModuleStep(root: string, { debug, output }: Variant): BuildStep {
  const [wasm, map] = [`${output}/kernel.wasm`, `${output}/kernel.wasm.map`];
  return {
    name: nameOf(wasm),
    inputs: ["guest-kernel/abi", "guest-kernel/aot", "guest-kernel/kernel", ...TOOLS],
    outputs: debug ? [wasm, map, `${output}/kernel.types.json`] : [wasm, map],
    async build() {
      const { encodeDebugTypes } = await import("../../guest-kernel/image/debug-types.ts");
      const compiled = await compileKernel(root, debug);
      return [
        compiled.wasm,
        compiled.sourceMap,
        ...(compiled.types ? [encodeDebugTypes(compiled.types)] : []),
      ];
    },
  };
}

function kernelImageStep(root: string, { debug, output }: Variant): BuildStep {
  const [wasm, map, types] = ["wasm", "wasm.map", "types.json"].map((end) => `${output}/kernel.${end}`) as [
    string,
    string,
    string,
  ];
  const tools = ["build/aot.wasm", "build/arch.wasm", "guest-kernel/abi", "guest-kernel/image"];
  return {
    name: nameOf(`${output}/kernel.elf`),
    inputs: [wasm, map, ...(debug ? [types] : []), ...tools],
    outputs: [`${output}/kernel.elf`],
    async build() {
      const { decodeDebugTypes } = await import("../../guest-kernel/image/debug-types.ts");
      const compiled: CompiledModule = {
        wasm: readFileSync(join(root, wasm)),
        sourceMap: readFileSync(join(root, map), "utf8"),
      };
      if (debug) compiled.types = decodeDebugTypes(readFileSync(join(root, types)));
      return [await linkKernel(root, compiled)];
    },
  };
}

/**
 * A kernel image of its own, compiled with further flags of asc. The guest must have been built. @throws CompileError,
 * AotError or LinkError
 */
export async function buildKernelWith(root: string, ...flags: string[]): Promise<Uint8Array> {
  return linkKernel(root, await compileKernel(root, false, ...flags));
}

function compileKernel(root: string, debug: boolean, ...more: string[]): Promise<CompiledModule> {
  const flags = [...KERNEL_FLAGS.split(" "), debug ? "-O0" : "-O3", ...more];
  return compile(root, "guest-kernel/kernel/main.ts", flags, debug);
}

async function linkKernel(root: string, { wasm, sourceMap, types }: CompiledModule): Promise<Uint8Array> {
  const { linkKernelImage } = await import("../../guest-kernel/image/kernel-image.ts");
  const aot = new WebAssembly.Module(readFileSync(join(root, "build/aot.wasm")));
  const arch = new WebAssembly.Module(readFileSync(join(root, "build/arch.wasm")));
  return linkKernelImage({ wasm, sourceMap, types, aot, arch });
}

/** The UI engine: a library that the programs which use it are linked to. */
function engineStep(variant: Variant): BuildStep {
  const bundle = engineBundle(variant);
  return {
    name: nameOf(bundle),
    inputs: [`${PROGRAMS}/engine`, `${PROGRAMS}/sdk`, "guest-kernel/abi", ...PACK_TOOLS],
    outputs: [bundle],
    async build() {
      const { packEngine } = await import("../../pkg/pack/pack.ts");
      return [await packEngine(variant.debug)];
    },
  };
}

function engineBundle({ output }: Variant): string {
  return `${output}/initramfs/bin/oscortex-host`;
}

/** A project as a bundle. */
function packStep(root: string, variant: Variant, { folder, bundle }: PackedProject): BuildStep {
  const { debug } = variant;
  const libraries = usesEngine(root, folder) ? [engineBundle(variant)] : [];
  return {
    name: nameOf(bundle),
    inputs: [folder, `${PROGRAMS}/sdk`, ...libraries, "guest-kernel/abi", ...PACK_TOOLS],
    outputs: [bundle],
    async build() {
      const { packProject } = await import("../../pkg/pack/pack.ts");
      return [(await packProject(join(root, folder), { debug, warn: refuse })).file];
    },
  };
}

/** Nothing of this checkout has the engine in it. */
function refuse(message: string): never {
  throw new Error(message);
}

/** Whether a project imports the UI engine: the others need not be packed again when it changes. */
function usesEngine(root: string, folder: string): boolean {
  return readFileSync(join(root, folder, "main.ts"), "utf8").includes("/engine/");
}

/** What debuggers need to know of a project's bundle: debug/NAME.elf, by the package's name. */
function debugStep(root: string, variant: Variant, { folder, bundle }: PackedProject): BuildStep {
  const { output } = variant;
  const name = packageName(join(root, folder));
  const elf = `${output}/debug/${name}.elf`;
  const programs = `${output}/initramfs`;
  const library = engineBundle(variant);
  const linked = bundle !== library && usesEngine(root, folder);
  return {
    name: nameOf(elf),
    inputs: [bundle, ...(linked ? [library] : []), "build/aot.wasm", ...SYMBOL_TOOLS],
    outputs: [elf],
    async build() {
      const { Aot } = await import("../../guest-kernel/image/aot.ts");
      const { bundleSymbols, programsIn } = await import("../../pkg/symbols.ts");
      const aot = new Aot(new WebAssembly.Module(readFileSync(join(root, "build/aot.wasm"))));
      return [bundleSymbols(readFileSync(join(root, bundle)), aot, [programsIn(join(root, programs))])];
    },
  };
}

/** The name of a project's package; its folder's if there is none to be read, which the step that packs it will say. */
function packageName(folder: string): string {
  try {
    const name = /"name"\s*:\s*"([A-Za-z0-9._-]+)"/.exec(
      readFileSync(join(folder, "oscortex.json"), "utf8"),
    )?.[1];
    return name ?? basename(folder);
  } catch {
    return basename(folder);
  }
}

function initramfsStep(root: string, { output }: Variant): BuildStep {
  const folder = `${output}/initramfs/`;
  const inputs = ["init", "bin/sh", "bin/oscortex-host", "bin/desktop"].map((name) => folder + name);
  const archive = `${output}/initramfs.cpio`;
  return {
    name: nameOf(archive),
    inputs: [...inputs, "vmm/image/cpio.ts"],
    outputs: [archive],
    build() {
      const files = inputs.map((input) => ({
        path: input.slice(folder.length),
        contents: readFileSync(join(root, input)),
        executable: true,
      }));
      return Promise.resolve([encodeCpio(files)]);
    },
  };
}

async function compile(
  root: string,
  entry: string,
  flags: readonly string[],
  withTypes = false,
): Promise<CompiledModule> {
  const { compileModule } = await import("../../pkg/pack/asc.ts");
  return compileModule([entry, "--baseDir", root, ...flags], { withTypes });
}
