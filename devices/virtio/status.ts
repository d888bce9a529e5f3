// Device status and feature negotiation, virtio 1.2 §2.1, §2.2 and §3.1.1.
import * as m from "../../guest-kernel/abi/virtio-mmio.ts";
import { featureMask } from "./device.ts";

const SELECTABLE_WORDS = 2;

/** The feature bits that both sides know of, 32 at a time through a selector. */
export class Negotiation {
  /** What the device offers. */
  readonly offered: bigint;
  readonly #accepted = new Uint32Array(SELECTABLE_WORDS);
  #strayBits = false; // accepted beyond the words that any device has

  constructor(offered: bigint) {
    this.offered = offered;
  }

  /** The 32 offered bits that `word` selects. */
  offeredWord(word: number): number {
    return word < SELECTABLE_WORDS ? Number((this.offered >> BigInt(32 * word)) & 0xffffffffn) : 0;
  }

  /** The driver accepts the 32 bits that `word` selects. */
  accept(word: number, bits: number): void {
    if (word < SELECTABLE_WORDS) this.#accepted[word] = bits;
    else if (bits !== 0) this.#strayBits = true;
  }

  /** What the driver accepted. */
  get accepted(): bigint {
    return (BigInt(this.#accepted[1]!) << 32n) | BigInt(this.#accepted[0]!);
  }

  has(bit: number): boolean {
    return (this.accepted & featureMask(bit)) !== 0n;
  }

  /** Whether the device agrees (§2.2.2): nothing that it did not offer, and no legacy driver (§6.2). */
  check(): boolean {
    if (this.#strayBits || (this.accepted & ~this.offered) !== 0n) return false;
    return this.has(m.VIRTIO_F_VERSION_1);
  }

  reset(): void {
    this.#accepted.fill(0);
    this.#strayBits = false;
  }
}

// §3.1.1: the order in which a driver sets the bits; each needs the one before it.
const SEQUENCE = [
  m.VIRTIO_CONFIG_S_ACKNOWLEDGE,
  m.VIRTIO_CONFIG_S_DRIVER,
  m.VIRTIO_CONFIG_S_FEATURES_OK,
  m.VIRTIO_CONFIG_S_DRIVER_OK,
] as const;

/** The driver's part of the status register: what a write adds, in the order that the specification demands. */
export class DeviceStatus {
  #bits = 0;

  get bits(): number {
    return this.#bits;
  }

  has(bit: number): boolean {
    return (this.#bits & bit) !== 0;
  }

  /** Whether the device is in service: set up, not broken and not given up by its driver. */
  get live(): boolean {
    const relevant = m.VIRTIO_CONFIG_S_DRIVER_OK | m.VIRTIO_CONFIG_S_NEEDS_RESET | m.VIRTIO_CONFIG_S_FAILED;
    return (this.#bits & relevant) === m.VIRTIO_CONFIG_S_DRIVER_OK;
  }

  /** Sets a bit of the device's own, as NEEDS_RESET. */
  set(bit: number): void {
    this.#bits |= bit;
  }

  reset(): void {
    this.#bits = 0;
  }

  /**
   * A write other than 0: adds the bits whose turn it is, as far as `agree` says yes to each. A write that would
   * clear a bit is ignored, for a driver must not (§2.1.1). True if DRIVER_OK was added.
   */
  write(value: number, agree: (bit: number) => boolean): boolean {
    const before = this.#bits;
    if ((before & ~value & ~m.VIRTIO_CONFIG_S_NEEDS_RESET) !== 0) return false;
    this.#bits |= value & m.VIRTIO_CONFIG_S_FAILED;
    for (const bit of SEQUENCE) {
      if (this.has(bit)) continue;
      if ((value & bit) === 0 || !agree(bit)) break;
      this.#bits |= bit;
    }
    return ((this.#bits ^ before) & m.VIRTIO_CONFIG_S_DRIVER_OK) !== 0;
  }
}
