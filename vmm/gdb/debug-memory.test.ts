import { beforeEach, expect, test } from "vitest";
import { writePageTables } from "../boot/page-tables.ts";
import { DebugMemory } from "./debug-memory.ts";

const GIB = 1n << 30n;
// Two addresses of one byte, as the code of an app has in two processes
const CODE = 1088n * GIB + 0x10n;
const ALIAS = 1024n * GIB + 0x200010n;
const GPA = 0x200010;

let ram: DataView;
let memory: DebugMemory;

beforeEach(() => {
  ram = new DataView(new ArrayBuffer(0x400000));
  writePageTables(ram);
  memory = new DebugMemory(ram);
  ram.setUint8(GPA, 0x55);
});

test("a breakpoint is in the guest's code, and readers do not see it", () => {
  expect(memory.insertBreakpoint(CODE, "debugger")).toBe(true);
  expect(ram.getUint8(GPA)).toBe(0xcc);
  expect([...memory.read(CODE - 1n, 3)]).toEqual([0, 0x55, 0]);
  expect([...memory.read(ALIAS, 1)]).toEqual([0x55]);
  expect(memory.write(CODE, Uint8Array.of(0x90))).toBe(true);
  expect(ram.getUint8(GPA)).toBe(0xcc);
  memory.removeBreakpoint(CODE, "debugger");
  expect(ram.getUint8(GPA)).toBe(0x90);
});

test("a byte with two addresses keeps its breakpoint until both are gone", () => {
  memory.insertBreakpoint(CODE, "debugger");
  memory.insertBreakpoint(ALIAS, "debugger");
  memory.removeBreakpoint(CODE, "debugger");
  expect([memory.hasBreakpoint(CODE, "debugger"), memory.isPlanted(CODE)]).toEqual([false, true]);
  memory.removeBreakpoint(ALIAS, "debugger");
  expect([memory.isPlanted(CODE), ram.getUint8(GPA)]).toEqual([false, 0x55]);
});

test("the stub's own breakpoint survives the debugger's", () => {
  memory.insertBreakpoint(CODE, "stub");
  memory.insertBreakpoint(CODE, "debugger");
  memory.removeAllBreakpoints("debugger");
  expect([memory.hasBreakpoint(CODE, "stub"), ram.getUint8(GPA)]).toEqual([true, 0xcc]);
  memory.removeAllBreakpoints("stub");
  expect(ram.getUint8(GPA)).toBe(0x55);
});

test("an instruction can be uncovered for a step", () => {
  memory.insertBreakpoint(CODE, "debugger");
  memory.lift(ALIAS);
  expect(ram.getUint8(GPA)).toBe(0x55);
  memory.plant(ALIAS);
  expect(ram.getUint8(GPA)).toBe(0xcc);
});

test("code that has been written over a breakpoint stays", () => {
  memory.insertBreakpoint(CODE, "debugger");
  ram.setUint8(GPA, 0x42);
  expect([...memory.read(CODE, 1)]).toEqual([0x42]);
  memory.removeBreakpoint(CODE, "debugger");
  expect(ram.getUint8(GPA)).toBe(0x42);
});

test("a breakpoint ends with the mapping that it was set by", () => {
  memory.insertBreakpoint(ALIAS, "debugger");
  ram.setBigUint64(0x10000, 0n, true); // the first entry of the root has no part in it
  memory.dropUnmapped();
  expect(ram.getUint8(GPA)).toBe(0xcc);
  ram.setBigUint64(0x10000 + 8 * 2, 0n, true); // 1 TiB on
  memory.dropUnmapped();
  expect([memory.hasBreakpoint(ALIAS, "debugger"), ram.getUint8(GPA)]).toEqual([false, 0x55]);
});

test("what is not mapped takes no breakpoint and no write", () => {
  expect(memory.insertBreakpoint(2048n * GIB, "debugger")).toBe(false);
  expect(memory.write(1024n * GIB, Uint8Array.of(1))).toBe(false); // page 0
  expect(memory.read(1024n * GIB, 4)).toHaveLength(0);
});
