// Tells each driver about its device's events.

import { EVENT_BIT_SCREEN } from "../../abi/event-page.ts";
import { VIRTIO_MMIO_SLOTS } from "../../abi/memory-map.ts";
import { VIRTIO_ID_CONSOLE, VIRTIO_ID_NET, VIRTIO_ID_RNG } from "../../abi/virtio-mmio.ts";
import { framebufferEvent } from "./framebuffer.ts";
import { consolesPoll } from "./virtio-console.ts";
import { netDeviceEvent } from "./virtio-net.ts";
import { rngPoll } from "./virtio-rng.ts";

const slotDevices = memory.data(32, 4); // u32 per slot: VIRTIO_ID_* of the device whose driver runs
if (<u32>32 < VIRTIO_MMIO_SLOTS * 4) ERROR("slotDevices");

/** Notes that the device of type `device` (VIRTIO_ID_*) in `slot` has a driver, which is to hear of its events. */
export function driverStarted(slot: u32, device: u32): void {
  store<u32>(slotDevices + 4 * <usize>slot, device);
}

/** Lets the drivers of the devices in `pendingBits` (bits of EVENT_PENDING) take what their devices have done. */
export function driversPoll(pendingBits: u32): void {
  if ((pendingBits & (1 << EVENT_BIT_SCREEN)) != 0) framebufferEvent();
  let bits = pendingBits & ((1 << VIRTIO_MMIO_SLOTS) - 1);
  for (; bits != 0; bits &= bits - 1) {
    const device = load<u32>(slotDevices + 4 * <usize>ctz<u32>(bits));
    if (device == VIRTIO_ID_CONSOLE) consolesPoll();
    else if (device == VIRTIO_ID_NET) netDeviceEvent();
    else if (device == VIRTIO_ID_RNG) rngPoll();
  }
}
