// Receive buffers of virtio-net, virtio 1.2 §5.1.6.3 and §5.1.6.4.
import {
  NET_HDR_FLAGS,
  NET_HDR_NUM_BUFFERS,
  NET_HDR_SIZE,
  VIRTIO_NET_HDR_F_DATA_VALID,
} from "../../guest-kernel/abi/virtio-net.ts";
import type { GuestMemory } from "../guest-memory.ts";
import { QueueError } from "../virtio/errors.ts";
import type { Virtqueue } from "../virtio/queue.ts";

/** What became of a frame: the guest has it, has no room for it now, or could never have. */
export type Delivery = "delivered" | "no-buffers" | "too-long";

/** Copies frames into the chains of a receive queue, several chains a frame if the driver merges them. */
export class FrameWriter {
  readonly #bytes: Uint8Array;
  readonly #queue: Virtqueue;
  readonly #mergeable: boolean;
  readonly #header = new Uint8Array(NET_HDR_SIZE);
  readonly #headerView = new DataView(this.#header.buffer);
  // The chains that the current frame fills, in order.
  readonly #heads: Uint16Array;
  readonly #lengths: Uint32Array;
  #at = 0; // in the current descriptor's buffer
  #left = 0; // of it, in bytes

  constructor(memory: GuestMemory, queue: Virtqueue, mergeable: boolean) {
    this.#bytes = memory.bytes;
    this.#queue = queue;
    this.#mergeable = mergeable;
    this.#heads = new Uint16Array(queue.size);
    this.#lengths = new Uint32Array(queue.size);
  }

  /** Delivers a frame as a whole or not at all. Throws QueueError for a buffer that breaks the rules. */
  write(frame: Uint8Array, checksumsValid: boolean): Delivery {
    const queue = this.#queue;
    if (!queue.popChainOrListen()) return "no-buffers";
    this.#fillHeader(checksumsValid ? VIRTIO_NET_HDR_F_DATA_VALID : 0, 1);
    this.#startChain();
    if (this.#put(this.#header, 0) !== NET_HDR_SIZE) {
      throw new QueueError(`chain ${queue.head} cannot hold a header`); // §5.1.6.3.1
    }
    let done = this.#put(frame, 0);
    this.#heads[0] = queue.head;
    this.#lengths[0] = NET_HDR_SIZE + done;
    let chains = 1;
    while (done < frame.length) {
      if (!this.#mergeable || chains === queue.size) return this.#giveBack(chains, "too-long");
      if (!queue.popChainOrListen()) return this.#giveBack(chains, "no-buffers");
      this.#startChain();
      const count = this.#put(frame, done);
      if (count === 0) throw new QueueError(`chain ${queue.head} is empty`);
      done += count;
      this.#heads[chains] = queue.head;
      this.#lengths[chains] = count;
      chains++;
    }
    if (chains > 1) this.#countBuffers(chains);
    this.#giveToGuest(chains);
    return "delivered";
  }

  #fillHeader(flags: number, buffers: number): void {
    this.#header[NET_HDR_FLAGS] = flags;
    this.#headerView.setUint16(NET_HDR_NUM_BUFFERS, buffers, true);
  }

  /** Writes the header again, for only the end of the frame tells how many chains it took. */
  #countBuffers(chains: number): void {
    this.#headerView.setUint16(NET_HDR_NUM_BUFFERS, chains, true);
    this.#queue.selectChain(this.#heads[0]!); // SAFETY: written by `write`
    this.#startChain();
    this.#put(this.#header, 0);
  }

  #giveToGuest(chains: number): void {
    for (let i = 0; i < chains; i++) this.#queue.stageUsed(this.#heads[i]!, this.#lengths[i]!);
    this.#queue.publishUsed(); // at once: the driver expects all of a frame's buffers (§5.1.6.4)
  }

  #giveBack(chains: number, outcome: Delivery): Delivery {
    this.#queue.unpopChains(chains);
    return outcome;
  }

  #startChain(): void {
    this.#left = 0;
  }

  /** Copies `source` from `from` on to the cursor, as much as the chain holds; yields how many bytes. */
  #put(source: Uint8Array, from: number): number {
    let done = from;
    while (done < source.length) {
      if (this.#left === 0 && !this.#nextBuffer()) break;
      const count = Math.min(this.#left, source.length - done);
      const whole = count === source.length;
      this.#bytes.set(whole ? source : source.subarray(done, done + count), this.#at);
      this.#at += count;
      this.#left -= count;
      done += count;
    }
    return done - from;
  }

  /** Moves the cursor to the chain's next buffer that holds something; false at its end. */
  #nextBuffer(): boolean {
    const queue = this.#queue;
    while (queue.nextDesc()) {
      if (!queue.writable) throw new QueueError(`chain ${queue.head} is not for receiving`);
      if (queue.len === 0) continue;
      this.#at = queue.addr;
      this.#left = queue.len;
      return true;
    }
    return false;
  }
}
