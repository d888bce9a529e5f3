// What each step of a function does to what is known, and the rules that it must keep.

import { type ContextLayout, type ContextPart } from "./context.ts";
import { changedRegisters, CodeFault, implicitlyChanged, type Instruction, memoryBytes } from "./decode.ts";
import type { FillLoop, Step, TableJump, ZeroLoop } from "./flow.ts";
import { general, loaded, type Place, placeOf, type Surroundings } from "./operands.ts";
import { type Comparison, State } from "./state.ts";
import { idOf, MAX_SUM, MAX_U32, maxOf, numberUpTo, type Value } from "./values.ts";

const RAX = 0;
const RCX = 1;
const RDX = 2;
const RSP = 4;
const RSI = 6;
const RDI = 7;
const SCRATCH = 11;
const R15 = 15;
const ENTRY_SHIFT = 4;
const WORD = 8;
const ABOVE = 7;
const ABOVE_OR_EQUAL = 3;
const EQUAL = 4;
const NOT_EQUAL = 5;
const IMMEDIATE = "immediate"; // the id of one

/** A function that code calls. */
export interface Callee {
  /** As in signatures, aot.ts. */
  signature: string;
}

/** What a function's code refers to. */
export interface Environment extends Surroundings {
  /** The function whose code begins at an offset. */
  functionAt(offset: number): Callee | undefined;
  /** Code offset of the copy routine. */
  copyRoutine: number;
  /** Imported function `index`. */
  imported(index: number): Callee;
  /** Type number `type` of table entries. */
  typed(type: number): Callee | undefined;
  /** A call passes this many bytes on the stack. */
  passes(callee: Callee): void;
}

/** Does one step; what holds behind it is in `state`. @throws CodeFault */
export function transfer(step: Step, state: State, env: Environment): void {
  switch (step.kind) {
    case "plain":
      return new Transfer(step.instruction, state, env).run();
    case "zeroLoop":
      return zeroLoop(step, state, env);
    case "fillLoop":
      return fillLoop(step, state, env.layout);
    case "tableJump":
      return tableJump(step, state);
    default:
      return step satisfies never;
  }
}

function zeroLoop({ at, displacement, words }: ZeroLoop, state: State, { frame }: Environment): void {
  if (displacement < -frame.bytes || words < 1 || displacement + WORD * words > 0)
    throw new CodeFault(at, "clears more than the frame");
  frame.lowest = Math.min(frame.lowest, displacement);
  for (let i = 0; i < words; i++) state.store(displacement + WORD * i, WORD, numberUpTo(0, `${at}:${i}`));
  change(state, RAX, numberUpTo(Infinity, `${at}:${RAX}`));
  change(state, RCX, numberUpTo(Infinity, `${at}:${RCX}`));
}

function fillLoop({ at, descriptors }: FillLoop, state: State, layout: ContextLayout): void {
  const entry = state.registers[RDI]!;
  const count = idOf(state.registers[RDX]!);
  const isEntry = entry.kind === "entry" && count !== undefined;
  if (
    !isEntry ||
    !["", "room "].some((prefix) => state.facts.has(fact(`${prefix}table ${entry.table}`, entry.of, count)))
  )
    throw new CodeFault(at, "fills entries that are not known to be in the table");
  const { external } = layout.tableKinds[entry.table]!;
  if (descriptors && (external || state.registers[RSI]!.kind !== "descriptor"))
    throw new CodeFault(at, "fills a table with what is no descriptor");
  if (!descriptors && !external) throw new CodeFault(at, "fills a table of functions with numbers");
  if (!descriptors) general(at, state, RSI);
  for (const register of [RDX, RDI]) change(state, register, numberUpTo(Infinity, `${at}:${register}`));
  state.descriptor = -1;
  state.comparison = undefined;
}

function tableJump({ at, index, targets }: TableJump, state: State): void {
  if (!(maxOf(general(at, state, index)) < targets.length))
    throw new CodeFault(at, "a jump table's index unchecked");
  change(state, index, numberUpTo(Infinity, `${at}:${index}`));
  change(state, SCRATCH, numberUpTo(Infinity, `${at}:${SCRATCH}`));
}

/** Sets a register; what was known under the same id is of an earlier turn of a loop. */
function change(state: State, register: number, value: Value): void {
  const id = idOf(value);
  if (id !== undefined) state.forgetEarlier(id, register);
  state.set(register, value);
}

class Transfer {
  readonly #i: Instruction;
  readonly #state: State;
  readonly #env: Environment;

  constructor(instruction: Instruction, state: State, env: Environment) {
    this.#i = instruction;
    this.#state = state;
    this.#env = env;
  }

  run(): void {
    const i = this.#i;
    if (i.name === "branch" || i.name === "jump" || i.name === "trap" || i.name === "fence") return;
    switch (i.name) {
      case "call":
        return this.#call();
      case "callTo":
        return this.#callTo();
      case "fill":
        return this.#fill();
      case "leave":
      case "return":
        return;
      case "cmp":
        return this.#compare();
      case "lea":
        return this.#lea();
      case "mov":
        return this.#move();
      case "movTo":
        return this.#moveTo();
      case "add":
        return this.#add();
      case "xchg":
        if (!i.memory) return this.#exchange();
        break;
      case "shl":
        if (i.wide && i.immediate === ENTRY_SHIFT) return this.#scale();
        break;
      case "movImmediate":
        return this.#storeConstant();
      case "vectorLoad":
        return this.#vectorLoad();
      case "vectorStore":
        return this.#vectorStore();
      default:
    }
    this.#plain();
  }

  get #at(): number {
    return this.#i.at;
  }

  // ── instructions without rules of their own ───────────────────────────────────────────────────────────

  #plain(): void {
    const i = this.#i;
    if (i.name === "pushRbp" || i.name === "jumpTo")
      throw new CodeFault(i.at, `${i.name} in the middle of a function`);
    this.#reads();
    if (i.memory) this.#accessPlainly(this.#place());
    const results = changedRegisters(i).map((register) => [register, this.#result(register)] as const);
    const implicit = implicitlyChanged(i).map(
      (register) => [register, this.#implicitResult(register)] as const,
    );
    this.#state.comparison = undefined;
    for (const [register, value] of [...results, ...implicit]) this.#change(register, value);
    this.#touchVector();
  }

  /** All registers that it reads hold numbers. */
  #reads(): void {
    const { shape, reg, rm, name } = this.#i;
    for (const register of changedRegisters(this.#i)) mustBeFree(this.#at, register);
    if (name === "xor" && reg === rm) return; // whatever it held, it is zero then
    if (name === "set" || this.#readsLowestByte()) return;
    const readsReg = shape?.writes !== "reg" || (READS_REG.test(name) && shape.immediate === 0);
    if (shape?.reg === "general" && readsReg) general(this.#at, this.#state, reg);
    const readsRm = shape?.writes !== "rm" || READS_RM.test(name);
    if (shape?.rm === "general" && rm >= 0 && readsRm) general(this.#at, this.#state, rm);
    for (const register of implicitlyRead(name)) general(this.#at, this.#state, register);
  }

  /** Of a condition that `set` has put into a register with something else in its upper bytes. */
  #readsLowestByte(): boolean {
    const { name, reg, rm, memory } = this.#i;
    if (memory || rm < 0) return false;
    const isMixed = (register: number): boolean => this.#state.registers[register]?.kind === "mixed";
    if (name === "movzx8") return isMixed(rm);
    if ((name !== "and" && name !== "or") || !(isMixed(rm) || isMixed(reg))) return false;
    for (const register of [reg, rm])
      if (register >= 0 && !isMixed(register)) general(this.#at, this.#state, register);
    return true;
  }

  /** Its operand in memory is of a kind that any instruction may read, or write if it does. */
  #accessPlainly(place: Place): void {
    const { shape } = this.#i;
    const writes = shape?.writes === "rm" || shape?.writes === "both";
    if (place.place === "linear") return;
    if (this.#i.locked || this.#i.name.startsWith("xchg"))
      throw new CodeFault(this.#at, "an atomic access outside of linear memory");
    if (place.place === "frame")
      return writes ? this.#state.store(place.displacement, memoryBytes(this.#i)) : undefined;
    if (place.place === "outgoing" || place.place === "foreignGlobal") return;
    if (place.place === "context" && (place.part.part === "global" || place.part.part === "result")) return;
    if (place.place === "context" && place.part.part === "memoryPages" && !writes) return;
    if (place.place === "constant" && !writes && shape?.name === "vectorLoad") return;
    throw new CodeFault(this.#at, `${this.#i.name} on a ${describe(place)}`);
  }

  #result(register: number): Value {
    const { name, shape, wide, immediate } = this.#i;
    const id = `${this.#at}:${register}`;
    if (name === "movConstant") return numberUpTo(this.#constantMax(immediate), id);
    const before = this.#state.registers[register]!;
    if (name === "set" && idOf(before) === undefined) return { kind: "mixed" };
    if ((name === "and" || name === "or") && this.#readsLowestByte()) return { kind: "mixed" };
    const kept = maxOf(before) <= MAX_U32 ? MAX_U32 : Infinity;
    if (shape?.width === "part") return numberUpTo(kept, id);
    if (name === "bsf" || name === "bsr") return numberUpTo(Infinity, id); // undefined for 0
    if (/^(?:shl|shr|sar|rol|ror)/.test(name) && !wide) return numberUpTo(kept, id); // a count of 0 changes nothing
    return numberUpTo(wide && shape?.width !== "32" ? Infinity : MAX_U32, id);
  }

  #constantMax(value: number): number {
    if (value <= MAX_U32) return value;
    return value <= MAX_SUM ? MAX_SUM : Infinity;
  }

  #implicitResult(register: number): Value {
    const { wide, name, shape } = this.#i;
    const narrow = !wide && (name === "signExtend" || name === "div" || name === "idiv");
    const kept = maxOf(this.#state.registers[register]!) <= MAX_U32 && (!wide || shape?.width === "part");
    return numberUpTo(narrow || kept ? MAX_U32 : Infinity, `${this.#at}:${register}`);
  }

  // ── moves ─────────────────────────────────────────────────────────────────────────────────────────────

  #move(): void {
    const { reg, rm, wide, memory } = this.#i;
    mustBeFree(this.#at, reg);
    if (memory) {
      const value = loaded(this.#i, this.#place(), this.#state, this.#env.layout);
      return this.#change(reg, value);
    }
    const value = general(this.#at, this.#state, rm);
    if (wide || maxOf(value) <= MAX_U32) return this.#state.set(reg, value);
    this.#change(reg, numberUpTo(MAX_U32, `${this.#at}:${reg}`));
  }

  #moveTo(): void {
    const { reg, wide } = this.#i;
    if (!this.#i.memory) throw new CodeFault(this.#at, "a move in the other encoding");
    const value = this.#state.registers[reg]!;
    const place = this.#place();
    if (place.place === "frame") {
      if (value.kind !== "caller") general(this.#at, this.#state, reg);
      return this.#state.store(place.displacement, memoryBytes(this.#i), value);
    }
    general(this.#at, this.#state, reg);
    if (place.place === "context" && place.part.part === "tableLength")
      return this.#storeLength(value, place.part.index);
    if (place.place === "entry" && place.field === "code" && wide && this.#isExternal(place.entry.table))
      return;
    this.#accessPlainly(place);
  }

  /** table.grow: the old length and what is added to it, which there is room for. */
  #storeLength(value: Value, table: number): void {
    const of = `table ${table}`;
    if (value.kind === "sum" && this.#state.facts.has(fact(`room ${of}`, value.left, value.right))) return;
    throw new CodeFault(this.#at, "changes the length of a table");
  }

  #storeConstant(): void {
    const { memory, wide, immediate, rm } = this.#i;
    if (!memory) {
      mustBeFree(this.#at, rm);
      const max = immediate >= 0 ? immediate : wide ? Infinity : immediate >>> 0;
      return this.#change(rm, numberUpTo(max, `${this.#at}:${rm}`));
    }
    const place = this.#place();
    if (place.place === "frame") {
      const value = numberUpTo(immediate >= 0 ? immediate : Infinity, `${this.#at}:slot`);
      return this.#state.store(place.displacement, memoryBytes(this.#i), value);
    }
    if (place.place === "context" && place.part.part === "segmentLength" && immediate === 0) return;
    this.#accessPlainly(place);
  }

  #exchange(): void {
    const { reg, rm } = this.#i;
    const [left, right] = [general(this.#at, this.#state, reg), general(this.#at, this.#state, rm)];
    if (!this.#i.wide) throw new CodeFault(this.#at, "exchanges halves of registers");
    this.#state.set(reg, right);
    this.#state.set(rm, left);
  }

  // ── addresses ─────────────────────────────────────────────────────────────────────────────────────────

  #lea(): void {
    const { reg, wide, memory } = this.#i;
    const { base, index, scale, displacement } = memory!;
    mustBeFree(this.#at, reg);
    if (base < 0) throw new CodeFault(this.#at, "takes an address in the code");
    const left = general(this.#at, this.#state, base);
    const right = index < 0 ? undefined : general(this.#at, this.#state, index);
    const id = `${this.#at}:${reg}`;
    const isSum =
      wide && right && scale === 0 && displacement === 0 && maxOf(left) <= MAX_U32 && maxOf(right) <= MAX_U32;
    if (isSum) {
      const sum = {
        kind: "sum",
        left: idOf(left)!,
        right: idOf(right)!,
        max: maxOf(left) + maxOf(right),
        id,
      } as const;
      return this.#change(reg, sum);
    }
    this.#change(reg, numberUpTo(wide ? Infinity : MAX_U32, id));
  }

  /** shl r, 4: an index of table entries becomes a distance. */
  #scale(): void {
    const { rm } = this.#i;
    const value = general(this.#at, this.#state, rm);
    this.#state.comparison = undefined;
    if (maxOf(value) > MAX_U32) return this.#change(rm, numberUpTo(Infinity, `${this.#at}:${rm}`));
    const index = value.kind === "index" ? value.table : undefined;
    this.#change(rm, { kind: "scaled", of: idOf(value)!, index, max: Infinity, id: `${this.#at}:${rm}` });
  }

  #add(): void {
    const { reg, rm, memory, wide, shape } = this.#i;
    if (shape?.reg === "digit" || !wide) return this.#plain();
    const value = this.#state.registers[reg]!;
    this.#state.comparison = undefined;
    if (memory) {
      const place = this.#place();
      const pointer = place.place === "context" ? this.#pointer(value, place.part) : undefined;
      if (pointer) return this.#state.set(reg, pointer);
      return this.#plain();
    }
    const of = idOf(value);
    if (rm === R15 && of !== undefined) return this.#state.set(reg, { kind: "linear", of });
    const sum = maxOf(general(this.#at, this.#state, reg)) + maxOf(general(this.#at, this.#state, rm));
    this.#change(reg, numberUpTo(sum <= MAX_SUM ? MAX_SUM : Infinity, `${this.#at}:${reg}`));
  }

  /** What a distance becomes when the address of a first entry or byte is added. */
  #pointer(value: Value, part: ContextPart): Value | undefined {
    if (part.part === "segmentBase" && part.external === undefined) {
      const start = idOf(value);
      return start === undefined ? undefined : { kind: "segment", of: part.of, start };
    }
    if (value.kind !== "scaled") return undefined;
    if (part.part === "tableBase") {
      const valid = value.index === part.index;
      return { kind: "entry", table: part.index, of: value.of, valid, filled: false, type: undefined };
    }
    if (part.part === "segmentBase") return { kind: "segment", of: part.of, start: value.of };
    return part.part === "references" && value.index === "descriptors" ? { kind: "descriptor" } : undefined;
  }

  // ── comparisons ───────────────────────────────────────────────────────────────────────────────────────

  #compare(): void {
    const { reg, rm, memory, wide, shape, immediate } = this.#i;
    this.#state.comparison = undefined;
    if (memory) {
      const place = this.#place();
      if (shape?.reg === "digit") return this.#compareField(place, immediate);
      if (place.place === "context") return this.#compareWithPart(place.part);
      general(this.#at, this.#state, reg);
      return this.#accessPlainly(place);
    }
    const register = shape?.reg === "digit" ? rm : reg;
    const value = general(this.#at, this.#state, register);
    if (shape?.reg === "digit") {
      const limit = numberUpTo(immediate >>> 0, IMMEDIATE);
      return wide ? undefined : this.#learnable({ register, value, with: { kind: "value", value: limit } });
    }
    const other = general(this.#at, this.#state, rm);
    if (wide) this.#learnable({ register, value, with: { kind: "value", value: other } });
  }

  #learnable(comparison: Comparison): void {
    this.#state.comparison = comparison;
  }

  #compareWithPart(part: ContextPart): void {
    const { reg, wide } = this.#i;
    if (part.part === "limit" || part.part === "stackLimit") {
      if (reg === RSP) return;
      throw new CodeFault(this.#at, "compares with the stack's limit");
    }
    const value = general(this.#at, this.#state, reg);
    if (part.part === "memoryBytes" && wide)
      return this.#learnable({ register: reg, value, with: { kind: "memory" } });
    if (part.part === "tableLength" && !wide) {
      const length = { kind: "length", of: `table ${part.index}`, id: "" } as const;
      return this.#learnable({ register: reg, value, with: { kind: "value", value: length } });
    }
    if (part.part === "referenceCount" && !wide) {
      const length = { kind: "length", of: "descriptors", id: "" } as const;
      return this.#learnable({ register: reg, value, with: { kind: "value", value: length } });
    }
    this.#accessPlainly({ place: "context", part });
  }

  #compareField(place: Place, immediate: number): void {
    if (place.place !== "entry") return this.#accessPlainly(place);
    const register = this.#i.memory!.base;
    if (this.#isExternal(place.entry.table))
      throw new CodeFault(this.#at, "calls what an external reference says");
    if (place.field === "code" && immediate === 0)
      return this.#learnable({ register, value: place.entry, with: { kind: "entryCode" } });
    if (place.field === "type")
      return this.#learnable({ register, value: place.entry, with: { kind: "entryType", type: immediate } });
    throw new CodeFault(this.#at, "compares a table entry");
  }

  // ── calls and strings ─────────────────────────────────────────────────────────────────────────────────

  #call(): void {
    const { target } = this.#i;
    if (target === this.#env.copyRoutine) return this.#copy();
    const callee = this.#env.functionAt(target);
    if (callee === undefined) throw new CodeFault(this.#at, "calls what is no function");
    this.#calls(callee, true);
  }

  #callTo(): void {
    const { memory, rm } = this.#i;
    if (!memory) {
      const value = this.#state.registers[rm]!;
      if (value.kind !== "code") throw new CodeFault(this.#at, `calls a ${value.kind}`);
      const callee = this.#env.typed(value.type);
      if (callee === undefined) throw new CodeFault(this.#at, `calls a type that is not there`);
      return this.#calls(callee, false);
    }
    const place = this.#place();
    const part = place.place === "context" ? place.part : undefined;
    if (part?.part === "safepoint") return; // keeps every register
    if (part?.part === "memoryGrow") return this.#calls({ signature: "i>i" }, false);
    if (part?.part === "import") return this.#calls(this.#env.imported(part.index), false);
    throw new CodeFault(this.#at, `calls a ${describe(place)}`);
  }

  #calls(callee: Callee, own: boolean): void {
    this.#env.passes(callee);
    this.#state.call(this.#at);
    const narrow = own && callee.signature.endsWith(">i");
    if (narrow) this.#state.set(RAX, numberUpTo(MAX_U32, `${this.#at}:result`));
  }

  /** The copy routine: rdx bytes from rsi to rdi. */
  #copy(): void {
    const [to, from, count] = [RDI, RSI, RDX].map((register) => this.#state.registers[register]!) as [
      Value,
      Value,
      Value,
    ];
    if (!this.#isByteCopy(to, from, count) && !this.#isEntryCopy(to, from, count))
      throw new CodeFault(this.#at, "copies what is not known to be inside of memory, a segment or a table");
    for (const register of [RAX, RCX, RDX, RSI, RDI, SCRATCH])
      this.#change(register, numberUpTo(Infinity, `${this.#at}:${register}`));
    this.#state.comparison = undefined;
  }

  #isByteCopy(to: Value, from: Value, count: Value): boolean {
    const { facts } = this.#state;
    const length = idOf(count);
    if (to.kind !== "linear" || !facts.has(fact("memory", to.of, length))) return false;
    if (from.kind === "linear") return facts.has(fact("memory", from.of, length));
    return (
      from.kind === "segment" && from.of.startsWith("data") && facts.has(fact(from.of, from.start, length))
    );
  }

  #isEntryCopy(to: Value, from: Value, count: Value): boolean {
    const { facts } = this.#state;
    if (
      to.kind !== "entry" ||
      count.kind !== "scaled" ||
      !facts.has(fact(`table ${to.table}`, to.of, count.of))
    )
      return false;
    const external = this.#isExternal(to.table);
    if (from.kind === "entry")
      return (
        facts.has(fact(`table ${from.table}`, from.of, count.of)) && this.#isExternal(from.table) === external
      );
    if (from.kind !== "segment" || !from.of.startsWith("elem")) return false;
    const segment = Number(from.of.slice("elem ".length));
    return (
      facts.has(fact(from.of, from.start, count.of)) && this.#env.layout.externalElems[segment] === external
    );
  }

  /** rep stosb: rcx bytes from rdi on. */
  #fill(): void {
    const to = this.#state.registers[RDI]!;
    const count = idOf(this.#state.registers[RCX]!);
    if (to.kind !== "linear" || !this.#state.facts.has(fact("memory", to.of, count)))
      throw new CodeFault(this.#at, "fills what is not known to be inside of memory");
    for (const register of [RCX, RDI])
      this.#change(register, numberUpTo(Infinity, `${this.#at}:${register}`));
  }

  // ── vectors ───────────────────────────────────────────────────────────────────────────────────────────

  #vectorLoad(): void {
    const { reg, memory } = this.#i;
    const place = memory && this.#place();
    if (place?.place === "descriptor") {
      this.#state.descriptor = reg;
      return;
    }
    if (place) this.#accessPlainly(place);
    this.#touchVector();
  }

  #vectorStore(): void {
    const place = this.#place();
    if (place.place !== "entry") return this.#accessPlainly(place);
    const external = this.#isExternal(place.entry.table);
    if (place.field === "whole" && !external && this.#state.descriptor === this.#i.reg) return;
    throw new CodeFault(this.#at, "stores a vector to a table entry");
  }

  #touchVector(): void {
    const { shape, reg, rm } = this.#i;
    const changed = shape?.reg === "vector" && shape.writes !== "rm" ? reg : shape?.rm === "vector" ? rm : -1;
    if (changed === this.#state.descriptor) this.#state.descriptor = -1;
  }

  // ── common ────────────────────────────────────────────────────────────────────────────────────────────

  #place(): Place {
    return placeOf(this.#i, this.#state, this.#env);
  }

  #isExternal(table: number): boolean {
    return this.#env.layout.tableKinds[table]?.external ?? true;
  }

  #change(register: number, value: Value): void {
    change(this.#state, register, value);
  }
}

/** Registers that an instruction reads without naming them. */
function implicitlyRead(name: string): number[] {
  if (name.endsWith("Cl")) return [RCX];
  if (name === "signExtend" || name.startsWith("cmpxchg")) return [RAX];
  return name === "div" || name === "idiv" ? [RAX, RDX] : [];
}

// Instructions whose result does not replace an operand but changes it
const READS_REG = /^(?:add|or|and|sub|xor|cmp|imul|cmov|xchg|xadd|cmpxchg)/;
const READS_RM = /^(?:add|or|and|sub|xor|cmp|neg|shl|shr|sar|rol|ror|set|xchg|cmpxchg|xadd)/;

/** @throws CodeFault for a register that has one meaning in all compiled code */
function mustBeFree(at: number, register: number): void {
  if (register === RSP || register === 5 || register === 14 || register === R15)
    throw new CodeFault(at, "changes a register that is not for numbers");
}

function describe(place: Place): string {
  return place.place === "context" ? `${place.part.part} of the context` : place.place;
}

/** That from number `start` on `count` bytes or entries are inside of `target`. */
function fact(target: string, start: string, count: string | undefined): string {
  return `${target}|${start}|${count}`;
}

/** What holds where a branch goes, besides what held before it: of equal numbers, that both are as small as the smaller. */
export function learnTaken({ condition }: Instruction, state: State): State {
  const { comparison } = state;
  if (comparison === undefined || condition !== EQUAL || comparison.with.kind !== "value") return state;
  const { value, with: other } = comparison;
  const id = idOf(value);
  const max = maxOf(other.value);
  const isImmediate = idOf(other.value) === IMMEDIATE; // of which the lower 32 bits were compared
  if (id === undefined || value.kind !== "number" || max >= value.max || (isImmediate && value.max > MAX_U32))
    return state;
  const learned = new State(state);
  learned.learn(id, numberUpTo(max, id));
  return learned;
}

/** What holds behind a branch that is not taken. */
export function learn({ condition }: Instruction, state: State): void {
  const { comparison } = state;
  state.comparison = undefined;
  if (comparison === undefined) return;
  const { register, value, with: other } = comparison;
  if (other.kind === "entryCode" && value.kind === "entry" && condition === EQUAL)
    return state.set(register, { ...value, filled: true });
  if (other.kind === "entryType" && value.kind === "entry" && condition === NOT_EQUAL)
    return state.set(register, { ...value, type: other.type });
  if (other.kind === "memory" && value.kind === "sum" && condition === ABOVE)
    state.facts.add(fact("memory", value.left, value.right));
  if (other.kind === "value") learnLimit(condition, value, other.value, state);
}

function learnLimit(condition: number, value: Value, limit: Value, state: State): void {
  if (condition === ABOVE && value.kind === "sum" && (limit.kind === "length" || limit.kind === "room")) {
    const target = limit.kind === "room" ? `room ${limit.of}` : limit.of;
    state.facts.add(fact(target, value.left, value.right));
  }
  const id = idOf(value);
  if (condition !== ABOVE_OR_EQUAL || id === undefined || maxOf(value) > MAX_U32) return;
  if (limit.kind === "length" && limit.of.startsWith("table"))
    state.learn(id, { kind: "index", table: Number(limit.of.slice("table ".length)), id });
  else if (limit.kind === "length" && limit.of === "descriptors")
    state.learn(id, { kind: "index", table: "descriptors", id });
  else if (
    limit.kind === "number" &&
    limit.max <= MAX_U32 &&
    value.kind === "number" &&
    limit.max - 1 < value.max
  )
    state.learn(id, numberUpTo(limit.max - 1, id));
}
