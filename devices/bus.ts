import { VIRTIO_MMIO_SLOTS } from "../guest-kernel/abi/memory-map.ts";
import {
  VIRTIO_ID_NONE,
  VIRTIO_MMIO_DEVICE_ID,
  VIRTIO_MMIO_MAGIC,
  VIRTIO_MMIO_MAGIC_VALUE,
  VIRTIO_MMIO_VERSION,
} from "../guest-kernel/abi/virtio-mmio.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { VirtioDevice } from "./virtio/device.ts";
import type { QueueError } from "./virtio/errors.ts";
import { MmioTransport } from "./virtio/mmio.ts";

const VIRTIO_MMIO_VERSION_2 = 2;

/**
 * One slot of the bus: registers at offsets from the slot's address. An empty slot is a transport without a device
 * (DeviceID 0, virtio 1.2 §4.2.2).
 */
export class BusSlot {
  #transport: MmioTransport | undefined;

  /** The transport in the slot; undefined if it is empty or the bus not connected. */
  get transport(): MmioTransport | undefined {
    return this.#transport;
  }

  plug(transport: MmioTransport): void {
    this.#transport = transport;
  }

  /** A guest load of `width` bytes; the result is a u32. */
  readMmio(offset: number, width?: number): number {
    return this.#transport === undefined ? readEmpty(offset) : this.#transport.readMmio(offset, width);
  }

  /** A guest store of `width` bytes. */
  writeMmio(offset: number, value: number, width?: number): void {
    this.#transport?.writeMmio(offset, value, width);
  }
}

/**
 * The slot table. Made before the machine, for the machine is built with the slots; `connect` joins devices and
 * guest memory once there is one.
 */
export class DeviceBus {
  readonly slots: readonly BusSlot[];
  readonly #devices: readonly (VirtioDevice | undefined)[];

  /** `devices[i]` goes to slot i. Throws RangeError if there are more than slots. */
  constructor(devices: readonly (VirtioDevice | undefined)[]) {
    if (devices.length > VIRTIO_MMIO_SLOTS) throw new RangeError(`${devices.length} devices`);
    this.#devices = devices;
    this.slots = Array.from({ length: VIRTIO_MMIO_SLOTS }, () => new BusSlot());
  }

  /**
   * Puts the devices in service. `raise(slot)` interrupts the guest; `onFail` hears of every device that its driver
   * broke. Before the guest runs, once.
   */
  connect(
    memory: GuestMemory,
    raise: (slot: number) => void,
    onFail: (slot: number, error: QueueError) => void = () => {},
  ): void {
    for (const [i, device] of this.#devices.entries()) {
      if (device === undefined) continue;
      const interrupt = { raise: (): void => raise(i) };
      const transport = new MmioTransport(device, memory, interrupt, (error) => onFail(i, error));
      this.slots[i]!.plug(transport); // SAFETY: no more devices than slots
    }
  }
}

function readEmpty(offset: number): number {
  switch (offset) {
    case VIRTIO_MMIO_MAGIC_VALUE:
      return VIRTIO_MMIO_MAGIC;
    case VIRTIO_MMIO_VERSION:
      return VIRTIO_MMIO_VERSION_2;
    case VIRTIO_MMIO_DEVICE_ID:
      return VIRTIO_ID_NONE;
    default:
      return 0;
  }
}
