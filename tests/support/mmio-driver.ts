// The driver's side of virtio-mmio, virtio 1.2 §3.1.1 and §4.2.3, for tests of devices.
import * as m from "../../guest-kernel/abi/virtio-mmio.ts";
import type { GuestMemory } from "../../devices/guest-memory.ts";
import { DriverQueue } from "./driver-queue.ts";

const GREETING = m.VIRTIO_CONFIG_S_ACKNOWLEDGE | m.VIRTIO_CONFIG_S_DRIVER;
const WORD_MASK = 0xffffffffn;

/** The register file that the driver drives: a transport, a bus slot, or a machine's. */
export interface RegisterFile {
  readMmio(offset: number, width?: number): number;
  writeMmio(offset: number, value: number, width?: number): void;
}

/** A well-behaved driver of one device; tests misbehave through `registers`. */
export class MmioDriver {
  readonly registers: RegisterFile;
  readonly #memory: GuestMemory;

  constructor(registers: RegisterFile, memory: GuestMemory) {
    this.registers = registers;
    this.#memory = memory;
  }

  get status(): number {
    return this.registers.readMmio(m.VIRTIO_MMIO_STATUS);
  }

  set status(value: number) {
    this.registers.writeMmio(m.VIRTIO_MMIO_STATUS, value);
  }

  get interruptStatus(): number {
    return this.registers.readMmio(m.VIRTIO_MMIO_INTERRUPT_STATUS);
  }

  /** What the device offers. */
  get features(): bigint {
    return BigInt(this.#featureWord(0)) | (BigInt(this.#featureWord(1)) << 32n);
  }

  /** Resets, greets, and accepts the feature bits; whether the device agrees. */
  negotiate(...bits: number[]): boolean {
    this.status = 0;
    this.status = m.VIRTIO_CONFIG_S_ACKNOWLEDGE;
    this.status = GREETING;
    const accepted = bits.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);
    this.acceptWord(0, Number(accepted & WORD_MASK));
    this.acceptWord(1, Number(accepted >> 32n));
    this.status = GREETING | m.VIRTIO_CONFIG_S_FEATURES_OK;
    return (this.status & m.VIRTIO_CONFIG_S_FEATURES_OK) !== 0;
  }

  acceptWord(word: number, bits: number): void {
    this.registers.writeMmio(m.VIRTIO_MMIO_DRIVER_FEATURES_SEL, word);
    this.registers.writeMmio(m.VIRTIO_MMIO_DRIVER_FEATURES, bits);
  }

  /** Puts a queue of `size` at `base` and makes it ready. */
  setUpQueue(index: number, size: number, base: number): DriverQueue {
    const queue = new DriverQueue(this.#memory, size, base);
    const { descTable, availRing, usedRing } = queue.layout;
    this.placeQueue(index, size, BigInt(descTable), BigInt(availRing), BigInt(usedRing));
    return queue;
  }

  /** Writes the queue's registers, whatever the values, and QUEUE_READY. */
  placeQueue(index: number, size: number, desc: bigint, avail: bigint, used: bigint): void {
    this.registers.writeMmio(m.VIRTIO_MMIO_QUEUE_SEL, index);
    this.registers.writeMmio(m.VIRTIO_MMIO_QUEUE_NUM, size);
    this.#writeAddress(m.VIRTIO_MMIO_QUEUE_DESC_LOW, desc);
    this.#writeAddress(m.VIRTIO_MMIO_QUEUE_AVAIL_LOW, avail);
    this.#writeAddress(m.VIRTIO_MMIO_QUEUE_USED_LOW, used);
    this.registers.writeMmio(m.VIRTIO_MMIO_QUEUE_READY, 1);
  }

  /** Whether the selected queue is ready. */
  get queueReady(): boolean {
    return this.registers.readMmio(m.VIRTIO_MMIO_QUEUE_READY) === 1;
  }

  /** Says DRIVER_OK. */
  start(): void {
    this.status = this.status | m.VIRTIO_CONFIG_S_DRIVER_OK;
  }

  notify(index: number): void {
    this.registers.writeMmio(m.VIRTIO_MMIO_QUEUE_NOTIFY, index);
  }

  #featureWord(word: number): number {
    this.registers.writeMmio(m.VIRTIO_MMIO_DEVICE_FEATURES_SEL, word);
    return this.registers.readMmio(m.VIRTIO_MMIO_DEVICE_FEATURES);
  }

  #writeAddress(low: number, address: bigint): void {
    this.registers.writeMmio(low, Number(address & WORD_MASK));
    this.registers.writeMmio(low + 4, Number(address >> 32n));
  }
}
