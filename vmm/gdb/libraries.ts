// Which file describes the code of a process.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { elfSection } from "../../guest-kernel/image/elf.ts";
import type { DebugMemory } from "./debug-memory.ts";
import type { GuestProcess } from "./processes.ts";
import type { GdbLibrary } from "./target.ts";

/** Finds NAME.elf of each package in some folders. A file whose code is not the process's is not used. */
export class AppFiles {
  readonly #folders: readonly string[];
  readonly #code = new Map<string, Uint8Array | undefined>();

  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** The files of the processes that are alive. */
  libraries(processes: readonly GuestProcess[], memory: DebugMemory): GdbLibrary[] {
    return processes.flatMap((process) => {
      const file = process.context === 0 ? undefined : this.#fileOf(process, memory);
      return file === undefined ? [] : [{ file, address: process.codeAddress }];
    });
  }

  #fileOf({ name, codeAddress }: GuestProcess, memory: DebugMemory): string | undefined {
    if (!/^[A-Za-z0-9._-]+$/.test(name)) return undefined; // the guest's word: no path
    return this.#folders
      .map((folder) => join(folder, `${name}.elf`))
      .find((file) => {
        const code = this.#codeOf(file);
        return code !== undefined && Buffer.compare(code, memory.read(codeAddress, code.length)) === 0;
      });
  }

  #codeOf(file: string): Uint8Array | undefined {
    if (!this.#code.has(file)) this.#code.set(file, readCode(file));
    return this.#code.get(file);
  }
}

function readCode(file: string): Uint8Array | undefined {
  try {
    return elfSection(readFileSync(file), ".text");
  } catch {
    return undefined; // no such file, or not one of ours: the process has no symbols
  }
}
