// Every atomic access of the threads proposal, in a real KVM guest and in V8: results and memory must agree.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TRAP_UNALIGNED_ATOMIC } from "../../guest-kernel/abi/instance.ts";
import type { Aot } from "../../guest-kernel/image/aot.ts";
import { CompiledInstance, InstanceMachine } from "../support/compiled-instance.ts";
import { loadAot } from "../support/compiler.ts";
import { lacksKvm } from "../support/kvm.ts";
import { name, section, u32, vector } from "../support/random-module.ts";

const COMPILE_TIMEOUT_MS = 60_000;
const I32 = 0x7f;
const I64 = 0x7e;
const FIRST = 0x10;
const LAST = 0x4e;
const GROUP = 7;
const STORE = 1;
const COMPARE_EXCHANGE = 8;
const OFFSET = 16;
const ADDRESS = 8;
const INITIAL = 0x8182838485868788n;
const OPERAND = 0xf1f2f3f4f5f6f7f8n;

// By place in the group: value type and log2 of the bytes accessed.
const VARIANTS = [
  [I32, 2],
  [I64, 3],
  [I32, 0],
  [I32, 1],
  [I64, 0],
  [I64, 1],
  [I64, 2],
] as const;

/** A module whose function `f` does one atomic access: (address, value, replacement) -> value, 0 for a store. */
function moduleOf(opcode: number): { bytes: Uint8Array<ArrayBuffer>; type: number; size: number } {
  const group = Math.floor((opcode - FIRST) / GROUP);
  const [type, size] = VARIANTS[(opcode - FIRST) % GROUP]!;
  const operands = group === 0 ? 0 : group === COMPARE_EXCHANGE ? 2 : 1;
  const zero = group === STORE ? [type === I32 ? 0x41 : 0x42, 0] : [];
  const gets = Array.from({ length: operands + 1 }, (_, i) => [0x20, i]).flat();
  const code = [0, ...gets, 0xfe, ...u32(opcode), size, OFFSET, ...zero, 0x0b];
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const bytes = Uint8Array.from([
    ...header,
    ...section(1, [1, 0x60, 3, I32, type, type, 1, type]),
    ...section(3, [1, 0]),
    ...section(5, [1, 3, 1, 1]),
    ...section(
      7,
      vector([
        [...name("f"), 0, 0],
        [...name("memory"), 2, 0],
      ]),
    ),
    ...section(10, [1, ...u32(code.length), ...code]),
    ...section(11, [1, 0, 0x41, ADDRESS + OFFSET, 0x0b, 8, ...quad(INITIAL)]),
  ]);
  return { bytes, type, size };
}

function quad(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

/** What V8 makes of a call: the result's bits, and the eight bytes accessed. */
function reference(
  bytes: Uint8Array<ArrayBuffer>,
  type: number,
  operands: readonly bigint[],
): [bigint, number[]] {
  const { f, memory } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  if (typeof f !== "function" || !(memory instanceof WebAssembly.Memory)) throw new Error("exports");
  const args = operands.map((bits) =>
    type === I32 ? Number(BigInt.asIntN(32, bits)) : BigInt.asIntN(64, bits),
  );
  const result: unknown = Reflect.apply(f, undefined, [ADDRESS, ...args]);
  if (typeof result !== "number" && typeof result !== "bigint") throw new Error("result");
  const at = ADDRESS + OFFSET;
  return [BigInt.asUintN(64, BigInt(result)), [...new Uint8Array(memory.buffer).slice(at, at + 8)]];
}

describe.skipIf(lacksKvm())("atomic accesses", () => {
  let aot: Aot;
  let machine: InstanceMachine;

  beforeAll(async () => {
    aot = await loadAot();
    machine = new InstanceMachine();
  }, COMPILE_TIMEOUT_MS);

  afterAll(() => machine.close());

  test.each(Array.from({ length: LAST - FIRST + 1 }, (_, i) => [FIRST + i]))("opcode fe %i", (opcode) => {
    const { bytes, type, size } = moduleOf(opcode);
    const module = aot.compile(bytes);
    const width = type === I32 ? 32 : 64;
    const held = BigInt.asUintN(8 << size, INITIAL);
    for (const operands of [
      [OPERAND, OPERAND >> 3n],
      [held, OPERAND],
    ]) {
      const [result, after] = reference(bytes, type, operands);
      const instance = new CompiledInstance(machine, module);
      const outcome = instance.call(0, [BigInt(ADDRESS), ...operands]);
      expect(outcome).toEqual({ results: [BigInt.asUintN(width, result)] });
      expect([...instance.memory(ADDRESS + OFFSET, 8)]).toEqual(after);
    }
    if (size > 0) {
      const unaligned = new CompiledInstance(machine, module).call(0, [1n, 0n, 0n]);
      expect(unaligned).toMatchObject({ trap: TRAP_UNALIGNED_ATOMIC });
    }
    module.free();
  });
});
