// From a code address to what a person reads: function, file and line.

import { SITE_CODE_OFFSET, SITE_SIZE, SITE_WASM_OFFSET, TRAP_NONE } from "../abi/instance.ts";
import { KERNEL_CODE_GIB } from "../abi/memory-map.ts";
import { elfSection, elfSymbols, type ElfSymbol } from "./elf.ts";
import { LINES_SECTION, SITES_SECTION } from "./place-sections.ts";
import { decodeLineTable, lineAt, type LineTable } from "./lines.ts";

const KERNEL_CODE = BigInt(KERNEL_CODE_GIB) << 30n;
const WASM_OFFSET_MASK = 0xffffff;
const KIND_SHIFT = 24;

/** Names the places of a kernel image: `kernel/loop/loop at guest-kernel/kernel/loop.ts:52`. Built on first use. */
export function kernelSymbolizer(image: Uint8Array): (address: bigint) => string | undefined {
  let symbols: Symbols | undefined;
  return (address) => {
    symbols ??= new Symbols(image, KERNEL_CODE);
    return symbols.describe(address);
  };
}

/**
 * Names the places of apps, by the package's name and the offset in its code. `readImage` gives a package's ELF file
 * (app-image.ts), undefined if there is none.
 */
export function appSymbolizer(
  readImage: (name: string) => Uint8Array | undefined,
): (name: string, offset: bigint) => string | undefined {
  const known = new Map<string, Symbols | undefined>();
  return (name, offset) => {
    if (!known.has(name)) {
      const image = readImage(name);
      known.set(name, image && new Symbols(image, 0n));
    }
    return known.get(name)?.describe(offset);
  };
}

class Symbols {
  readonly #codeAddress: bigint;
  readonly #functions: ElfSymbol[];
  readonly #sites: DataView;
  readonly #lines: LineTable | undefined;

  constructor(image: Uint8Array, codeAddress: bigint) {
    this.#codeAddress = codeAddress;
    this.#functions = elfSymbols(image);
    const sites = elfSection(image, SITES_SECTION) ?? new Uint8Array();
    this.#sites = new DataView(sites.buffer, sites.byteOffset, sites.byteLength);
    const lines = elfSection(image, LINES_SECTION);
    this.#lines = lines === undefined ? undefined : decodeLineTable(lines);
  }

  describe(address: bigint): string | undefined {
    const found = this.#functions.find(
      (entry) => address >= entry.address && address < entry.address + BigInt(entry.size),
    );
    if (found === undefined) return undefined;
    const offset = this.#wasmOffset(
      Number(address - this.#codeAddress),
      Number(found.address - this.#codeAddress),
    );
    const line = offset === undefined || this.#lines === undefined ? undefined : lineAt(this.#lines, offset);
    return line === undefined ? found.name : `${found.name} at ${line.file}:${line.line}`;
  }

  /**
   * The wasm offset of the first site at or behind a code offset: addresses of calls lie just before theirs. What is at a return
   * address is no part of the call.
   */
  #wasmOffset(codeOffset: number, functionStart: number): number | undefined {
    for (let at = 0; at < this.#sites.byteLength; at += SITE_SIZE) {
      const site = this.#sites.getUint32(at + SITE_CODE_OFFSET, true);
      const word = this.#sites.getUint32(at + SITE_WASM_OFFSET, true);
      if (site < codeOffset || site < functionStart) continue;
      if (site > codeOffset || word >>> KIND_SHIFT !== TRAP_NONE) return word & WASM_OFFSET_MASK;
    }
    return undefined;
  }
}
