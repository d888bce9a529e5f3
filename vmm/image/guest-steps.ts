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

// Memory is imported and shared, as in the tests of these modules.
const NODE_FLAGS =
  "--runtime minimal --exportRuntime --importMemory --sharedMemory --enable threads " +
  `--initialMemory 256 --maximumMemory 65536 --memoryBase ${WASM_PAGE_SIZE} -O3 --debug`;

const KERNEL_FLAGS =
  "--runtime minimal --importMemory --sharedMemory --enable threads " +
  `--initialMemory ${KERNEL_HEAP_END / WASM_PAGE_SIZE} --maximumMemory 65536 --memoryBase ${KERNEL_DATA_GPA} ` +
  "-O3 --sourceMap --debug --use abort=guest-kernel/kernel/panic/abort";

/** The steps for every guest artifact of a checkout, in order. */
export function guestSteps(root: string): BuildStep[] {
  const folders = readdirSync(join(root, APPS), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return [
    nodeModuleStep(root, "aot", ["guest-kernel/abi", "guest-kernel/aot"]),
    nodeModuleStep(root, "arch", ["guest-kernel/abi", "guest-kernel/aot", "guest-kernel/arch"]),
    kernelModuleStep(root),
    kernelImageStep(root),
    packStep(root, `${PROGRAMS}/init`, "build/initramfs/init"),
    packStep(root, `${PROGRAMS}/shell`, "build/initramfs/bin/sh"),
    initramfsStep(root),
    ...folders.map(({ name }) => packStep(root, `${APPS}/${name}`, `build/repository/${name}.osx`)),
    debugStep(root, `${PROGRAMS}/init`, "build/initramfs/init"),
    debugStep(root, `${PROGRAMS}/shell`, "build/initramfs/bin/sh"),
    ...folders.map(({ name }) => debugStep(root, `${APPS}/${name}`, `build/repository/${name}.osx`)),
  ];
}

/** A part of guest-kernel/ that runs in Node: build/NAME.wasm. */
function nodeModuleStep(root: string, name: string, sources: string[]): BuildStep {
  return {
    name: `${name}.wasm`,
    inputs: [...sources, ...TOOLS],
    outputs: [`build/${name}.wasm`],
    async build() {
      return [(await compile(root, `guest-kernel/${name}/node.exports.ts`, NODE_FLAGS)).wasm];
    },
  };
}

function kernelModuleStep(root: string): BuildStep {
  return {
    name: "kernel.wasm",
    inputs: ["guest-kernel/abi", "guest-kernel/aot", "guest-kernel/kernel", ...TOOLS],
    outputs: ["build/kernel.wasm", "build/kernel.wasm.map"],
    async build() {
      const { wasm, sourceMap } = await compileKernel(root);
      return [wasm, sourceMap];
    },
  };
}

function kernelImageStep(root: string): BuildStep {
  const [wasm, map] = ["build/kernel.wasm", "build/kernel.wasm.map"];
  return {
    name: "kernel.elf",
    inputs: [wasm, map, "build/aot.wasm", "build/arch.wasm", "guest-kernel/abi", "guest-kernel/image"],
    outputs: ["build/kernel.elf"],
    async build() {
      const sourceMap = readFileSync(join(root, map), "utf8");
      return [await linkKernel(root, { wasm: readFileSync(join(root, wasm)), sourceMap })];
    },
  };
}

/**
 * A kernel image of its own, compiled with further flags of asc. The guest must have been built. @throws CompileError,
 * AotError or LinkError
 */
export async function buildKernelWith(root: string, ...flags: string[]): Promise<Uint8Array> {
  return linkKernel(root, await compileKernel(root, ...flags));
}

function compileKernel(root: string, ...flags: string[]): Promise<CompiledModule> {
  return compile(root, "guest-kernel/kernel/main.ts", KERNEL_FLAGS, ...flags);
}

async function linkKernel(root: string, { wasm, sourceMap }: CompiledModule): Promise<Uint8Array> {
  const { linkKernelImage } = await import("../../guest-kernel/image/kernel-image.ts");
  const aot = new WebAssembly.Module(readFileSync(join(root, "build/aot.wasm")));
  const arch = new WebAssembly.Module(readFileSync(join(root, "build/arch.wasm")));
  return linkKernelImage({ wasm, sourceMap, aot, arch });
}

/** A project under shell-host/ as a bundle. */
function packStep(root: string, folder: string, output: string): BuildStep {
  return {
    name: output.slice("build/".length),
    inputs: [folder, `${PROGRAMS}/sdk`, "guest-kernel/abi", ...PACK_TOOLS],
    outputs: [output],
    async build() {
      const { packProject } = await import("../../pkg/pack/pack.ts");
      return [(await packProject(join(root, folder))).file];
    },
  };
}

/** What debuggers need to know of a project's bundle: build/debug/NAME.elf, by the package's name. */
function debugStep(root: string, folder: string, bundle: string): BuildStep {
  const name = packageName(join(root, folder));
  return {
    name: `debug/${name}.elf`,
    inputs: [bundle, "build/aot.wasm", "guest-kernel/abi", "guest-kernel/image"],
    outputs: [`build/debug/${name}.elf`],
    async build() {
      const { Aot } = await import("../../guest-kernel/image/aot.ts");
      const { linkAppImage } = await import("../../guest-kernel/image/app-image.ts");
      const { decodeBundle } = await import("../../pkg/bundle.ts");
      const { manifest, wasm, lines } = decodeBundle(readFileSync(join(root, bundle)));
      const aot = new Aot(new WebAssembly.Module(readFileSync(join(root, "build/aot.wasm"))));
      return [linkAppImage({ name: manifest.name, wasm, lines }, aot)];
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

function initramfsStep(root: string): BuildStep {
  const inputs = ["build/initramfs/init", "build/initramfs/bin/sh"];
  return {
    name: "initramfs.cpio",
    inputs: [...inputs, "vmm/image/cpio.ts"],
    outputs: ["build/initramfs.cpio"],
    build() {
      const files = inputs.map((input) => ({
        path: input.slice("build/initramfs/".length),
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
  flags: string,
  ...more: string[]
): Promise<CompiledModule> {
  const { compileModule } = await import("../../pkg/pack/asc.ts");
  return compileModule([entry, "--baseDir", root, ...flags.split(" "), ...more]);
}
