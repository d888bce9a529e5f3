import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { decodeBundle } from "../../pkg/bundle.ts";
import { packProject } from "../../pkg/pack/pack.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";

const ROOT = `${SOURCE_ROOT}/`;
const CACHE = `${ROOT}build/cache/`;
// What an app's bundle is made of, besides the packages.
const INPUTS = ["shell-host", "guest-kernel/abi", "guest-kernel/image", "pkg"];

/** Packs an app of this checkout, as the build does, and returns its bundle. Cached by the hash of all its inputs. */
export async function packApp(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const cached = `${CACHE}${inputsHash(folder)}.osx`;
  try {
    return new Uint8Array(readFileSync(cached));
  } catch {
    const { file } = await packProject(ROOT + folder);
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${cached}.${process.pid}`, file);
    renameSync(`${cached}.${process.pid}`, cached);
    return new Uint8Array(file);
  }
}

/** The WebAssembly module of an app of this checkout. */
export async function compileApp(folder: string): Promise<WebAssembly.Module> {
  return new WebAssembly.Module(new Uint8Array(decodeBundle(await packApp(folder)).wasm));
}

function inputsHash(folder: string): string {
  const hash = createHash("sha256").update(folder);
  for (const input of new Set([...INPUTS, folder])) {
    for (const name of readdirSync(ROOT + input, { recursive: true, encoding: "utf8" }).toSorted()) {
      if (/\.(?:ts|json)$/.test(name) && !name.endsWith(".test.ts"))
        hash.update(name).update(readFileSync(`${ROOT}${input}/${name}`));
    }
  }
  return hash.digest("hex");
}
