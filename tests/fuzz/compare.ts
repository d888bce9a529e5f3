// Runs one module in V8 and in the guest, and says where they differ.

import type { Aot, CompiledModule } from "../../guest-kernel/image/aot.ts";
import { InstanceMachine } from "../support/compiled-instance.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { splitSignature, wordsOf } from "./adapter.ts";
import { InGuest } from "./in-guest.ts";
import { InV8 } from "./in-v8.ts";
import { type CallOutcome, type Subject, sameTrap, sameWord } from "./outcome.ts";

const ROUNDS = 2; // calls of each exported function
const MODULES_PER_MACHINE = 1000; // windows are used once

/** What cannot be compared, and why. */
export class Incomparable extends Error {
  override readonly name = "Incomparable";
}

/** Compares modules, many in one guest. */
export class Comparison {
  readonly #aot: Pick<Aot, "compile">;
  #host = new InstanceMachine();
  #modules = 0;

  constructor(aot: Pick<Aot, "compile">) {
    this.#aot = aot;
  }

  /**
   * The first difference between V8 and the guest, as text; undefined if there is none. Equal seeds choose equal arguments, and
   * whether the code has safepoints.
   * @throws AotError, Incomparable
   */
  difference(bytes: Uint8Array<ArrayBuffer>, seed: number): string | undefined {
    if (!WebAssembly.validate(bytes)) throw new Incomparable("V8 takes it for a later version's");
    if (++this.#modules % MODULES_PER_MACHINE === 0) this.#renew();
    const random = new SeededRandom(seed);
    const preempt = random.chance(0.5);
    const module = this.#aot.compile(bytes, { preemptible: preempt, lzcnt: true, bmi1: true });
    try {
      checkImports(module);
      const v8 = new InV8(bytes, module);
      const guest = new InGuest(this.#host, module, { preempt });
      return differenceOf(module, guest, v8, random);
    } finally {
      module.free();
    }
  }

  close(): void {
    this.#host.close();
  }

  #renew(): void {
    this.#host.close();
    this.#host = new InstanceMachine();
  }
}

function checkImports(module: CompiledModule): void {
  const kind = module.imports.find((i) => i.kind === "table" || i.kind === "memory")?.kind;
  if (kind !== undefined) throw new Incomparable(`imports a ${kind}`);
}

function differenceOf(
  module: CompiledModule,
  guest: Subject,
  v8: Subject,
  random: SeededRandom,
): string | undefined {
  if (!sameTrap(guest.trap, v8.trap))
    return `instantiation: ${guest.trap ?? "well"}, V8 ${v8.trap ?? "well"}`;
  if (v8.trap !== undefined) return undefined;
  const exported = module.exports.filter(({ kind }) => kind === "function");
  for (let i = 0; i < ROUNDS * exported.length; i++) {
    const f = i % exported.length;
    const { params, results } = splitSignature(module.functions[exported[f]!.index]!.signature);
    const args = params.flatMap((type) =>
      Array.from({ length: wordsOf(type) }, () => argument(random, type)),
    );
    const [inV8, inGuest] = [v8.call(f, args), guest.call(f, args)];
    if (!sameOutcome(results, inGuest, inV8))
      return `call ${i}, ${exported[f]!.name}: ${outcomeText(inGuest)}, V8 ${outcomeText(inV8)}`;
    const [notes, expected] = [guest.takeNotes(), v8.takeNotes()];
    if (!sameWords(notes, expected))
      return `call ${i}, ${exported[f]!.name}: imports: ${hex(notes)}, V8 ${hex(expected)}`;
  }
  return stateDifference(module, guest, v8);
}

function stateDifference(module: CompiledModule, guest: Subject, v8: Subject): string | undefined {
  const [globals, expected] = [guest.globals(), v8.globals()];
  const global = module.globals.findIndex(
    ({ type }, i) => !globals[i]!.every((word, j) => sameWord(type, word, expected[i]![j]!)),
  );
  if (global >= 0) return `global ${global}: ${hex(globals[global]!)}, V8 ${hex(expected[global]!)}`;
  const [memory, expectedMemory] = [guest.memory(), v8.memory()];
  if (memory.length !== expectedMemory.length)
    return `memory of ${memory.length}, V8 ${expectedMemory.length} bytes`;
  if (Buffer.compare(memory, expectedMemory) === 0) return undefined;
  const at = memory.findIndex((byte, i) => byte !== expectedMemory[i]);
  return `memory at ${at}: ${memory[at]}, V8 ${expectedMemory[at]}`;
}

// Values at which instructions change what they do.
const INTEGERS = [0n, 1n, -1n, 2n, 0x7fffffffn, 0x80000000n, 0x7fffffffffffffffn, -(2n ** 63n)] as const;
const FLOATS = [0x3f800000n, 0xcf000000n, 0x4f000000n, 0x7f800000n, 0x80000000n, 1n] as const;
const DOUBLES = [0x3ff0000000000000n, 0xc1e0000000000000n, 0x7ff0000000000000n, 1n << 63n, 1n] as const;

/** A random word of a value of a type. */
function argument(random: SeededRandom, type: string): bigint {
  const edges = type === "f" ? FLOATS : type === "F" ? DOUBLES : INTEGERS;
  switch (random.below(3)) {
    case 0:
      return BigInt.asUintN(64, edges[random.below(edges.length)]!);
    case 1:
      return BigInt(random.below(1 << 17));
    default:
      return (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
  }
}

function sameOutcome(results: readonly string[], guest: CallOutcome, v8: CallOutcome): boolean {
  if ("trap" in guest || "trap" in v8)
    return "trap" in guest && "trap" in v8 && sameTrap(guest.trap, v8.trap);
  const types = results.flatMap((type) => (wordsOf(type) === 2 ? [type, type] : [type]));
  return types.every((type, i) => sameWord(type, guest.words[i]!, v8.words[i]!));
}

function sameWords(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

function outcomeText(outcome: CallOutcome): string {
  return "trap" in outcome ? `trap ${outcome.trap}` : hex(outcome.words);
}

function hex(words: readonly bigint[]): string {
  return `[${words.map((word) => word.toString(16)).join(" ")}]`;
}
