/// <reference lib="es2024.sharedmemory" />
// How the vCPU thread and the main thread talk. Not in guest RAM: the guest cannot reach it.

import { MARK_SHELL } from "../guest-kernel/abi/control.ts";
import { FRAMEBUFFER_DOORBELL } from "../guest-kernel/abi/framebuffer.ts";
import { VIRTIO_MMIO_SLOTS } from "../guest-kernel/abi/memory-map.ts";

// Words of 32 bits
const WAKE = 0; // 1: the main thread has something to do
const STOP = 1; // 1: the vCPU thread ends
const START = 2; // 1: the guest may run
const CALL_STATE = 3; // CALL_*
const CALL_SLOT = 4;
const CALL_OFFSET = 5;
const CALL_VALUE = 6; // of a store; the answer of a load
const CALL_WIDTH = 7; // bytes
const CALL_IS_STORE = 8;
const TICKING = 9; // 1: the main thread looks after the guest's time slices
const DOORBELLS = 10; // one word a slot: bit q says that queue q was notified
const DOORBELL_COUNT = VIRTIO_MMIO_SLOTS + 1; // the framebuffer's last
const WORD_COUNT = DOORBELLS + DOORBELL_COUNT;

const CALL_SPIN_MS = 0.2;
const CALL_NONE = 0;
const CALL_ASKED = 1;
const CALL_ANSWERED = 2;

/** A queue above this cannot be told by a doorbell. */
export const MAX_DOORBELL_QUEUE = 31;

/** Where the framebuffer stands among the devices: behind the slots. Its doorbell is queue 0. */
export const FRAMEBUFFER_SLOT = VIRTIO_MMIO_SLOTS;

/** Where a listener for CONTROL_FAULT stands among the devices, behind what the guest can address. */
export const FAULT_LISTENER = FRAMEBUFFER_SLOT + 1;

/** The mark of the guest's first entry; the others are MARK_* of abi/control.ts. */
export const MARK_ENTRY = 0;
const MARK_COUNT = MARK_SHELL + 1;
const TIMES_OFFSET = (4 * WORD_COUNT + 7) & ~7;

/** A device's registers as the guest sees them. `width` is 1, 2 or 4 bytes; values are unsigned. */
export interface MmioDevice {
  readMmio(offset: number, width: number): number;
  writeMmio(offset: number, value: number, width: number): void;
}

/** Either side's view of the mailbox. Methods say which thread may call them. */
export class Mailbox {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #times: BigInt64Array<SharedArrayBuffer>;

  constructor(buffer = new SharedArrayBuffer(TIMES_OFFSET + 8 * MARK_COUNT)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, WORD_COUNT);
    this.#times = new BigInt64Array(buffer, TIMES_OFFSET, MARK_COUNT);
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }

  /** vCPU thread: waits until the guest may run; false when it may not any more. */
  waitForStart(): boolean {
    Atomics.wait(this.#words, START, 0);
    return !this.stopped;
  }

  /** vCPU thread: says that the guest has put buffers into a queue. Does not wait. */
  ringDoorbell(slot: number, queue: number): void {
    Atomics.or(this.#words, DOORBELLS + slot, 1 << queue);
    this.wakeMain();
  }

  /** vCPU thread: loads a device's register; waits for the main thread. */
  load(slot: number, offset: number, width: number): number {
    this.#call(slot, offset, width, 0, 0);
    return Atomics.load(this.#words, CALL_VALUE);
  }

  /** vCPU thread: stores to a device's register; returns when the device has seen it. */
  store(slot: number, offset: number, value: number, width: number): void {
    this.#call(slot, offset, width, value, 1);
  }

  /** vCPU thread: notes when the guest reached a mark for the first time. Ignores marks that there are not. */
  stamp(mark: number, timeNs: bigint): void {
    if (mark >= MARK_COUNT || Atomics.compareExchange(this.#times, mark, 0n, timeNs) !== 0n) return;
    this.wakeMain();
  }

  /** vCPU thread: the guest runs again; makes sure that somebody looks after its time slices. */
  noteBusy(): void {
    if (Atomics.load(this.#words, TICKING) === 0) this.wakeMain();
  }

  /** Any thread: makes the main thread's wait end. */
  wakeMain(): void {
    if (Atomics.exchange(this.#words, WAKE, 1) === 0) Atomics.notify(this.#words, WAKE);
  }

  /** Main thread: waits for `wakeMain`, and takes it back. False if it had come before. */
  async waitForWake(): Promise<boolean> {
    const wait = Atomics.waitAsync(this.#words, WAKE, 0);
    if (wait.async) await wait.value;
    Atomics.store(this.#words, WAKE, 0);
    return wait.async;
  }

  /** Main thread: hands all that the guest asked for to the devices. An absent device reads zero and ignores stores. */
  serve(devices: readonly (MmioDevice | undefined)[], notifyOffset: number): void {
    // The console is in slot 0 and the log above: what happened is logged before what came of it is printed.
    for (let slot = VIRTIO_MMIO_SLOTS - 1; slot >= 0; slot--) {
      const queues = Atomics.exchange(this.#words, DOORBELLS + slot, 0);
      if (queues === 0) continue;
      for (let queue = 0; queue <= MAX_DOORBELL_QUEUE; queue++) {
        if ((queues & (1 << queue)) !== 0) devices[slot]?.writeMmio(notifyOffset, queue, 4);
      }
    }
    if (Atomics.exchange(this.#words, DOORBELLS + FRAMEBUFFER_SLOT, 0) !== 0)
      devices[FRAMEBUFFER_SLOT]?.writeMmio(FRAMEBUFFER_DOORBELL, 1, 4);
    if (Atomics.load(this.#words, CALL_STATE) === CALL_ASKED) this.#answer(devices);
  }

  /** Main thread: when the guest reached a mark, on the clock of `process.hrtime`; undefined if it has not. */
  timeOf(mark: number): bigint | undefined {
    const time = Atomics.load(this.#times, mark);
    return time === 0n ? undefined : time;
  }

  /** Main thread: lets the guest run. */
  start(): void {
    Atomics.store(this.#words, START, 1);
    Atomics.notify(this.#words, START);
  }

  /** Main thread: ends every wait of the vCPU thread on the mailbox, and every later one. */
  stop(): void {
    Atomics.store(this.#words, STOP, 1);
    this.start();
    Atomics.store(this.#words, CALL_STATE, CALL_ANSWERED);
    Atomics.notify(this.#words, CALL_STATE);
    this.wakeMain();
  }

  /** Main thread: says whether it looks after the guest's time slices. */
  set ticking(ticking: boolean) {
    Atomics.store(this.#words, TICKING, ticking ? 1 : 0);
  }

  #call(slot: number, offset: number, width: number, value: number, isStore: number): void {
    Atomics.store(this.#words, CALL_SLOT, slot);
    Atomics.store(this.#words, CALL_OFFSET, offset);
    Atomics.store(this.#words, CALL_WIDTH, width);
    Atomics.store(this.#words, CALL_VALUE, value);
    Atomics.store(this.#words, CALL_IS_STORE, isStore);
    Atomics.store(this.#words, CALL_STATE, CALL_ASKED);
    this.wakeMain();
    // PERF: the answer takes less than going to sleep and waking up on a virtual processor, 40 us there
    const spinEnd = performance.now() + CALL_SPIN_MS;
    while (Atomics.load(this.#words, CALL_STATE) === CALL_ASKED && performance.now() < spinEnd);
    while (!this.stopped && Atomics.load(this.#words, CALL_STATE) === CALL_ASKED)
      Atomics.wait(this.#words, CALL_STATE, CALL_ASKED);
    Atomics.store(this.#words, CALL_STATE, CALL_NONE);
  }

  #answer(devices: readonly (MmioDevice | undefined)[]): void {
    const device = devices[Atomics.load(this.#words, CALL_SLOT)];
    const offset = Atomics.load(this.#words, CALL_OFFSET);
    const width = Atomics.load(this.#words, CALL_WIDTH);
    if (Atomics.load(this.#words, CALL_IS_STORE) === 1)
      device?.writeMmio(offset, Atomics.load(this.#words, CALL_VALUE) >>> 0, width);
    else Atomics.store(this.#words, CALL_VALUE, device?.readMmio(offset, width) ?? 0);
    Atomics.store(this.#words, CALL_STATE, CALL_ANSWERED);
    Atomics.notify(this.#words, CALL_STATE);
  }
}
