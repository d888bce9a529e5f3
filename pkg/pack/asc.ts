import type { APIOptions } from "assemblyscript/asc";
import type { DebugTypes } from "../../guest-kernel/image/debug-types.ts";
import { CompileError } from "../errors.ts";
import { collectTypes } from "./collect-types.ts";

/** A compiled module. */
export interface CompiledModule {
  wasm: Uint8Array;
  /** The text of its source map; empty without the flag --sourceMap. */
  sourceMap: string;
  /** Types of its variables, if they were asked for. */
  types?: DebugTypes;
}

/** Gives the compiler a source by its path relative to --baseDir; null if there is none. */
export type SourceReader = (path: string) => Promise<string | null>;

export type Transform = NonNullable<APIOptions["transforms"]>[number];

/** What compiling has besides flags. */
export interface CompileExtras {
  readFile?: SourceReader;
  /** Notes the types of variables too. */
  withTypes?: boolean;
  /** What asc is to call as it compiles. */
  transform?: Transform;
}

const OUT_FILE = "module.wasm";

/**
 * Compiles AssemblyScript in memory. `flags` are asc's, entry files among them, without those for output.
 *
 * @throws CompileError holding the compiler's diagnostics, or what `transform` throws
 */
export async function compileModule(
  flags: readonly string[],
  { readFile, withTypes = false, transform }: CompileExtras = {},
): Promise<CompiledModule> {
  // Loading the compiler takes 0.3 s: not before it is needed.
  const { createMemoryStream, main } = await import("assemblyscript/asc");
  const compiled: CompiledModule = { wasm: new Uint8Array(0), sourceMap: "" };
  const stderr = createMemoryStream();
  const { error } = await main([...flags, "--outFile", OUT_FILE], {
    stderr,
    ...(readFile && { readFile }),
    transforms: [...(withTypes ? [typesTransform(compiled)] : []), ...(transform ? [transform] : [])],
    writeFile(_name, contents) {
      if (typeof contents === "string") compiled.sourceMap = contents;
      else compiled.wasm = new Uint8Array(contents);
    },
  });
  if (error instanceof CompileError) throw error;
  if (error) throw new CompileError(`${error.message}\n${stderr.toString()}`.trim(), { cause: error });
  return compiled;
}

/** What asc calls as it compiles. */
function typesTransform(compiled: CompiledModule): Transform {
  let program: Transform["program"] | undefined;
  const transform: Pick<Transform, "afterInitialize" | "afterCompile"> = {
    afterInitialize(initialized) {
      program = initialized;
    },
    afterCompile() {
      if (program) compiled.types = collectTypes(program);
    },
  };
  return transform as Transform; // asc asks an object for no more than these
}
