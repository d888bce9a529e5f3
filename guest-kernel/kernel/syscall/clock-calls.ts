// System calls about the caller itself and time.

import { E_FAULT, E_INVAL } from "../../abi/errors.ts";
import { CTX_RESCHEDULE } from "../../abi/instance.ts";
import { SYS_SLEEP } from "../../abi/syscall.ts";
import { randomFill } from "../drivers/random.ts";
import { userChunk, userContains, userLinear } from "../mm/user-memory.ts";
import { current } from "../proc/process.ts";
import { waitBlock, WAKE_TIMER } from "../sched/wait.ts";
import { nowNs, wallClockNs } from "../time/clock.ts";

const RANDOM_MAX: u32 = 65536;

/** null() -> 0: what a system call costs. */
export function sysNull(): i32 {
  return 0;
}

/** getpid() -> pid */
export function sysGetpid(): i32 {
  return current.pid;
}

/** yield() -> 0, after the processes whose wait ended before, and one whose slice was over, have run. */
export function sysYield(): i32 {
  store<u32>(current.context, 1, CTX_RESCHEDULE);
  return 0;
}

/** sleep(ns) -> 0, not before `ns` nanoseconds have passed. Negative is 0. */
export function sysSleep(ns: i64): i32 {
  if (ns <= 0) return sysYield();
  const now = nowNs();
  const deadline = ns > i64.MAX_VALUE - now ? i64.MAX_VALUE : now + ns;
  return waitBlock(SYS_SLEEP, WAKE_TIMER, deadline, 0, 0, 0);
}

/** clock_monotonic() -> ns since the VMM began to create the VM */
export function sysClockMonotonic(): i64 {
  return nowNs();
}

/** clock_realtime() -> ns since 1970-01-01 UTC */
export function sysClockRealtime(): i64 {
  return wallClockNs();
}

/** random(buf, len) -> 0; at most 65536 bytes a call. */
export function sysRandom(buf: u32, len: u32): i32 {
  if (len > RANDOM_MAX) return -E_INVAL;
  if (!userContains(current, buf, len)) return -E_FAULT;
  while (len != 0) {
    const chunk = userChunk(buf, len);
    randomFill(userLinear(current, buf), chunk);
    buf += chunk;
    len -= chunk;
  }
  return 0;
}
