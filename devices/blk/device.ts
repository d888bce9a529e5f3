// virtio-blk, virtio 1.2 §5.2: one queue, no copies: the backend works on guest memory.
import * as b from "../../guest-kernel/abi/virtio-blk.ts";
import { VIRTIO_ID_BLOCK } from "../../guest-kernel/abi/virtio-mmio.ts";
import { type DeviceHost, featureMask, MAX_CHAINS_PER_TURN, type VirtioDevice } from "../virtio/device.ts";
import type { BlockBackend } from "./backend.ts";
import { type BlockRequest, RequestReader, SEG_MAX, SIZE_MAX } from "./request.ts";

const QUEUE_SIZE_MAX = 128;
const MAX_IN_FLIGHT = 32;
const BLOCK_SIZE = 4096; // what the driver does best to write at once
const STATUS_SIZE = 1;

/** Requests since the device was made. */
export interface BlockCounters {
  reads: number;
  writes: number;
  flushes: number;
  bytesRead: number;
  bytesWritten: number;
  /** Answered with IOERR or UNSUPP. */
  failed: number;
}

/** A disk. Requests are served side by side, in no order; a flush covers what was answered before it came. */
export class BlockDevice implements VirtioDevice {
  readonly id = VIRTIO_ID_BLOCK;
  readonly features: bigint;
  readonly queueSizes = [QUEUE_SIZE_MAX];
  readonly config = new Uint8Array(b.BLK_CONFIG_SIZE);
  readonly counters: BlockCounters = {
    reads: 0,
    writes: 0,
    flushes: 0,
    bytesRead: 0,
    bytesWritten: 0,
    failed: 0,
  };

  readonly #backend: BlockBackend;
  #host: DeviceHost | undefined;
  #reader: RequestReader | undefined;
  #era = 0; // counts stops: an answer for a driver that has gone is dropped
  #inFlight = 0; // of all eras
  #waiting = false; // the queue is not looked at until a request is done
  #idle: (() => void)[] = [];

  constructor(backend: BlockBackend) {
    const { capacityBytes } = backend;
    if (
      !Number.isSafeInteger(capacityBytes) ||
      capacityBytes < 0 ||
      capacityBytes % b.VIRTIO_BLK_SECTOR_SIZE !== 0
    )
      throw new RangeError(`a disk of ${capacityBytes} bytes`);
    this.#backend = backend;
    const bits = [
      b.VIRTIO_BLK_F_SIZE_MAX,
      b.VIRTIO_BLK_F_SEG_MAX,
      b.VIRTIO_BLK_F_BLK_SIZE,
      b.VIRTIO_BLK_F_FLUSH,
      ...(backend.readOnly ? [b.VIRTIO_BLK_F_RO] : []),
    ];
    this.features = bits.reduce((mask, bit) => mask | featureMask(bit), 0n);
    const config = new DataView(this.config.buffer);
    config.setBigUint64(b.BLK_CONFIG_CAPACITY, BigInt(capacityBytes / b.VIRTIO_BLK_SECTOR_SIZE), true);
    config.setUint32(b.BLK_CONFIG_SIZE_MAX, SIZE_MAX, true);
    config.setUint32(b.BLK_CONFIG_SEG_MAX, SEG_MAX, true);
    config.setUint32(b.BLK_CONFIG_BLK_SIZE, BLOCK_SIZE, true);
  }

  attach(host: DeviceHost): void {
    this.#host = host;
  }

  start(): void {
    this.#reader = new RequestReader(this.#host!.memory); // SAFETY: the transport attaches itself first
  }

  stop(): void {
    this.#era++;
    this.#reader = undefined;
    this.#waiting = false;
  }

  /** Settles once no request is at the backend: then it may be closed. */
  async settled(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  serve(index: number): boolean {
    const queue = this.#host!.queues[index]!; // SAFETY: the transport serves its own queues only
    for (let chains = 0; chains < MAX_CHAINS_PER_TURN; chains++) {
      if (this.#inFlight >= MAX_IN_FLIGHT) {
        queue.stopListening();
        this.#waiting = true;
        return false;
      }
      if (this.#reader === undefined || !queue.popChainOrListen()) return false;
      const request = this.#reader.read(queue);
      this.#inFlight++;
      void this.#answer(request, this.#era);
    }
    return true;
  }

  /** Performs a request and gives its chain back, unless the driver has reset the device meanwhile. */
  async #answer(request: BlockRequest, era: number): Promise<void> {
    let status: number;
    let written = 0;
    try {
      status = await this.#perform(request);
      if (status === b.VIRTIO_BLK_S_OK && request.writable) written = request.dataBytes;
    } catch {
      status = b.VIRTIO_BLK_S_IOERR; // §5.2.6.2: the driver hears of the host's error
    }
    this.#inFlight--;
    if (status !== b.VIRTIO_BLK_S_OK) this.counters.failed++;
    if (era === this.#era) this.#complete(request, status, written);
    if (this.#inFlight === 0) this.#becomeIdle();
  }

  #complete(request: BlockRequest, status: number, written: number): void {
    const host = this.#host!; // SAFETY: attached, for it serves
    const queue = host.queues[b.VIRTIO_BLK_QUEUE]!; // SAFETY: one per entry of queueSizes
    host.memory.bytes[request.statusAt] = status;
    queue.stageUsed(request.head, written + STATUS_SIZE);
    queue.publishUsed();
    host.signal(queue);
    if (!this.#waiting) return;
    this.#waiting = false;
    host.serve(b.VIRTIO_BLK_QUEUE);
  }

  #becomeIdle(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  async #perform(request: BlockRequest): Promise<number> {
    switch (request.type) {
      case b.VIRTIO_BLK_T_IN:
        if (!this.#inside(request) || !request.writable) return b.VIRTIO_BLK_S_IOERR;
        await this.#backend.read(request.views, request.sector * b.VIRTIO_BLK_SECTOR_SIZE);
        this.counters.reads++;
        this.counters.bytesRead += request.dataBytes;
        return b.VIRTIO_BLK_S_OK;
      case b.VIRTIO_BLK_T_OUT:
        // §5.2.6.2: a read-only device fails writes with IOERR
        if (this.#backend.readOnly || !this.#inside(request)) return b.VIRTIO_BLK_S_IOERR;
        if (request.writable && request.dataBytes > 0) return b.VIRTIO_BLK_S_IOERR;
        await this.#backend.write(request.views, request.sector * b.VIRTIO_BLK_SECTOR_SIZE);
        this.counters.writes++;
        this.counters.bytesWritten += request.dataBytes;
        return b.VIRTIO_BLK_S_OK;
      case b.VIRTIO_BLK_T_FLUSH:
        await this.#backend.flush();
        this.counters.flushes++;
        return b.VIRTIO_BLK_S_OK;
      case b.VIRTIO_BLK_T_GET_ID:
        return this.#identify(request);
      default:
        return b.VIRTIO_BLK_S_UNSUPP;
    }
  }

  /** Whole sectors, all of them on the disk. */
  #inside({ sector, dataBytes, malformed }: BlockRequest): boolean {
    if (malformed || dataBytes % b.VIRTIO_BLK_SECTOR_SIZE !== 0) return false;
    return sector <= (this.#backend.capacityBytes - dataBytes) / b.VIRTIO_BLK_SECTOR_SIZE;
  }

  #identify({ views, dataBytes, writable, malformed }: BlockRequest): number {
    if (malformed || !writable || dataBytes < b.VIRTIO_BLK_ID_BYTES) return b.VIRTIO_BLK_S_IOERR;
    const id = new Uint8Array(dataBytes);
    for (let i = 0; i < Math.min(this.#backend.serial.length, b.VIRTIO_BLK_ID_BYTES); i++)
      id[i] = this.#backend.serial.charCodeAt(i);
    let at = 0;
    for (const view of views) {
      view.set(id.subarray(at, at + view.length));
      at += view.length;
    }
    return b.VIRTIO_BLK_S_OK;
  }
}
