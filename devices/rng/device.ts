// Entropy device, virtio 1.2 §5.4.
import { randomFillSync } from "node:crypto";
import { VIRTIO_ID_RNG } from "../../guest-kernel/abi/virtio-mmio.ts";
import { type DeviceHost, MAX_CHAINS_PER_TURN, type VirtioDevice } from "../virtio/device.ts";
import { QueueError } from "../virtio/errors.ts";
import type { Virtqueue } from "../virtio/queue.ts";

const QUEUE_SIZE_MAX = 64;
const BYTES_MAX = 4096; // of a chain that are filled: §5.4.6.2 allows less than all

/** Fills the guest's buffers with random bytes of the host. */
export class RngDevice implements VirtioDevice {
  readonly id = VIRTIO_ID_RNG;
  readonly features = 0n;
  readonly queueSizes = [QUEUE_SIZE_MAX];
  readonly config = new Uint8Array(0);
  #host: DeviceHost | undefined;

  attach(host: DeviceHost): void {
    this.#host = host;
  }

  start(): void {}

  stop(): void {}

  serve(index: number): boolean {
    const queue = this.#host!.queues[index]!; // SAFETY: the transport serves its own queues only
    for (let chains = 0; chains < MAX_CHAINS_PER_TURN; chains++) {
      if (!queue.popChainOrListen()) return false;
      queue.pushUsed(this.#fill(queue));
    }
    return true;
  }

  /** Fills the selected chain; yields how many bytes. */
  #fill(queue: Virtqueue): number {
    const { bytes } = this.#host!.memory; // SAFETY: attached, for it serves
    let filled = 0;
    while (filled < BYTES_MAX && queue.nextDesc()) {
      if (!queue.writable) throw new QueueError(`chain ${queue.head} is not for random bytes`); // §5.4.6.1
      const count = Math.min(queue.len, BYTES_MAX - filled);
      randomFillSync(bytes, queue.addr, count);
      filled += count;
    }
    return filled;
  }
}
