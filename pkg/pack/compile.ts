// Compiles a project with asc. The compiler sees a small file system of our own: the checkout, the project's
// folder, the SDK as the package `oscortex`, and a generated entry file.

import { readFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { CompileError } from "../errors.ts";
import { SOURCE_ROOT } from "../source-root.ts";
import type { Project } from "./project.ts";

/** What asc makes of a project. */
export interface CompiledProject {
  wasm: Uint8Array;
  /** Source map of the module; its paths are relative to the checkout. */
  sourceMap: string;
}

/** The folder whose files apps import as `oscortex/...`, and which has the function `abort` in abort.ts. */
export const SDK_FOLDER = join(SOURCE_ROOT, "shell-host/sdk");

// Only what this file exports is exported by the module, and abort.ts is compiled in even if no source names it.
const ENTRY_FILE = "oscortex-entry.ts";
const OUT_FILE = "module.wasm";
const SDK_PACKAGE = "node_modules/oscortex/";
// --debug only adds the name section: the code is the same.
const FIXED_FLAGS = ["--runtime", "minimal", "-O3", "--sourceMap", "--debug"];

/** Compiles a project. @throws CompileError holding the compiler's diagnostics */
export async function compileProject(project: Project, sdkFolder = SDK_FOLDER): Promise<CompiledProject> {
  // Loading the compiler takes 0.3 s: not before it is needed.
  const { createMemoryStream, main } = await import("assemblyscript/asc");
  const compiled = { wasm: new Uint8Array(0), sourceMap: "" };
  const stderr = createMemoryStream();
  const { error } = await main(flagsFor(project, sdkFolder), {
    stderr,
    readFile: fileReader(project, sdkFolder),
    writeFile(_name, contents) {
      if (typeof contents === "string") compiled.sourceMap = contents;
      else compiled.wasm = new Uint8Array(contents);
    },
  });
  if (error) throw new CompileError(`${error.message}\n${stderr.toString()}`.trim(), { cause: error });
  return compiled;
}

function flagsFor({ manifest }: Project, sdkFolder: string): string[] {
  const flags = [ENTRY_FILE, "--baseDir", SOURCE_ROOT, "--outFile", OUT_FILE, ...FIXED_FLAGS];
  flags.push("--maximumMemory", String(manifest.memoryPages));
  flags.push("--use", `abort=${compilerPath(sdkFolder, "sdk")}/abort/abort`);
  return flags;
}

function fileReader(project: Project, sdkFolder: string): (name: string) => string | null {
  const { folder, source, manifest } = project;
  const projectPath = compilerPath(folder, manifest.name);
  const sdkPath = compilerPath(sdkFolder, "sdk");
  const entry = `export { ${manifest.entry} } from "./${projectPath}/${source.replace(/\.ts$/, "")}";\n`;
  const mounts: [path: string, folder: string][] = [
    [`${projectPath}/`, folder],
    [`${sdkPath}/`, sdkFolder],
  ];
  return (name) => {
    if (name === ENTRY_FILE) return `import "./${sdkPath}/abort";\n${entry}`;
    const inSdk = name.indexOf(SDK_PACKAGE);
    if (inSdk >= 0) return readText(join(sdkFolder, name.slice(inSdk + SDK_PACKAGE.length)));
    const mount = mounts.find(([path]) => name.startsWith(path));
    return readText(mount ? join(mount[1], name.slice(mount[0].length)) : join(SOURCE_ROOT, name));
  };
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
