import * as abi from "../guest-kernel/abi/event-page.ts";
import { EVENT_PAGE_GPA } from "../guest-kernel/abi/memory-map.ts";
import type { GuestRam } from "./guest-ram.ts";

const PENDING = (EVENT_PAGE_GPA + abi.EVENT_PENDING) / 4;
const IDLE = (EVENT_PAGE_GPA + abi.EVENT_IDLE) / 4;
const IDLE_TIMEOUT_US = (EVENT_PAGE_GPA + abi.EVENT_IDLE_TIMEOUT_US) / 4;
const PREEMPT_GPA = (EVENT_PAGE_GPA + abi.EVENT_PREEMPT_GPA) / 4;
const RUN_SEQ = (EVENT_PAGE_GPA + abi.EVENT_RUN_SEQ) / 4;
const EXITS = (EVENT_PAGE_GPA + abi.EVENT_EXITS) / 4;

/** The host's side of the event page (abi/event-page.ts): how it tells the guest that there is something to do. */
export class EventPage {
  readonly #words: Int32Array<SharedArrayBuffer>;
  /** Whether `raise` interrupts the process that runs. If not, the guest looks when that calls the kernel. */
  preempts = true;

  constructor(ram: GuestRam) {
    this.#words = ram.words;
  }

  /** Whether the guest sleeps, or is about to. */
  get idle(): boolean {
    return Atomics.load(this.#words, IDLE) === 1;
  }

  /** Counts the guest's resumes of processes. */
  get runSeq(): number {
    return Atomics.load(this.#words, RUN_SEQ);
  }

  /** Whether a process runs, and not the kernel. */
  get processRuns(): boolean {
    return Atomics.load(this.#words, PREEMPT_GPA) !== 0;
  }

  /** Sets a bit of EVENT_PENDING and makes the guest look: from the next safepoint, or from its sleep. */
  raise(bit: number): void {
    Atomics.or(this.#words, PENDING, 1 << bit);
    this.#preempt();
    this.wake();
  }

  /** Ends the guest's sleep. */
  wake(): void {
    if (Atomics.compareExchange(this.#words, IDLE, 1, 0) === 1) Atomics.notify(this.#words, IDLE);
  }

  /** vCPU thread: sleeps until `wake` or for as long as the guest said. */
  sleep(): void {
    const timeoutUs = Atomics.load(this.#words, IDLE_TIMEOUT_US) >>> 0;
    Atomics.wait(this.#words, IDLE, 1, timeoutUs === abi.EVENT_NO_TIMEOUT ? Infinity : timeoutUs / 1000);
    Atomics.compareExchange(this.#words, IDLE, 1, 0);
  }

  /** vCPU thread: counts an exit. */
  countExit(): void {
    Atomics.add(this.#words, EXITS, 1);
  }

  // The guest says where its process's limit word is. A lie costs only a word of its own memory.
  #preempt(): void {
    if (!this.preempts) return;
    const gpa = Atomics.load(this.#words, PREEMPT_GPA) >>> 0;
    const index = gpa / 4;
    if (gpa === 0 || !Number.isInteger(index) || index >= this.#words.length) return;
    Atomics.store(this.#words, index, abi.PREEMPT_REQUEST | 0);
  }
}
