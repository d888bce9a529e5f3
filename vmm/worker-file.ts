import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dirname, join } from "node:path";

/**
 * The compiled form, under `build/host`, of a source file that runs as a worker thread.
 *
 * A thread runs JavaScript only, whether its starter runs from `build/host` or, in tests, from the sources.
 * Throws when the project has not been built.
 */
export function compiledWorker(source: string): URL {
  const file = join(projectRoot(), "build/host", source.replace(/\.ts$/, ".js"));
  if (!existsSync(file)) throw new Error(`${file} does not exist: run node vmm/cli/bootstrap.js first`);
  return pathToFileURL(file);
}

function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    if (folder === dirname(folder)) throw new Error(`no package.json above ${import.meta.url}`);
    folder = dirname(folder);
  }
  return folder;
}
