// Exits as the vCPU thread sees them, for the main thread to write into a trace. Shared memory, out of the guest's reach.

const HEAD_BYTES = 8;
const ENTRY_WORDS = 4; // start ns, end ns, kind, address: 64 bits each
const ENTRIES = 4096;

/** One exit. */
export interface ExitEntry {
  /** On the clock of `process.hrtime`. */
  startNs: bigint;
  endNs: bigint;
  /** KVM_EXIT_*. */
  reason: number;
  /** Guest-physical, of an access. */
  gpa: number;
}

/** Either side's view. */
export class ExitLog {
  readonly buffer: SharedArrayBuffer;
  readonly #head: Uint32Array<SharedArrayBuffer>;
  readonly #entries: BigInt64Array<SharedArrayBuffer>;
  #seen = 0;

  constructor(buffer = new SharedArrayBuffer(HEAD_BYTES + 8 * ENTRY_WORDS * ENTRIES)) {
    this.buffer = buffer;
    this.#head = new Uint32Array(buffer, 0, 1);
    this.#entries = new BigInt64Array(buffer, HEAD_BYTES);
  }

  /** vCPU thread: adds an exit. */
  add(startNs: bigint, endNs: bigint, reason: number, gpa: number): void {
    const head = Atomics.load(this.#head, 0);
    const at = (head % ENTRIES) * ENTRY_WORDS;
    this.#entries[at] = startNs;
    this.#entries[at + 1] = endNs;
    this.#entries[at + 2] = BigInt(reason);
    this.#entries[at + 3] = BigInt(gpa);
    Atomics.store(this.#head, 0, head + 1);
  }

  /** Main thread: hands over the exits since the last call, oldest first; returns how many were overwritten before. */
  take(each: (entry: ExitEntry) => void): number {
    const head = Atomics.load(this.#head, 0);
    const pending = (head - this.#seen) >>> 0;
    const lost = Math.max(pending - ENTRIES, 0);
    for (let i = head - pending + lost; i < head; i++) {
      const at = (i % ENTRIES) * ENTRY_WORDS;
      const [startNs = 0n, endNs = 0n, reason = 0n, gpa = 0n] = this.#entries.subarray(at, at + ENTRY_WORDS);
      each({ startNs, endNs, reason: Number(reason), gpa: Number(gpa) });
    }
    this.#seen = head;
    return lost;
  }
}
