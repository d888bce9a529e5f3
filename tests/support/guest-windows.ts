// Windows of virtual memory for instances in tests: as a process's, everything that is not memory faults.

import {
  PAGE_TABLES_GPA,
  PROCESS_WINDOW_GIB,
  PROCESS_WINDOWS_GIB,
} from "../../guest-kernel/abi/memory-map.ts";
import {
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_NO_EXECUTE,
  PTE_PRESENT,
  PTE_USER,
  PTE_WRITABLE,
} from "../../vmm/boot/page-tables.ts";
import type { GuestRam } from "../../vmm/guest-ram.ts";

const TABLE = PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED;
const DATA = TABLE | PTE_DIRTY | PTE_NO_EXECUTE;
const ADDRESS = 0x000f_ffff_ffff_f000n;
const PAGE = 0x1000;
const WASM_PAGE = 65536;

// Guest-physical, in a machine of RAM_BYTES: page tables, then the one memory that all windows show in turn.
const TABLES_GPA = 0x1000000;
const MEMORY_GPA = 0x4000000;
const TABLES_PER_WINDOW = 40;

/** RAM that a machine with windows needs. */
export const RAM_BYTES = 0x8000000;
/** Wasm pages that a window's memory can have. */
export const WINDOW_MAX_PAGES = 1000;

/** A window: where it is, and how many wasm pages of it are memory. */
export interface GuestWindow {
  readonly address: bigint;
  /** Makes `pages` pages memory; it never shrinks. */
  grow(pages: number): void;
}

/** Hands out windows, each used once, so that no translation is ever changed. */
export class GuestWindows {
  readonly #ram: GuestRam;
  #next = 0;
  #tables = TABLES_GPA;
  #used = 0; // wasm pages of the memory at MEMORY_GPA

  constructor(ram: GuestRam) {
    this.#ram = ram;
  }

  /** Opens the next window; the one before must no longer be used. Its memory is empty. */
  open(): GuestWindow {
    this.#ram.bytes.fill(0, MEMORY_GPA, MEMORY_GPA + this.#used * WASM_PAGE);
    this.#used = 0;
    const window = this.openBeside(MEMORY_GPA);
    return {
      address: window.address,
      grow: (pages) => {
        window.grow(pages);
        this.#used = Math.max(this.#used, pages);
      },
    };
  }

  /** Opens the next window, of a memory at guest-physical `gpa`. */
  openBeside(gpa: number): GuestWindow {
    if (this.#tables + TABLES_PER_WINDOW * PAGE > MEMORY_GPA) throw new RangeError("out of windows");
    const address = BigInt(PROCESS_WINDOWS_GIB + this.#next++ * PROCESS_WINDOW_GIB) << 30n;
    let mapped = 0;
    const grow = (pages: number): void => {
      for (; mapped < pages; mapped++)
        this.#map(address + BigInt(mapped * WASM_PAGE), gpa + mapped * WASM_PAGE);
    };
    return { address, grow };
  }

  /** The page table that maps the 2 MiB at `address`. */
  #pageTable(address: bigint): number {
    let table = PAGE_TABLES_GPA;
    for (const shift of [39n, 30n, 21n]) table = this.#descend(table, Number((address >> shift) & 511n));
    return table;
  }

  #descend(table: number, index: number): number {
    const entry = this.#ram.view.getBigUint64(table + 8 * index, true);
    if (entry !== 0n) return Number(entry & ADDRESS);
    const next = this.#tables;
    this.#tables += PAGE;
    this.#ram.view.setBigUint64(table + 8 * index, BigInt(next) | TABLE, true);
    return next;
  }

  /** Maps a wasm page at `address`, a multiple of its size, to `gpa`. */
  #map(address: bigint, gpa: number): void {
    const table = this.#pageTable(address);
    const first = Number((address >> 12n) & 511n);
    for (let i = 0; i < WASM_PAGE / PAGE; i++)
      this.#ram.view.setBigUint64(table + 8 * (first + i), BigInt(gpa + i * PAGE) | DATA, true);
  }
}

/** Where the memory of the open window is in guest-physical memory. */
export const WINDOW_MEMORY_GPA = MEMORY_GPA;
