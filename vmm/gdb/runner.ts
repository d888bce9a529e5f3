// Lets the guest go on and looks at why it is held again: what a debugger wants to know of, and what is between the guest
// and this stub alone (breakpoints that are only there because processes share their code, steps of threads that wait
// for the processor, calls that are traced).

import { STEP_GPA, STEP_LENGTH, STEP_ON, STEP_START } from "../../guest-kernel/abi/debug-stub.ts";
import type { DebugMemory } from "./debug-memory.ts";
import * as holds from "./debug-port.ts";
import { CONTINUE, type GdbResume, type GdbStop } from "./target.ts";
import { restorePreemption, withdrawPreemption } from "./processes.ts";
import { currentThread, suspendedThread } from "./threads.ts";

const SIGINT = 2;
const SIGILL = 4;
const SIGTRAP = 5;
const SIGABRT = 6;
const SIGFPE = 8;
const SIGBUS = 10; // as gdb numbers it
const SIGSEGV = 11;
/** By vector, Intel SDM volume 3 §6.3. */
const FAULT_SIGNALS: ReadonlyMap<number, number> = new Map([
  [0, SIGFPE],
  [6, SIGILL],
  [13, SIGSEGV],
  [14, SIGSEGV],
  [16, SIGFPE],
  [17, SIGBUS],
  [19, SIGFPE],
]);

/** What the runner needs of the target. */
export interface RunnerParts {
  ram: DataView;
  port: holds.DebugPort;
  memory: DebugMemory;
  /** What a stop reply says of the watchpoint that is hit. */
  watchHit: () => string;
  /** Whether processes are preempted from here on. */
  preempts: (preempts: boolean) => void;
  /** Called at each breakpoint that is the stub's own. */
  onBreakpoint: (address: bigint) => void;
}

/** One guest's. */
export class Runner {
  readonly #parts: RunnerParts;
  #resume = CONTINUE;
  /** An instruction is stepped over, with the breakpoint on it lifted. */
  #over: bigint | undefined;
  /** A thread is to step that does not have the processor: what it does once it is back at `address`. */
  #until: { thread: number; address: bigint; next: GdbResume | undefined } | undefined;
  /** What it is held by is a breakpoint of the debugger. */
  #atBreakpoint = false;
  #seen = 0;
  #held: GdbStop | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Lets the guest go on. */
  resume(how: GdbResume): void {
    this.#held = undefined;
    this.#settle();
    const { ram, port } = this.#parts;
    const waits = how.step && how.thread !== 0 && how.thread !== currentThread(ram, port.registers);
    if (waits) this.#await(how.thread, how);
    else this.#start(how);
  }

  /** Why the guest is held; undefined if that was nobody's business, and it has gone on. */
  held(): GdbStop | undefined {
    const { port } = this.#parts;
    if (port.held === 0) return undefined;
    if (port.sequence === this.#seen) return this.#held;
    this.#seen = port.sequence;
    this.#held = this.#decide(port.held);
    if (this.#held !== undefined) this.#settle();
    return this.#held;
  }

  /** Undoes what only was for a plan that is over. */
  #settle(): void {
    const { memory } = this.#parts;
    if (this.#over !== undefined) memory.plant(this.#over);
    if (this.#until !== undefined) memory.removeBreakpoint(this.#until.address, "stub");
    this.#over = undefined;
    this.#until = undefined;
  }

  #start(how: GdbResume): undefined {
    const { ram, port, memory } = this.#parts;
    const { rip } = port.registers;
    this.#resume = how;
    // The debugger lifts its own.
    if (!how.deliver && memory.isPlanted(rip) && !memory.hasBreakpoint(rip, "debugger"))
      return this.#stepOver(rip);
    ram.setBigUint64(STEP_GPA + STEP_START, how.range?.start ?? 0n, true);
    ram.setBigUint64(STEP_GPA + STEP_LENGTH, how.range?.length ?? 0n, true);
    ram.setUint32(STEP_GPA + STEP_ON, how.range === undefined ? 0 : 1, true);
    this.#go(how.step, how.deliver);
    return undefined;
  }

  #stepOver(address: bigint): undefined {
    const { memory } = this.#parts;
    this.#over = address;
    memory.lift(address);
    this.#go(true, false);
    return undefined;
  }

  /**
   * A process that steps keeps the processor: a slice is a hundred steps, and nobody wants to walk through the switch. But
   * not in the step that leads away from a breakpoint: one at a safepoint, met again and again, would keep all others
   * from running.
   */
  #go(step: boolean, deliver: boolean): void {
    const { ram, port, preempts } = this.#parts;
    const fromBreakpoint = this.#over !== undefined || this.#atBreakpoint;
    this.#atBreakpoint = false;
    preempts(!step);
    if (!step) restorePreemption(ram);
    else if (!fromBreakpoint) withdrawPreemption(ram);
    port.resume({ step, deliver });
  }

  /** Lets all run until a thread is where it will go on. */
  #await(thread: number, next: GdbResume | undefined): undefined {
    const { ram, memory } = this.#parts;
    const address = suspendedThread(ram, thread)?.rip;
    const waits = address !== undefined && memory.insertBreakpoint(address, "stub");
    if (waits) this.#until = { thread, address, next };
    return this.#start({ ...CONTINUE, deliver: false });
  }

  #decide(reason: number): GdbStop | undefined {
    const { port, memory, watchHit } = this.#parts;
    switch (reason) {
      case holds.HELD_BY_BREAKPOINT:
        return this.#breakpoint();
      case holds.HELD_BY_STEP:
        return this.#step();
      case holds.HELD_BY_PROCESSES:
        memory.dropUnmapped();
        return { signal: SIGTRAP, details: "library:;" };
      case holds.HELD_BY_FAULT:
        return { signal: FAULT_SIGNALS.get(port.vector) ?? SIGTRAP, details: "" };
      case holds.HELD_BY_PANIC:
        return { signal: SIGABRT, details: "" };
      case holds.HELD_BY_WATCH:
        return { signal: SIGTRAP, details: watchHit() };
      default:
        return { signal: SIGINT, details: "" };
    }
  }

  #breakpoint(): GdbStop | undefined {
    const { ram, port, memory, onBreakpoint } = this.#parts;
    const { rip } = port.registers;
    const until = this.#until;
    if (until?.address === rip && until.thread === currentThread(ram, port.registers)) {
      this.#settle();
      if (until.next === undefined) return { signal: SIGTRAP, details: "" };
      if (!memory.hasBreakpoint(rip, "debugger")) return this.#start(until.next);
    }
    if (memory.hasBreakpoint(rip, "stub")) onBreakpoint(rip);
    this.#atBreakpoint = memory.hasBreakpoint(rip, "debugger");
    if (this.#atBreakpoint) return { signal: SIGTRAP, details: "swbreak:;" };
    if (memory.isForeign(rip)) return this.#foreign();
    return this.#start(this.#resume); // over one of ours; or it is gone again, and the instruction is back
  }

  /** An `int3` of the guest's own: the instruction behind it is next. */
  #foreign(): GdbStop {
    const { port } = this.#parts;
    const { registers } = port;
    port.registers = { ...registers, rip: registers.rip + 1n };
    return { signal: SIGTRAP, details: "" };
  }

  #step(): GdbStop | undefined {
    const { ram, port, memory } = this.#parts;
    const { rip } = port.registers;
    if (this.#over !== undefined) {
      memory.plant(this.#over);
      this.#over = undefined;
      const { step, range } = this.#resume;
      const more = range === undefined ? !step : rip >= range.start && rip - range.start < range.length;
      if (more) return this.#start(this.#resume);
    }
    const { step, thread } = this.#resume;
    if (!step) return this.#start(this.#resume);
    if (thread !== 0 && thread !== currentThread(ram, port.registers)) return this.#await(thread, undefined);
    return { signal: SIGTRAP, details: "" };
  }
}
