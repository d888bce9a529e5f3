// A module under test in a KVM guest, as machine code.

import * as abi from "../../guest-kernel/abi/instance.ts";
import type { CompiledModule } from "../../guest-kernel/image/aot.ts";
import { CompiledInstance, type InstanceMachine } from "../support/compiled-instance.ts";
import { CODE_BASE, WINDOW_BASE } from "../support/guest-code.ts";
import { registerParams, splitSignature, wordsOf } from "./adapter.ts";
import { type CallOutcome, type Subject, type TrapClass, trapClass } from "./outcome.ts";

// Guest-physical, above what windows use (guest-windows.ts): the count of words noted, then the words.
const NOTES_GPA = 0x7f00000;
const MAX_NOTES = 60_000;
const ROOM_FOR_ONE = 24; // words that one call can note
const STUBS = 0x1000; // offset in the code
const STUBS_END = 0x2000;

/** An instance in the guest. Its imported functions note what they are passed and return zeros. */
export class InGuest implements Subject {
  readonly trap: TrapClass | undefined;
  readonly #host: InstanceMachine;
  readonly #module: CompiledModule;
  readonly #instance: CompiledInstance;
  readonly #exported: number[];

  constructor(host: InstanceMachine, module: CompiledModule, options: { preempt: boolean }) {
    this.#host = host;
    this.#module = module;
    this.#exported = module.exports.flatMap(({ kind, index }) => (kind === "function" ? [index] : []));
    this.takeNotes();
    this.#instance = new CompiledInstance(host, module, {
      imports: loadStubs(host, module),
      globals: module.imports.flatMap(({ kind }) => (kind === "global" ? [0n] : [])),
      preempt: options.preempt,
    });
    if (this.#instance.trap !== abi.TRAP_NONE) this.trap = trapClass(this.#instance.trap);
    else if (module.start !== undefined) {
      const outcome = this.#instance.call(module.start);
      if ("trap" in outcome) this.trap = trapClass(outcome.trap);
    }
  }

  call(f: number, args: readonly bigint[]): CallOutcome {
    const index = this.#exported[f]!;
    const { params, results } = splitSignature(this.#module.functions[index]!.signature);
    const outcome = this.#instance.call(index, valuesOf(params, args));
    if ("trap" in outcome) return { trap: trapClass(outcome.trap) };
    return { words: outcome.results.flatMap((bits, i) => toWords(results[i]!, bits)) };
  }

  globals(): bigint[][] {
    return this.#module.globals.map(({ type }, i) => toWords(type, this.#instance.global(i)));
  }

  memory(): Uint8Array {
    return this.#instance.memory(0, this.#instance.memoryPages * 65536);
  }

  takeNotes(): bigint[] {
    const { view } = this.#host.machine.ram;
    const count = Number(view.getBigUint64(NOTES_GPA, true));
    view.setBigUint64(NOTES_GPA, 0n, true);
    return Array.from({ length: count }, (_, i) => view.getBigUint64(NOTES_GPA + 8 + 8 * i, true));
  }
}

/** The bits of values whose words are `args`. */
function valuesOf(params: readonly string[], args: readonly bigint[]): bigint[] {
  let word = 0;
  return params.map((type) => {
    const low = args[word]!;
    const high = wordsOf(type) === 2 ? args[word + 1]! : 0n;
    word += wordsOf(type);
    return type === "r" || type === "R" ? 0n : low | (high << 64n);
  });
}

function toWords(type: string, bits: bigint): bigint[] {
  switch (type) {
    case "i":
    case "f":
      return [BigInt.asUintN(32, bits)];
    case "v":
      return [BigInt.asUintN(64, bits), BigInt.asUintN(64, bits >> 64n)];
    case "r":
    case "R":
      return [BigInt.asUintN(64, bits) === 0n ? 0n : 1n];
    default:
      return [BigInt.asUintN(64, bits)];
  }
}

/** Puts the code of the imported functions in place; returns the code addresses. */
function loadStubs(host: InstanceMachine, module: CompiledModule): bigint[] {
  let at = STUBS;
  let number = 0;
  return module.imports.flatMap(({ kind, index }) => {
    if (kind !== "function") return [];
    const { params, results } = splitSignature(module.functions[index]!.signature);
    if (results.length > 1) throw new Error("an import with several results");
    const code = Uint8Array.from(noteCode(number++, params));
    if (at + code.length > STUBS_END) throw new RangeError("too many imports");
    host.machine.loadCode(code, at);
    const address = CODE_BASE + BigInt(at);
    at += code.length;
    return [address];
  });
}

const INT_ARGUMENTS = [7, 6, 2, 1, 8, 9]; // rdi rsi rdx rcx r8 r9

function noteCode(number: number, params: readonly string[]): number[] {
  const inRegisters = new Set(registerParams(params));
  let ints = 0;
  let floats = 0;
  const stores = params.flatMap((type, i) => {
    const register = "fFv".includes(type) ? floats++ : INT_ARGUMENTS[ints++];
    return inRegisters.has(i) ? noteValue(type, register!) : [];
  });
  const note = [[0x49, 0xc7, 0x44, 0xc2, 8], dword(number), NEXT, stores, [0x49, 0x89, 0x02]].flat(); // …; mov [r10], rax
  return [
    [0x49, 0xba, ...quad(WINDOW_BASE + BigInt(NOTES_GPA))], // mov r10, notes
    [0x49, 0x8b, 0x02], // mov rax, [r10]
    [0x3d, ...dword(MAX_NOTES - ROOM_FOR_ONE)], // cmp eax, …
    [0x0f, 0x83, ...dword(note.length)], // jae
    note,
    [0x31, 0xc0, 0x0f, 0x57, 0xc0, 0xc3], // xor eax, eax; xorps xmm0, xmm0; ret
  ].flat();
}

const NEXT = [0x48, 0xff, 0xc0]; // inc rax
const NOTE_R11 = [0x4d, 0x89, 0x5c, 0xc2, 8, ...NEXT]; // mov [r10 + 8 rax + 8], r11

function noteValue(type: string, register: number): number[] {
  const xmm = [0x66, 0x49, 0x0f, 0x7e, 0xc3 | (register << 3)]; // movq r11, xmm
  switch (type) {
    case "i":
    case "I": {
      const rex = (type === "i" ? 0x41 : 0x49) | (register >= 8 ? 4 : 0);
      return [rex, 0x89, 0xc3 | ((register & 7) << 3), ...NOTE_R11]; // mov r11, register
    }
    case "f":
      return [...xmm, 0x45, 0x89, 0xdb, ...NOTE_R11]; // mov r11d, r11d
    case "F":
      return [...xmm, ...NOTE_R11];
    default:
      return [...xmm, ...NOTE_R11, 0x66, 0x49, 0x0f, 0x3a, 0x16, 0xc3 | (register << 3), 1, ...NOTE_R11]; // pextrq r11, xmm, 1
  }
}

function dword(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}

function quad(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
