// The UI engine and the SDK as a library: `/bin/oscortex-host`.

import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../source-root.ts";
import { type CompiledModule, compileModule, type SourceReader, type Transform } from "../asc.ts";
import { flagsFor } from "../flags.ts";
import { ENGINE_PATH, readSource, SDK_PATH } from "../sources.ts";
import type { BackEnd, BackEndModule, Unit } from "./back-end.ts";
import { type AscCompiler, compileWhole, openAbstractMethods, whenCompiled } from "./compile-whole.ts";
import { decodeInterface, encodeInterface, type LibraryInterface, readInterface } from "./interface.ts";
import { linkProgram, makeLibrary } from "./link.ts";

/** Where the guest has it. */
export const ENGINE_LIBRARY_PATH = "/bin/oscortex-host";

const ENTRY = "oscortex-library";
const NO_SOURCE = /\.(?:test|exports)\.ts$/;
const CACHE = join(SOURCE_ROOT, "build/cache");
// What decides the interface besides the sources: the compiler, and how it is used here.
const TOOLS = ["pkg/pack", "node_modules/assemblyscript/package.json"];
/**
 * Flags of libraries, and of programs that are linked to one. asc's static addresses depend on how it is to optimise: a debug
 * build says the same and is not optimised after all.
 */
const LINK_FLAGS = ["--importMemory", "--noExportMemory", "--zeroFilledMemory", "-O3"];

/** The library, and what programs need to know of it. */
export interface CompiledLibrary extends CompiledModule {
  library: LibraryInterface;
}

/** Compiles the library, for debuggers if `debug`, with further flags of asc. @throws CompileError */
export async function compileEngine(debug: boolean, ...more: string[]): Promise<CompiledLibrary> {
  let library: LibraryInterface | undefined;
  const flags = [...flagsFor(SDK_PATH), ...more];
  const compiled = await compileBehindLibrary(flags, readSource, debug, (unit, compiler, dataEnd) => {
    library = readInterface(unit, compiler, dataEnd);
    makeLibrary(unit, compiler, library);
  });
  if (library === undefined) throw new Error("asc has called nobody back");
  remember(library);
  return { ...compiled, library };
}

/** What programs need to know of the library that these sources make; made once, and kept as long as they stay the same. */
export async function engineInterface(): Promise<LibraryInterface> {
  try {
    return decodeInterface(readFileSync(cacheFile(), "utf8"));
  } catch {
    return (await compileEngine(true, "--noEmit")).library;
  }
}

/** Compiles a program, whose entry file is among the flags, and links it to the library. @throws CompileError */
export function compileLinked(
  flags: readonly string[],
  read: SourceReader,
  library: LibraryInterface,
  debug: boolean,
): Promise<CompiledModule> {
  return compileBehindLibrary(flags, read, debug, (unit, compiler) => linkProgram(unit, compiler, library));
}

type Link = (unit: Unit, compiler: AscCompiler, dataEnd: number) => void;

/** Has asc compile the library first, then the entry files among the flags, and calls `link` before it optimises. */
function compileBehindLibrary(
  flags: readonly string[],
  read: SourceReader,
  debug: boolean,
  link: Link,
): Promise<CompiledModule> {
  const files = engineFiles();
  const entry = files.map((file, index) => `import * as file${index} from "./${file}";\n`).join("");
  return compileModule([`${ENTRY}.ts`, ...LINK_FLAGS, ...flags], {
    readFile: async (name) => (name === `${ENTRY}.ts` ? entry : read(name)),
    withTypes: debug,
    transform: linkTransform(files, debug, link),
  });
}

function linkTransform(files: readonly string[], debug: boolean, link: Link): Transform {
  class LinkTransform {
    declare binaryen: BackEnd; // asc sets it
    #compiler: AscCompiler | undefined;
    #dataEnd = 0;

    async afterInitialize(program: AscCompiler["program"]): Promise<void> {
      await whenCompiled(program, (compiler, file) => {
        if (file !== ENTRY) return;
        this.#compiler = compiler;
        compileWhole(compiler, files);
        this.#dataEnd = Number(compiler.memoryOffset);
      });
      openAbstractMethods(program, files);
    }

    afterCompile(module: BackEndModule): void {
      if (this.#compiler === undefined) throw new Error("asc has not compiled the library");
      link({ binaryen: this.binaryen, module }, this.#compiler, this.#dataEnd);
      if (debug) this.#compiler.module.optimize = () => this.binaryen.setDebugInfo(true); // names, which it asks for, too
    }
  }
  return LinkTransform as unknown as Transform;
}

/** The sources of the library without `.ts`, in their order. */
function engineFiles(): string[] {
  return [SDK_PATH, ENGINE_PATH].flatMap((folder) =>
    sourcesIn(folder).map((name) => `${folder}/${name.slice(0, -".ts".length)}`),
  );
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(SOURCE_ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !NO_SOURCE.test(name))
    .toSorted();
}

function remember(library: LibraryInterface): void {
  const file = cacheFile();
  try {
    mkdirSync(CACHE, { recursive: true });
    const part = `${file}.${randomUUID()}`;
    writeFileSync(part, encodeInterface(library));
    renameSync(part, file);
  } catch {
    // a checkout that cannot be written to: it is made again the next time
  }
}

/** The cache's file of what the sources now are. */
function cacheFile(): string {
  const hash = createHash("sha256");
  for (const path of [SDK_PATH, ENGINE_PATH, "guest-kernel/abi", ...TOOLS])
    for (const name of path.endsWith(".json") ? [""] : sourcesIn(path))
      hash.update(`${path}/${name}\n`).update(readFileSync(join(SOURCE_ROOT, path, name)));
  return join(CACHE, `engine-${hash.digest("hex")}.json`);
}
