// What the checker knows at one place of a function.

import { isSame, join, maxOf, mentions, numberUpTo, type Value } from "./values.ts";

const REGISTERS = 16;
const PRESERVED = [3, 12, 13]; // rbx r12 r13
const WORD = 8;

/** What a comparison compared; `register` held `value`. */
export interface Comparison {
  register: number;
  value: Value;
  /** With a table's length, an entry's fields, memory's size. */
  with:
    | { kind: "value"; value: Value }
    | { kind: "entryCode" }
    | { kind: "entryType"; type: number }
    | { kind: "memory" };
}

/** Registers, frame slots, and facts about numbers. */
export class State {
  readonly registers: Value[];
  /** 8 bytes each, by displacement from rbp. */
  readonly slots: Map<number, Value>;
  /** `TARGET|START|COUNT`: from number START on, COUNT bytes or entries are inside TARGET. */
  readonly facts: Set<string>;
  /** What set the flags, if the next branch may learn from it. */
  comparison: Comparison | undefined;
  /** The vector register that holds a function's descriptor, or -1. */
  descriptor: number;
  /** Whether the step that is done may have been done before on the same path. */
  inLoop = false;

  constructor(from?: State) {
    this.registers = from ? [...from.registers] : [];
    this.slots = new Map(from?.slots);
    this.facts = new Set(from?.facts);
    this.comparison = from?.comparison;
    this.descriptor = from?.descriptor ?? -1;
  }

  /** As a function finds it: its caller's values in the registers that it preserves. */
  static atEntry(): State {
    const state = new State();
    for (let register = 0; register < REGISTERS; register++)
      state.registers.push(numberUpTo(Infinity, `entry:${register}`));
    for (const register of PRESERVED) state.registers[register] = { kind: "caller", register };
    return state;
  }

  set(register: number, value: Value): void {
    this.registers[register] = value;
    if (this.comparison?.register === register) this.comparison = undefined;
  }

  /** Forgets what a call may change. */
  call(at: number): void {
    for (let register = 0; register < REGISTERS; register++)
      if (!PRESERVED.includes(register)) this.set(register, numberUpTo(Infinity, `call ${at}:${register}`));
    this.comparison = undefined;
    this.descriptor = -1;
    this.facts.clear();
  }

  /** The value of a whole slot. */
  slot(displacement: number, at: number): Value {
    return this.slots.get(displacement) ?? numberUpTo(Infinity, `slot ${at}:${displacement}`);
  }

  /** Bytes of the frame have changed; `value` if it is one whole word. */
  store(displacement: number, bytes: number, value?: Value): void {
    for (let at = displacement - WORD + 1; at < displacement + bytes; at++) this.slots.delete(at);
    if (value && bytes === WORD) this.slots.set(displacement, value);
  }

  /**
   * The number `id` is about to get another value, in `register`: a loop has come round. What still means the earlier one is
   * a number of its own.
   */
  forgetEarlier(id: string, register: number): void {
    if (!this.inLoop) return; // PERF: all of the frame would be looked through for each instruction
    for (let other = 0; other < REGISTERS; other++) {
      const value = this.registers[other]!;
      if (other !== register && mentions(value, id))
        this.registers[other] = numberUpTo(maxOf(value), `earlier ${id}:${other}`);
    }
    for (const [slot, value] of this.slots)
      if (mentions(value, id)) this.slots.set(slot, numberUpTo(maxOf(value), `earlier ${id}:slot ${slot}`));
    for (const fact of this.facts) if (fact.split("|").includes(id)) this.facts.delete(fact);
  }

  /** Every value that still means the number `id` learns what it is. */
  learn(id: string, value: Value): void {
    this.registers.forEach((known, register) => {
      if ("id" in known && known.id === id) this.registers[register] = value;
    });
  }

  /** Keeps what holds here and in `other`, at the block that begins at `at`. True if that is less than before. */
  merge(other: State, at: number): boolean {
    let changed = false;
    this.registers.forEach((value, register) => {
      const joined = join(value, other.registers[register]!, `join ${at}:${register}`);
      if (isSame(joined, value)) return;
      this.registers[register] = joined;
      changed = true;
    });
    for (const [slot, value] of this.slots) {
      const theirs = other.slots.get(slot);
      const joined = theirs && join(value, theirs, `join ${at}:slot ${slot}`);
      if (joined && isSame(joined, value)) continue;
      if (joined) this.slots.set(slot, joined);
      else this.slots.delete(slot);
      changed = true;
    }
    for (const fact of this.facts) {
      if (other.facts.has(fact)) continue;
      this.facts.delete(fact);
      changed = true;
    }
    this.comparison = undefined;
    if (this.descriptor !== other.descriptor && this.descriptor !== -1) {
      this.descriptor = -1;
      changed = true;
    }
    return changed;
  }
}
