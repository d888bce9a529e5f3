import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createMemoryStream, main } from "assemblyscript/asc";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { fontSource } from "../../pkg/pack/font/font-source.ts";

const ROOT = `${SOURCE_ROOT}/`;
const CACHE = `${ROOT}build/cache/`;
const GUEST_FOLDERS = ["guest-kernel", "shell-host", "pkg/pack/font"];

/** How a guest module for tests is compiled. */
export interface CompileOptions {
  /** Linear memory that the module declares, in 64 KiB pages. */
  initialPages?: number;
  /** Where static data begins, in bytes. */
  memoryBase?: number;
  /** Further `asc` flags. */
  flags?: string[];
}

/**
 * Compiles AssemblyScript to a WebAssembly module, as the guest build does: `--runtime minimal`, threads enabled,
 * memory imported as `env.memory` (shared, at most 65536 pages).
 *
 * `entry` is relative to the project's root. The result is cached by the hash of all guest sources.
 */
export async function compileGuest(entry: string, options: CompileOptions = {}): Promise<WebAssembly.Module> {
  const initialPages = String(options.initialPages ?? 256);
  const memoryBase = String(options.memoryBase ?? 0x10000);
  const args = [entry, "--runtime", "minimal", "--exportRuntime", "--importMemory", "--sharedMemory"];
  args.push("--enable", "threads", "--initialMemory", initialPages, "--maximumMemory", "65536");
  args.push("--memoryBase", memoryBase, "-O2", "--debug");
  if (options.flags) args.push(...options.flags);
  const cached = `${CACHE}${hashOf(args)}.wasm`;
  return new WebAssembly.Module(readCached(cached) ?? (await compile(args, cached)));
}

async function compile(args: string[], cached: string): Promise<Uint8Array<ArrayBuffer>> {
  const temporary = `${cached}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  const stderr = createMemoryStream();
  const { error } = await main([...args, "--baseDir", ROOT, "--outFile", relative(temporary)], {
    stderr,
    readFile: async (path) => (await fontSource(path)) ?? readText(ROOT + path),
  });
  if (error) throw new Error(`asc ${args[0]}: ${error.message}\n${stderr.toString()}`);
  const bytes = new Uint8Array(readFileSync(temporary));
  writeFileSync(temporary, bytes);
  renameSync(temporary, cached);
  return bytes;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // asc tries several places for each import, and reports the file when all fail
  }
}

function relative(path: string): string {
  return path.slice(ROOT.length);
}

function readCached(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}

function hashOf(args: string[]): string {
  const hash = createHash("sha256").update(args.join("\0"));
  for (const folder of GUEST_FOLDERS) {
    for (const name of readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" }).toSorted()) {
      if (name.endsWith(".ts") && !name.endsWith(".test.ts"))
        hash.update(name).update(readFileSync(`${ROOT}${folder}/${name}`));
    }
  }
  return hash.digest("hex");
}
