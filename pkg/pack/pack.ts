import { join } from "node:path";
import { encodeDebugTypes } from "../../guest-kernel/image/debug-types.ts";
import { encodeLineTable } from "../../guest-kernel/image/lines.ts";
import { type Bundle, encodeBundle } from "../bundle.ts";
import type { Manifest } from "../manifest.ts";
import { SOURCE_ROOT } from "../source-root.ts";
import type { CompiledModule } from "./asc.ts";
import { checkModule } from "./check-module.ts";
import { compileProject, type CompileOptions } from "./compile.ts";
import { compileEngine } from "./library/engine.ts";
import { identityOf } from "./library/interface.ts";
import { readModuleShape } from "./module-reader.ts";
import { readProject } from "./project.ts";
import { ENGINE_PATH } from "./sources.ts";

/** A project as a bundle. */
export interface PackedProject {
  manifest: Manifest;
  /** The bytes of the .osx file. */
  file: Uint8Array;
}

/**
 * Compiles a project folder and packs it into a bundle. Equal sources give equal bytes.
 *
 * A debug build is slow, and a debugger finds its variables; an optimised one holds no types.
 *
 * @throws PkgError: ProjectError, CompileError, ModuleError or BundleError
 */
export async function packProject(folder: string, options: CompileOptions = {}): Promise<PackedProject> {
  const project = readProject(folder);
  const { manifest, scopes, icon } = project;
  const { needs, ...compiled } = await compileProject(project, options);
  checkModule(compiled.wasm, manifest, needs !== undefined);
  return { manifest, file: encodeBundle({ manifest, ...codeOf(compiled), scopes, icon, needs }) };
}

/** Compiles the UI engine and packs it into the bundle of a library, for debuggers if `debug`. @throws CompileError */
export async function packEngine(debug: boolean): Promise<Uint8Array> {
  const { library, ...compiled } = await compileEngine(debug);
  const { manifest: named } = readProject(join(SOURCE_ROOT, ENGINE_PATH));
  const memoryPages = readModuleShape(compiled.wasm).memory?.min ?? 1;
  const manifest = { ...named, entry: "", memoryPages };
  return encodeBundle({ manifest, ...codeOf(compiled), library: identityOf(library) });
}

/** What a bundle holds of a compiled module. */
function codeOf({ wasm, sourceMap, types }: CompiledModule): Pick<Bundle, "wasm" | "lines" | "types"> {
  // asc's paths are already as reports show them: relative to the checkout, or `~lib/...`
  const lines = encodeLineTable(sourceMap, (path) => path, types === undefined);
  return { wasm, lines, types: types && encodeDebugTypes(types) };
}
