// Guest-virtual memory for a debugger, with its breakpoints in it.

import { PAGE_SIZE } from "../../guest-kernel/abi/memory-map.ts";
import { translate } from "../guest-virtual.ts";

const INT3 = 0xcc;

/** Reads and writes what the guest's page tables map. Breakpoints are invisible: readers get what was there. */
export class DebugMemory {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  /** What each breakpoint replaced, by guest-physical address. */
  readonly #replaced = new Map<number, number>();

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
      for (let i = 0; i < count; i++) out[done + i] = this.#replaced.get(gpa + i) ?? this.#bytes[gpa + i]!;
      done += count;
    }
    return out.subarray(0, done);
  }

  /** Writes all or nothing; false if any of it is not mapped. */
  write(address: bigint, bytes: Uint8Array): boolean {
    const places = Array.from(bytes, (_, i) => translate(this.#view, address + BigInt(i)));
    if (places.includes(undefined)) return false;
    bytes.forEach((byte, i) => {
      const gpa = places[i]!;
      if (this.#replaced.has(gpa)) this.#replaced.set(gpa, byte);
      else this.#bytes[gpa] = byte;
    });
    return true;
  }

  /** Puts a breakpoint in the place of an instruction; false if nothing is mapped there. */
  insertBreakpoint(address: bigint): boolean {
    const gpa = translate(this.#view, address);
    if (gpa === undefined) return false;
    if (this.#replaced.has(gpa)) return true;
    this.#replaced.set(gpa, this.#bytes[gpa]!);
    this.#bytes[gpa] = INT3;
    return true;
  }

  /** Takes a breakpoint back. True also where there is none: the code may be gone. */
  removeBreakpoint(address: bigint): boolean {
    const gpa = translate(this.#view, address);
    if (gpa !== undefined) this.#restore(gpa);
    return true;
  }

  /** Takes all of them back. */
  removeAllBreakpoints(): void {
    for (const gpa of this.#replaced.keys()) this.#restore(gpa);
  }

  #restore(gpa: number): void {
    const byte = this.#replaced.get(gpa);
    if (byte === undefined) return;
    this.#replaced.delete(gpa);
    // what has been written over it meanwhile is other code
    if (this.#bytes[gpa] === INT3) this.#bytes[gpa] = byte;
  }
}
