// Compiles a project with asc. The compiler sees a small file system of our own: the checkout, the project's
// folder, the SDK as the package `oscortex`, the UI engine as the package `oscortex-host`, and a generated entry file.

import { readFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { SOURCE_ROOT } from "../source-root.ts";
import { type CompiledModule, type SourceReader, compileModule } from "./asc.ts";
import { fontSource } from "./font/font-source.ts";
import type { Project } from "./project.ts";

/** The folder whose files apps import as `oscortex/...`, and which has the function `abort` in abort.ts. */
export const SDK_FOLDER = join(SOURCE_ROOT, "shell-host/sdk");

// Only what this file exports is exported by the module, and abort.ts is compiled in even if no source names it.
const ENTRY_FILE = "oscortex-entry.ts";
const SDK_PACKAGE = "node_modules/oscortex/";
const ENGINE_PACKAGE = "node_modules/oscortex-host/";
const SDK_BESIDE_ENGINE = "node_modules/sdk/"; // where the engine's own imports of `../../sdk` lead
const ENGINE_FOLDER = join(SOURCE_ROOT, "shell-host/engine");
// --debug only adds the name section: the code is the same.
const FIXED_FLAGS = ["--runtime", "minimal", "--enable", "simd", "--sourceMap", "--debug"];

/** How a project is compiled. */
export interface CompileOptions {
  /** Without optimisation, and with the types of variables, for debuggers. */
  debug?: boolean;
  /** The SDK to compile with, by default this checkout's. */
  sdkFolder?: string;
}

/** Compiles a project; paths in the source map are relative to the checkout. @throws CompileError */
export function compileProject(project: Project, options: CompileOptions = {}): Promise<CompiledModule> {
  const { debug = false, sdkFolder = SDK_FOLDER } = options;
  const flags = [...flagsFor(project, sdkFolder), debug ? "-O0" : "-O3"];
  return compileModule(flags, sourceReader(project, sdkFolder), debug);
}

function flagsFor({ manifest }: Project, sdkFolder: string): string[] {
  const flags = [ENTRY_FILE, "--baseDir", SOURCE_ROOT, ...FIXED_FLAGS];
  flags.push("--maximumMemory", String(manifest.memoryPages));
  flags.push("--use", `abort=${compilerPath(sdkFolder, "sdk")}/abort/abort`);
  return flags;
}

function sourceReader(project: Project, sdkFolder: string): SourceReader {
  const { folder, source, manifest } = project;
  const projectPath = compilerPath(folder, manifest.name);
  const sdkPath = compilerPath(sdkFolder, "sdk");
  const entry = `export { ${manifest.entry} } from "./${projectPath}/${source.replace(/\.ts$/, "")}";\n`;
  const mounts: [path: string, folder: string][] = [
    [`${projectPath}/`, folder],
    [`${sdkPath}/`, sdkFolder],
  ];
  return async (name) => {
    const font = await fontSource(name);
    if (font !== undefined) return font;
    if (name === ENTRY_FILE) return `import "./${sdkPath}/abort";\n${entry}`;
    const inPackage =
      pathIn(SDK_PACKAGE, sdkFolder, name) ??
      pathIn(SDK_BESIDE_ENGINE, sdkFolder, name) ??
      pathIn(ENGINE_PACKAGE, ENGINE_FOLDER, name);
    if (inPackage !== undefined) return readText(inPackage);
    const mount = mounts.find(([path]) => name.startsWith(path));
    return readText(mount ? join(mount[1], name.slice(mount[0].length)) : join(SOURCE_ROOT, name));
  };
}

/** Where a source of a package is; undefined if the compiler does not look for one. */
function pathIn(packageRoot: string, folder: string, name: string): string | undefined {
  const at = name.indexOf(packageRoot);
  return at < 0 ? undefined : join(folder, name.slice(at + packageRoot.length));
}

/** The path of a folder as the compiler and reports see it: relative to the checkout, or `outside` beyond it. */
function compilerPath(folder: string, outside: string): string {
  const path = relative(SOURCE_ROOT, resolve(folder));
  return path.startsWith("..") || isAbsolute(path) ? outside : path.split(sep).join("/");
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // asc tries several places for each import, and reports the file when all fail
  }
}
