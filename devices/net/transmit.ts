// Frames that the driver sends, virtio 1.2 §5.1.6.1 and §5.1.6.2.
import {
  NET_HDR_CSUM_OFFSET,
  NET_HDR_CSUM_START,
  NET_HDR_FLAGS,
  NET_HDR_GSO_TYPE,
  NET_HDR_SIZE,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_NONE,
} from "../../guest-kernel/abi/virtio-net.ts";
import type { GuestMemory } from "../guest-memory.ts";
import { QueueError } from "../virtio/errors.ts";
import type { Virtqueue } from "../virtio/queue.ts";
import { checksumFits, completeChecksum } from "./checksum.ts";

const FRAME_MIN = 14; // an Ethernet header

// PERF: V8 copies shared memory by words only between buffers of the same alignment: 64 KiB in 2 us instead of 15.
const WORD = 8;

/** What becomes of a checksum that the driver leaves to the device: not negotiated, computed, or needed by nobody. */
export type TransmitChecksums = "refuse" | "complete" | "leave";

/**
 * Copies sent frames out of guest memory, so that the guest cannot change them under the backend's checks. This is
 * the door for what a driver says about a frame.
 */
export class FrameReader {
  readonly #bytes: Uint8Array;
  readonly #frameMax: number;
  readonly #checksums: TransmitChecksums;
  readonly #header = new Uint8Array(NET_HDR_SIZE);
  readonly #headerView = new DataView(this.#header.buffer);
  readonly #scratch: Uint8Array;

  constructor(memory: GuestMemory, frameMax: number, checksums: TransmitChecksums) {
    this.#bytes = memory.bytes;
    this.#frameMax = frameMax;
    this.#checksums = checksums;
    this.#scratch = new Uint8Array(WORD + frameMax);
  }

  /**
   * Reads the selected chain of `queue`. The frame is valid until the next call; undefined if it is none: too short,
   * too long, or with a header that asks for what was not negotiated.
   */
  read(queue: Virtqueue): Uint8Array | undefined {
    let headerLen = 0;
    let start = 0; // of the frame in the scratch buffer
    let end = 0;
    while (queue.nextDesc()) {
      if (queue.writable) throw new QueueError(`chain ${queue.head} has nothing to send`);
      let { addr, len } = queue;
      if (headerLen < NET_HDR_SIZE) {
        const count = Math.min(NET_HDR_SIZE - headerLen, len);
        for (let i = 0; i < count; i++) this.#header[headerLen++] = this.#bytes[addr + i]!; // SAFETY: in the buffer
        addr += count;
        len -= count;
      }
      if (len === 0) continue;
      if (end === 0) start = end = addr % WORD;
      if (end - start + len > this.#frameMax) return undefined;
      this.#scratch.set(this.#bytes.subarray(addr, addr + len), end);
      end += len;
    }
    if (end - start < FRAME_MIN) return undefined;
    const frame = this.#scratch.subarray(start, end);
    return this.#applyHeader(frame) ? frame : undefined;
  }

  /** False if the header asks for an offload that was not negotiated, or for a checksum outside the frame. */
  #applyHeader(frame: Uint8Array): boolean {
    const header = this.#headerView;
    // §5.1.6.2: segmentation needs a HOST_TSO feature, and none is offered
    if (header.getUint8(NET_HDR_GSO_TYPE) !== VIRTIO_NET_HDR_GSO_NONE) return false;
    if ((header.getUint8(NET_HDR_FLAGS) & VIRTIO_NET_HDR_F_NEEDS_CSUM) === 0) return true;
    const start = header.getUint16(NET_HDR_CSUM_START, true);
    const offset = header.getUint16(NET_HDR_CSUM_OFFSET, true);
    if (this.#checksums === "refuse" || !checksumFits(start, offset, frame.length)) return false;
    if (this.#checksums === "complete") completeChecksum(frame, start, offset);
    return true;
  }
}
