import { encodeLineTable } from "../../guest-kernel/image/lines.ts";
import { encodeBundle } from "../bundle.ts";
import type { Manifest } from "../manifest.ts";
import { checkModule } from "./check-module.ts";
import { compileProject } from "./compile.ts";
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
 * `sdkFolder` is the SDK to compile with, by default this checkout's.
 *
 * @throws PkgError: ProjectError, CompileError, ModuleError or BundleError
 */
export async function packProject(folder: string, sdkFolder?: string): Promise<PackedProject> {
  const project = readProject(folder);
  const { manifest, scopes } = project;
  const { wasm, sourceMap } = await compileProject(project, sdkFolder);
  checkModule(wasm, manifest);
  // asc's paths are already as reports show them: relative to the checkout, or `~lib/...`
  const lines = encodeLineTable(sourceMap, (path) => path);
  return { manifest, file: encodeBundle({ manifest, wasm, lines, scopes }) };
}
