// Which files describe the code of a process: one its own, one that of the library that it is linked to.

import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { elfSection } from "../../guest-kernel/image/elf.ts";
import type { DebugMemory } from "./debug-memory.ts";
import { codeOf, type GuestProcess, type PackageCode } from "./processes.ts";
import type { GdbLibrary } from "./target.ts";

/** Finds NAME.elf of each package in some folders. A file whose code is not the process's is not used. */
export class AppFiles {
  readonly #folders: readonly string[];
  readonly #made: (name: string) => string | undefined;
  /** By the address of the code. */
  readonly #paths = new Map<bigint, string>();
  readonly #code = new Map<string, { mtimeMs: number | undefined; bytes: Uint8Array | undefined }>();

  /** `made` makes those that no folder has. */
  constructor(folders: readonly string[], made: (name: string) => string | undefined) {
    this.#folders = folders;
    this.#made = made;
  }

  /** The files of the processes that are alive. gdb tells libraries apart by name: no two have the same path. */
  libraries(processes: readonly GuestProcess[], memory: DebugMemory): GdbLibrary[] {
    const mapped = processes.flatMap(codeOf);
    for (const address of this.#paths.keys())
      if (!mapped.some((code) => code.address === address)) this.#paths.delete(address);
    return mapped.flatMap((code) => {
      const file = this.#fileOf(code, memory);
      return file === undefined ? [] : [{ file: this.#pathOf(code, file), address: code.address }];
    });
  }

  /** A path of a file that no other code has. The first has the plain one. */
  #pathOf({ address }: PackageCode, file: string): string {
    const last = this.#paths.get(address);
    if (last !== undefined && normalize(last) === file) return last;
    const taken = new Set(this.#paths.values());
    let path = file;
    for (let more = "./"; taken.has(path); more += "./") path = `${dirname(file)}/${more}${basename(file)}`;
    this.#paths.set(address, path);
    return path;
  }

  #fileOf({ name, address }: PackageCode, memory: DebugMemory): string | undefined {
    if (!/^[A-Za-z0-9._-]+$/.test(name)) return undefined; // the guest's word: no path
    const fits = (file: string): boolean => {
      const code = this.#codeOf(file);
      return code !== undefined && Buffer.compare(code, memory.read(address, code.length)) === 0;
    };
    const found = this.#folders.map((folder) => join(folder, `${name}.elf`)).find(fits);
    if (found !== undefined) return found;
    const made = this.#made(name);
    return made !== undefined && fits(made) ? made : undefined;
  }

  #codeOf(file: string): Uint8Array | undefined {
    const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
    const last = this.#code.get(file);
    if (last !== undefined && last.mtimeMs === mtimeMs) return last.bytes;
    const bytes = mtimeMs === undefined ? undefined : readCode(file);
    this.#code.set(file, { mtimeMs, bytes });
    return bytes;
  }
}

function readCode(file: string): Uint8Array | undefined {
  try {
    return elfSection(readFileSync(file), ".text");
  } catch {
    return undefined; // no such file, or not one of ours: the process has no symbols
  }
}
