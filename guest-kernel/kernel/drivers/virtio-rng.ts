// virtio-rng, the driver's side, virtio 1.2 §5.4: asks once for entropy and mixes what comes into random.ts, which
// is seeded from the boot information by then. Nothing waits for it.

import { framesAlloc } from "../mm/frames.ts";
import { randomSeed } from "./random.ts";
import { transportGiveUp, transportNegotiate, transportQueue, transportStart } from "./virtio-mmio.ts";
import { Virtq, VIRTQ_STRUCT_SIZE, virtqKick, virtqPop, virtqPush } from "./virtq.ts";

const RNG_QUEUE: u32 = 0;
const RNG_QUEUE_SIZE: u32 = 2;
const ENTROPY_BYTES: u32 = 64;

const requests = changetype<Virtq>(memory.data(VIRTQ_STRUCT_SIZE));
let seedsTaken: u32 = 0;

/** Starts the device at `base` and asks for entropy. False if it cannot be used. */
export function rngStart(base: usize): bool {
  if (!transportNegotiate(base, 0) || !transportQueue(base, requests, RNG_QUEUE, RNG_QUEUE_SIZE))
    return false;
  const buffer = framesAlloc(1);
  if (buffer == 0) return transportGiveUp(base);
  transportStart(base);
  virtqPush(requests, buffer, ENTROPY_BYTES, true);
  virtqKick(requests);
  return true;
}

/** Takes entropy that has arrived. Called when the device has raised an event. */
export function rngPoll(): void {
  if (requests.size == 0) return;
  const buffer = virtqPop(requests);
  if (buffer == 0) return;
  randomSeed(buffer, requests.usedLen);
  memory.fill(buffer, 0, requests.usedLen);
  seedsTaken++;
}

/** How often the device's entropy was mixed in. */
export function rngSeedsTaken(): u32 {
  return seedsTaken;
}
