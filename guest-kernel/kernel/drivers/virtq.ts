// Split virtqueue, the driver's side, virtio 1.2 §2.7.
//
// One page holds a queue of up to VIRTQ_SIZE_MAX descriptors. Every buffer is a single descriptor; a packet over
// several buffers is the device's choice (mergeable receive buffers), never a chain that we build.
//
//   page | descriptor table | available ring | used ring | u32 buffer per descriptor (ours, not shared)

import {
  AVAIL_FLAGS,
  AVAIL_IDX,
  AVAIL_RING,
  DESC_ADDR,
  DESC_FLAGS,
  DESC_LEN,
  DESC_NEXT,
  DESC_SIZE,
  USED_ELEM_ID,
  USED_ELEM_LEN,
  USED_ELEM_SIZE,
  USED_FLAGS,
  USED_IDX,
  USED_RING,
  VIRTQ_AVAIL_F_NO_INTERRUPT,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_WRITE,
  VIRTQ_USED_F_NO_NOTIFY,
} from "../../abi/virtq.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { VIRTIO_MMIO_QUEUE_NOTIFY } from "../../abi/virtio-mmio.ts";
import { mmioWrite32 } from "./mmio.ts";

/** A queue fits in one page up to this size. */
export const VIRTQ_SIZE_MAX: u32 = 128;

const FREE: u32 = 0; // no buffer: the device does not have this descriptor

/** One queue. Lies in static memory of its driver: `changetype<Virtq>(memory.data(VIRTQ_STRUCT_SIZE))`. */
@unmanaged
export class Virtq {
  transport: usize; // base of the device's registers
  desc: usize;
  avail: usize;
  used: usize;
  buffers: usize; // u32 per descriptor: the address that the device has, or FREE
  index: u32; // which queue of the device
  size: u32; // a power of two
  freeHead: u32; // first free descriptor, linked by DESC_NEXT
  freeCount: u32;
  nextAvail: u32; // runs free, 16 bits
  kickedAvail: u32; // nextAvail at the last kick
  nextUsed: u32; // runs free, 16 bits
  usedLen: u32; // bytes that the device wrote into the buffer popped last
  broken: bool; // the device returned what it never had; nothing more is popped
}

/** Bytes to set aside for a Virtq. */
export const VIRTQ_STRUCT_SIZE: i32 = 64;
if (offsetof<Virtq>() > 64) ERROR("VIRTQ_STRUCT_SIZE");
if (
  DESC_SIZE * 128 + (AVAIL_RING + 2 * 129) + 2 + (USED_RING + USED_ELEM_SIZE * 128 + 2) + 2 + 4 * 128 >
  PAGE_SIZE
)
  ERROR("VIRTQ_SIZE_MAX");

/** Lays an empty queue of `size` descriptors (a power of two, at most VIRTQ_SIZE_MAX) over one zeroed page. */
export function virtqInit(q: Virtq, transport: usize, index: u32, page: usize, size: u32): void {
  q.transport = transport;
  q.index = index;
  q.size = size;
  q.desc = page;
  q.avail = page + DESC_SIZE * <usize>size;
  q.used = (q.avail + AVAIL_RING + 2 * <usize>size + 2 + 3) & ~3;
  q.buffers = q.used + USED_RING + USED_ELEM_SIZE * <usize>size + 4; // avail_event, then aligned
  for (let i: u32 = 0; i < size; i++) store<u16>(descriptor(q, i), <u16>(i + 1), DESC_NEXT);
  q.freeHead = 0;
  q.freeCount = size;
  q.nextAvail = q.kickedAvail = q.nextUsed = 0;
  q.usedLen = 0;
  q.broken = false;
}

/**
 * Gives `len` bytes at `address` (not 0) to the device, which writes them if `deviceWrites`, else reads them. They
 * are the device's until virtqPop returns the address.
 *
 * False if no descriptor is free. The device may not look before virtqKick.
 */
export function virtqPush(q: Virtq, address: usize, len: u32, deviceWrites: bool): bool {
  if (q.freeCount == 0) return false;
  const id = q.freeHead;
  q.freeHead = load<u16>(descriptor(q, id), DESC_NEXT);
  q.freeCount--;
  fill(q, id, address, len, deviceWrites ? VIRTQ_DESC_F_WRITE : 0);
  return true;
}

/** Fills a free descriptor and offers it. */
function fill(q: Virtq, id: u32, address: usize, len: u32, flags: u32): void {
  const desc = descriptor(q, id);
  store<u32>(q.buffers + 4 * <usize>id, <u32>address);
  store<u64>(desc, <u64>address, DESC_ADDR);
  store<u32>(desc, len, DESC_LEN);
  store<u16>(desc, <u16>flags, DESC_FLAGS);
  const slot = q.avail + AVAIL_RING + 2 * <usize>(q.nextAvail & (q.size - 1));
  atomic.store<u16>(slot, <u16>id);
  q.nextAvail = (q.nextAvail + 1) & 0xffff;
  atomic.store<u16>(q.avail + AVAIL_IDX, <u16>q.nextAvail); // publishes the descriptor
}

/**
 * Gives a chain to the device: the `bytes` of descriptors at `table` (not 0), which the caller filled
 * (VIRTIO_RING_F_INDIRECT_DESC, §2.7.5.3). False if no descriptor is free.
 */
export function virtqPushIndirect(q: Virtq, table: usize, bytes: u32): bool {
  if (q.freeCount == 0) return false;
  const head = q.freeHead;
  q.freeHead = load<u16>(descriptor(q, head), DESC_NEXT);
  q.freeCount--;
  fill(q, head, table, bytes, VIRTQ_DESC_F_INDIRECT);
  return true;
}

/**
 * Takes back the next buffer that the device is done with, in the device's order: its address, with `usedLen` set,
 * or 0 if there is none.
 *
 * A device that returns a descriptor it does not have, or claims to have written more than the buffer holds,
 * breaks the queue: nothing more is popped.
 */
export function virtqPop(q: Virtq): usize {
  if (q.broken || <u32>atomic.load<u16>(q.used + USED_IDX) == q.nextUsed) return 0;
  const elem = q.used + USED_RING + USED_ELEM_SIZE * <usize>(q.nextUsed & (q.size - 1));
  const id = atomic.load<u32>(elem + USED_ELEM_ID);
  const len = atomic.load<u32>(elem + USED_ELEM_LEN);
  if (id >= q.size || load<u32>(q.buffers + 4 * <usize>id) == FREE || len > writableLen(q, id)) {
    q.broken = true;
    return 0;
  }
  const address = <usize>load<u32>(q.buffers + 4 * <usize>id);
  store<u32>(q.buffers + 4 * <usize>id, FREE);
  q.nextUsed = (q.nextUsed + 1) & 0xffff;
  q.usedLen = len;
  store<u16>(descriptor(q, id), <u16>q.freeHead, DESC_NEXT);
  q.freeHead = id;
  q.freeCount++;
  return address;
}

/** True if virtqPop has something to return. One load. */
export function virtqHasUsed(q: Virtq): bool {
  return !q.broken && <u32>atomic.load<u16>(q.used + USED_IDX) != q.nextUsed;
}

/** Buffers that the device has been given and has not returned, popped or not. */
export function virtqOutstanding(q: Virtq): u32 {
  return q.size - q.freeCount;
}

/**
 * Tells the device about buffers pushed since the last kick, unless it is looking anyway (VIRTQ_USED_F_NO_NOTIFY).
 * An exit: call it once per batch.
 */
export function virtqKick(q: Virtq): void {
  if (q.kickedAvail == q.nextAvail) return;
  q.kickedAvail = q.nextAvail;
  // §2.7.13.4.1: the index must be visible before the flags are read. Both are sequentially consistent.
  if ((<u32>atomic.load<u16>(q.used + USED_FLAGS) & VIRTQ_USED_F_NO_NOTIFY) != 0) return;
  mmioWrite32(q.transport + VIRTIO_MMIO_QUEUE_NOTIFY, q.index);
}

/**
 * Asks the device for an event when it has used buffers, or not to send any. After asking, the caller must look
 * at the used ring once more: what was used before the device saw the request is not announced.
 */
export function virtqWantEvents(q: Virtq, wanted: bool): void {
  atomic.store<u16>(q.avail + AVAIL_FLAGS, <u16>(wanted ? 0 : VIRTQ_AVAIL_F_NO_INTERRUPT));
}

function descriptor(q: Virtq, id: u32): usize {
  return q.desc + DESC_SIZE * <usize>id;
}

/** How much the device may claim to have written. Read from our own table: the device does not write it. */
function writableLen(q: Virtq, id: u32): u32 {
  const desc = descriptor(q, id);
  if ((<u32>load<u16>(desc, DESC_FLAGS) & VIRTQ_DESC_F_INDIRECT) != 0) return u32.MAX_VALUE; // the caller's to judge
  return (<u32>load<u16>(desc, DESC_FLAGS) & VIRTQ_DESC_F_WRITE) != 0 ? load<u32>(desc, DESC_LEN) : 0;
}
