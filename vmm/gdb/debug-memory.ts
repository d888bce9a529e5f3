// Guest-virtual memory for a debugger, with its breakpoints in it.

import { PAGE_SIZE } from "../../guest-kernel/abi/memory-map.ts";
import { translate } from "../guest-virtual.ts";

const INT3 = 0xcc;

/** Whose a breakpoint is. */
export type BreakpointOwner = "debugger" | "stub";

/** A byte of code with a breakpoint over it. Processes of one app share their code: it may have several addresses. */
interface Place {
  gpa: number;
  replaced: number;
  /** Who wants it, by address. */
  owners: Map<bigint, Set<BreakpointOwner>>;
}

/** Reads and writes what the guest's page tables map. Breakpoints are invisible: readers get what was there. */
export class DebugMemory {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #places = new Map<number, Place>();
  /** Where the breakpoint of each address was put. */
  readonly #byAddress = new Map<bigint, Place>();

  /** `ram` is guest-physical memory from 0 on. */
  constructor(ram: DataView) {
    this.#view = ram;
    this.#bytes = new Uint8Array(ram.buffer, ram.byteOffset, ram.byteLength);
  }

  /** At most `length` bytes: up to the first that is not mapped. */
  read(address: bigint, length: number): Uint8Array {
    const out = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const gpa = translate(this.#view, address + BigInt(done));
      if (gpa === undefined) break;
      const count = Math.min(length - done, PAGE_SIZE - (gpa % PAGE_SIZE));
      out.set(this.#bytes.subarray(gpa, gpa + count), done);
      for (const place of this.#places.values()) {
        const at = place.gpa - gpa;
        if (at >= 0 && at < count && this.#isPlanted(place)) out[done + at] = place.replaced;
      }
      done += count;
    }
    return out.subarray(0, done);
  }

  /** Writes all or nothing; false if any of it is not mapped. */
  write(address: bigint, bytes: Uint8Array): boolean {
    const gpas = Array.from(bytes, (_, i) => translate(this.#view, address + BigInt(i)));
    if (gpas.includes(undefined)) return false;
    bytes.forEach((byte, i) => {
      const place = this.#places.get(gpas[i]!);
      if (place !== undefined && this.#isPlanted(place)) place.replaced = byte;
      else this.#bytes[gpas[i]!] = byte;
    });
    return true;
  }

  /** Puts a breakpoint in the place of an instruction; false if nothing is mapped there. */
  insertBreakpoint(address: bigint, owner: BreakpointOwner): boolean {
    const gpa = translate(this.#view, address);
    if (gpa === undefined) return false;
    if (this.#byAddress.get(address)?.gpa !== gpa) this.#forget(address);
    const place = this.#places.get(gpa) ?? { gpa, replaced: this.#bytes[gpa]!, owners: new Map() };
    this.#places.set(gpa, place);
    this.#byAddress.set(address, place);
    const owners = place.owners.get(address) ?? new Set();
    place.owners.set(address, owners.add(owner));
    this.plant(address);
    return true;
  }

  /** Takes a breakpoint back, if it is there. */
  removeBreakpoint(address: bigint, owner: BreakpointOwner): void {
    const owners = this.#byAddress.get(address)?.owners.get(address);
    if (owners?.delete(owner) === true && owners.size === 0) this.#forget(address);
  }

  /** Takes all of an owner's back. */
  removeAllBreakpoints(owner: BreakpointOwner): void {
    for (const address of this.#byAddress.keys()) this.removeBreakpoint(address, owner);
  }

  /** Forgets the breakpoints in code that is not mapped at their addresses any more: of processes that have ended. */
  dropUnmapped(): void {
    for (const [address, { gpa }] of this.#byAddress)
      if (translate(this.#view, address) !== gpa) this.#forget(address);
  }

  /** Whether somebody has a breakpoint at an address. */
  hasBreakpoint(address: bigint, owner: BreakpointOwner): boolean {
    return this.#byAddress.get(address)?.owners.get(address)?.has(owner) === true;
  }

  /** Whether the processor would meet a breakpoint of ours at an address: also one that was set by another address. */
  isPlanted(address: bigint): boolean {
    const place = this.#placeAt(address);
    return place !== undefined && this.#isPlanted(place);
  }

  /** Whether the instruction at an address is a breakpoint that is not ours. */
  isForeign(address: bigint): boolean {
    const gpa = translate(this.#view, address);
    return gpa !== undefined && this.#bytes[gpa] === INT3 && !this.#places.has(gpa);
  }

  /** Uncovers the instruction at an address, for one step. */
  lift(address: bigint): void {
    const place = this.#placeAt(address);
    if (place !== undefined && this.#isPlanted(place)) this.#bytes[place.gpa] = place.replaced;
  }

  /** Covers it again, if anybody still wants it. */
  plant(address: bigint): void {
    const place = this.#placeAt(address);
    if (place === undefined || this.#isPlanted(place)) return;
    place.replaced = this.#bytes[place.gpa]!;
    this.#bytes[place.gpa] = INT3;
  }

  #placeAt(address: bigint): Place | undefined {
    const gpa = translate(this.#view, address);
    return gpa === undefined ? undefined : this.#places.get(gpa);
  }

  /** False also where the guest has written other code over it. */
  #isPlanted({ gpa, replaced }: Place): boolean {
    return this.#bytes[gpa] === INT3 && replaced !== INT3;
  }

  #forget(address: bigint): void {
    const place = this.#byAddress.get(address);
    if (place === undefined) return;
    this.#byAddress.delete(address);
    place.owners.delete(address);
    if (place.owners.size > 0) return;
    if (this.#isPlanted(place)) this.#bytes[place.gpa] = place.replaced;
    this.#places.delete(place.gpa);
  }
}
