// Which file describes the code of a process.

import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { elfSection } from "../../guest-kernel/image/elf.ts";
import type { DebugMemory } from "./debug-memory.ts";
import type { GuestProcess } from "./processes.ts";
import type { GdbLibrary } from "./target.ts";

/** Finds NAME.elf of each package in some folders. A file whose code is not the process's is not used. */
export class AppFiles {
  readonly #folders: readonly string[];
  readonly #made: (name: string) => string | undefined;
  /** By PID. */
  readonly #paths = new Map<number, string>();
  readonly #code = new Map<string, { mtimeMs: number | undefined; bytes: Uint8Array | undefined }>();

  /** `made` makes those that no folder has. */
  constructor(folders: readonly string[], made: (name: string) => string | undefined) {
    this.#folders = folders;
    this.#made = made;
  }

  /** The files of the processes that are alive. gdb tells libraries apart by name: no two have the same path. */
  libraries(processes: readonly GuestProcess[], memory: DebugMemory): GdbLibrary[] {
    const alive = processes.filter(({ context }) => context !== 0);
    for (const pid of this.#paths.keys())
      if (!alive.some((process) => process.pid === pid)) this.#paths.delete(pid);
    return alive.flatMap((process) => {
      const file = this.#fileOf(process, memory);
      return file === undefined ? [] : [{ file: this.#pathOf(process, file), address: process.codeAddress }];
    });
  }

  /** A path of a file that no other process has. The first has the plain one. */
  #pathOf({ pid }: GuestProcess, file: string): string {
    const last = this.#paths.get(pid);
    if (last !== undefined && normalize(last) === file) return last;
    const taken = new Set(this.#paths.values());
    let path = file;
    for (let more = "./"; taken.has(path); more += "./") path = `${dirname(file)}/${more}${basename(file)}`;
    this.#paths.set(pid, path);
    return path;
  }

  #fileOf({ name, codeAddress }: GuestProcess, memory: DebugMemory): string | undefined {
    if (!/^[A-Za-z0-9._-]+$/.test(name)) return undefined; // the guest's word: no path
    const fits = (file: string): boolean => {
      const code = this.#codeOf(file);
      return code !== undefined && Buffer.compare(code, memory.read(codeAddress, code.length)) === 0;
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
