// Page tables, 4-level paging, Intel SDM volume 3 §4.5.
//
// Every entry is user-accessible (the whole guest runs at CPL 3) and has its accessed and dirty bits set, so that
// the processor never writes a table.

import {
  KERNEL_CODE_END,
  KERNEL_CODE_GIB,
  KERNEL_CODE_GPA,
  KERNEL_WINDOW_GIB,
  LARGE_PAGE_SIZE,
  MMIO_END,
  MMIO_GPA,
  PAGE_SIZE,
  PAGE_TABLES_END,
  PAGE_TABLES_GPA,
  PROCESS_WINDOWS_GIB,
} from "../../guest-kernel/abi/memory-map.ts";

export const PTE_PRESENT = 1n << 0n;
export const PTE_WRITABLE = 1n << 1n;
export const PTE_USER = 1n << 2n;
export const PTE_ACCESSED = 1n << 5n;
export const PTE_DIRTY = 1n << 6n;
export const PTE_LARGE = 1n << 7n;
export const PTE_NO_EXECUTE = 1n << 63n;

const PTE_TABLE = PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED;
const PTE_LEAF = PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY;
const DATA = PTE_LEAF | PTE_WRITABLE | PTE_NO_EXECUTE;
const CODE = PTE_LEAF;

const GIB = 2 ** 30;
const ENTRIES = 512;

/** Writes the page tables of abi/memory-map.ts into RAM; the root is at PAGE_TABLES_GPA. */
export function writePageTables(ram: DataView): void {
  const tables = new PageTables(ram);
  tables.mapSmall(KERNEL_WINDOW_GIB, PAGE_SIZE, LARGE_PAGE_SIZE, DATA); // page 0 stays unmapped
  tables.mapLarge(KERNEL_WINDOW_GIB, LARGE_PAGE_SIZE, LARGE_PAGE_SIZE, ram.byteLength, DATA);
  tables.mapLarge(KERNEL_WINDOW_GIB, MMIO_GPA, MMIO_GPA, MMIO_END, DATA);
  tables.mapLarge(KERNEL_CODE_GIB, 0, KERNEL_CODE_GPA, KERNEL_CODE_END, CODE);
  tables.addDirectoryPointers(PROCESS_WINDOWS_GIB); // so that the first process does not write the live root
}

/** Allocates tables in order from PAGE_TABLES_GPA and maps pages with them. */
class PageTables {
  readonly #ram: DataView;
  #next = PAGE_TABLES_GPA;
  readonly #root: number;

  constructor(ram: DataView) {
    this.#ram = ram;
    this.#root = this.#allocate();
  }

  /** Maps 4 KiB pages at `gib` GiB + gpa to guest-physical `gpa`..`end`, all in the first 2 MiB. */
  mapSmall(gib: number, gpa: number, end: number, flags: bigint): void {
    const table = this.#descend(this.#directory(gib, 0), 0);
    for (let at = gpa; at < end; at += PAGE_SIZE) this.#set(table, at / PAGE_SIZE, BigInt(at) | flags);
  }

  /** Maps 2 MiB pages from `gib` GiB + `offset` on to guest-physical `gpa`..`end`. */
  mapLarge(gib: number, offset: number, gpa: number, end: number, flags: bigint): void {
    for (let at = gpa; at < end; at += LARGE_PAGE_SIZE) {
      const linear = offset + (at - gpa);
      const index = (linear % GIB) / LARGE_PAGE_SIZE;
      this.#set(this.#directory(gib, linear), index, BigInt(at) | PTE_LARGE | flags);
    }
  }

  /** Makes sure that the root has a table for the 512 GiB around `gib` GiB; returns it. */
  addDirectoryPointers(gib: number): number {
    return this.#descend(this.#root, Math.floor(gib / ENTRIES));
  }

  /** The page directory, which covers 1 GiB, of `gib` GiB + `linear`. */
  #directory(gib: number, linear: number): number {
    const index = (gib + Math.floor(linear / GIB)) % ENTRIES;
    return this.#descend(this.addDirectoryPointers(gib), index);
  }

  #descend(table: number, index: number): number {
    const entry = this.#ram.getBigUint64(table + 8 * index, true);
    if (entry !== 0n) return Number(entry & ~0xfffn);
    const child = this.#allocate();
    this.#set(table, index, BigInt(child) | PTE_TABLE);
    return child;
  }

  #set(table: number, index: number, entry: bigint): void {
    this.#ram.setBigUint64(table + 8 * index, entry, true);
  }

  #allocate(): number {
    const table = this.#next;
    this.#next += PAGE_SIZE;
    if (this.#next > PAGE_TABLES_END) throw new Error("assert: page tables end by PAGE_TABLES_END");
    for (let at = table; at < this.#next; at += 8) this.#ram.setBigUint64(at, 0n, true);
    return table;
  }
}
