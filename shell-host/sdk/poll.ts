// Waiting for any of several handles: ports, consoles, connections, children.

import {
  POLL_CHILDREN,
  POLL_EVENTS,
  POLL_HANDLE,
  POLL_MAX,
  POLL_READ,
  POLL_READY,
  POLL_SIZE,
  POLL_WRITE,
} from "../../guest-kernel/abi/poll.ts";
import { poll } from "./oscortex.ts";

import { POLL_CLOSED, POLL_INVALID } from "../../guest-kernel/abi/poll.ts";

export { POLL_CLOSED, POLL_INVALID };
export { POLL_CHILDREN, POLL_MAX, POLL_READ, POLL_WRITE };

/** A set of at most POLL_MAX handles and what to wait for. Waiting allocates nothing. */
export class PollSet {
  private entries: StaticArray<u8> = new StaticArray<u8>(<i32>POLL_MAX * <i32>POLL_SIZE);
  private count: u32 = 0;

  /** Waits for POLL_* of a handle from here on; 0 takes it out. False if the set is full. */
  set(handle: i32, events: u32): bool {
    let at = this.find(handle);
    if (events == 0) {
      if (at != 0) this.remove(at);
      return true;
    }
    if (at == 0) {
      if (this.count == POLL_MAX) return false;
      at = this.entry(this.count++);
      store<i32>(at, handle, POLL_HANDLE);
    }
    store<u32>(at, events & 0xffff, POLL_EVENTS);
    return true;
  }

  /** Waits for what is asked, at most `timeoutNs` (negative: for ever): how many handles are ready, or -E_*. */
  wait(timeoutNs: i64): i32 {
    return poll(this.entry(0), this.count, timeoutNs);
  }

  /** POLL_* that the last wait found of a handle; POLL_CLOSED and POLL_INVALID among them. 0 if it is not in the set. */
  ready(handle: i32): u32 {
    const at = this.find(handle);
    return at == 0 ? 0 : load<u16>(at, POLL_READY);
  }

  private find(handle: i32): usize {
    for (let i: u32 = 0; i < this.count; i++) {
      if (load<i32>(this.entry(i), POLL_HANDLE) == handle) return this.entry(i);
    }
    return 0;
  }

  private remove(at: usize): void {
    const last = this.entry(--this.count);
    if (at != last) memory.copy(at, last, POLL_SIZE);
  }

  private entry(i: u32): usize {
    // SAFETY: i < POLL_MAX, what `entries` has room for.
    return changetype<usize>(this.entries) + <usize>i * POLL_SIZE;
  }
}
