// Guest RAM with pages in it whose accesses exit to the VMM: watchpoints that need nothing of the processor. vCPU thread.
//
// A page of which stores are watched is a read-only memory region; one of which loads are watched too is none at all. KVM
// carries the instruction out and tells us as of a device's register. Accesses by the host are not seen.

import { PAGE_SIZE } from "../../guest-kernel/abi/memory-map.ts";
import type { GuestRam } from "../guest-ram.ts";
import type { KvmVm } from "../kvm/vm.ts";
import { type WatchedBytes, WATCH_ACCESSES, WATCH_LOADS, WATCH_STORES } from "./watched-bytes.ts";

/** The memory regions of one VM. The first is all of RAM when this is created. */
export class WatchedRam {
  readonly #vm: KvmVm;
  readonly #ram: GuestRam;
  #regions = 1;
  #watches: readonly WatchedBytes[] = [];
  /** Pages and whether they can be loaded, as text: what the regions were made for. */
  #pages = "";
  /** Of each watch, while suspended. */
  #before: Uint8Array[] = [];

  constructor(vm: KvmVm, ram: GuestRam) {
    this.#vm = vm;
    this.#ram = ram;
  }

  /** Whether anything is watched. */
  get watches(): boolean {
    return this.#watches.length > 0;
  }

  /** Watches these bytes and no others. The guest must not run meanwhile. */
  watch(watches: readonly WatchedBytes[]): void {
    this.#watches = watches;
    this.#use(watches);
  }

  /** Lets the guest do what it wants with all of RAM, until `restore`. */
  suspend(): void {
    this.#before = this.#watches.map(({ gpa, length }) => this.#ram.bytes.slice(gpa, gpa + length));
    this.#use([]);
  }

  /** Watches again; a watch whose bytes have changed meanwhile. */
  restore(): WatchedBytes | undefined {
    this.#use(this.#watches);
    return this.#watches.find(({ kind, gpa, length }, i) => {
      const now = this.#ram.bytes.subarray(gpa, gpa + length);
      return kind !== WATCH_LOADS && this.#before[i]?.some((byte, at) => byte !== now[at]);
    });
  }

  /** Whether an access is one to a watched page. */
  owns(gpa: number): boolean {
    return this.#watches.some(({ gpa: start }) => start - (start % PAGE_SIZE) === gpa - (gpa % PAGE_SIZE));
  }

  /** Stores bytes in a watched page; the watch that this hits. One of stores is hit where bytes change. */
  store(gpa: number, bytes: Uint8Array): WatchedBytes | undefined {
    const memory = this.#ram.bytes.subarray(gpa, gpa + bytes.length);
    const hit = this.#watches.find((watch) => {
      const from = Math.max(watch.gpa, gpa);
      const to = Math.min(watch.gpa + watch.length, gpa + bytes.length);
      if (watch.kind !== WATCH_STORES) return watch.kind === WATCH_ACCESSES && from < to;
      for (let at = from; at < to; at++) if (memory[at - gpa] !== bytes[at - gpa]) return true;
      return false;
    });
    memory.set(bytes);
    return hit;
  }

  /** Loads bytes of a watched page; the watch that this hits. */
  load(gpa: number, into: Uint8Array): WatchedBytes | undefined {
    into.set(this.#ram.bytes.subarray(gpa, gpa + into.length));
    return this.#watches.find(
      ({ kind, gpa: start, length }) =>
        kind !== WATCH_STORES && start < gpa + into.length && gpa < start + length,
    );
  }

  #use(watches: readonly WatchedBytes[]): void {
    const stores = new Map<number, boolean>();
    for (const { kind, gpa } of watches) {
      const page = gpa - (gpa % PAGE_SIZE);
      stores.set(page, (stores.get(page) ?? true) && kind === WATCH_STORES);
    }
    const pages = [...stores].toSorted(([a], [b]) => a - b);
    if (String(pages) === this.#pages) return;
    this.#pages = String(pages);
    this.#map(pages);
  }

  #map(pages: readonly (readonly [gpa: number, loads: boolean])[]): void {
    for (let slot = 0; slot < this.#regions; slot++) this.#vm.setMemoryRegion(slot, 0, 0, 0n);
    this.#regions = 0;
    let from = 0;
    for (const [page, loads] of pages) {
      this.#add(from, page, false);
      if (loads) this.#add(page, page + PAGE_SIZE, true);
      from = page + PAGE_SIZE;
    }
    this.#add(from, this.#ram.length, false);
  }

  #add(from: number, to: number, readOnly: boolean): void {
    if (from === to) return;
    const address = this.#ram.hostAddress + BigInt(from);
    this.#vm.setMemoryRegion(this.#regions++, from, to - from, address, readOnly);
  }
}
