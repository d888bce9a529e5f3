import { beforeEach, expect, test } from "vitest";
import { STEP_GPA, STEP_LENGTH, STEP_ON, STEP_START } from "../../guest-kernel/abi/debug-stub.ts";
import { writePageTables } from "../boot/page-tables.ts";
import { emptyRegisters } from "../kvm/vcpu.ts";
import { DebugMemory } from "./debug-memory.ts";
import * as holds from "./debug-port.ts";
import { Runner } from "./runner.ts";
import { CONTINUE, type GdbResume } from "./target.ts";
import { KERNEL_THREAD } from "./threads.ts";

const GIB = 1n << 30n;
const CODE = 1088n * GIB + 0x100n;
const ALIAS = 1024n * GIB + 0x200100n;
const GO: GdbResume = { ...CONTINUE, deliver: false };
const STEP: GdbResume = { ...GO, step: true };

/** What the vCPU thread does, by hand. */
class FakeVcpu extends holds.DebugPort {
  readonly resumed: holds.Resume[] = [];
  #sequence = 0;
  #held = 0;

  override get held(): number {
    return this.#held;
  }

  override get sequence(): number {
    return this.#sequence;
  }

  override resume(how: holds.Resume): void {
    this.#held = 0;
    this.resumed.push({ step: how.step, deliver: how.deliver });
  }

  holdAt(rip: bigint, reason: number): void {
    this.registers = { ...emptyRegisters(), rip };
    this.#held = reason;
    this.#sequence++;
  }
}

let ram: DataView;
let vcpu: FakeVcpu;
let memory: DebugMemory;
let runner: Runner;
let traced: bigint[];

beforeEach(() => {
  ram = new DataView(new ArrayBuffer(0x400000));
  writePageTables(ram);
  vcpu = new FakeVcpu();
  memory = new DebugMemory(ram);
  traced = [];
  runner = new Runner({
    ram,
    port: vcpu,
    memory,
    watchHit: () => "watch:10;",
    preempts: () => {},
    onBreakpoint: (address) => traced.push(address),
  });
});

test("tells why the guest is held, once looked at and again", () => {
  vcpu.holdAt(CODE, holds.HELD_BY_REQUEST);
  expect(runner.held()).toEqual({ signal: 2, details: "" });
  expect(runner.held()).toEqual({ signal: 2, details: "" });
  runner.resume(GO);
  expect(runner.held()).toBe(undefined);
});

test.each([
  ["a panic", holds.HELD_BY_PANIC, 0, { signal: 6, details: "" }],
  ["a division by zero", holds.HELD_BY_FAULT, 0, { signal: 8, details: "" }],
  ["a trap", holds.HELD_BY_FAULT, 6, { signal: 4, details: "" }],
  ["a page fault", holds.HELD_BY_FAULT, 14, { signal: 11, details: "" }],
  ["a watchpoint", holds.HELD_BY_WATCH, 0, { signal: 5, details: "watch:10;" }],
  ["new processes", holds.HELD_BY_PROCESSES, 0, { signal: 5, details: "library:;" }],
])("a guest held by %s", (_, reason, vector, stop) => {
  vcpu.vector = vector;
  vcpu.holdAt(CODE, reason);
  expect(runner.held()).toEqual(stop);
});

test("stops at the debugger's breakpoints", () => {
  memory.insertBreakpoint(CODE, "debugger");
  vcpu.holdAt(CODE, holds.HELD_BY_BREAKPOINT);
  expect(runner.held()).toEqual({ signal: 5, details: "swbreak:;" });
});

test("goes over a breakpoint that was set by another address, without a word", () => {
  memory.insertBreakpoint(ALIAS, "debugger");
  runner.resume(GO);
  vcpu.holdAt(CODE, holds.HELD_BY_BREAKPOINT);
  expect(runner.held()).toBe(undefined);
  expect(memory.isPlanted(CODE)).toBe(false); // for one step
  vcpu.holdAt(CODE + 1n, holds.HELD_BY_STEP);
  expect(runner.held()).toBe(undefined);
  expect(memory.isPlanted(CODE)).toBe(true);
  expect(vcpu.resumed.map(({ step }) => step)).toEqual([false, true, false]);
});

test("a step that begins on such a breakpoint is one step", () => {
  memory.insertBreakpoint(ALIAS, "debugger");
  vcpu.holdAt(CODE, holds.HELD_BY_REQUEST);
  runner.held();
  runner.resume(STEP);
  vcpu.holdAt(CODE + 1n, holds.HELD_BY_STEP);
  expect(runner.held()).toEqual({ signal: 5, details: "" });
  expect(memory.isPlanted(CODE)).toBe(true);
});

test("tells of the stub's breakpoints those who set them, and goes on", () => {
  memory.insertBreakpoint(CODE, "stub");
  runner.resume(GO);
  vcpu.holdAt(CODE, holds.HELD_BY_BREAKPOINT);
  expect(runner.held()).toBe(undefined);
  expect(traced).toEqual([CODE]);
});

test("an int3 of the guest's own is told and passed", () => {
  ram.setUint8(0x200100, 0xcc);
  vcpu.holdAt(CODE, holds.HELD_BY_BREAKPOINT);
  expect(runner.held()).toEqual({ signal: 5, details: "" });
  expect(vcpu.registers.rip).toBe(CODE + 1n);
});

test("the guest's stub is told the range to step through, and not to for anything else", () => {
  runner.resume({ ...STEP, range: { start: CODE, length: 16n } });
  expect([
    ram.getUint32(STEP_GPA + STEP_ON, true),
    ram.getBigUint64(STEP_GPA + STEP_START, true),
    ram.getBigUint64(STEP_GPA + STEP_LENGTH, true),
  ]).toEqual([1, CODE, 16n]);
  vcpu.holdAt(CODE + 20n, holds.HELD_BY_STEP);
  expect(runner.held()).toEqual({ signal: 5, details: "" });
  runner.resume(GO);
  expect(ram.getUint32(STEP_GPA + STEP_ON, true)).toBe(0);
});

test("a thread that there is not steps as the one that runs", () => {
  runner.resume({ ...STEP, thread: KERNEL_THREAD + 1 });
  vcpu.holdAt(CODE, holds.HELD_BY_REQUEST);
  expect(runner.held()).toEqual({ signal: 2, details: "" });
});
