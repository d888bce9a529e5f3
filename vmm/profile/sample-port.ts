// How a profiler on the main thread gets stacks of the guest, which only the vCPU thread can read. Shared memory, out of the
// guest's reach.

import { EVENT_PREEMPT_GPA } from "../../guest-kernel/abi/event-page.ts";
import { CTX_HEADER_SIZE, CTX_LIMIT, CTX_RSP } from "../../guest-kernel/abi/instance.ts";
import { EVENT_PAGE_GPA, KERNEL_CONTEXT_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { KERNEL_WINDOW } from "../boot/cpu-state.ts";
import { MAX_FRAMES, returnAddresses } from "../frame-chain.ts";
import { readVirtualU64 } from "../guest-virtual.ts";
import type { KvmVcpu } from "../kvm/vcpu.ts";

// Words of 32 bits, then the samples
const ASKED = 0;
const HEAD = 1; // samples written so far, runs free
const SAMPLES_AT = 8;
const SAMPLES = 1024;
// A sample, in 64-bit words: whose context, the system call's return address, number of frames, code addresses
const SAMPLE_CONTEXT = 0;
const SAMPLE_CALLER = 1;
const SAMPLE_FRAMES = 2;
const SAMPLE_ADDRESSES = 3;
const SAMPLE_WORDS = SAMPLE_ADDRESSES + MAX_FRAMES;

const KERNEL_CONTEXT = KERNEL_WINDOW + BigInt(KERNEL_CONTEXT_GPA);
const LIMIT_HIGH = 4; // EVENT_PREEMPT_GPA names the high half of the limit word

/** Where the guest was. */
export interface Sample {
  /** Guest-physical address of the process's context that had the processor; 0 where the kernel had it for itself. */
  context: number;
  /** While the kernel serves a system call: where that returns to, which the chain of frames leaves out. */
  caller: bigint | undefined;
  /** Code addresses, the innermost first; all others are return addresses. */
  addresses: bigint[];
}

/** Either side's view. */
export class SamplePort {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #samples: BigUint64Array<SharedArrayBuffer>;
  #seen = 0;

  constructor(buffer = new SharedArrayBuffer(SAMPLES_AT + 8 * SAMPLE_WORDS * SAMPLES)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, 2);
    this.#samples = new BigUint64Array(buffer, SAMPLES_AT);
  }

  /** Main thread: asks for a sample at the next exit. The vCPU thread must be interrupted to make one. */
  ask(): void {
    Atomics.store(this.#words, ASKED, 1);
  }

  /** vCPU thread: takes a sample if one was asked for, from the registers and the chain of frame pointers. */
  sampleIfAsked(vcpu: KvmVcpu, ram: DataView): void {
    if (Atomics.exchange(this.#words, ASKED, 0) === 0) return;
    const { rip, rbp, r14 } = vcpu.registers();
    const context = runningContext(ram);
    const head = Atomics.load(this.#words, HEAD);
    const at = ((head >>> 0) % SAMPLES) * SAMPLE_WORDS;
    this.#samples[at + SAMPLE_CONTEXT] = BigInt(context);
    this.#samples[at + SAMPLE_CALLER] = r14 === KERNEL_CONTEXT && context !== 0 ? callerOf(ram, context) : 0n;
    this.#samples[at + SAMPLE_ADDRESSES] = rip;
    const callers = returnAddresses(ram, rbp);
    this.#samples.set(callers, at + SAMPLE_ADDRESSES + 1);
    this.#samples[at + SAMPLE_FRAMES] = BigInt(1 + callers.length);
    Atomics.store(this.#words, HEAD, head + 1);
  }

  /** Main thread: hands over the samples since the last call, oldest first. */
  take(each: (sample: Sample) => void): void {
    const head = Atomics.load(this.#words, HEAD);
    const pending = Math.min((head - this.#seen) >>> 0, SAMPLES);
    for (let i = head - pending; i < head; i++) {
      const at = ((i >>> 0) % SAMPLES) * SAMPLE_WORDS;
      const frames = Number(this.#samples[at + SAMPLE_FRAMES]);
      const first = at + SAMPLE_ADDRESSES;
      each({
        context: Number(this.#samples[at + SAMPLE_CONTEXT]),
        caller: this.#samples[at + SAMPLE_CALLER] || undefined,
        addresses: Array.from(this.#samples.subarray(first, first + frames)),
      });
    }
    this.#seen = head;
  }
}

/** The context of the process that has the processor, itself or in a system call; 0 if there is none. */
function runningContext(ram: DataView): number {
  const word = ram.getUint32(EVENT_PAGE_GPA + EVENT_PREEMPT_GPA, true);
  const context = word - CTX_LIMIT - LIMIT_HIGH;
  return word !== 0 && context > 0 && context + CTX_HEADER_SIZE <= ram.byteLength ? context : 0;
}

function callerOf(ram: DataView, context: number): bigint {
  return readVirtualU64(ram, ram.getBigUint64(context + CTX_RSP, true)) ?? 0n;
}
