import { join } from "node:path";
import { encodeDebugTypes } from "../../guest-kernel/image/debug-types.ts";
import { encodeLineTable } from "../../guest-kernel/image/lines.ts";
import { encodeBundle } from "../bundle.ts";
import type { Manifest } from "../manifest.ts";
import { SOURCE_ROOT } from "../source-root.ts";
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
  const { wasm, sourceMap, types, needs } = await compileProject(project, options);
  checkModule(wasm, manifest, needs !== undefined);
  // asc's paths are already as reports show them: relative to the checkout, or `~lib/...`
  const lines = encodeLineTable(sourceMap, (path) => path, types === undefined);
  const bundle = { manifest, wasm, lines, types: types && encodeDebugTypes(types), scopes, icon, needs };
  return { manifest, file: encodeBundle(bundle) };
}

/** Compiles the UI engine and packs it into the bundle of a library, for debuggers if `debug`. @throws CompileError */
export async function packEngine(debug: boolean): Promise<Uint8Array> {
  const { wasm, sourceMap, types, library } = await compileEngine(debug);
  const lines = encodeLineTable(sourceMap, (path) => path, !debug);
  const { manifest: named } = readProject(join(SOURCE_ROOT, ENGINE_PATH));
  const manifest = { ...named, entry: "", memoryPages: readModuleShape(wasm).memory?.min ?? 1 };
  return encodeBundle({
    manifest,
    wasm,
    lines,
    types: types && encodeDebugTypes(types),
    library: identityOf(library),
  });
}
