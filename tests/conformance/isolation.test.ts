// Attacks on the memory of an instance's neighbours, by machine code in a real KVM guest: docs/isolation.md.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  TRAP_OUT_OF_BOUNDS,
  TRAP_STACK_OVERFLOW,
  TRAP_TABLE_OUT_OF_BOUNDS,
  TRAP_UNALIGNED_ATOMIC,
  TRAP_UNDEFINED_ELEMENT,
} from "../../guest-kernel/abi/instance.ts";
import { KERNEL_STACK_GPA } from "../../guest-kernel/abi/memory-map.ts";
import type { Aot } from "../../guest-kernel/image/aot.ts";
import { CompiledInstance, InstanceMachine, type Outcome } from "../support/compiled-instance.ts";
import { loadAot } from "../support/compiler.ts";
import { RAM_BYTES, WINDOW_MEMORY_GPA } from "../support/guest-windows.ts";
import { lacksKvm } from "../support/kvm.ts";
import { tinyWasm } from "../support/tiny-wasm.ts";

const PAGE = 0x10000;
const CANARY = 0xa5;
const U32 = 0xffffffff;
const LOCAL_GET = 0x20;
const I32_CONST = 0x41;
const DROP = 0x1a;

// Opcode, bytes, and what is pushed before a store
const LOADS = [0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35];
const STORES: [opcode: number, value: number[]][] = [
  [0x36, [I32_CONST, 0]],
  [0x37, [0x42, 0]],
  [0x38, [0x43, 0, 0, 0, 0]],
  [0x39, [0x44, 0, 0, 0, 0, 0, 0, 0, 0]],
  [0x3a, [I32_CONST, 0]],
  [0x3b, [I32_CONST, 0]],
  [0x3c, [0x42, 0]],
  [0x3d, [0x42, 0]],
  [0x3e, [0x42, 0]],
];
// Vector loads and stores behind the prefix fd: opcode, whether it stores, whether it has a lane
const VECTOR_CONST = [0xfd, 0x0c, ...Buffer.alloc(16)];
const VECTOR_LOADS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x5c, 0x5d];
const VECTOR_LANES = [0x54, 0x55, 0x56, 0x57];
const VECTOR_STORES = [0x0b];
const VECTOR_STORE_LANES = [0x58, 0x59, 0x5a, 0x5b];

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(Math.floor(value / 128))];
}

/** Bodies that access memory at parameter 0 plus `offset`, one for each instruction that does. */
function accesses(offset: number): number[][] {
  const at = [LOCAL_GET, 0];
  const where = [0, ...leb128(offset)];
  const vector = (opcode: number): number[] => [0xfd, ...leb128(opcode), ...where];
  return [
    ...LOADS.map((opcode) => [...at, opcode, ...where, DROP]),
    ...STORES.map(([opcode, value]) => [...at, ...value, opcode, ...where]),
    ...VECTOR_LOADS.map((opcode) => [...at, ...vector(opcode), DROP]),
    ...VECTOR_LANES.map((opcode) => [...at, ...VECTOR_CONST, ...vector(opcode), 0, DROP]),
    ...VECTOR_STORES.map((opcode) => [...at, ...VECTOR_CONST, ...vector(opcode)]),
    ...VECTOR_STORE_LANES.map((opcode) => [...at, ...VECTOR_CONST, ...vector(opcode), 0]),
  ];
}

describe.skipIf(lacksKvm())("an instance", () => {
  let aot: Aot;
  let machine: InstanceMachine;

  beforeAll(async () => {
    aot = await loadAot();
    machine = new InstanceMachine();
    const { bytes } = machine.machine.ram;
    bytes.fill(CANARY, WINDOW_MEMORY_GPA + PAGE, RAM_BYTES); // behind the memory of one page
    bytes.fill(CANARY, KERNEL_STACK_GPA, KERNEL_STACK_GPA + 0x7000); // below the stack and what stubs may use of it
  }, 60_000);
  afterAll(() => machine.close());

  function run(module: Parameters<typeof tinyWasm>[0], args: bigint[] = [], localsInFrame = false): Outcome {
    const compiled = aot.compile(tinyWasm(module), { preemptible: true, localsInFrame });
    try {
      return new CompiledInstance(machine, compiled).call(module?.imports?.length ?? 0, args);
    } finally {
      compiled.free();
    }
  }

  function expectIntact(): void {
    const { bytes } = machine.machine.ram;
    const isCanary = (byte: number): boolean => byte === CANARY;
    expect(bytes.subarray(WINDOW_MEMORY_GPA + PAGE, WINDOW_MEMORY_GPA + 64 * PAGE).every(isCanary)).toBe(
      true,
    );
    expect(bytes.subarray(KERNEL_STACK_GPA, KERNEL_STACK_GPA + 0x7000).every(isCanary)).toBe(true);
  }

  test.each([
    ["the highest address and offset", U32, U32],
    ["the highest address", U32, 0],
    ["the highest offset", 0, U32],
    ["one past the end", PAGE, 0],
    ["an offset past the end", 0, PAGE],
    ["the end by both", PAGE - 1, 1],
    ["what would wrap to 0", 0x80000000, 0x80000000],
    ["what would be negative", 0xfffffff0, 0],
    ["a large positive displacement", 0x7fffffff, 0x7fffffff],
  ])("cannot access %s", (_, address, offset) => {
    // the upper half of an i32 argument is not its caller's to trust
    for (const upper of [0n, 0xffff_ffffn, 0x8000_0000n])
      for (const body of accesses(offset)) {
        const outcome = run({ type: "i>", body }, [BigInt(address) | (upper << 32n)]);
        expect(outcome, `opcode ${body.slice(2).join(" ")}`).toMatchObject({ trap: TRAP_OUT_OF_BOUNDS });
      }
    expectIntact();
  });

  test("can access the last bytes of its memory, whatever the upper half of the address", () => {
    for (const body of accesses(0))
      expect(run({ type: "i>", body }, [BigInt(PAGE - 16) | (0xdeadn << 48n)])).toEqual({ results: [] });
  });

  test.each([
    ["a constant", [I32_CONST, 0x7f, 0x28, 2, 0, DROP]],
    ["a constant and an offset", [I32_CONST, 0x7f, 0x28, 2, ...leb128(U32), DROP]],
    ["a sum that wraps", [LOCAL_GET, 0, I32_CONST, 0x7f, 0x6a, 0x28, 2, ...leb128(U32), DROP]],
    ["a difference", [I32_CONST, 0, LOCAL_GET, 0, 0x6b, 0x28, 2, 0, DROP]],
    ["a shift to the left", [LOCAL_GET, 0, I32_CONST, 31, 0x74, 0x28, 2, ...leb128(0x80000000), DROP]],
    ["a rotation", [LOCAL_GET, 0, I32_CONST, 1, 0x78, 0x28, 2, ...leb128(0x7fffffff), DROP]],
    ["a wrapped i64", [0x42, 0x7f, 0xa7, 0x28, 2, 0, DROP]],
    ["a sign extension", [I32_CONST, 0x80, 0x01, 0xc0, 0x28, 2, 0, DROP]],
    ["a truncated float", [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf, 0xaa, 0x28, 2, 0, DROP]],
    ["a saturated float", [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f, 0xfc, 3, 0x28, 2, 0, DROP]],
    ["leading zeros", [I32_CONST, 0, 0x67, 0x28, 2, ...leb128(PAGE - 32), DROP]],
    ["trailing zeros", [I32_CONST, 0, 0x68, 0x28, 2, ...leb128(PAGE - 32), DROP]],
    ["a selected number", [I32_CONST, 0x7f, I32_CONST, 0x7e, LOCAL_GET, 0, 0x1b, 0x28, 2, 0, DROP]],
    ["a bit count", [I32_CONST, 0x7f, 0x69, 0x28, 2, ...leb128(PAGE - 32), DROP]],
    ["what memory.grow refuses", [I32_CONST, 0x80, 0x80, 0x04, 0x40, 0, 0x28, 2, 0, DROP]],
  ])("cannot use %s as an address outside", (_, body) => {
    for (const localsInFrame of [false, true])
      expect(run({ type: "i>", body }, [0xffff_ffff_0000_0001n], localsInFrame)).toMatchObject({
        trap: TRAP_OUT_OF_BOUNDS,
      });
    expectIntact();
  });

  test("cannot use what an import returns as an address of 64 bits", () => {
    const body = [0x10, 0, 0x28, 2, 0, DROP];
    expect(run({ imports: [["m", "f", ">i"]], type: ">", body })).toMatchObject({ trap: TRAP_OUT_OF_BOUNDS });
    expectIntact();
  });

  test("cannot access memory atomically across its end, or unaligned", () => {
    const add = [LOCAL_GET, 0, I32_CONST, 1, 0xfe, 0x1e, 2, 0, DROP];
    expect(run({ type: "i>", body: add }, [BigInt(PAGE)])).toMatchObject({ trap: TRAP_OUT_OF_BOUNDS });
    expect(run({ type: "i>", body: add }, [BigInt(PAGE - 2)])).toMatchObject({ trap: TRAP_UNALIGNED_ATOMIC });
    expectIntact();
  });

  test.each([
    ["a fill past the end", [LOCAL_GET, 0, I32_CONST, 0, I32_CONST, 2, 0xfc, 11, 0], PAGE - 1],
    ["a fill that wraps", [LOCAL_GET, 0, I32_CONST, 0, LOCAL_GET, 0, 0xfc, 11, 0], 0x80000001],
    ["a copy to past the end", [LOCAL_GET, 0, I32_CONST, 0, I32_CONST, 16, 0xfc, 10, 0, 0], PAGE - 15],
    ["a copy from past the end", [I32_CONST, 0, LOCAL_GET, 0, I32_CONST, 16, 0xfc, 10, 0, 0], PAGE - 15],
    ["a copy of 4 GiB", [I32_CONST, 0, I32_CONST, 1, LOCAL_GET, 0, 0xfc, 10, 0, 0], U32],
  ])("cannot do %s, and does none of it", (_, body, argument) => {
    expect(run({ type: "i>", body }, [BigInt(argument) | (0xffffn << 32n)])).toMatchObject({
      trap: TRAP_OUT_OF_BOUNDS,
    });
    expect(
      machine.machine.ram.bytes
        .subarray(WINDOW_MEMORY_GPA, WINDOW_MEMORY_GPA + PAGE)
        .every((byte) => byte === 0),
    ).toBe(true);
    expectIntact();
  });

  test.each([1, 2, 0x7fffffff, 0x80000000, U32, 0x10000000])(
    "cannot call entry %i of a table of one",
    (index) => {
      const body = [LOCAL_GET, 0, LOCAL_GET, 0, 0x11, 0, 0];
      const outcome = run({ type: "i>", table: 1, elements: [[0, [0]]], body }, [
        BigInt(index) | (0xffn << 32n),
      ]);
      expect(outcome).toMatchObject({ trap: TRAP_UNDEFINED_ELEMENT });
    },
  );

  test.each([1, 0x7fffffff, 0x80000000, U32])("cannot read or write entry %i of a table of one", (index) => {
    const get = [LOCAL_GET, 0, 0x25, 0, DROP];
    const set = [LOCAL_GET, 0, 0xd0, 0x70, 0x26, 0];
    for (const body of [get, set])
      expect(run({ type: "i>", table: 1, body }, [BigInt(index)])).toMatchObject({
        trap: TRAP_TABLE_OUT_OF_BOUNDS,
      });
  });

  test.each([false, true])(
    "cannot leave its stack, however large its frames; locals in the frame: %s",
    (localsInFrame) => {
      // 8000 vectors that each call of itself keeps: more than all of the stack at once
      const locals = [1, ...leb128(8000), 0x7b];
      const recursion = { type: ">", locals, body: [0x10, 0] };
      expect(run(recursion, [], localsInFrame)).toMatchObject({ trap: TRAP_STACK_OVERFLOW });
      expect(run({ type: ">", body: [0x10, 0] }, [], localsInFrame)).toMatchObject({
        trap: TRAP_STACK_OVERFLOW,
      });
      expectIntact();
    },
  );

  test("finds its locals zero, whatever the stack and the registers held", () => {
    // 200 locals or'ed together
    const reads = Array.from({ length: 200 }, (_, i) => [
      LOCAL_GET,
      ...leb128(i),
      ...(i === 0 ? [] : [0x84]),
    ]).flat();
    for (const localsInFrame of [false, true])
      expect(run({ type: ">I", locals: [1, ...leb128(200), 0x7e], body: reads }, [], localsInFrame)).toEqual({
        results: [0n],
      });
  });
});
