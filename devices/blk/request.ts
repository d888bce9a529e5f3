// A request of virtio-blk, virtio 1.2 §5.2.6: the door for what a driver asks of the disk.
import * as b from "../../guest-kernel/abi/virtio-blk.ts";
import type { GuestMemory } from "../guest-memory.ts";
import { QueueError } from "../virtio/errors.ts";
import type { Virtqueue } from "../virtio/queue.ts";

/** Data segments of a request, at most. */
export const SEG_MAX = 126;
/** Bytes of a segment, at most. */
export const SIZE_MAX = 1 << 20;

/** A request as the driver wrote it: lengths and directions are checked, nothing of the meaning is. */
export interface BlockRequest {
  readonly head: number;
  readonly type: number;
  /** In sectors of 512 bytes; one that no disk reaches is Infinity. */
  readonly sector: number;
  /** Guest memory that the device reads, or writes, in order. */
  readonly views: Uint8Array[];
  readonly dataBytes: number;
  /** Whether the driver let the device write to all of `views`; false if to none. */
  readonly writable: boolean;
  /** More segments than the configuration allows, longer ones, or data both ways. */
  readonly malformed: boolean;
  /** Where the status byte belongs, guest-physical. */
  readonly statusAt: number;
}

/**
 * Reads the chains of one queue. A chain that has no room for header and status byte cannot be answered: it throws
 * QueueError, which costs the driver its device. Everything else has an answer.
 */
export class RequestReader {
  readonly #memory: GuestMemory;
  readonly #header = new Uint8Array(b.BLK_REQ_SIZE);
  readonly #headerView = new DataView(this.#header.buffer);

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  /** Reads the selected chain of `queue`, whose framing is the driver's choice (§2.7.4.1). */
  read(queue: Virtqueue): BlockRequest {
    const { bytes } = this.#memory;
    const views: Uint8Array[] = [];
    let headerBytes = 0;
    let tooLarge = false;
    let readable = 0;
    let writableBytes = 0;
    while (queue.nextDesc()) {
      let { addr, len } = queue;
      if (!queue.writable && headerBytes < b.BLK_REQ_SIZE) {
        const count = Math.min(b.BLK_REQ_SIZE - headerBytes, len);
        for (let i = 0; i < count; i++) this.#header[headerBytes++] = bytes[addr + i]!; // SAFETY: in the buffer
        addr += count;
        len -= count;
      }
      if (len === 0) continue;
      if (queue.writable) writableBytes += len;
      else readable += len;
      if (views.length <= SEG_MAX) views.push(bytes.subarray(addr, addr + len));
      else tooLarge = true;
    }
    if (headerBytes < b.BLK_REQ_SIZE) throw new QueueError(`chain ${queue.head} has no request header`);
    if (writableBytes === 0) throw new QueueError(`chain ${queue.head} has no room for a status`);
    return this.#finish(queue, views, { readable, writable: writableBytes - 1, tooLarge });
  }

  /** Takes the status byte, the last that the device may write, off the data. */
  #finish(
    queue: Virtqueue,
    views: Uint8Array[],
    { readable, writable, tooLarge }: { readable: number; writable: number; tooLarge: boolean },
  ): BlockRequest {
    const statusAt = queue.addr + queue.len - 1; // the cursor stays at the last descriptor
    if (!queue.writable || queue.len === 0) throw new QueueError(`chain ${queue.head} ends without a status`);
    const last = views.at(-1);
    if (!tooLarge && last !== undefined) {
      if (last.length === 1) views.pop();
      else views[views.length - 1] = last.subarray(0, last.length - 1);
    }
    const header = this.#headerView;
    const high = header.getUint32(b.BLK_REQ_SECTOR + 4, true);
    return {
      head: queue.head,
      type: header.getUint32(b.BLK_REQ_TYPE, true),
      sector: high > 0x1fffff ? Infinity : high * 2 ** 32 + header.getUint32(b.BLK_REQ_SECTOR, true),
      views,
      dataBytes: readable + writable,
      writable: readable === 0,
      malformed:
        tooLarge ||
        views.length > SEG_MAX ||
        views.some((view) => view.length > SIZE_MAX) ||
        (readable > 0 && writable > 0),
      statusAt,
    };
  }
}
