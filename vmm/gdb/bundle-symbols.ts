// Symbols of apps that come without: the ELF file is made from the app's bundle, as the guest makes its code.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aot } from "../../guest-kernel/image/aot.ts";
import { decodeBundle } from "../../pkg/bundle.ts";
import { bundleSymbols } from "../../pkg/symbols.ts";

/** What is known of a bundle. */
interface Known {
  /** Changes when the bundle does. */
  state: string;
  name: string | undefined;
  /** What has been made of it, if anything has. */
  file: string | undefined;
}

/** Files for debuggers, made of a repository's bundles when they are asked for. */
export class BundleSymbols {
  readonly #repository: string;
  readonly #programs: string;
  readonly #compiler: string;
  readonly #known = new Map<string, Known>();
  #aot: Aot | undefined;
  #folder: string | undefined;

  /** A folder of .osx files, one with what the initramfs has, and the path of aot as WebAssembly. */
  constructor(repository: string, programs: string, compiler: string) {
    this.#repository = repository;
    this.#programs = programs;
    this.#compiler = compiler;
  }

  /** The file for the package of this name; undefined if its bundle is not there, or cannot be read or compiled. */
  fileOf(name: string): string | undefined {
    try {
      const bundles = readdirSync(this.#repository).filter((file) => file.endsWith(".osx"));
      const path = bundles
        .map((file) => join(this.#repository, file))
        .find((bundle) => this.#look(bundle).name === name);
      return path === undefined ? undefined : (this.#look(path).file ??= this.#make(name, path));
    } catch {
      return undefined; // whoever serves the bundle says what is wrong with it
    }
  }

  /** Removes the files. */
  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
    this.#known.clear();
  }

  #look(path: string): Known {
    const { mtimeMs, size } = statSync(path);
    const state = `${mtimeMs} ${size}`;
    const last = this.#known.get(path);
    if (last?.state === state) return last;
    const known: Known = { state, name: nameOf(path), file: undefined };
    this.#known.set(path, known);
    return known;
  }

  #make(name: string, path: string): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), "oscortex-symbols-"));
    this.#aot ??= new Aot(new WebAssembly.Module(readFileSync(this.#compiler)));
    const file = join(this.#folder, `${name}.elf`);
    writeFileSync(file, bundleSymbols(readFileSync(path), this.#aot, [this.#programs]));
    return file;
  }
}

function nameOf(path: string): string | undefined {
  try {
    return decodeBundle(readFileSync(path)).manifest.name;
  } catch {
    return undefined; // no bundle
  }
}
