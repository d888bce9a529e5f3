// Guest RAM with a process table and page tables in it, as what looks at a guest from outside finds them.

import { EVENT_PREEMPT_GPA, EVENT_PROCESSES_GPA } from "../../guest-kernel/abi/event-page.ts";
import { CTX_LIMIT, CTX_MEMORY_BASE } from "../../guest-kernel/abi/instance.ts";
import {
  EVENT_PAGE_GPA,
  PAGE_SIZE,
  PAGE_TABLES_GPA,
  PROCESS_WINDOW_GIB,
  PROCESS_WINDOWS_GIB,
  WINDOW_LIBRARY_MIB,
  WINDOW_MEMORY_MIB,
  WINDOW_STACK_MIB,
} from "../../guest-kernel/abi/memory-map.ts";
import * as p from "../../guest-kernel/abi/process-table.ts";

const RAM_BYTES = 0x400000;
const TABLE = 0x100000;
const CONTEXTS = 0x180000;
const LIBRARY_NAMES = 0x1f0000;
const FRAMES = 0x200000;
const NAME_BYTES = 64;
const RUNNABLE = 1;
const PRESENT = 1n;
const LEVEL_SHIFTS = [39n, 30n, 21n, 12n] as const;
const MIB = 1n << 20n;
const GIB = 1n << 30n;

/** Guest RAM with processes in it; each has the window of its PID. */
export class FakeProcesses {
  readonly ram = new DataView(new ArrayBuffer(RAM_BYTES));
  #frame = FRAMES;
  #libraries = 0;

  constructor() {
    this.ram.setUint32(EVENT_PAGE_GPA + EVENT_PROCESSES_GPA, TABLE, true);
  }

  /** Where the code of a process is. */
  codeOf(pid: number): bigint {
    return (BigInt(PROCESS_WINDOWS_GIB) + BigInt(pid) * BigInt(PROCESS_WINDOW_GIB)) * GIB;
  }

  /** Where the code of its library is. */
  libraryOf(pid: number): bigint {
    return this.codeOf(pid) + BigInt(WINDOW_LIBRARY_MIB) * MIB;
  }

  /** Where its stack ends. */
  stackEndOf(pid: number): bigint {
    return this.codeOf(pid) + BigInt(WINDOW_STACK_MIB) * MIB;
  }

  /** Adds a process that is ready. */
  add(pid: number, name: string, library?: string): void {
    const context = this.contextOf(pid);
    const entry = this.entryOf(pid);
    this.ram.setUint32(entry + p.PROCESS_STATE, RUNNABLE, true);
    this.ram.setUint32(entry + p.PROCESS_CONTEXT, context, true);
    this.#write(entry + p.PROCESS_NAME, name);
    this.ram.setBigUint64(
      context + CTX_MEMORY_BASE,
      this.codeOf(pid) + BigInt(WINDOW_MEMORY_MIB) * MIB,
      true,
    );
    if (library === undefined) return;
    const at = LIBRARY_NAMES + NAME_BYTES * this.#libraries++;
    this.#write(at, library);
    this.ram.setUint32(entry + p.PROCESS_LIBRARY, at, true);
  }

  /** Its entry in the process table. */
  entryOf(pid: number): number {
    return TABLE + pid * p.PROCESS_SIZE;
  }

  contextOf(pid: number): number {
    return CONTEXTS + pid * PAGE_SIZE;
  }

  /** Has it end: what is left waits for its parent. */
  end(pid: number): void {
    this.ram.setUint32(this.entryOf(pid) + p.PROCESS_CONTEXT, 0, true);
  }

  /** Gives it the processor. */
  run(pid: number): void {
    this.ram.setUint32(EVENT_PAGE_GPA + EVENT_PREEMPT_GPA, this.contextOf(pid) + CTX_LIMIT + 4, true);
  }

  /** Maps pages of their own from an address on, with these bytes in them. */
  map(gva: bigint, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PAGE_SIZE) {
      const page = this.#mapPage(gva + BigInt(at));
      new Uint8Array(this.ram.buffer).set(bytes.subarray(at, at + PAGE_SIZE), page);
    }
  }

  #mapPage(gva: bigint): number {
    let table = PAGE_TABLES_GPA;
    for (const shift of LEVEL_SHIFTS) {
      const entry = table + 8 * Number((gva >> shift) & 511n);
      const next = this.ram.getBigUint64(entry, true);
      table = next === 0n ? this.#frame : Number(next - PRESENT);
      if (next !== 0n) continue;
      this.ram.setBigUint64(entry, BigInt(table) | PRESENT, true);
      this.#frame += PAGE_SIZE;
    }
    return table;
  }

  #write(gpa: number, text: string): void {
    new Uint8Array(this.ram.buffer).set(Buffer.from(text), gpa);
  }
}
