// Modules that try to take all of the kernel's memory: refused, while the machine goes on.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { compileKernel, KernelMachine } from "../../../tests/support/kernel-machine.ts";
import { rest } from "../../../tests/support/kernel-world.ts";
import { bundleOf, tinyBundle } from "../../../tests/support/tiny-wasm.ts";
import { E_NOMEM, E_PKG_MODULE } from "../../abi/errors.ts";

const PAGE = 0x1000;
const HEADER = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const TYPE = section(1, [1, 0x60, 0, 1, 0x7f]);
const TABLE = section(4, [1, 0x70, 0, 1]);
const MEMORY = section(5, [1, 0, 1]);
const MAIN = section(7, [1, 4, ...Buffer.from("main"), 0, 0]);
const CONSTANT = [4, 0, 0x41, 0, 0x0b]; // a body
const CALL = [0x41, 0, 0x11, 0, 0, 0x1a]; // call_indirect: much code
const DIVIDE = [0x41, 1, 0x41, 2, 0x6d, 0x1a]; // many sites

let machine: KernelMachine;

beforeAll(compileKernel, 60_000);

beforeEach(async () => {
  machine = await KernelMachine.load({
    ramBytes: 0x10000000,
    programs: { "/init": { bundle: tinyBundle({}, { name: "org.test.init" }), script: rest } },
  });
  machine.boot();
});

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}

function section(id: number, body: Uint8Array | number[]): Buffer {
  return Buffer.concat([Buffer.from([id, ...leb128(body.length)]), Buffer.from(body)]);
}

/** Functions that repeat an instruction sequence, with so many bytes each. */
function functions(count: number, bytes: number, sequence: number[]): Uint8Array {
  const repeated = Buffer.alloc(Math.floor(bytes / sequence.length) * sequence.length, Buffer.from(sequence));
  const body = Buffer.concat([Buffer.from([0]), repeated, Buffer.from([0x41, 0, 0x0b])]);
  const bodies = Array.from({ length: count }, () => Buffer.concat([Buffer.from(leb128(body.length)), body]));
  const declared = section(3, [count, ...Buffer.alloc(count)]);
  const code = section(10, Buffer.concat([Buffer.from([count]), ...bodies]));
  return Buffer.concat([HEADER, TYPE, declared, TABLE, MEMORY, MAIN, code]);
}

/** A passive element segment with so many functions. */
function elements(count: number): Uint8Array {
  const segment = section(9, Buffer.concat([Buffer.from([1, 1, 0, ...leb128(count)]), Buffer.alloc(count)]));
  return Buffer.concat([
    HEADER,
    TYPE,
    section(3, [1, 0]),
    TABLE,
    MEMORY,
    MAIN,
    segment,
    section(10, [1, ...CONSTANT]),
  ]);
}

/** So many exports of one function. */
function exports(count: number): Uint8Array {
  const names = Array.from({ length: count }, (_, i) =>
    Buffer.from([3, 0x20 + (i & 63), 0x20 + ((i >> 6) & 63), 0x20 + (i >> 12), 0, 0]),
  );
  return Buffer.concat([
    HEADER,
    TYPE,
    section(3, [1, 0]),
    MEMORY,
    section(7, Buffer.concat([Buffer.from(leb128(count)), ...names])),
    section(10, [1, ...CONSTANT]),
  ]);
}

/** Begins and steps; the handle and what the last step returned. */
function install(wasm: Uint8Array): [handle: number, result: number] {
  const bundle = bundleOf(wasm);
  const at = machine.call("framesAlloc", Math.ceil(bundle.length / PAGE));
  machine.guest.put(at, bundle);
  const handle = machine.call("installBegin", at, bundle.length);
  let result = 1;
  while (result > 0) result = machine.call("installStep", handle);
  return [handle, result];
}

const MIB = 1 << 20;
test.each([
  ["4 MiB of elements", elements(4 * MIB)],
  ["almost 1 MiB of elements", elements(MIB - 1000)],
  ["1 MB of indirect calls", functions(1, 1_000_000, CALL)],
  ["12 MB of indirect calls", functions(12, 1_000_000, CALL)],
  ["1 MB of divisions", functions(1, 1_000_000, DIVIDE)],
  ["4 MB of divisions", functions(4, 1_000_000, DIVIDE)],
  ["170000 exports", exports(170_000)],
])(
  "%s are refused or compiled, and leave nothing behind",
  (_, wasm) => {
    const frames = machine.call("framesFreeCount");
    const room = machine.call("heapRoom");
    for (let round = 0; round < 3; round++) {
      const [handle, result] = install(wasm);
      expect([0, -E_PKG_MODULE, -E_NOMEM]).toContain(result);
      machine.call("installFree", handle);
      machine.call("__collect");
      expect(machine.call("framesFreeCount")).toBe(frames);
      expect(machine.call("heapRoom")).toBeGreaterThan(room - 65536);
    }
  },
  30_000,
);

test("the room in the heap is what can be allocated", () => {
  const room = machine.call("heapRoom");
  expect(room).toBeGreaterThan(24 * MIB);
  expect(room).toBeLessThan(32 * MIB);
  const block = machine.call("heapProbe", room - (room >> 4));
  expect(block).toBeGreaterThan(0x600000);
  expect(machine.call("heapRoom")).toBe(room);
  expect(() => machine.call("heapProbe", room + 16)).toThrow("unreachable");
});

test("many large apps fill the memory up to where the next is refused", () => {
  const wasm = functions(1, 200_000, DIVIDE);
  const handles: number[] = [];
  let result = 0;
  while (result === 0 && handles.length < 1000) {
    const [handle, last] = install(wasm);
    handles.push(handle);
    result = last;
  }
  expect(result).toBe(-E_NOMEM);
  expect(handles.length).toBeGreaterThan(50);
  expect(machine.log.at(-1)).toBe("module refused: there is no memory to compile it");
  for (const handle of handles) machine.call("installFree", handle);
  const [, again] = install(wasm);
  expect(again).toBe(0);
}, 30_000);

test("a module of 10 MB is compiled", () => {
  const [handle, result] = install(functions(100, 100_000, [0x41, 0, 0x28, 2, 0, 0x1a]));
  expect(result).toBe(0);
  machine.call("installFree", handle);
}, 30_000);
