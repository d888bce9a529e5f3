// An app's machine code, or a library's, as an ELF file for debuggers: what the guest makes of the bundle, from the same bytes by
// the same compiler. It begins at address 0, as a shared object does, and is found in memory where the process has that code.

import { Aot, type CompiledModule } from "./aot.ts";
import { Expression } from "./dwarf/expression.ts";
import { describeModule } from "./dwarf/module-debug.ts";
import { DWARF_R14 } from "./dwarf/registers.ts";
import { encodeDebugSections } from "./dwarf/sections.ts";
import { encodeElf, PF_R, PF_X } from "./elf.ts";
import { decodeDebugTypes } from "./debug-types.ts";
import { LINES_SECTION, SITES_SECTION } from "./place-sections.ts";
import { decodeLineTable } from "./lines.ts";

/** What the bundle of an app or a library holds of its code. */
export interface AppSources {
  /** The package's name. */
  name: string;
  wasm: Uint8Array;
  /** Its line table, undefined if the bundle has none. */
  lines?: Uint8Array | undefined;
  /** Its types, if it is a debug build. */
  types?: Uint8Array | undefined;
  /** The module of the library that it is linked to, if it is to one: its context and types decide what code becomes of it. */
  linkedTo?: Uint8Array | undefined;
}

const NO_LINES = new Uint8Array(12);

/**
 * Compiles an app, or a library, and makes the ELF file; equal sources give equal bytes. @throws AotError, LineTableError or
 * DebugTypesError
 */
export function linkAppImage(sources: AppSources, aot: Aot): Uint8Array {
  const { linkedTo } = sources;
  const library = linkedTo && aot.compile(linkedTo, { preemptible: true });
  try {
    return imageOf(sources, aot, library);
  } finally {
    library?.free();
  }
}

function imageOf(sources: AppSources, aot: Aot, library: CompiledModule | undefined): Uint8Array {
  const { wasm, types } = sources;
  const localsInFrame = types !== undefined;
  const module = aot.compile(wasm, { preemptible: true, debug: true, localsInFrame, library });
  try {
    return encodeElf({
      entry: 0n,
      sharedObject: true,
      segments: [{ virtualAddress: 0n, physicalAddress: 0, bytes: module.code, flags: PF_R | PF_X }],
      symbols: module.functions.flatMap(({ name: symbol, offset, size }) =>
        offset === undefined ? [] : [{ name: symbol, address: BigInt(offset), size }],
      ),
      notes: [
        { name: SITES_SECTION, bytes: module.sites },
        { name: LINES_SECTION, bytes: sources.lines ?? NO_LINES },
        ...debugSections(sources, module),
      ],
    });
  } finally {
    module.free();
  }
}

function debugSections(
  { name, lines, types }: AppSources,
  module: CompiledModule,
): { name: string; bytes: Uint8Array }[] {
  const debug = describeModule({
    module,
    lines: decodeLineTable(lines ?? NO_LINES),
    codeAddress: 0n,
    contextLocation: (offset) => new Expression().register(DWARF_R14, offset),
    types: types && decodeDebugTypes(types),
  });
  return encodeDebugSections({ ...debug, name, address: 0n, size: module.code.length });
}
