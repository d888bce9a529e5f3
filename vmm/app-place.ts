// From an address in a process's code to what a person reads.

import { WINDOW_CODE_MAX_MIB } from "../guest-kernel/abi/memory-map.ts";
import { readProcesses } from "./gdb/processes.ts";

const CODE_BYTES = BigInt(WINDOW_CODE_MAX_MIB) << 20n;

/** Names an offset in the code of a package; undefined if nothing is known of it. */
export type SymbolizeApp = (name: string, offset: bigint) => string | undefined;

/**
 * Names an address in the code of one of the guest's processes, by its package and offset if no more is known;
 * undefined if it is in none's.
 */
export function appPlace(ram: DataView, address: bigint, symbolize: SymbolizeApp): string | undefined {
  for (const { name, context, codeAddress } of readProcesses(ram)) {
    const offset = address - codeAddress;
    if (context !== 0 && offset >= 0n && offset < CODE_BYTES)
      return symbolize(name, offset) ?? `${name} + 0x${offset.toString(16)}`;
  }
  return undefined;
}
