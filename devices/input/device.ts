// virtio-input, virtio 1.2 §5.8: a keyboard and a tablet in one device (guest-kernel/abi/virtio-input.ts).
import {
  INPUT_EVENT_CODE,
  INPUT_EVENT_SIZE,
  INPUT_EVENT_TYPE,
  INPUT_EVENT_VALUE,
  VIRTIO_INPUT_CFG_SELECT,
  VIRTIO_INPUT_CFG_SUBSEL,
  VIRTIO_INPUT_QUEUE_EVENTS,
  VIRTIO_INPUT_QUEUE_STATUS,
} from "../../guest-kernel/abi/virtio-input.ts";
import { VIRTIO_ID_INPUT } from "../../guest-kernel/abi/virtio-mmio.ts";
import { type DeviceHost, MAX_CHAINS_PER_TURN, type VirtioDevice } from "../virtio/device.ts";
import { QueueError } from "../virtio/errors.ts";
import type { Virtqueue } from "../virtio/queue.ts";
import { ConfigSpace } from "./config.ts";
import { EventQueue, type InputEvent } from "./events.ts";

const EVENT_QUEUE_SIZE_MAX = 256;
const STATUS_QUEUE_SIZE_MAX = 64;

/** Brings what somebody types and points at to the guest. */
export class InputDevice implements VirtioDevice {
  readonly id = VIRTIO_ID_INPUT;
  readonly features = 0n;
  readonly queueSizes = [EVENT_QUEUE_SIZE_MAX, STATUS_QUEUE_SIZE_MAX];
  readonly #config = new ConfigSpace();
  readonly config = this.#config.bytes;
  readonly #events = new EventQueue();
  #host: DeviceHost | undefined;
  #started = false;

  attach(host: DeviceHost): void {
    this.#host = host;
  }

  start(): void {
    this.#started = true;
  }

  stop(): void {
    this.#started = false;
    this.#events.clear();
    this.#config.select(0, 0);
  }

  /** Events that the guest has not taken yet. */
  get waiting(): number {
    return this.#events.length;
  }

  /**
   * Sends what happened at one moment. A guest that does not take it gets the last of several moves of the pointer;
   * one that has no driver gets nothing.
   */
  send(events: readonly InputEvent[]): void {
    if (!this.#started) return;
    this.#events.push(events);
    this.#host?.serve(VIRTIO_INPUT_QUEUE_EVENTS);
  }

  /** §5.8.5.1: the driver selects what `config` shows. */
  writeConfig(offset: number, value: number): void {
    if (offset === VIRTIO_INPUT_CFG_SELECT) this.#config.select(value & 0xff, this.#config.subselected);
    else if (offset === VIRTIO_INPUT_CFG_SUBSEL) this.#config.select(this.#config.selected, value & 0xff);
  }

  serve(index: number): boolean {
    const queue = this.#host!.queues[index]!; // SAFETY: the transport serves its own queues only
    return index === VIRTIO_INPUT_QUEUE_STATUS ? this.#dropStatus(queue) : this.#deliver(queue);
  }

  #deliver(queue: Virtqueue): boolean {
    for (let chains = 0; chains < MAX_CHAINS_PER_TURN; chains++) {
      const event = this.#events.first;
      if (event === undefined) {
        queue.stopListening(); // events will come back to the queue by themselves
        return false;
      }
      if (!queue.popChainOrListen()) return false;
      this.#write(queue, event);
      this.#events.shift();
    }
    return true;
  }

  #write(queue: Virtqueue, event: InputEvent): void {
    const whole = queue.nextDesc() && queue.writable && queue.len >= INPUT_EVENT_SIZE; // §5.8.6.1
    if (!whole) throw new QueueError(`chain ${queue.head} is not for an event`);
    const { view } = this.#host!.memory; // SAFETY: attached, for it serves
    view.setUint16(queue.addr + INPUT_EVENT_TYPE, event.type, true);
    view.setUint16(queue.addr + INPUT_EVENT_CODE, event.code, true);
    view.setInt32(queue.addr + INPUT_EVENT_VALUE, event.value, true);
    queue.pushUsed(INPUT_EVENT_SIZE);
  }

  /** The keyboard's lights: there are none. */
  #dropStatus(queue: Virtqueue): boolean {
    for (let chains = 0; chains < MAX_CHAINS_PER_TURN; chains++) {
      if (!queue.popChainOrListen()) return false;
      queue.pushUsed(0);
    }
    return true;
  }
}
