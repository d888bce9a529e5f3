import { readVirtualU64 } from "./guest-virtual.ts";

/** Frames of a backtrace at most, the innermost function's included. */
export const MAX_FRAMES = 64;

/**
 * The return addresses of a stack, the innermost first, by its chain of frame pointers: [rbp] is the caller's rbp,
 * [rbp + 8] the return address. The guest may have spoiled it: it is followed as far as it makes sense.
 */
export function returnAddresses(ram: DataView, rbp: bigint): bigint[] {
  const addresses: bigint[] = [];
  let frame = rbp;
  while (addresses.length < MAX_FRAMES - 1) {
    const address = readVirtualU64(ram, frame + 8n);
    const caller = readVirtualU64(ram, frame);
    if (address === undefined || caller === undefined || address === 0n) break;
    addresses.push(address);
    if (caller <= frame) break; // the stack grows down
    frame = caller;
  }
  return addresses;
}
