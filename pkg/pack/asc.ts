import { CompileError } from "../errors.ts";

/** A compiled module. */
export interface CompiledModule {
  wasm: Uint8Array;
  /** The text of its source map; empty without the flag --sourceMap. */
  sourceMap: string;
}

/** Gives the compiler a source by its path relative to --baseDir; null if there is none. */
export type SourceReader = (path: string) => Promise<string | null>;

const OUT_FILE = "module.wasm";

/**
 * Compiles AssemblyScript in memory. `flags` are asc's, entry files among them, without those for output.
 *
 * @throws CompileError holding the compiler's diagnostics
 */
export async function compileModule(
  flags: readonly string[],
  readFile?: SourceReader,
): Promise<CompiledModule> {
  // Loading the compiler takes 0.3 s: not before it is needed.
  const { createMemoryStream, main } = await import("assemblyscript/asc");
  const compiled: CompiledModule = { wasm: new Uint8Array(0), sourceMap: "" };
  const stderr = createMemoryStream();
  const { error } = await main([...flags, "--outFile", OUT_FILE], {
    stderr,
    ...(readFile && { readFile }),
    writeFile(_name, contents) {
      if (typeof contents === "string") compiled.sourceMap = contents;
      else compiled.wasm = new Uint8Array(contents);
    },
  });
  if (error) throw new CompileError(`${error.message}\n${stderr.toString()}`.trim(), { cause: error });
  return compiled;
}
