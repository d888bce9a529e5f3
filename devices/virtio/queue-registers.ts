// What the driver says about one queue before it is ready, virtio 1.2 §4.2.2 and §4.2.3.2.
import * as m from "../../guest-kernel/abi/virtio-mmio.ts";
import type { QueueLayout } from "./queue.ts";

const HIGH_WORD = 2 ** 32;

/** The write-only registers of one queue. Values are the driver's, unchecked: `Virtqueue.start` is their door. */
export class QueueRegisters {
  readonly sizeMax: number;
  #size = 0;
  #descLow = 0;
  #descHigh = 0;
  #availLow = 0;
  #availHigh = 0;
  #usedLow = 0;
  #usedHigh = 0;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  /** Stores a u32 to a QUEUE_* register; others ignore it. */
  write(offset: number, value: number): void {
    switch (offset) {
      case m.VIRTIO_MMIO_QUEUE_NUM:
        this.#size = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_DESC_LOW:
        this.#descLow = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_DESC_HIGH:
        this.#descHigh = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_AVAIL_LOW:
        this.#availLow = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
        this.#availHigh = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_USED_LOW:
        this.#usedLow = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_USED_HIGH:
        this.#usedHigh = value;
        break;
      default:
        break;
    }
  }

  reset(): void {
    this.#size = 0;
    this.#descLow = this.#descHigh = 0;
    this.#availLow = this.#availHigh = 0;
    this.#usedLow = this.#usedHigh = 0;
  }

  /** What the driver wrote. A size above `sizeMax` yields 0, which no queue can have. */
  layout(): QueueLayout {
    // Sums above 2^53 lose low bits; they are far outside RAM anyway.
    return {
      size: this.#size <= this.sizeMax ? this.#size : 0,
      descTable: this.#descHigh * HIGH_WORD + this.#descLow,
      availRing: this.#availHigh * HIGH_WORD + this.#availLow,
      usedRing: this.#usedHigh * HIGH_WORD + this.#usedLow,
    };
  }
}
