// The device's side of a split virtqueue, virtio 1.2 §2.7.
import * as q from "../../guest-kernel/abi/virtq.ts";
import type { GuestMemory } from "../guest-memory.ts";
import { QueueError } from "./errors.ts";

/** Where the three parts of a queue are (guest-physical) and how many descriptors it has. */
export interface QueueLayout {
  readonly size: number;
  readonly descTable: number;
  readonly availRing: number;
  readonly usedRing: number;
}

const NO_DESC = -1;

/**
 * A cursor over the chains that the driver offers. `popChain` selects one, `nextDesc` steps through it and fills
 * `addr`, `len` and `writable`, `pushUsed` gives it back.
 *
 * The walk throws QueueError when the driver broke a rule; what it hands out lies inside RAM and stays in range
 * whatever the guest writes meanwhile, for every word of the ring is read once. Nothing here allocates.
 */
export class Virtqueue {
  /** Guest-physical address of the current descriptor's buffer, inside RAM. */
  addr = 0;
  /** Bytes in the current descriptor's buffer. */
  len = 0;
  /** Whether the current buffer is the device's to write; otherwise it may only read it. */
  writable = false;

  readonly #mem: GuestMemory;
  #ready = false;
  #size = 0;
  #descTable = 0;
  #availRing = 0;
  #usedRing = 0;
  #indirectAllowed = false;

  #nextAvail = 0; // both run free: masked only to index a ring
  #nextUsed = 0;
  #notifyOff = false; // what used.flags says
  #unsignalled = false; // used buffers that the driver was not told of

  #head = 0;
  #table = 0; // of the chain's current descriptor: the queue's own or an indirect one
  #tableSize = 0;
  #indirect = false;
  #next = NO_DESC;
  #ttl = 0;

  constructor(memory: GuestMemory) {
    this.#mem = memory;
  }

  /** Whether the driver has set the queue up. A queue that is not ready has no chains. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Descriptors in the queue, 0 before it is ready. */
  get size(): number {
    return this.#size;
  }

  /** The head of the selected chain: its name in the used ring. */
  get head(): number {
    return this.#head;
  }

  /**
   * Starts the queue where the driver put it. This is the door for ring addresses: once through, the rings are
   * trusted to lie in RAM. Throws QueueError if they do not.
   */
  start(layout: QueueLayout, indirectAllowed: boolean): void {
    checkLayout(this.#mem, layout);
    this.reset();
    this.#size = layout.size;
    this.#descTable = layout.descTable;
    this.#availRing = layout.availRing;
    this.#usedRing = layout.usedRing;
    this.#indirectAllowed = indirectAllowed;
    this.#ready = true;
  }

  /** Forgets everything about the driver's queue; guest memory is not touched again. */
  reset(): void {
    this.#ready = false;
    this.#size = 0;
    this.#nextAvail = 0;
    this.#nextUsed = 0;
    this.#notifyOff = false;
    this.#unsignalled = false;
    this.#next = NO_DESC;
  }

  /** Selects the next available chain; false when the driver has none. */
  popChain(): boolean {
    if (!this.#ready) return false;
    const ready = (this.#mem.loadU16(this.#availRing + q.AVAIL_IDX) - this.#nextAvail) & 0xffff;
    if (ready === 0) return false;
    if (ready > this.#size) throw new QueueError(`${ready} chains in a queue of ${this.#size}`);
    const slot = this.#availRing + q.AVAIL_RING + 2 * (this.#nextAvail & (this.#size - 1));
    this.#nextAvail = (this.#nextAvail + 1) & 0xffff;
    this.selectChain(this.#mem.view.getUint16(slot, true));
    return true;
  }

  /**
   * Selects the next available chain and turns the driver's notifications off; when there is none, turns them on
   * and is false. So a busy queue costs the guest no exits, and an idle one is never forgotten.
   */
  popChainOrListen(): boolean {
    if (this.popChain()) {
      this.#suppressNotify(true);
      return true;
    }
    this.#suppressNotify(false);
    // The driver may have offered a chain before it could see the flag (§2.7.10).
    if (!this.popChain()) return false;
    this.#suppressNotify(true);
    return true;
  }

  /** Tells the driver that the device will not need a notification: it looks by itself when it has work. */
  stopListening(): void {
    this.#suppressNotify(true);
  }

  /** Offers the last `count` popped chains, of which none was given back, again. */
  unpopChains(count: number): void {
    this.#nextAvail = (this.#nextAvail - count) & 0xffff;
    this.#next = NO_DESC;
  }

  /** Selects a popped chain from its first descriptor; it is checked as if for the first time. */
  selectChain(head: number): void {
    this.#head = head;
    this.#next = head;
    this.#table = this.#descTable;
    this.#tableSize = this.#size;
    this.#indirect = false;
    this.#ttl = this.#size; // §2.7.5.3.1: no chain is longer than the queue, so longer ones loop
    this.writable = false;
  }

  /** Loads the chain's next descriptor into the cursor; false at its end. */
  nextDesc(): boolean {
    if (this.#next === NO_DESC) return false;
    if (this.#next >= this.#tableSize) throw new QueueError(`descriptor ${this.#next} of ${this.#tableSize}`);
    if (this.#ttl === 0) throw new QueueError(`chain ${this.#head} loops`);
    this.#ttl--;
    const desc = this.#table + q.DESC_SIZE * this.#next;
    const flags = this.#mem.view.getUint16(desc + q.DESC_FLAGS, true);
    const addr = this.#mem.readAddress(desc + q.DESC_ADDR);
    const len = this.#mem.view.getUint32(desc + q.DESC_LEN, true);
    // The guest chose addr and len: nothing below here may trust them unchecked.
    if (!this.#mem.contains(addr, len)) throw new QueueError(`descriptor ${this.#next} is outside RAM`);
    if (flags & q.VIRTQ_DESC_F_INDIRECT) {
      this.#enterIndirect(addr, len, flags);
      return this.nextDesc(); // once at most: nesting is refused
    }
    const writable = (flags & q.VIRTQ_DESC_F_WRITE) !== 0;
    // §2.7.4.2: what the device writes comes after what it reads.
    if (this.writable && !writable) throw new QueueError(`chain ${this.#head} mixes its directions`);
    this.#next = flags & q.VIRTQ_DESC_F_NEXT ? this.#mem.view.getUint16(desc + q.DESC_NEXT, true) : NO_DESC;
    this.addr = addr;
    this.len = len;
    this.writable = writable;
    return true;
  }

  /** Returns the selected chain to the driver, `written` bytes of it filled. */
  pushUsed(written: number): void {
    this.stageUsed(this.#head, written);
    this.publishUsed();
  }

  /** Writes an entry of the used ring that the driver sees with the next `publishUsed`, at most `size` of them. */
  stageUsed(head: number, written: number): void {
    if (!this.#ready) return; // the driver took its queue back while the device worked
    const slot = this.#nextUsed & (this.#size - 1);
    const elem = this.#usedRing + q.USED_RING + q.USED_ELEM_SIZE * slot;
    this.#mem.view.setUint32(elem + q.USED_ELEM_ID, head, true);
    this.#mem.view.setUint32(elem + q.USED_ELEM_LEN, written, true);
    this.#nextUsed = (this.#nextUsed + 1) & 0xffff;
  }

  /** Shows the driver all staged entries at once. */
  publishUsed(): void {
    if (!this.#ready) return;
    this.#mem.storeU16(this.#usedRing + q.USED_IDX, this.#nextUsed);
    this.#unsignalled = true;
  }

  /** True if the driver is to be interrupted: it was given buffers since the last call, and wants to know. */
  takeSignal(): boolean {
    if (!this.#ready || !this.#unsignalled) return false;
    this.#unsignalled = false;
    return (this.#mem.loadU16(this.#availRing + q.AVAIL_FLAGS) & q.VIRTQ_AVAIL_F_NO_INTERRUPT) === 0;
  }

  #enterIndirect(table: number, bytes: number, flags: number): void {
    if (!this.#indirectAllowed) throw new QueueError("indirect descriptor was not negotiated");
    // §2.7.5.3.1: not inside a table, and not with NEXT. §2.7.5.3.2: WRITE is ignored here.
    if (this.#indirect) throw new QueueError("indirect table inside an indirect table");
    if (flags & q.VIRTQ_DESC_F_NEXT) throw new QueueError("indirect descriptor goes on");
    if (bytes === 0 || bytes % q.DESC_SIZE !== 0) throw new QueueError(`indirect table of ${bytes} bytes`);
    this.#table = table;
    this.#tableSize = bytes / q.DESC_SIZE;
    this.#indirect = true;
    this.#next = 0;
    this.#ttl++; // the chain's length is the table's, without the descriptor that names it
  }

  #suppressNotify(off: boolean): void {
    if (this.#notifyOff === off || !this.#ready) return;
    this.#notifyOff = off;
    this.#mem.storeU16(this.#usedRing + q.USED_FLAGS, off ? q.VIRTQ_USED_F_NO_NOTIFY : 0);
  }
}

function checkLayout(memory: GuestMemory, layout: QueueLayout): void {
  const { size } = layout;
  // §2.7: a power of two
  if (size < 1 || size > q.VIRTQ_MAX_SIZE || (size & (size - 1)) !== 0)
    throw new QueueError(`queue size ${size}`);
  const ringWords = 6; // flags, idx and the event word, u16 each
  checkPart(memory, "descriptor table", layout.descTable, q.DESC_SIZE * size, q.DESC_ALIGN);
  checkPart(memory, "available ring", layout.availRing, ringWords + 2 * size, q.AVAIL_ALIGN);
  checkPart(memory, "used ring", layout.usedRing, ringWords + q.USED_ELEM_SIZE * size, q.USED_ALIGN);
}

function checkPart(memory: GuestMemory, name: string, gpa: number, bytes: number, align: number): void {
  if (gpa % align !== 0) throw new QueueError(`${name} at ${gpa}, alignment ${align}`);
  if (!memory.contains(gpa, bytes))
    throw new QueueError(`${name} of ${bytes} bytes at ${gpa} is outside RAM`);
}
