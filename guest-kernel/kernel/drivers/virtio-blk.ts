// virtio-blk, the driver's side, virtio 1.2 §5.2: a request is one indirect descriptor, in a page of its own:
//
//   header, 16 | status, 1 | padding | descriptors: header, one for each run of pages side by side, status

import {
  BLK_CONFIG_CAPACITY,
  BLK_REQ_SECTOR,
  BLK_REQ_SIZE,
  BLK_REQ_TYPE,
  VIRTIO_BLK_F_FLUSH,
  VIRTIO_BLK_F_RO,
  VIRTIO_BLK_QUEUE,
  VIRTIO_BLK_S_OK,
  VIRTIO_BLK_T_IN,
  VIRTIO_BLK_T_OUT,
} from "../../abi/virtio-blk.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { VIRTIO_MMIO_CONFIG, VIRTIO_RING_F_INDIRECT_DESC } from "../../abi/virtio-mmio.ts";
import { DESC_ADDR, DESC_FLAGS, DESC_LEN, DESC_NEXT, DESC_SIZE } from "../../abi/virtq.ts";
import { VIRTQ_DESC_F_NEXT, VIRTQ_DESC_F_WRITE } from "../../abi/virtq.ts";
import { framesAlloc } from "../mm/frames.ts";
import { mmioRead32 } from "./mmio.ts";
import {
  transportFeatures,
  transportGiveUp,
  transportNegotiate,
  transportQueue,
  transportStart,
} from "./virtio-mmio.ts";
import { Virtq, VIRTQ_STRUCT_SIZE, virtqKick, virtqPop, virtqPushIndirect } from "./virtq.ts";

const SLOTS: u32 = 16;
const QUEUE_SIZE: u32 = 128; // §2.7.5.3.1: no chain is longer, not even an indirect one
const SECTORS_PER_PAGE: u32 = 8;
const STATUS_AT: usize = BLK_REQ_SIZE;
const TABLE_AT: usize = 32;
const RUN_MAX: usize = 120;
if (TABLE_AT + (RUN_MAX + 2) * DESC_SIZE > PAGE_SIZE) ERROR("a request's page");
if (RUN_MAX + 2 > <usize>QUEUE_SIZE) ERROR("a chain longer than the queue");
const STATUS_PENDING: u8 = 0xff;
const FAILED: i32 = 0x100;

const requests = changetype<Virtq>(memory.data(VIRTQ_STRUCT_SIZE));
let slots: usize = 0; // a page each
let pages: u32 = 0;
let readOnly: bool = false;
let flushes: bool = false;

/** Starts the disk at `base`. False if it cannot be used, or there is one already. */
export function blkStart(base: usize): bool {
  const wanted = (1 << VIRTIO_BLK_F_RO) | (1 << VIRTIO_BLK_F_FLUSH) | (1 << VIRTIO_RING_F_INDIRECT_DESC);
  if (pages != 0 || !transportNegotiate(base, wanted)) return false;
  const features = transportFeatures();
  if ((features & (1 << VIRTIO_RING_F_INDIRECT_DESC)) == 0) return transportGiveUp(base);
  if (!transportQueue(base, requests, VIRTIO_BLK_QUEUE, QUEUE_SIZE)) return false;
  slots = framesAlloc(SLOTS);
  if (slots == 0 || requests.size < QUEUE_SIZE) return transportGiveUp(base);
  const config = base + VIRTIO_MMIO_CONFIG + BLK_CONFIG_CAPACITY;
  const sectors = ((<u64>mmioRead32(config + 4)) << 32) | <u64>mmioRead32(config);
  pages = <u32>min<u64>(sectors / SECTORS_PER_PAGE, i32.MAX_VALUE);
  readOnly = (features & (1 << VIRTIO_BLK_F_RO)) != 0;
  flushes = (features & (1 << VIRTIO_BLK_F_FLUSH)) != 0;
  transportStart(base);
  return true;
}

/** Whole pages on the disk; 0 if there is none. */
export function blkPages(): u32 {
  return pages;
}

/** True if the disk cannot be written. */
export function blkReadOnly(): bool {
  return readOnly;
}

/** True if writes stay in a cache until they are flushed. */
export function blkFlushes(): bool {
  return flushes;
}

/** Starts a request, as disk.ts says. The kind is a VIRTIO_BLK_T_*. */
export function blkSubmit(slot: u32, kind: u32, page: u32, count: u32, frames: usize): void {
  const request = slots + <usize>slot * PAGE_SIZE;
  store<u32>(request, kind, BLK_REQ_TYPE);
  store<u64>(request, <u64>page * SECTORS_PER_PAGE, BLK_REQ_SECTOR);
  store<u8>(request + STATUS_AT, STATUS_PENDING);
  const data = kind == VIRTIO_BLK_T_IN || kind == VIRTIO_BLK_T_OUT ? count : 0;
  const direction = kind == VIRTIO_BLK_T_IN ? VIRTQ_DESC_F_WRITE : 0;
  describe(request, 0, request, <u32>BLK_REQ_SIZE, VIRTQ_DESC_F_NEXT);
  let used: u32 = 1;
  for (let i: u32 = 0; i < data;) {
    const frame = frameAt(frames, i);
    let size: u32 = 0;
    while (i < data && frameAt(frames, i) == frame + <usize>size) {
      size += <u32>PAGE_SIZE;
      i++;
    }
    describe(request, used++, frame, size, VIRTQ_DESC_F_NEXT | direction);
  }
  describe(request, used++, request + STATUS_AT, 1, VIRTQ_DESC_F_WRITE);
  // SAFETY: the queue has a descriptor for every slot.
  virtqPushIndirect(requests, request + TABLE_AT, used * <u32>DESC_SIZE);
  virtqKick(requests);
}

/** A slot whose request is done, | 0x100 if it failed; -1 if there is none. */
export function blkNext(): i32 {
  if (requests.size == 0) return -1;
  const table = virtqPop(requests);
  if (table == 0) return -1;
  const slot = <i32>((table - slots) / PAGE_SIZE);
  const status = <u32>atomic.load<u8>(slots + <usize>slot * PAGE_SIZE + STATUS_AT);
  return status == VIRTIO_BLK_S_OK ? slot : slot | FAILED;
}

function frameAt(frames: usize, i: u32): usize {
  return <usize>load<u32>(frames + 4 * <usize>i);
}

function describe(request: usize, index: u32, address: usize, length: u32, flags: u32): void {
  const desc = request + TABLE_AT + <usize>index * DESC_SIZE;
  store<u64>(desc, <u64>address, DESC_ADDR);
  store<u32>(desc, length, DESC_LEN);
  store<u16>(desc, <u16>flags, DESC_FLAGS);
  store<u16>(desc, <u16>(index + 1), DESC_NEXT);
}
