// The driver's side of a split virtqueue, virtio 1.2 §2.7, for tests of devices. It obeys no rule by itself.
import * as q from "../../guest-kernel/abi/virtq.ts";
import type { GuestMemory } from "../../devices/guest-memory.ts";
import type { QueueLayout } from "../../devices/virtio/queue.ts";

const EVENT_WORD_SIZE = 2;

/** A descriptor as a test wants it in memory; flags and next are 0 if not given. */
export interface TestDesc {
  readonly addr: number | bigint;
  readonly len: number;
  readonly flags?: number;
  readonly next?: number;
}

/** Rings in guest memory, written as a driver does, or as no driver should. */
export class DriverQueue {
  readonly layout: QueueLayout;
  readonly #memory: GuestMemory;
  #availIdx = 0;
  #usedSeen = 0;

  /** Lays the three parts out one after the other from `base`, and clears them. */
  constructor(memory: GuestMemory, size: number, base = 0x1000) {
    const availRing = align(base + q.DESC_SIZE * size, q.AVAIL_ALIGN);
    const availEnd = availRing + q.AVAIL_RING + 2 * size + EVENT_WORD_SIZE;
    const usedRing = align(availEnd, q.USED_ALIGN);
    const end = usedRing + q.USED_RING + q.USED_ELEM_SIZE * size + EVENT_WORD_SIZE;
    this.#memory = memory;
    this.layout = { size, descTable: align(base, q.DESC_ALIGN), availRing, usedRing };
    memory.bytes.fill(0, base, end);
  }

  desc(index: number, desc: TestDesc): void {
    writeDesc(this.#memory, this.layout.descTable + q.DESC_SIZE * index, desc);
  }

  /** Makes the chain that starts at `head` available. */
  offer(head: number): void {
    const slot = this.layout.availRing + q.AVAIL_RING + 2 * (this.#availIdx & (this.layout.size - 1));
    this.#memory.view.setUint16(slot, head, true);
    this.setAvailIdx((this.#availIdx + 1) & 0xffff);
  }

  /** Offers one buffer as a chain of one descriptor, number `index`. */
  offerBuffer(index: number, addr: number, len: number, flags = 0): void {
    this.desc(index, { addr, len, flags });
    this.offer(index);
  }

  /** Sets avail.idx, which need not agree with what was offered. */
  setAvailIdx(value: number): void {
    this.#availIdx = value;
    this.#memory.storeU16(this.layout.availRing + q.AVAIL_IDX, value);
  }

  set availFlags(value: number) {
    this.#memory.storeU16(this.layout.availRing + q.AVAIL_FLAGS, value);
  }

  get usedFlags(): number {
    return this.#memory.loadU16(this.layout.usedRing + q.USED_FLAGS);
  }

  get usedIdx(): number {
    return this.#memory.loadU16(this.layout.usedRing + q.USED_IDX);
  }

  /** The next chain that the device has given back; undefined if there is none. */
  popUsed(): { head: number; len: number } | undefined {
    if (this.usedIdx === this.#usedSeen) return undefined;
    const slot = this.#usedSeen & (this.layout.size - 1);
    const elem = this.layout.usedRing + q.USED_RING + q.USED_ELEM_SIZE * slot;
    this.#usedSeen = (this.#usedSeen + 1) & 0xffff;
    const { view } = this.#memory;
    return {
      head: view.getUint32(elem + q.USED_ELEM_ID, true),
      len: view.getUint32(elem + q.USED_ELEM_LEN, true),
    };
  }
}

/** Writes a descriptor anywhere, as into an indirect table. */
export function writeDesc(memory: GuestMemory, at: number, desc: TestDesc): void {
  memory.view.setBigUint64(at + q.DESC_ADDR, BigInt(desc.addr), true);
  memory.view.setUint32(at + q.DESC_LEN, desc.len, true);
  memory.view.setUint16(at + q.DESC_FLAGS, desc.flags ?? 0, true);
  memory.view.setUint16(at + q.DESC_NEXT, desc.next ?? 0, true);
}

function align(address: number, to: number): number {
  return Math.ceil(address / to) * to;
}
