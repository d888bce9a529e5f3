// Symbols of apps that come without: the ELF file is made from the app's bundle, as the guest makes its code.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aot } from "../../guest-kernel/image/aot.ts";
import { decodeBundle } from "../../pkg/bundle.ts";
import { bundleSymbols } from "../../pkg/symbols.ts";
import { decodeCpio } from "../image/cpio.ts";

/** Where bundles are. */
export interface BundlePlaces {
  /** A folder of .osx files. */
  repository: string;
  /** A cpio archive: programs, and the libraries that bundles of either place need. */
  initramfs: string;
  /** Path of aot as WebAssembly. */
  compiler: string;
}

/** A file that may be a bundle. */
interface Candidate {
  path: string;
  /** Changes when the file does, or the archive, in which its library is. */
  state: string;
  read: () => Uint8Array;
}

/** What is known of a bundle. */
interface Known {
  state: string;
  name: string | undefined;
  /** What has been made of it, if anything has. */
  file: string | undefined;
}

/** Files for debuggers, made of bundles when they are asked for. */
export class BundleSymbols {
  readonly #places: BundlePlaces;
  readonly #known = new Map<string, Known>();
  #programs: { state: string; files: ReadonlyMap<string, Uint8Array> } = { state: "", files: new Map() };
  #aot: Aot | undefined;
  #folder: string | undefined;

  constructor(places: BundlePlaces) {
    this.#places = places;
  }

  /**
   * The file for the package of this name, of the repository or else the initramfs; undefined if its bundle is not there, or cannot
   * be read or compiled.
   */
  fileOf(name: string): string | undefined {
    this.#readPrograms();
    const candidate = [...this.#ofRepository(), ...this.#ofInitramfs()].find(
      (bundle) => this.#look(bundle).name === name,
    );
    if (candidate === undefined) return undefined;
    try {
      return (this.#look(candidate).file ??= this.#make(name, candidate.read()));
    } catch {
      return undefined; // whoever serves or runs the bundle says what is wrong with it
    }
  }

  /** Removes the files. */
  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
    this.#known.clear();
  }

  /** Reads the archive again if it has changed. */
  #readPrograms(): void {
    const { initramfs } = this.#places;
    const state = stateOf(initramfs);
    if (state !== this.#programs.state) this.#programs = { state, files: readArchive(initramfs) };
  }

  #ofRepository(): Candidate[] {
    const { repository } = this.#places;
    return listFolder(repository)
      .filter((file) => file.endsWith(".osx"))
      .map((file) => {
        const path = join(repository, file);
        return { path, state: `${stateOf(path)} ${this.#programs.state}`, read: () => readFileSync(path) };
      });
  }

  #ofInitramfs(): Candidate[] {
    const { state, files } = this.#programs;
    return [...files].map(([path, contents]) => ({ path: `:${path}`, state, read: () => contents }));
  }

  #look({ path, state, read }: Candidate): Known {
    const last = this.#known.get(path);
    if (last?.state === state) return last;
    const known: Known = { state, name: nameOf(read), file: undefined };
    this.#known.set(path, known);
    return known;
  }

  #make(name: string, bundle: Uint8Array): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), "oscortex-symbols-"));
    this.#aot ??= new Aot(new WebAssembly.Module(readFileSync(this.#places.compiler)));
    const { files } = this.#programs;
    const file = join(this.#folder, `${name}.elf`);
    writeFileSync(file, bundleSymbols(bundle, this.#aot, [(path) => files.get(path.slice(1))]));
    return file;
  }
}

function stateOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.mtimeMs} ${stats.size}`;
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // whoever serves it says so
  }
}

function readArchive(path: string): Map<string, Uint8Array> {
  try {
    return decodeCpio(readFileSync(path));
  } catch {
    return new Map(); // the guest, which has it as its initramfs, says what is wrong with it
  }
}

function nameOf(read: () => Uint8Array): string | undefined {
  try {
    return decodeBundle(read()).manifest.name;
  } catch {
    return undefined; // no bundle
  }
}
