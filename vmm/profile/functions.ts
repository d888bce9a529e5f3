// Names of the guest's functions: the kernel's from its image, an app's from its ELF file for debuggers.

import { elfSymbols, type ElfSymbol } from "../../guest-kernel/image/elf.ts";
import { appImageReader } from "../app-images.ts";

/** The functions of one ELF file, found by address. */
export class Functions {
  readonly #symbols: ElfSymbol[];

  constructor(image: Uint8Array) {
    this.#symbols = elfSymbols(image).toSorted((a, b) => Number(a.address - b.address));
  }

  /** The function at an address of the file; undefined if there is none. */
  nameAt(address: bigint): string | undefined {
    let [low, high] = [0, this.#symbols.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#symbols[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const symbol = this.#symbols[low - 1];
    return symbol !== undefined && address < symbol.address + BigInt(symbol.size) ? symbol.name : undefined;
  }
}

/** The functions of packages: NAME.elf in some folders. */
export class AppFunctions {
  readonly #readImage: (name: string) => Uint8Array | undefined;
  readonly #byName = new Map<string, Functions | undefined>();

  constructor(folders: readonly string[]) {
    this.#readImage = appImageReader(folders);
  }

  /** Undefined for a package without a file. */
  of(name: string): Functions | undefined {
    if (!this.#byName.has(name)) {
      const image = this.#readImage(name);
      this.#byName.set(name, image && new Functions(image));
    }
    return this.#byName.get(name);
  }
}
