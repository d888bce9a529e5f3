import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SOURCE_ROOT } from "../pkg/source-root.ts";

/**
 * The compiled form of a source file that runs as a worker thread.
 *
 * A thread runs JavaScript only, whether its starter is compiled or, in tests, runs from the sources.
 * Throws when the project has not been built.
 */
export function compiledWorker(source: string): URL {
  const module = source.replace(/\.ts$/, ".js");
  const file = ["build/bundle", "build/host"]
    .map((folder) => join(SOURCE_ROOT, folder, module))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`${source} is not compiled: run node vmm/cli/bootstrap.js first`);
  return pathToFileURL(file);
}
