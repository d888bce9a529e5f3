// Memory that the kernel can do without: caches, which give frames back when processes need them.

import { framesFreeCount, framesUserCount } from "./frames.ts";

/** Gives one or more frames back; false if there are none to give. */
type Giver = () => bool;

const GIVERS_MAX: u32 = 4;
const givers = memory.data(16, 4); // function references
if (GIVERS_MAX * 4 != 16) ERROR("givers");
let giverCount: u32 = 0;
let reclaimed: u64 = 0;

/** Adds a cache; those that were added first give first. A call gives what is cheapest to lose. Once, at boot. */
export function reclaimRegister(giver: Giver): void {
  assert(giverCount < GIVERS_MAX, "reclaimRegister: too many");
  store<usize>(givers + 4 * <usize>giverCount, changetype<usize>(giver));
  giverCount++;
}

/** Takes from the caches until processes can have so many frames. False if they have no more. */
export function reclaim(frames: u32): bool {
  for (let i: u32 = 0; i < giverCount; i++) {
    const give = changetype<Giver>(load<usize>(givers + 4 * <usize>i));
    while (framesUserCount() < frames) {
      const before = framesFreeCount();
      if (!give()) break;
      reclaimCount(framesFreeCount() - before);
    }
  }
  return framesUserCount() >= frames;
}

/** Counts frames that a cache has given back, asked here or not. */
export function reclaimCount(frames: u32): void {
  reclaimed += frames;
}

/** Frames that caches have given back since the boot. */
export function reclaimedFrames(): u64 {
  return reclaimed;
}
