// The ELF files of packages, for names and lines: NAME.elf in some folders.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const NAME = /^[A-Za-z0-9._-]+$/; // the guest's word: no path

/** Reads the file of a package from the first folder that has it; undefined if none does. */
export function appImageReader(folders: readonly string[]): (name: string) => Uint8Array | undefined {
  return (name) => {
    if (!NAME.test(name)) return undefined;
    for (const folder of folders) {
      try {
        return readFileSync(join(folder, `${name}.elf`));
      } catch {
        continue; // not there
      }
    }
    return undefined;
  };
}
