import { encodeDebugTypes } from "../../guest-kernel/image/debug-types.ts";
import { encodeLineTable } from "../../guest-kernel/image/lines.ts";
import { encodeBundle } from "../bundle.ts";
import type { Manifest } from "../manifest.ts";
import { checkModule } from "./check-module.ts";
import { compileProject, type CompileOptions } from "./compile.ts";
import { readProject } from "./project.ts";

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
  const { wasm, sourceMap, types } = await compileProject(project, options);
  checkModule(wasm, manifest);
  // asc's paths are already as reports show them: relative to the checkout, or `~lib/...`
  const lines = encodeLineTable(sourceMap, (path) => path, types === undefined);
  const bundle = { manifest, wasm, lines, types: types && encodeDebugTypes(types), scopes, icon };
  return { manifest, file: encodeBundle(bundle) };
}
