// The watchpoints of a debugger, in pieces that a page each holds.

import {
  KERNEL_CODE_END,
  KERNEL_CODE_GPA,
  KERNEL_CONTEXT_GPA,
  PAGE_SIZE,
} from "../../guest-kernel/abi/memory-map.ts";
import { translate } from "../guest-virtual.ts";
import { type DebugPort, MAX_WATCHES } from "./debug-port.ts";
import { WATCH_ACCESSES, WATCH_LOADS, WATCH_STORES, type WatchedBytes } from "./watched-bytes.ts";

interface Watchpoint {
  kind: number;
  address: bigint;
  length: number;
  pieces: WatchedBytes[];
}

const STOP_NAMES: ReadonlyMap<number, string> = new Map([
  [WATCH_STORES, "watch"],
  [WATCH_LOADS, "rwatch"],
  [WATCH_ACCESSES, "awatch"],
]);

/** Takes effect when the guest goes on. */
export class Watchpoints {
  readonly #ram: DataView;
  readonly #port: DebugPort;
  #watchpoints: Watchpoint[] = [];

  constructor(ram: DataView, port: DebugPort) {
    this.#ram = ram;
    this.#port = port;
  }

  /** False if it cannot be: not mapped, too much of it, code, or what the processor itself uses. */
  insert(kind: number, address: bigint, length: number): boolean {
    const pieces = this.#pieces(kind, address, length);
    const others = this.#watchpoints.flatMap((watchpoint) => watchpoint.pieces);
    if (pieces === undefined || pieces.length + others.length > MAX_WATCHES) return false;
    this.#watchpoints.push({ kind, address, length, pieces });
    this.#tell();
    return true;
  }

  /** False if there is none. */
  remove(kind: number, address: bigint, length: number): boolean {
    const index = this.#watchpoints.findIndex(
      (other) => other.kind === kind && other.address === address && other.length === length,
    );
    if (index < 0) return false;
    this.#watchpoints.splice(index, 1);
    this.#tell();
    return true;
  }

  clear(): void {
    this.#watchpoints = [];
    this.#tell();
  }

  /** What a stop reply says of the watchpoint that holds the guest. */
  get hit(): string {
    const { hit } = this.#port;
    const found = this.#watchpoints.find(({ pieces }) => pieces.some(({ gpa }) => gpa === hit));
    return found === undefined ? "" : `${STOP_NAMES.get(found.kind)}:${found.address.toString(16)};`;
  }

  #pieces(kind: number, address: bigint, length: number): WatchedBytes[] | undefined {
    if (length < 1 || length > MAX_WATCHES * PAGE_SIZE) return undefined;
    const pieces: WatchedBytes[] = [];
    for (let done = 0; done < length;) {
      const gpa = translate(this.#ram, address + BigInt(done));
      if (gpa === undefined || gpa < KERNEL_CONTEXT_GPA) return undefined;
      if (gpa >= KERNEL_CODE_GPA && gpa < KERNEL_CODE_END) return undefined;
      const count = Math.min(length - done, PAGE_SIZE - (gpa % PAGE_SIZE));
      pieces.push({ kind, gpa, length: count });
      done += count;
    }
    return pieces;
  }

  #tell(): void {
    this.#port.watches = this.#watchpoints.flatMap(({ pieces }) => pieces);
  }
}
