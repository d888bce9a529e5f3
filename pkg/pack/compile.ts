// Compiles a project with asc: by itself, or linked to the UI engine if it uses that.

import type { Needs } from "../library.ts";
import { type CompiledModule, compileModule, type SourceReader } from "./asc.ts";
import { flagsFor } from "./flags.ts";
import { compileLinked, ENGINE_LIBRARY_PATH, engineInterface } from "./library/engine.ts";
import { identityOf } from "./library/interface.ts";
import { UnlinkableError } from "./library/link.ts";
import type { Project } from "./project.ts";
import { ENGINE_PATH, projectSources, SDK_FOLDER } from "./sources.ts";

// Only what this file exports is exported by the module, and abort.ts is compiled in even if no source names it.
const ENTRY_FILE = "oscortex-entry.ts";

/** How a project is compiled. */
export interface CompileOptions {
  /** Without optimisation, and with the types of variables, for debuggers. */
  debug?: boolean;
  /** The SDK to compile with, by default this checkout's. Projects with another one are not linked. */
  sdkFolder?: string;
  /** Told why a project that uses the engine had to be compiled with it. */
  warn?: (message: string) => void;
}

/** A compiled project. */
export interface CompiledProject extends CompiledModule {
  /** The library that it was linked to. */
  needs?: Needs;
}

/** Compiles a project; paths in the source map are relative to the checkout. @throws CompileError */
export async function compileProject(
  project: Project,
  options: CompileOptions = {},
): Promise<CompiledProject> {
  const { debug = false, sdkFolder = SDK_FOLDER, warn = () => {} } = options;
  const { sdkPath, entry, read } = projectSources(project, sdkFolder);
  const flags = [ENTRY_FILE, ...flagsFor(sdkPath), "--maximumMemory", String(project.manifest.memoryPages)];
  const readFile: SourceReader = async (name) =>
    name === ENTRY_FILE ? `import "./${sdkPath}/abort";\n${entry}` : read(name);
  const alone = (reader: SourceReader): Promise<CompiledModule> =>
    compileModule([...flags, debug ? "-O0" : "-O3"], { readFile: reader, withTypes: debug });
  if (sdkFolder !== SDK_FOLDER) return alone(readFile);
  try {
    return await alone(refuseEngine(readFile));
  } catch (error) {
    if (!(error instanceof UsesEngine)) throw error;
  }
  const library = await engineInterface();
  try {
    const linked = await compileLinked(flags, readFile, library, debug);
    return { ...linked, needs: { identity: identityOf(library), path: ENGINE_LIBRARY_PATH } };
  } catch (error) {
    if (!(error instanceof UnlinkableError)) throw error;
    warn(`${error.message}: it has the engine in it`);
    return alone(readFile);
  }
}

/** The project uses the engine. */
class UsesEngine extends Error {}

function refuseEngine(read: SourceReader): SourceReader {
  return async (name) => {
    if (name.startsWith(`${ENGINE_PATH}/`)) throw new UsesEngine(name);
    return read(name);
  };
}
