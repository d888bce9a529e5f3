// virtio-console, virtio 1.2 §5.3: one port.
import {
  CONSOLE_CONFIG_COLS,
  CONSOLE_CONFIG_ROWS,
  CONSOLE_CONFIG_SIZE,
  VIRTIO_CONSOLE_F_SIZE,
  VIRTIO_CONSOLE_RX_QUEUE,
  VIRTIO_CONSOLE_TX_QUEUE,
} from "../../guest-kernel/abi/virtio-console.ts";
import { VIRTIO_ID_CONSOLE } from "../../guest-kernel/abi/virtio-mmio.ts";
import { type DeviceHost, featureMask, MAX_CHAINS_PER_TURN, type VirtioDevice } from "../virtio/device.ts";
import { QueueError } from "../virtio/errors.ts";
import type { Virtqueue } from "../virtio/queue.ts";
import type { ConsoleBackend } from "./backend.ts";

const QUEUE_SIZE_MAX = 256;
const MAX_WRITE = 64 * 1024; // bytes that are copied for the backend at once
const MAX_STEPS_PER_TURN = 512; // a step is a chain, a buffer or a write
const CELLS_MAX = 0xffff;

/** A serial console: what the guest prints goes to the backend, the backend's input to the guest. */
export class ConsoleDevice implements VirtioDevice {
  readonly id = VIRTIO_ID_CONSOLE;
  readonly features = featureMask(VIRTIO_CONSOLE_F_SIZE);
  readonly queueSizes = [QUEUE_SIZE_MAX, QUEUE_SIZE_MAX];
  readonly config = new Uint8Array(CONSOLE_CONFIG_SIZE);

  readonly #backend: ConsoleBackend;
  #host: DeviceHost | undefined;
  #started = false;
  #blocked = false; // the backend wants no more output for now
  #sending = false; // a chain is selected in the transmit queue and partly written
  #at = 0; // the rest of its current buffer: guest-physical address
  #left = 0; // and bytes
  #drained: (() => void)[] = []; // to be called when the guest has nothing left to send

  constructor(backend: ConsoleBackend) {
    this.#backend = backend;
    backend.attach({
      onWritable: () => this.#unblock(),
      onReadable: () => this.#host?.serve(VIRTIO_CONSOLE_RX_QUEUE),
    });
  }

  attach(host: DeviceHost): void {
    this.#host = host;
  }

  start(): void {
    this.#started = true;
  }

  stop(): void {
    this.#started = false;
    this.#sending = false;
    this.#left = 0;
    this.#finishDrain();
  }

  /** Tells the guest the terminal's size in characters; 0 if it is not known. */
  resize(columns: number, rows: number): void {
    const config = new DataView(this.config.buffer);
    config.setUint16(CONSOLE_CONFIG_COLS, Math.min(columns, CELLS_MAX), true);
    config.setUint16(CONSOLE_CONFIG_ROWS, Math.min(rows, CELLS_MAX), true);
    this.#host?.configChanged();
  }

  /**
   * Resolves once all output that the guest has offered so far, told of or not, has left the process. Call it when
   * the guest has stopped; a guest that prints on can hold it up.
   */
  async flush(): Promise<void> {
    const queue = this.#host?.queues[VIRTIO_CONSOLE_TX_QUEUE];
    if (this.#started && queue?.ready) {
      const drained = new Promise<void>((resolve) => this.#drained.push(resolve));
      this.#host?.serve(VIRTIO_CONSOLE_TX_QUEUE);
      await drained;
    }
    await this.#backend.flush();
  }

  serve(index: number): boolean {
    const queue = this.#host!.queues[index]!; // SAFETY: the transport serves its own queues only
    return index === VIRTIO_CONSOLE_TX_QUEUE ? this.#serveTransmit(queue) : this.#serveReceive(queue);
  }

  /** One step per turn of the loop, so that not even empty chains hold up the host. */
  #serveTransmit(queue: Virtqueue): boolean {
    for (let steps = 0; steps < MAX_STEPS_PER_TURN; steps++) {
      if (this.#blocked) return false;
      if (this.#left > 0) {
        this.#write();
      } else if (this.#sending) {
        this.#nextBuffer(queue);
      } else if (queue.popChainOrListen()) {
        this.#sending = true;
      } else {
        this.#finishDrain();
        return false;
      }
    }
    return true;
  }

  #nextBuffer(queue: Virtqueue): void {
    if (!queue.nextDesc()) {
      queue.pushUsed(0);
      this.#sending = false;
      return;
    }
    if (queue.writable) throw new QueueError(`chain ${queue.head} has nothing to print`);
    this.#at = queue.addr;
    this.#left = queue.len;
  }

  #write(): void {
    const count = Math.min(this.#left, MAX_WRITE);
    const { bytes } = this.#host!.memory; // SAFETY: attached, for it serves
    this.#blocked = !this.#backend.write(bytes.subarray(this.#at, this.#at + count));
    this.#at += count;
    this.#left -= count;
  }

  #unblock(): void {
    this.#blocked = false;
    this.#host?.serve(VIRTIO_CONSOLE_TX_QUEUE);
  }

  #finishDrain(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }

  #serveReceive(queue: Virtqueue): boolean {
    for (let chains = 0; chains < MAX_CHAINS_PER_TURN; chains++) {
      if (!this.#backend.readable) {
        queue.stopListening(); // input will come back to the queue by itself
        return false;
      }
      if (!queue.popChainOrListen()) return false;
      queue.pushUsed(this.#fill(queue));
    }
    return true;
  }

  /** Reads input into the selected chain; yields how many bytes. */
  #fill(queue: Virtqueue): number {
    const { bytes } = this.#host!.memory; // SAFETY: attached, for it serves
    let filled = 0;
    while (this.#backend.readable && queue.nextDesc()) {
      if (!queue.writable) throw new QueueError(`chain ${queue.head} is not for input`);
      filled += this.#backend.read(bytes.subarray(queue.addr, queue.addr + queue.len));
    }
    return filled;
  }
}
