import type { GuestMemory } from "../guest-memory.ts";
import type { QueueError } from "./errors.ts";
import type { Virtqueue } from "./queue.ts";

/** What a device may ask of the transport in front of it. Same object from `attach` on. */
export interface DeviceHost {
  readonly memory: GuestMemory;
  /** The device's queues in order, ready from `start` to `stop` if the driver set them up. */
  readonly queues: readonly Virtqueue[];
  /** Whether the driver accepted the feature. Final from `start` to `stop`. */
  hasFeature(bit: number): boolean;
  /** Interrupts the driver about used buffers, if there are any and it wants to know. */
  signal(queue: Virtqueue): void;
  /** Calls `device.serve(index)` as a notification would. Never from inside the device's own `serve`. */
  serve(index: number): void;
  /** Tells the driver that the device's `config` has changed. */
  configChanged(): void;
  /** Stops the device until the driver resets it. */
  fail(error: QueueError): void;
}

/**
 * The skeleton that every device shares: an identity, a configuration space, queues, and `serve`, which does the
 * pending work of one queue. The transport owns registers, states and errors.
 */
export interface VirtioDevice {
  /** VIRTIO_ID_*. */
  readonly id: number;
  /** Feature bits of the device type that are offered; the transport adds its own. */
  readonly features: bigint;
  /** The largest size of each queue, powers of two. */
  readonly queueSizes: readonly number[];
  /** The configuration space as the driver reads it. */
  readonly config: Uint8Array;

  /** A driver's store of `width` bytes to `config`. A device without it has no field that can be written. */
  writeConfig?(offset: number, value: number, width: number): void;
  /** Called once, by the transport's constructor. */
  attach(host: DeviceHost): void;
  /** The driver said DRIVER_OK: features and queues are final. Every queue is served once after it. */
  start(): void;
  /** Reset or failure: forget the driver's buffers. May be called at any time, also twice. */
  stop(): void;
  /**
   * Does the queue's pending work, a bounded piece of it; true if there is more to do, and the transport will call
   * again on a later turn of the event loop. A QueueError thrown from here fails the device.
   */
  serve(index: number): boolean;
}

/** Chains that a device takes from one queue before it lets the event loop turn. */
export const MAX_CHAINS_PER_TURN = 256;

/** A feature bit number of `guest-kernel/abi` as a mask. */
export function featureMask(bit: number): bigint {
  return 1n << BigInt(bit);
}
