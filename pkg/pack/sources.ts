// The compiler's small file system: the checkout with the SDK and the UI engine, a project's folder, and entry files that are
// made up. Whatever a source is called where it lies, the compiler knows it by one path.

import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { SOURCE_ROOT } from "../source-root.ts";
import type { SourceReader } from "./asc.ts";
import { fontSource } from "./font/font-source.ts";
import type { Project } from "./project.ts";

/** The folder whose files apps import as `oscortex/...`, and which has the function `abort` in abort.ts, as the compiler sees it. */
export const SDK_PATH = "shell-host/sdk";
export const SDK_FOLDER = join(SOURCE_ROOT, SDK_PATH);
/** Likewise that of `oscortex-host/...`. */
export const ENGINE_PATH = "shell-host/engine";

// Imports by package name, as apps outside of the checkout write them.
const PACKAGE_IMPORT = /(\bfrom\s*|\bimport\s*)"(oscortex|oscortex-host)\//g;

/** The entry file of a project, and where its sources are. */
export interface ProjectSources {
  /** The SDK's path as the compiler sees it, relative to the checkout, or `sdk` beyond it. */
  sdkPath: string;
  /** Exports the entry, and nothing else. */
  entry: string;
  read: SourceReader;
}

/** Finds the sources of a project. */
export function projectSources(project: Project, sdkFolder = SDK_FOLDER): ProjectSources {
  const { folder, source, manifest } = project;
  const path = compilerPath(folder, manifest.name);
  const sdkPath = compilerPath(sdkFolder, "sdk");
  const packages = new Map([
    ["oscortex", sdkPath],
    ["oscortex-host", ENGINE_PATH],
  ]);
  const inFolder = (name: string): string => join(folder, name.slice(path.length + 1));
  return {
    sdkPath,
    entry: `export { ${manifest.entry} } from "./${path}/${source.replace(/\.ts$/, "")}";\n`,
    async read(name) {
      if (name.startsWith(`${path}/`)) return withRelativeImports(readText(inFolder(name)), name, packages);
      if (name.startsWith(`${sdkPath}/`)) return readText(join(sdkFolder, name.slice(sdkPath.length + 1)));
      return readSource(name);
    },
  };
}

/** A source of the checkout, a font of the engine among them. */
export async function readSource(name: string): Promise<string | null> {
  return (await fontSource(name)) ?? readText(join(SOURCE_ROOT, name));
}

/** The path of a folder as the compiler and reports see it: relative to the checkout, or `outside` beyond it. */
function compilerPath(folder: string, outside: string): string {
  const path = relative(SOURCE_ROOT, resolve(folder));
  return path.startsWith("..") || isAbsolute(path) ? outside : path.split(sep).join("/");
}

/** Imports of packages become relative: what asc finds in a package it would take for another source than the one here. */
function withRelativeImports(
  text: string | null,
  name: string,
  packages: ReadonlyMap<string, string>,
): string | null {
  if (text === null) return null;
  return text.replaceAll(PACKAGE_IMPORT, (_all, before: string, from: string) => {
    const path = relative(dirname(name), packages.get(from) ?? from)
      .split(sep)
      .join("/");
    return `${before}"${path.startsWith(".") ? path : `./${path}`}/`;
  });
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // asc tries several places for each import, and reports the file when all fail
  }
}
