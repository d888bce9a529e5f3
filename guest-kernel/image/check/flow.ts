// The control flow of a function: which instructions it has, where jumps land, and the loops of fixed form that aot emits.

import { CodeFault, decode, type Instruction } from "./decode.ts";

/** Sets words of the frame to zero, from `displacement` up. */
export interface ZeroLoop {
  kind: "zeroLoop";
  at: number;
  next: number;
  displacement: number;
  words: number;
}

/** Stores a reference to table entries. */
export interface FillLoop {
  kind: "fillLoop";
  at: number;
  next: number;
  /** Whether it stores descriptors, not external references. */
  descriptors: boolean;
}

/** Jumps through a table of distances. */
export interface TableJump {
  kind: "tableJump";
  at: number;
  next: number;
  index: number;
  /** Where the table is. */
  table: number;
  targets: number[];
}

/** One step of a function. */
export type Step =
  | { kind: "plain"; at: number; next: number; instruction: Instruction }
  | ZeroLoop
  | FillLoop
  | TableJump;

/** A function's steps by offset, and what else of its bytes is in use. */
export interface Flow {
  steps: Map<number, Step>;
  /** Where paths meet. */
  targets: Set<number>;
  /** Tables of distances and constants: start, end. */
  data: [start: number, end: number][];
}

const RAX = 0;
const RCX = 1;
const RDX = 2;
const RBP = 5;
const RSI = 6;
const RDI = 7;
const SCRATCH = 11;
const BELOW = 2;
const ABOVE_OR_EQUAL = 3;
const NOT_EQUAL = 5;
const ENTRY_BYTES = 16;
const TERMINAL = new Set(["jump", "return", "trap"]);

/** Follows the code from `start` on; all of it lies in `first`..`end`. @throws CodeFault */
export function followFlow(code: Uint8Array, first: number, start: number, end: number): Flow {
  return new Follower(code, first, end).follow(start);
}

class Follower {
  readonly #code: Uint8Array;
  readonly #first: number;
  readonly #end: number;
  readonly #flow: Flow = { steps: new Map(), targets: new Set(), data: [] };
  readonly #waiting: number[] = [];

  constructor(code: Uint8Array, first: number, end: number) {
    this.#code = code;
    this.#first = first;
    this.#end = end;
  }

  follow(start: number): Flow {
    this.#reach(start, start);
    for (let at = this.#waiting.pop(); at !== undefined; at = this.#waiting.pop()) this.#run(at);
    this.#checkOverlap();
    return this.#flow;
  }

  /** Decodes from `start` to where control goes elsewhere. */
  #run(start: number): void {
    let before: Instruction[] = [];
    for (let at = start; !this.#flow.steps.has(at);) {
      const step = this.#step(at, before);
      this.#flow.steps.set(at, step);
      if (step.kind === "tableJump") return step.targets.forEach((target) => this.#reach(target, at));
      if (step.kind === "plain") {
        const { instruction } = step;
        if (instruction.target >= 0 && instruction.name !== "call") this.#reach(instruction.target, at);
        if (instruction.memory?.base === -1) this.#useConstant(instruction);
        if (TERMINAL.has(instruction.name)) return;
        before = [...before.slice(-1), instruction];
      } else before = [];
      at = step.next;
    }
  }

  #reach(target: number, from: number): void {
    if (target < this.#first || target >= this.#end)
      throw new CodeFault(from, `jumps to 0x${target.toString(16)}, out of its function`);
    if (this.#flow.targets.has(target)) return;
    this.#flow.targets.add(target);
    this.#waiting.push(target);
  }

  #useConstant({ at, next, memory }: Instruction): void {
    const start = next + memory!.displacement;
    if (start < this.#first || start + ENTRY_BYTES > this.#end)
      throw new CodeFault(at, "reads code that is not its own");
    this.#flow.data.push([start, start + ENTRY_BYTES]);
  }

  #step(at: number, before: readonly Instruction[]): Step {
    const instruction = this.#decode(at);
    return (
      this.#zeroLoop(instruction) ??
      this.#fillLoop(instruction) ??
      this.#tableJump(instruction, before) ?? { kind: "plain", at, next: instruction.next, instruction }
    );
  }

  #decode(at: number): Instruction {
    return decode(this.#code, at, this.#end);
  }

  #sequence(first: Instruction, length: number): Instruction[] {
    const found = [first];
    while (found.length < length) found.push(this.#decode(found[found.length - 1]!.next));
    return found;
  }

  /** lea rax, [rbp - x]; mov ecx, n; top: mov qword [rax], 0; add rax, 8; sub ecx, 1; jne top */
  #zeroLoop(lea: Instruction): ZeroLoop | undefined {
    const { memory } = lea;
    if (lea.name !== "lea" || memory?.base !== RBP || memory.index >= 0 || lea.reg !== RAX || !lea.wide)
      return undefined;
    const [, count, store, advance, decrease, again] = this.#sequence(lea, 6);
    if (count?.name !== "movConstant" || count.reg !== RCX || count.wide) return undefined;
    if (store?.name !== "movImmediate" || !store.wide || store.immediate !== 0) return undefined;
    if (store.memory?.base !== RAX || store.memory.index >= 0 || store.memory.displacement !== 0)
      return undefined;
    if (!isImmediate(advance, "add", RAX, 8, true) || !isImmediate(decrease, "sub", RCX, 1, false))
      return undefined;
    if (again?.name !== "branch" || again.condition !== NOT_EQUAL || again.target !== store.at)
      return undefined;
    return {
      kind: "zeroLoop",
      at: lea.at,
      next: again.next,
      displacement: memory.displacement,
      words: count.immediate,
    };
  }

  /** top: sub rdx, 1; jb end; (movups x, [rsi]; movups [rdi], x | mov [rdi], rsi); add rdi, 16; jmp top; end: */
  #fillLoop(decrease: Instruction): FillLoop | undefined {
    if (!isImmediate(decrease, "sub", RDX, 1, true)) return undefined;
    const leave = this.#decode(decrease.next);
    if (leave.name !== "branch" || leave.condition !== BELOW) return undefined;
    const store = this.#decode(leave.next);
    const descriptors = store.name === "vectorLoad";
    const last = descriptors ? this.#decode(store.next) : store;
    if (descriptors && !(isPlainBase(store, RSI) && last.name === "vectorStore" && last.reg === store.reg))
      return undefined;
    if (descriptors && store.shape?.memory !== ENTRY_BYTES) return undefined;
    if (!descriptors && !(store.name === "movTo" && store.wide && store.reg === RSI)) return undefined;
    if (!isPlainBase(last, RDI)) return undefined;
    const [, advance, again] = this.#sequence(last, 3);
    if (!isImmediate(advance, "add", RDI, ENTRY_BYTES, true)) return undefined;
    if (again?.name !== "jump" || again.target !== decrease.at || leave.target !== again.next)
      return undefined;
    return { kind: "fillLoop", at: decrease.at, next: again.next, descriptors };
  }

  /**
   * cmp i, n; jae otherwise; lea r11, [rip + table]; lea r11, [r11 + 4 i]; movsxd i, [r11]; lea r11, [r11 + i + 4]; jmp r11
   * The first two lie before the step.
   */
  #tableJump(lea: Instruction, [compare, guard]: readonly Instruction[]): TableJump | undefined {
    if (lea.name !== "lea" || lea.memory?.base !== -1) return undefined;
    const [, scale, load, add, jump] = this.#sequence(lea, 5);
    const index = scale?.memory?.index ?? -1;
    const isForm =
      lea.reg === SCRATCH &&
      isScratchLea(scale, index, 2, 0) &&
      load?.name === "movsxd" &&
      load.reg === index &&
      load.wide &&
      isPlainBase(load, SCRATCH) &&
      isScratchLea(add, index, 0, 4) &&
      jump?.name === "jumpTo" &&
      jump.rm === SCRATCH;
    const isGuarded =
      compare?.name === "cmp" &&
      compare.shape?.reg === "digit" &&
      compare.rm === index &&
      !compare.wide &&
      guard?.name === "branch" &&
      guard.condition === ABOVE_OR_EQUAL &&
      guard.next === lea.at;
    if (!isForm || !isGuarded || index < 0) throw new CodeFault(lea.at, "takes an address in the code");
    const table = lea.next + lea.memory.displacement;
    const count = compare.immediate >>> 0;
    if (table < this.#first || table + 4 * count > this.#end)
      throw new CodeFault(lea.at, "a jump table out of its function");
    this.#flow.data.push([table, table + 4 * count]);
    const view = new DataView(this.#code.buffer, this.#code.byteOffset);
    const targets = Array.from(
      { length: count },
      (_, i) => table + 4 * i + 4 + view.getInt32(table + 4 * i, true),
    );
    return { kind: "tableJump", at: lea.at, next: jump.next, index, table, targets };
  }

  /** No byte is part of two steps, or of a step and of data. */
  #checkOverlap(): void {
    const pieces = [...this.#flow.steps.values()].map(({ at, next }): [number, number] => [at, next]);
    const data = new Map(this.#flow.data); // each once, however often it is used
    pieces.push(...[...data].filter(([start, end]) => start < end));
    pieces.sort(([a], [b]) => a - b);
    for (let i = 1; i < pieces.length; i++)
      if (pieces[i]![0] < pieces[i - 1]![1])
        throw new CodeFault(pieces[i]![0], "an instruction inside of another");
  }
}

function isImmediate(
  found: Instruction | undefined,
  name: string,
  register: number,
  value: number,
  wide: boolean,
): boolean {
  if (found?.name !== name || found.shape?.reg !== "digit") return false;
  return found.rm === register && found.immediate === value && found.wide === wide;
}

function isPlainBase(found: Instruction, base: number): boolean {
  return found.memory?.base === base && found.memory.index < 0 && found.memory.displacement === 0;
}

function isScratchLea(
  found: Instruction | undefined,
  index: number,
  scale: number,
  displacement: number,
): boolean {
  if (found?.name !== "lea" || !found.wide || found.reg !== SCRATCH) return false;
  const { memory } = found;
  return (
    memory?.base === SCRATCH &&
    memory.index === index &&
    memory.scale === scale &&
    memory.displacement === displacement
  );
}
