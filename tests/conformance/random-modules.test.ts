// Random modules, run as machine code in a real KVM guest and by V8: every result and every trap must agree.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as abi from "../../guest-kernel/abi/instance.ts";
import type { Aot } from "../../guest-kernel/image/aot.ts";
import { CompiledInstance, InstanceMachine, type Outcome } from "../support/compiled-instance.ts";
import { loadAot } from "../support/compiler.ts";
import { lacksKvm } from "../support/kvm.ts";
import { randomModule } from "../support/random-module.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const COMPILE_TIMEOUT_MS = 60_000;
const MODULES = 60;
const CALLS = 3; // of each function

// What V8 says about a trap.
const MESSAGES: readonly (readonly [RegExp, number])[] = [
  [/memory access out of bounds/, abi.TRAP_OUT_OF_BOUNDS],
  [/(divide|remainder) by zero/, abi.TRAP_DIVISION_BY_ZERO],
  [/divide result unrepresentable/, abi.TRAP_INTEGER_OVERFLOW],
];

type Call = (...args: (number | bigint)[]) => number | bigint;

/** What V8 makes of a call: the result, or the message of the trap. */
function reference(
  instance: WebAssembly.Instance,
  name: string,
  args: (number | bigint)[],
): number | bigint | string {
  const exported: unknown = instance.exports[name];
  if (typeof exported !== "function") throw new Error(`no function ${name}`);
  try {
    const call: Call = (...values) => Reflect.apply(exported, undefined, values);
    return call(...args);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return error.message;
    throw error;
  }
}

/** A random argument of a type: as V8 takes it, and its bits. */
function argument(random: SeededRandom, type: number): { value: number | bigint; bits: bigint } {
  const small = random.below(40) - 20;
  const integer = random.chance(0.6) ? small : random.uint32() | 0;
  const view = new DataView(new ArrayBuffer(8));
  let value: number | bigint = integer;
  if (type === 0x7f) view.setInt32(0, integer, true);
  else if (type === 0x7e) view.setBigInt64(0, (value = BigInt(integer) * 0x1_0000_0001n), true);
  else if (type === 0x7d) view.setFloat32(0, (value = small / 4), true);
  else view.setFloat64(0, (value = integer / 4), true);
  return { value, bits: view.getBigUint64(0, true) };
}

/** The value that result bits mean. */
function valueOf(bits: bigint, type: number): number | bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits, true);
  if (type === 0x7f) return view.getInt32(0, true);
  if (type === 0x7e) return view.getBigInt64(0, true);
  return type === 0x7d ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

/** Whether a call ended as V8 says. */
function agrees(outcome: Outcome, type: number, expected: number | bigint | string): boolean {
  if ("results" in outcome) return Object.is(valueOf(outcome.results[0]!, type), expected);
  if (typeof expected !== "string") return false;
  const known = MESSAGES.find(([message]) => message.test(expected));
  if (known) return outcome.trap === known[1];
  return outcome.trap === abi.TRAP_INVALID_CONVERSION || outcome.trap === abi.TRAP_INTEGER_OVERFLOW;
}

describe.skipIf(lacksKvm())("random modules", () => {
  let aot: Aot;
  let machine: InstanceMachine;

  beforeAll(async () => {
    aot = await loadAot();
    machine = new InstanceMachine();
  }, COMPILE_TIMEOUT_MS);

  afterAll(() => machine.close());

  test.each([
    ["without safepoints", false],
    ["stopping at the first safepoint of every call", true],
  ])("do what V8 does, %s", { timeout: 60_000 }, (_, preempt) => {
    const disagreements: string[] = [];
    for (let seed = 1; seed <= MODULES; seed++) {
      const random = new SeededRandom(seed);
      const { bytes, functions } = randomModule((n) => random.below(n));
      const inV8 = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      const compiled = aot.compile(bytes, { preemptible: preempt });
      const inGuest = new CompiledInstance(machine, compiled, { preempt });
      for (let call = 0; call < functions.length * CALLS; call++) {
        const index = call % functions.length;
        const { params, result } = functions[index]!;
        const args = params.map((type) => argument(random, type));
        const expected = reference(
          inV8,
          `f${index}`,
          args.map(({ value }) => value),
        );
        const outcome = inGuest.call(
          index,
          args.map(({ bits }) => bits),
        );
        if (agrees(outcome, result, expected)) continue;
        disagreements.push(`seed ${seed} call ${call}: ${JSON.stringify(outcome, hex)}, V8 ${expected}`);
      }
      compiled.free();
    }
    expect(disagreements).toEqual([]);
  });
});

function hex(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `0x${value.toString(16)}` : value;
}
