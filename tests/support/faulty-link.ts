import type { Link } from "../../host-net/link.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What goes wrong with a frame, as probabilities. */
export interface Faults {
  loss: number;
  duplication: number;
  reordering: number;
}

export const NO_FAULTS: Faults = { loss: 0, duplication: 0, reordering: 0 };

/** Both directions of a link in memory, which may lose, duplicate and reorder frames. Frames move on `deliver`. */
export class FaultyLink implements Link {
  readonly offload: boolean;
  onWritable: (() => void) | undefined;
  /** How many frames to the guest may wait before `send` refuses. */
  capacity = 64;
  faults: Faults = NO_FAULTS;
  /** Set by the owner: the two ends. */
  toBridge: (frame: Uint8Array) => void = () => undefined;
  toGuest: (frame: Uint8Array) => void = () => undefined;
  readonly #random: SeededRandom;
  #guestBound: Uint8Array[] = [];
  #bridgeBound: Uint8Array[] = [];
  #refused = false;

  constructor(random: SeededRandom, offload = false) {
    this.#random = random;
    this.offload = offload;
  }

  send(frame: Uint8Array): boolean {
    if (this.#guestBound.length >= this.capacity) {
      this.#refused = true;
      return false;
    }
    this.#guestBound.push(frame.slice());
    return true;
  }

  /** A frame from the guest. */
  sendToBridge(frame: Uint8Array): void {
    this.#bridgeBound.push(frame.slice());
  }

  /** Moves all frames that wait. False: there were none. */
  deliver(): boolean {
    const guestBound = this.#disturb(this.#guestBound);
    const bridgeBound = this.#disturb(this.#bridgeBound);
    const moved = this.#guestBound.length + this.#bridgeBound.length > 0;
    this.#guestBound = [];
    this.#bridgeBound = [];
    for (const frame of guestBound) this.toGuest(frame);
    for (const frame of bridgeBound) this.toBridge(frame);
    if (this.#refused) {
      this.#refused = false;
      this.onWritable?.();
    }
    return moved;
  }

  #disturb(frames: Uint8Array[]): Uint8Array[] {
    const { loss, duplication, reordering } = this.faults;
    const result: Uint8Array[] = [];
    for (const frame of frames) {
      if (this.#random.chance(loss)) continue;
      const at = this.#random.chance(reordering) ? this.#random.below(result.length + 1) : result.length;
      result.splice(at, 0, frame);
      if (this.#random.chance(duplication)) result.push(frame);
    }
    return result;
  }
}
