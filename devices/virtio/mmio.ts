// virtio over MMIO, version 2: virtio 1.2 §4.2.
import * as m from "../../guest-kernel/abi/virtio-mmio.ts";
import type { GuestMemory } from "../guest-memory.ts";
import type { Interrupt } from "../notify.ts";
import { type DeviceHost, featureMask, type VirtioDevice } from "./device.ts";
import { QueueError } from "./errors.ts";
import { QueueRegisters } from "./queue-registers.ts";
import { Virtqueue } from "./queue.ts";
import { DeviceStatus, Negotiation } from "./status.ts";

const TRANSPORT_FEATURES = featureMask(m.VIRTIO_F_VERSION_1) | featureMask(m.VIRTIO_RING_F_INDIRECT_DESC);
const VERSION = 2;
const VENDOR_ID = 0x5843534f; // "OSCX"
const REGISTER_WIDTH = 4;

// Length of the selected shared memory region, §4.2.2: all ones, for no device here has one. The guest kernel
// does not look for them, so they are no part of the ABI.
const VIRTIO_MMIO_SHM_LEN_LOW = 0x0b0;
const VIRTIO_MMIO_SHM_LEN_HIGH = 0x0b4;
const NO_REGION = 0xffffffff;

/**
 * The virtio-mmio transport: the register file in front of one device.
 *
 * The driver is not trusted: a store out of turn is ignored, a broken queue sets NEEDS_RESET and stops the
 * device. Nothing that a guest can do throws out of here.
 */
export class MmioTransport implements DeviceHost {
  readonly memory: GuestMemory;
  readonly queues: readonly Virtqueue[];
  /** Why the device failed last, for the log; undefined if it never did. */
  lastError: QueueError | undefined;

  readonly #device: VirtioDevice;
  readonly #interrupt: Interrupt;
  readonly #onFail: (error: QueueError) => void;
  readonly #registers: readonly QueueRegisters[];
  readonly #negotiation: Negotiation;
  readonly #status = new DeviceStatus();
  readonly #config: DataView;
  #deviceFeaturesWord = 0;
  #driverFeaturesWord = 0;
  #queueSelect = 0;
  #interruptStatus = 0;
  #configGeneration = 0;
  #pendingQueues = 0; // bit i: queue i is to be served on the next turn
  readonly #serveLater = (): void => this.#servePending();

  /** `onFail` hears of every failure, as often as the guest provokes one. */
  constructor(
    device: VirtioDevice,
    memory: GuestMemory,
    interrupt: Interrupt,
    onFail: (error: QueueError) => void = () => {},
  ) {
    this.#device = device;
    this.memory = memory;
    this.#interrupt = interrupt;
    this.#onFail = onFail;
    this.queues = device.queueSizes.map(() => new Virtqueue(memory));
    this.#registers = device.queueSizes.map((sizeMax) => new QueueRegisters(sizeMax));
    this.#negotiation = new Negotiation(device.features | TRANSPORT_FEATURES);
    const { config } = device;
    this.#config = new DataView(config.buffer, config.byteOffset, config.byteLength);
    device.attach(this);
  }

  /**
   * A guest load of `width` bytes; the result is a u32. Registers are read whole (§4.2.2.2), the configuration
   * space at any width up to 4; anything else reads as zero, as on real buses.
   */
  readMmio(offset: number, width = REGISTER_WIDTH): number {
    if (offset >= m.VIRTIO_MMIO_CONFIG) return this.#readConfig(offset - m.VIRTIO_MMIO_CONFIG, width);
    return width === REGISTER_WIDTH ? this.#readRegister(offset) >>> 0 : 0;
  }

  /** A guest store of `width` bytes. Unknown and read-only registers, and odd widths, ignore it. */
  writeMmio(offset: number, value: number, width = REGISTER_WIDTH): void {
    if (offset >= m.VIRTIO_MMIO_CONFIG)
      this.#device.writeConfig?.(offset - m.VIRTIO_MMIO_CONFIG, value >>> 0, width);
    else if (width === REGISTER_WIDTH) this.#writeRegister(offset, value >>> 0);
  }

  hasFeature(bit: number): boolean {
    return this.#negotiation.has(bit);
  }

  signal(queue: Virtqueue): void {
    if (queue.takeSignal()) this.#raise(m.VIRTIO_MMIO_INT_VRING);
  }

  serve(index: number): void {
    const queue = this.queues[index];
    if (queue === undefined || !queue.ready || !this.#status.live) return;
    try {
      const more = this.#device.serve(index);
      this.signal(queue);
      if (more) this.#schedule(index);
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      this.fail(error);
    }
  }

  configChanged(): void {
    this.#configGeneration = (this.#configGeneration + 1) >>> 0;
    if (this.#status.has(m.VIRTIO_CONFIG_S_DRIVER_OK)) this.#raise(m.VIRTIO_MMIO_INT_CONFIG);
  }

  fail(error: QueueError): void {
    this.lastError = error;
    this.#status.set(m.VIRTIO_CONFIG_S_NEEDS_RESET);
    this.#device.stop();
    // §2.1.2: the driver is told, if it is there to hear it
    if (this.#status.has(m.VIRTIO_CONFIG_S_DRIVER_OK)) this.#raise(m.VIRTIO_MMIO_INT_CONFIG);
    this.#onFail(error);
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case m.VIRTIO_MMIO_MAGIC_VALUE:
        return m.VIRTIO_MMIO_MAGIC;
      case m.VIRTIO_MMIO_VERSION:
        return VERSION;
      case m.VIRTIO_MMIO_DEVICE_ID:
        return this.#device.id;
      case m.VIRTIO_MMIO_VENDOR_ID:
        return VENDOR_ID;
      case m.VIRTIO_MMIO_DEVICE_FEATURES:
        return this.#negotiation.offeredWord(this.#deviceFeaturesWord);
      case m.VIRTIO_MMIO_QUEUE_NUM_MAX:
        return this.#registers[this.#queueSelect]?.sizeMax ?? 0; // 0: no such queue
      case m.VIRTIO_MMIO_QUEUE_READY:
        return this.queues[this.#queueSelect]?.ready ? 1 : 0;
      case m.VIRTIO_MMIO_INTERRUPT_STATUS:
        return this.#interruptStatus;
      case m.VIRTIO_MMIO_STATUS:
        return this.#status.bits;
      case VIRTIO_MMIO_SHM_LEN_LOW:
      case VIRTIO_MMIO_SHM_LEN_HIGH:
        return NO_REGION;
      case m.VIRTIO_MMIO_CONFIG_GENERATION:
        return this.#configGeneration;
      default:
        return 0;
    }
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case m.VIRTIO_MMIO_DEVICE_FEATURES_SEL:
        this.#deviceFeaturesWord = value;
        break;
      case m.VIRTIO_MMIO_DRIVER_FEATURES_SEL:
        this.#driverFeaturesWord = value;
        break;
      case m.VIRTIO_MMIO_DRIVER_FEATURES:
        if (this.#negotiating) this.#negotiation.accept(this.#driverFeaturesWord, value);
        break;
      case m.VIRTIO_MMIO_QUEUE_SEL:
        this.#queueSelect = value;
        break;
      case m.VIRTIO_MMIO_QUEUE_NOTIFY:
        this.serve(value);
        break;
      case m.VIRTIO_MMIO_INTERRUPT_ACK:
        this.#interruptStatus &= ~value;
        break;
      case m.VIRTIO_MMIO_STATUS:
        this.#writeStatus(value);
        break;
      case m.VIRTIO_MMIO_QUEUE_READY:
        this.#writeReady(value);
        break;
      default:
        this.#writeQueueRegister(offset, value);
    }
  }

  #readConfig(at: number, width: number): number {
    if (width !== 1 && width !== 2 && width !== REGISTER_WIDTH) return 0;
    let value = 0;
    for (let i = 0; i < width && at + i < this.#config.byteLength; i++) {
      value |= this.#config.getUint8(at + i) << (8 * i);
    }
    return value >>> 0;
  }

  #writeStatus(value: number): void {
    if (value === 0) this.#reset();
    else if (this.#status.write(value, (bit) => this.#agree(bit))) this.#start();
    if (this.#status.has(m.VIRTIO_CONFIG_S_FAILED)) this.#device.stop();
  }

  #agree(bit: number): boolean {
    return bit !== m.VIRTIO_CONFIG_S_FEATURES_OK || this.#negotiation.check();
  }

  #start(): void {
    if (!this.#status.live) return;
    this.#device.start();
    for (let i = 0; i < this.queues.length; i++) this.serve(i); // the driver may have offered buffers already
  }

  #reset(): void {
    this.#device.stop();
    this.#status.reset();
    this.#negotiation.reset();
    for (const queue of this.queues) queue.reset();
    for (const registers of this.#registers) registers.reset();
    this.#deviceFeaturesWord = this.#driverFeaturesWord = this.#queueSelect = 0;
    this.#interruptStatus = 0;
    this.#pendingQueues = 0;
  }

  /** Whether features may be accepted: by a driver, until they are final (§3.1.1). */
  get #negotiating(): boolean {
    return this.#status.has(m.VIRTIO_CONFIG_S_DRIVER) && !this.#status.has(m.VIRTIO_CONFIG_S_FEATURES_OK);
  }

  /** Whether queues may be set up: features are final, the device not in use (§3.1.1 step 7). */
  get #settingUp(): boolean {
    const relevant = ~(m.VIRTIO_CONFIG_S_ACKNOWLEDGE | m.VIRTIO_CONFIG_S_DRIVER);
    return (this.#status.bits & relevant) === m.VIRTIO_CONFIG_S_FEATURES_OK;
  }

  #writeReady(value: number): void {
    const queue = this.queues[this.#queueSelect];
    const registers = this.#registers[this.#queueSelect];
    if (queue === undefined || registers === undefined) return;
    if (value === 0) {
      queue.reset(); // §4.2.2.2: the driver takes it back, at any time
    } else if (value === 1 && this.#settingUp && !queue.ready) {
      this.#startQueue(queue, registers);
    }
  }

  #startQueue(queue: Virtqueue, registers: QueueRegisters): void {
    try {
      queue.start(registers.layout(), this.hasFeature(m.VIRTIO_RING_F_INDIRECT_DESC));
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      this.fail(error);
    }
  }

  #writeQueueRegister(offset: number, value: number): void {
    if (!this.#settingUp || this.queues[this.#queueSelect]?.ready) return;
    this.#registers[this.#queueSelect]?.write(offset, value);
  }

  #raise(reason: number): void {
    this.#interruptStatus |= reason;
    this.#interrupt.raise(); // even if it is set already: our guest need not acknowledge
  }

  #schedule(index: number): void {
    if (this.#pendingQueues === 0) setImmediate(this.#serveLater);
    this.#pendingQueues |= 1 << index;
  }

  #servePending(): void {
    const pending = this.#pendingQueues;
    this.#pendingQueues = 0;
    for (let i = 0; i < this.queues.length; i++) {
      if (pending & (1 << i)) this.serve(i);
    }
  }
}
