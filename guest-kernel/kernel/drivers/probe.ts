// Finds the machine's devices and starts their drivers.

import { BOOT_INFO_GPA, MMIO_GPA, VIRTIO_MMIO_SLOTS, VIRTIO_MMIO_STRIDE } from "../../abi/memory-map.ts";
import { BOOT_INFO_SEED } from "../../abi/boot-info.ts";
import {
  VIRTIO_ID_BLOCK,
  VIRTIO_ID_CONSOLE,
  VIRTIO_ID_INPUT,
  VIRTIO_ID_NET,
  VIRTIO_ID_NONE,
  VIRTIO_ID_RNG,
} from "../../abi/virtio-mmio.ts";
import { logSetSink } from "../log.ts";
import { framebufferStart } from "./framebuffer.ts";
import { driverStarted } from "./poll.ts";
import { randomSeed } from "./random.ts";
import { blkStart } from "./virtio-blk.ts";
import { consoleStart, consoleWrite, LOG } from "./virtio-console.ts";
import { inputStart } from "./virtio-input.ts";
import { transportProbe } from "./virtio-mmio.ts";
import { netDeviceStart } from "./virtio-net.ts";
import { rngStart } from "./virtio-rng.ts";

const BOOT_SEED_SIZE: u32 = 32;

/**
 * Seeds the random numbers, then starts the driver of every device, by slot, so that the lower of two consoles is
 * CONSOLE, and looks for a screen. The log goes to LOG from then on. Returns a mask of the slots whose device runs. Once, at boot; needs the frame allocator.
 */
export function probeDevices(): u32 {
  const seed = BOOT_INFO_GPA + BOOT_INFO_SEED;
  randomSeed(seed, BOOT_SEED_SIZE);
  memory.fill(seed, 0, BOOT_SEED_SIZE); // used once: it must not be found later
  let running: u32 = 0;
  for (let slot: u32 = 0; slot < VIRTIO_MMIO_SLOTS; slot++) {
    const base = MMIO_GPA + <usize>slot * VIRTIO_MMIO_STRIDE;
    const device = transportProbe(base);
    if (device == VIRTIO_ID_NONE || !start(device, base)) continue;
    driverStarted(slot, device);
    running |= 1 << slot;
  }
  framebufferStart();
  logSetSink(writeLog);
  return running;
}

function writeLog(source: usize, len: u32): void {
  consoleWrite(LOG, source, len);
}

function start(device: u32, base: usize): bool {
  if (device == VIRTIO_ID_CONSOLE) return consoleStart(base);
  if (device == VIRTIO_ID_NET) return netDeviceStart(base);
  if (device == VIRTIO_ID_RNG) return rngStart(base);
  if (device == VIRTIO_ID_BLOCK) return blkStart(base);
  if (device == VIRTIO_ID_INPUT) return inputStart(base);
  return false;
}
