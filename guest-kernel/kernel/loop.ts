// The kernel's loop: look at the devices, let a process run, sleep when there is nothing to do.

import { RESUME_FAULT, RESUME_PREEMPTED } from "../abi/arch.ts";
import { CONTROL_IDLE, CONTROL_MARK, MARK_INIT, MARK_SHELL } from "../abi/control.ts";
import {
  EVENT_FREE_PAGES,
  EVENT_IDLE,
  EVENT_IDLE_TIMEOUT_US,
  EVENT_NO_TIMEOUT,
  EVENT_PENDING,
  EVENT_PREEMPT_GPA,
  EVENT_RUN_SEQ,
} from "../abi/event-page.ts";
import { CTX_LIMIT, CTX_RESCHEDULE, CTX_STACK_LIMIT } from "../abi/instance.ts";
import { TRACE_IDLE, TRACE_RUN, TRACE_STOP, TRACE_WAKE } from "../abi/trace.ts";
import { CONTROL_GPA, EVENT_PAGE_GPA } from "../abi/memory-map.ts";
import { programsStep } from "./app-registry/programs.ts";
import { pause, resume } from "./arch.ts";
import { mmioWrite32 } from "./drivers/mmio.ts";
import { driversPoll } from "./drivers/poll.ts";
import { consoleFlush } from "./drivers/virtio-console.ts";
import { framesFreeCount } from "./mm/frames.ts";
import { netNextDeadline, netPoll } from "./net/net.ts";
import { resolverNextDeadline, resolvePoll } from "./pkg/resolver.ts";
import { closingServe, processEnd } from "./proc/end.ts";
import { faultServe } from "./proc/fault.ts";
import { Process, setCurrent, STATE_ENDING, STATE_RUNNABLE } from "./proc/process.ts";
import { cpuBegin, cpuCharge, cpuFreeAt } from "./sched/cpu-time.ts";
import { runQueuePop, runQueuePush, runQueueRunning, runQueueTurn, runQueueWake } from "./sched/run-queue.ts";
import { countPreemption, countSleep } from "./sched/report.ts";
import { timerExpired, timerNext } from "./sched/timers.ts";
import {
  waitExpire,
  waitNotify,
  waitPending,
  waitRest,
  waitInit,
  waitServe,
  WAKE_CONSOLE,
  WAKE_DISK,
  WAKE_NET,
  WAKE_PACKAGES,
} from "./sched/wait.ts";
import { retry, timeoutResult } from "./syscall/retry.ts";
import { nowNs } from "./time/clock.ts";
import { trace, traceRing } from "./trace.ts";
import { ext2Poll } from "./vfs/ext2/ext2.ts";
import { orphansBusy } from "./vfs/ext2/orphans.ts";
import { writeBackDeadline, writeBackPoll } from "./vfs/write-back.ts";
import { wmDeadline, wmPoll } from "./wm/wm.ts";

// How long an idle guest spins before it sleeps: about what the sleep and the wake-up cost.
const SPIN_NS: i64 = 50000;

// How often garbage is collected, at the end of a turn: what the hot paths do makes none.
const COLLECT_NS: i64 = 100000000;

let nextCollect: i64 = 0;
let nextLook: i64 = 0;
let turnsToLook: i32 = 0;
let turnNs: i64 = 0; // when this turn began

// How long, and for how many turns, the loop may go on without a look at the devices while processes run.
const LOOK_NS: i64 = 20000;
const LOOK_TURNS: i32 = 64;

// The first runs of init and of the shell are marked, in this order.
let nextMarkedPid: i32 = 1;

/**
 * Runs the machine. Does not return.
 * PERF: processes are resumed from here, not deeper down: after a resume the CPU mispredicts returns (arch/switch.ts).
 */
export function loop(): void {
  waitInit(retry);
  for (;;) {
    const now = nowNs();
    turnNs = now;
    cpuCharge(now);
    runQueueTurn(now);
    const looks = mustLook(now);
    const busy = looks && serve(now);
    const process = runQueuePop();
    if (process !== null) {
      if (!beginSlice(process)) continue;
      // What came before the host could know whom to stop must not wait for a whole slice.
      if (atomic.load<u32>(EVENT_PAGE_GPA + EVENT_PENDING) != 0) endSlice(process, RESUME_PREEMPTED);
      else endSlice(process, traceRing == 0 ? resume(process.context) : resumeTraced(process));
    } else if (!looks) turnsToLook = 0;
    else if (!busy) idle();
  }
}

/**
 * False in a turn that need not look at the devices, because the last one did a moment ago and nothing has happened since.
 * PERF: a look costs as much as a switch between two processes (bench: kernel).
 */
function mustLook(now: i64): bool {
  if (--turnsToLook < 0 || now >= nextLook || waitPending()) return true;
  return atomic.load<u32>(EVENT_PAGE_GPA + EVENT_PENDING) != 0;
}

/** One look at everything that can have happened. True if there is more to do at once. */
function serve(now: i64): bool {
  const pending = EVENT_PAGE_GPA + EVENT_PENDING;
  const bits = atomic.load<u32>(pending) == 0 ? 0 : atomic.xchg<u32>(pending, 0);
  if (bits != 0) {
    driversPoll(bits);
    waitNotify(WAKE_CONSOLE);
  }
  if ((bits != 0 || orphansBusy()) && ext2Poll()) waitNotify(WAKE_DISK);
  writeBackPoll(now);
  if ((bits != 0 || netNextDeadline() <= now) && netPoll(now)) waitNotify(WAKE_NET);
  let busy = resolvePoll(now);
  if (programsStep()) busy = true;
  if (busy) waitNotify(WAKE_PACKAGES);
  if (wmPoll(now)) busy = true;
  if (closingServe()) busy = true;
  waitServe(); // before the timers: what has come in time counts
  let expired = timerExpired(now);
  while (expired !== null) {
    waitExpire(expired, timeoutResult(expired));
    expired = timerExpired(now);
  }
  if (consoleFlush()) waitNotify(WAKE_CONSOLE);
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_FREE_PAGES, framesFreeCount());
  if (now >= nextCollect) {
    // SAFETY: only here, where no caller holds a managed reference.
    __collect();
    nextCollect = now + COLLECT_NS;
  }
  const more = busy || waitPending();
  nextLook = more ? 0 : min(now + LOOK_NS, timerNext());
  turnsToLook = LOOK_TURNS;
  return more;
}

/** True if a process may run: its turn has begun. False: it rests, because it has had its share of the processor. */
function beginSlice(process: Process): bool {
  const freeAt = cpuFreeAt(process, turnNs);
  if (freeAt > turnNs) {
    waitRest(process, freeAt);
    return false;
  }
  cpuBegin(process, turnNs);
  runQueueRunning(process);
  setCurrent(process);
  if (process.pid == nextMarkedPid) markFirstRun(process.pid);
  const context = process.context;
  store<u64>(context, load<u64>(context, CTX_STACK_LIMIT), CTX_LIMIT);
  store<u32>(context, 0, CTX_RESCHEDULE);
  store<u32>(EVENT_PAGE_GPA, load<u32>(EVENT_PAGE_GPA, EVENT_RUN_SEQ) + 1, EVENT_RUN_SEQ);
  // In order before the look at EVENT_PENDING; the other words of this page need none.
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_PREEMPT_GPA, <u32>(context + CTX_LIMIT + 4));
  return true;
}

/** What becomes of a process that ran, by RESUME_*: it waits, has ended or faulted, or its slice is over. */
function endSlice(process: Process, reason: i32): void {
  store<u32>(EVENT_PAGE_GPA, 0, EVENT_PREEMPT_GPA); // a store that comes late finds a context's page: mm/contexts.ts
  runQueueRunning(null);
  if (reason == RESUME_FAULT) faultServe(process);
  else if (process.state == STATE_ENDING) processEnd(process, process.status);
  else if (process.state == STATE_RUNNABLE && reason == RESUME_PREEMPTED) {
    countPreemption();
    runQueuePush(process);
  } else if (process.state == STATE_RUNNABLE) runQueueWake(process); // it yields: behind all that were woken before
}

function resumeTraced(process: Process): i32 {
  trace(TRACE_RUN, 0, process.pid);
  const reason = resume(process.context);
  trace(TRACE_STOP, <u32>reason, process.pid);
  return reason;
}

/** Tells the host when PID 1 and PID 2 begin. */
function markFirstRun(pid: i32): void {
  mmioWrite32(CONTROL_GPA + CONTROL_MARK, pid == 1 ? MARK_INIT : MARK_SHELL);
  nextMarkedPid = pid == 1 ? 2 : 0;
}

/** Nothing can run: spins a little, then sleeps until an event or the next deadline. */
function idle(): void {
  const pending = EVENT_PAGE_GPA + EVENT_PENDING;
  let now = nowNs();
  const deadline = min(
    min(timerNext(), netNextDeadline()),
    min(resolverNextDeadline(), min(writeBackDeadline(), wmDeadline())),
  );
  const spinEnd = min(now + SPIN_NS, deadline);
  while (now < spinEnd) {
    if (atomic.load<u32>(pending) != 0) return;
    pause();
    now = nowNs();
  }
  if (now >= deadline) return;
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_IDLE_TIMEOUT_US, timeoutMicros(now, deadline));
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_IDLE, 1);
  // An event between the last look and the store before would not wake us.
  if (atomic.load<u32>(pending) == 0) {
    trace(TRACE_IDLE, 0, 0);
    mmioWrite32(CONTROL_GPA + CONTROL_IDLE, 1);
    trace(TRACE_WAKE, 0, 0);
    countSleep(nowNs() - now);
  }
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_IDLE, 0);
}

/** EVENT_IDLE_TIMEOUT_US until a deadline, i64.MAX_VALUE for none. Longer than it can say: the next turn sleeps on. */
function timeoutMicros(now: i64, deadline: i64): u32 {
  if (deadline == i64.MAX_VALUE) return EVENT_NO_TIMEOUT;
  return <u32>min<u64>(<u64>(deadline - now) / 1000 + 1, EVENT_NO_TIMEOUT - 1);
}
