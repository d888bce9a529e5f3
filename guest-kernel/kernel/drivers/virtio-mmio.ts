// The virtio-mmio transport, the driver's side, virtio 1.2 §3.1.1 (initialization) and §4.2.
//
// Every access is an exit (tens of microseconds on PVM): all of this runs once per device, at boot.

import {
  VIRTIO_CONFIG_S_ACKNOWLEDGE,
  VIRTIO_CONFIG_S_DRIVER,
  VIRTIO_CONFIG_S_DRIVER_OK,
  VIRTIO_CONFIG_S_FAILED,
  VIRTIO_CONFIG_S_FEATURES_OK,
  VIRTIO_CONFIG_S_NEEDS_RESET,
  VIRTIO_F_VERSION_1,
  VIRTIO_ID_NONE,
  VIRTIO_MMIO_DEVICE_FEATURES,
  VIRTIO_MMIO_DEVICE_FEATURES_SEL,
  VIRTIO_MMIO_DEVICE_ID,
  VIRTIO_MMIO_DRIVER_FEATURES,
  VIRTIO_MMIO_DRIVER_FEATURES_SEL,
  VIRTIO_MMIO_MAGIC,
  VIRTIO_MMIO_MAGIC_VALUE,
  VIRTIO_MMIO_QUEUE_AVAIL_LOW,
  VIRTIO_MMIO_QUEUE_DESC_LOW,
  VIRTIO_MMIO_QUEUE_NUM,
  VIRTIO_MMIO_QUEUE_NUM_MAX,
  VIRTIO_MMIO_QUEUE_READY,
  VIRTIO_MMIO_QUEUE_SEL,
  VIRTIO_MMIO_QUEUE_USED_LOW,
  VIRTIO_MMIO_STATUS,
  VIRTIO_MMIO_VERSION,
} from "../../abi/virtio-mmio.ts";
import { framesAlloc } from "../mm/frames.ts";
import { mmioRead32, mmioWrite32 } from "./mmio.ts";
import { Virtq, VIRTQ_SIZE_MAX, virtqInit } from "./virtq.ts";

const MMIO_VERSION_2: u32 = 2; // §4.2.2: 1 is the legacy interface

/** The type of the device behind the registers at `base` (VIRTIO_ID_*), VIRTIO_ID_NONE if there is none for us. */
export function transportProbe(base: usize): u32 {
  const device = mmioRead32(base + VIRTIO_MMIO_DEVICE_ID); // first: most slots are empty, and each access is an exit
  if (device == VIRTIO_ID_NONE) return VIRTIO_ID_NONE;
  if (mmioRead32(base + VIRTIO_MMIO_MAGIC_VALUE) != VIRTIO_MMIO_MAGIC) return VIRTIO_ID_NONE;
  return mmioRead32(base + VIRTIO_MMIO_VERSION) == MMIO_VERSION_2 ? device : VIRTIO_ID_NONE;
}

/**
 * Resets the device and agrees on features (§3.1.1 steps 1-6): VERSION_1, and of `wanted` (a mask of features
 * 0..31) what the device offers. False, with the device given up, if it offers no VERSION_1 or refuses.
 */
export function transportNegotiate(base: usize, wanted: u32): bool {
  mmioWrite32(base + VIRTIO_MMIO_STATUS, 0);
  mmioWrite32(base + VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
  mmioWrite32(base + VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
  const versionBit = (<u32>1) << (VIRTIO_F_VERSION_1 - 32);
  if ((deviceFeatures(base, 1) & versionBit) == 0) return transportGiveUp(base);
  agreed = deviceFeatures(base, 0) & wanted;
  setDriverFeatures(base, 0, agreed);
  setDriverFeatures(base, 1, versionBit);
  const status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK;
  mmioWrite32(base + VIRTIO_MMIO_STATUS, status);
  if ((mmioRead32(base + VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_FEATURES_OK) == 0)
    return transportGiveUp(base);
  return true;
}

let agreed: u32 = 0;

/** Features 0..31 that the last successful transportNegotiate agreed on. */
export function transportFeatures(): u32 {
  return agreed;
}

/**
 * Sets up queue `index` with at most `size` descriptors (a power of two, at most VIRTQ_SIZE_MAX), on a page from
 * the frame allocator. False, with the device given up, if it has no such queue or there is no memory.
 */
export function transportQueue(base: usize, q: Virtq, index: u32, size: u32): bool {
  assert(size <= VIRTQ_SIZE_MAX, "transportQueue: size");
  mmioWrite32(base + VIRTIO_MMIO_QUEUE_SEL, index);
  const most = mmioRead32(base + VIRTIO_MMIO_QUEUE_NUM_MAX);
  if (most == 0) return transportGiveUp(base);
  while (size > most) size >>= 1; // §2.7: any power of two up to the device's limit
  const page = framesAlloc(1);
  if (page == 0) return transportGiveUp(base);
  virtqInit(q, base, index, page, size);
  mmioWrite32(base + VIRTIO_MMIO_QUEUE_NUM, size);
  // Guest-physical addresses have 32 bits, and the reset has left the high halves zero: three exits less.
  mmioWrite32(base + VIRTIO_MMIO_QUEUE_DESC_LOW, <u32>q.desc);
  mmioWrite32(base + VIRTIO_MMIO_QUEUE_AVAIL_LOW, <u32>q.avail);
  mmioWrite32(base + VIRTIO_MMIO_QUEUE_USED_LOW, <u32>q.used);
  mmioWrite32(base + VIRTIO_MMIO_QUEUE_READY, 1);
  return true;
}

/** Sets the device live (§3.1.1 step 8), after all of its queues are set up. Buffers may be pushed before. */
export function transportStart(base: usize): void {
  const status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK;
  mmioWrite32(base + VIRTIO_MMIO_STATUS, status | VIRTIO_CONFIG_S_DRIVER_OK);
}

/** True if the device has stopped because of a fault (NEEDS_RESET, §2.1). An exit. */
export function transportStopped(base: usize): bool {
  return (mmioRead32(base + VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET) != 0;
}

/** Tells the device that the driver has given up on it (§3.1.1). Always false, for use as a result. */
export function transportGiveUp(base: usize): bool {
  mmioWrite32(base + VIRTIO_MMIO_STATUS, mmioRead32(base + VIRTIO_MMIO_STATUS) | VIRTIO_CONFIG_S_FAILED);
  return false;
}

function deviceFeatures(base: usize, page: u32): u32 {
  mmioWrite32(base + VIRTIO_MMIO_DEVICE_FEATURES_SEL, page);
  return mmioRead32(base + VIRTIO_MMIO_DEVICE_FEATURES);
}

function setDriverFeatures(base: usize, page: u32, features: u32): void {
  mmioWrite32(base + VIRTIO_MMIO_DRIVER_FEATURES_SEL, page);
  mmioWrite32(base + VIRTIO_MMIO_DRIVER_FEATURES, features);
}
