// Guest-virtual memory as the guest's own page tables map it, Intel SDM volume 3 §4.5. For reports and debuggers.

import { LARGE_PAGE_SIZE, PAGE_SIZE, PAGE_TABLES_GPA } from "../guest-kernel/abi/memory-map.ts";
import { PTE_LARGE, PTE_PRESENT } from "./boot/page-tables.ts";

const ADDRESS_MASK = 0x000ffffffffff000n;
const LEVEL_SHIFTS = [39n, 30n, 21n, 12n] as const;

/** The guest-physical address behind a guest-virtual one; undefined where nothing, or no RAM, is mapped. */
export function translate(ram: DataView, gva: bigint): number | undefined {
  if (gva < 0n || gva >= 1n << 47n) return undefined;
  let table = PAGE_TABLES_GPA;
  for (const shift of LEVEL_SHIFTS) {
    const entry = ram.getBigUint64(table + 8 * Number((gva >> shift) & 511n), true);
    if ((entry & PTE_PRESENT) === 0n) return undefined;
    const large = shift === 21n && (entry & PTE_LARGE) !== 0n;
    const size = large ? LARGE_PAGE_SIZE : PAGE_SIZE;
    const base = Number(entry & ADDRESS_MASK & -BigInt(size));
    if (base + size > ram.byteLength) return undefined; // also a table: the guest writes them
    if (large || shift === 12n) return base + Number(gva & BigInt(size - 1));
    table = base;
  }
  return undefined;
}

/** Reads an aligned u64 of guest-virtual memory; undefined where it is not RAM. */
export function readVirtualU64(ram: DataView, gva: bigint): bigint | undefined {
  const gpa = gva % 8n === 0n ? translate(ram, gva) : undefined;
  return gpa === undefined ? undefined : ram.getBigUint64(gpa, true);
}
