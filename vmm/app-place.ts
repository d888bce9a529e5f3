// From an address in a process's code to what a person reads.

import { WINDOW_CODE_MAX_MIB, WINDOW_LIBRARY_MAX_MIB } from "../guest-kernel/abi/memory-map.ts";
import { codeOf, type GuestProcess, readProcesses } from "./gdb/processes.ts";

const MIB = 1n << 20n;
// Of a package's own code, and of its library's: as codeOf gives them.
const CODE_BYTES = [BigInt(WINDOW_CODE_MAX_MIB) * MIB, BigInt(WINDOW_LIBRARY_MAX_MIB) * MIB];

/** Names an offset in the code of a package; undefined if nothing is known of it. */
export type SymbolizeApp = (name: string, offset: bigint) => string | undefined;

/** The package and the offset in its code of an address in a process; undefined if that is not where code can be. */
export function codePlace(
  process: GuestProcess,
  address: bigint,
): { name: string; offset: bigint } | undefined {
  const code = codeOf(process);
  const found = code.findIndex(
    (part, i) => address >= part.address && address - part.address < CODE_BYTES[i]!,
  );
  const part = code[found];
  return part && { name: part.name, offset: address - part.address };
}

/**
 * Names an address in the code of one of the guest's processes, by its package, or its library's, and offset if no more is
 * known; undefined if it is in none's.
 */
export function appPlace(ram: DataView, address: bigint, symbolize: SymbolizeApp): string | undefined {
  for (const process of readProcesses(ram)) {
    const place = codePlace(process, address);
    if (place === undefined) continue;
    const { name, offset } = place;
    return symbolize(name, offset) ?? `${name} + 0x${offset.toString(16)}`;
  }
  return undefined;
}
