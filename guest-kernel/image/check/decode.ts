// Decodes the x86-64 instructions of shapes.ts, and those without a ModRM byte that aot emits.

import { type Shape, shapeOf } from "./shapes.ts";

/** The code breaks a rule. */
export class CodeFault extends Error {
  override readonly name = "CodeFault";
  /** In the module's code. */
  readonly offset: number;
  readonly rule: string;

  constructor(offset: number, rule: string) {
    super(`code offset 0x${offset.toString(16)}: ${rule}`);
    this.offset = offset;
    this.rule = rule;
  }
}

/** A memory operand; `base` -1 means relative to the next instruction. */
export interface Memory {
  base: number;
  /** -1 for none. */
  index: number;
  scale: number;
  displacement: number;
}

/** An instruction. Registers are -1 where there is none. */
export interface Instruction {
  at: number;
  /** Behind its last byte. */
  next: number;
  name: string;
  shape: Shape | undefined;
  /** REX.W. */
  wide: boolean;
  reg: number;
  rm: number;
  memory: Memory | undefined;
  immediate: number;
  /** Of a jump or a direct call. */
  target: number;
  /** A condition, as the low four bits of its opcode. */
  condition: number;
  locked: boolean;
}

const RAX = 0;
const REX = 0x40;
const OPERAND_SIZE = 0x66;
const LOCK = 0xf0;
const REPEAT = 0xf3;
const REPEAT_NOT = 0xf2;
const LOCKABLE = /^(?:cmpxchg|xadd)/;

/** Decodes the instruction at `at`; it ends by `end`. @throws CodeFault */
export function decode(code: Uint8Array, at: number, end: number): Instruction {
  return new Decoder(code, at, end).decode();
}

class Decoder {
  readonly #view: DataView;
  readonly #start: number;
  readonly #end: number;
  #at: number;
  #rex = 0;

  constructor(code: Uint8Array, start: number, end: number) {
    this.#view = new DataView(code.buffer, code.byteOffset, code.byteLength);
    this.#start = start;
    this.#at = start;
    this.#end = end;
  }

  decode(): Instruction {
    const locked = this.#take(LOCK);
    const prefix = [OPERAND_SIZE, REPEAT, REPEAT_NOT].find((byte) => this.#take(byte)) ?? 0;
    if ((this.#peek() & 0xf0) === REX) this.#rex = this.#byte();
    const first = this.#byte();
    if (first !== 0x0f) {
      const plain = prefix === 0 && !locked ? this.#withoutModRM(first) : undefined;
      if (plain) return plain;
      if (prefix === REPEAT && first === 0xaa && this.#rex === 0 && !locked)
        return this.#make({ name: "fill" });
      return this.#withModRM(prefix, 0, first, locked);
    }
    const second = this.#byte();
    if (second === 0x38 || second === 0x3a)
      return this.#withModRM(prefix, 0x0f00 | second, this.#byte(), locked);
    const plain = prefix === 0 && !locked && this.#rex === 0 ? this.#withoutModRM0f(second) : undefined;
    return plain ?? this.#withModRM(prefix, 0x0f, second, locked);
  }

  #withoutModRM(opcode: number): Instruction | undefined {
    const wide = (this.#rex & 8) !== 0;
    if (opcode >= 0xb8 && opcode <= 0xbf) {
      const reg = (opcode & 7) | ((this.#rex & 1) << 3);
      return this.#make({
        name: "movConstant",
        reg,
        wide,
        immediate: wide ? this.#quad() : this.#word() >>> 0,
      });
    }
    if (opcode === 0x99) return this.#make({ name: "signExtend", wide });
    if (this.#rex !== 0) return undefined;
    switch (opcode) {
      case 0x55:
        return this.#make({ name: "pushRbp" });
      case 0xc3:
        return this.#make({ name: "return" });
      case 0xc9:
        return this.#make({ name: "leave" });
      case 0xe8:
        return this.#jump("call", 4);
      case 0xe9:
        return this.#jump("jump", 4);
      case 0xeb:
        return this.#jump("jump", 1);
      default:
        return (opcode & 0xf0) === 0x70 ? this.#jump("branch", 1, opcode & 15) : undefined;
    }
  }

  #withoutModRM0f(opcode: number): Instruction | undefined {
    if (opcode === 0x0b) return this.#make({ name: "trap" });
    if ((opcode & 0xf0) === 0x80) return this.#jump("branch", 4, opcode & 15);
    if (opcode !== 0xae || this.#peek() !== 0xf0) return undefined;
    this.#byte();
    return this.#make({ name: "fence" });
  }

  #jump(name: string, bytes: 1 | 4, condition = -1): Instruction {
    const distance = bytes === 1 ? (this.#byte() << 24) >> 24 : this.#word();
    return this.#make({ name, target: this.#at + distance, condition });
  }

  #withModRM(prefix: number, map: number, opcode: number, locked: boolean): Instruction {
    const modrm = this.#byte();
    const digit = (modrm >> 3) & 7;
    const shape = shapeOf(prefix, map, opcode, digit);
    if (shape === undefined) return this.#fault("no instruction that aot emits");
    const isMemory = modrm < 0xc0;
    if (isMemory ? shape.memory === 0 && shape.name !== "lea" : shape.rm === "memory")
      return this.#fault(`${shape.name} with an operand that aot does not give it`);
    if (locked && !(isMemory && LOCKABLE.test(shape.name))) return this.#fault("a lock prefix");
    if (!locked && LOCKABLE.test(shape.name)) return this.#fault(`${shape.name} without a lock`);
    const rm = isMemory ? -1 : (modrm & 7) | ((this.#rex & 1) << 3);
    const memory = isMemory ? this.#memory(modrm) : undefined;
    const reg = shape.reg === "digit" ? -1 : digit | ((this.#rex & 4) << 1);
    const immediate = this.#immediate(shape.immediate);
    const wide = (this.#rex & 8) !== 0;
    const condition = shape.name === "set" || shape.name === "cmov" ? opcode & 15 : -1;
    this.#checkByteRegisters(shape, reg, rm);
    return this.#make({ name: shape.name, shape, wide, reg, rm, memory, immediate, condition, locked });
  }

  /** Without REX the byte registers 4..7 are ah, ch, dh, bh: writing one is not writing the low byte. */
  #checkByteRegisters(shape: Shape, reg: number, rm: number): void {
    if (this.#rex !== 0 || (shape.memory !== 1 && shape.name !== "set")) return;
    const isByte = (register: number): boolean => register >= 4 && register < 8;
    const regIsByte = shape.reg === "general" && /^(?:movTo8|xchg8|xadd8|cmpxchg8)$/.test(shape.name);
    const rmIsByte = shape.rm === "general" && /^(?:set|movzx8|movsx8|movTo8)$/.test(shape.name);
    if ((regIsByte && isByte(reg)) || (rmIsByte && isByte(rm))) this.#fault("a high byte register");
  }

  #memory(modrm: number): Memory {
    const mode = modrm >> 6;
    let base = (modrm & 7) | ((this.#rex & 1) << 3);
    let index = -1;
    let scale = 0;
    if ((modrm & 7) === 4) {
      const sib = this.#byte();
      scale = sib >> 6;
      base = (sib & 7) | ((this.#rex & 1) << 3);
      const named = ((sib >> 3) & 7) | ((this.#rex & 2) << 2);
      if (named !== 4) index = named;
      if (mode === 0 && (sib & 7) === 5) this.#fault("an absolute address");
    } else if (mode === 0 && (modrm & 7) === 5) {
      return { base: -1, index, scale, displacement: this.#word() };
    }
    const displacement = mode === 0 ? 0 : mode === 1 ? (this.#byte() << 24) >> 24 : this.#word();
    return { base, index, scale, displacement };
  }

  #immediate(bytes: 0 | 1 | 2 | 4): number {
    if (bytes === 4) return this.#word();
    if (bytes === 2) return this.#byte() | (this.#byte() << 8);
    return bytes === 1 ? (this.#byte() << 24) >> 24 : 0;
  }

  #make(fields: Partial<Instruction> & { name: string }): Instruction {
    return {
      shape: undefined,
      wide: false,
      reg: -1,
      rm: -1,
      memory: undefined,
      immediate: 0,
      target: -1,
      condition: -1,
      locked: false,
      ...fields,
      at: this.#start,
      next: this.#at,
    };
  }

  #peek(): number {
    if (this.#at >= this.#end) this.#fault("code ends in an instruction");
    return this.#view.getUint8(this.#at);
  }

  #byte(): number {
    const value = this.#peek();
    this.#at += 1;
    return value;
  }

  #take(byte: number): boolean {
    if (this.#peek() !== byte) return false;
    this.#at += 1;
    return true;
  }

  #word(): number {
    const low = this.#byte() | (this.#byte() << 8) | (this.#byte() << 16);
    return low | (this.#byte() << 24);
  }

  /** As a number: exact as far as anything here asks, up to 2^53. */
  #quad(): number {
    const low = this.#word() >>> 0;
    return low + (this.#word() >>> 0) * 2 ** 32;
  }

  #fault(rule: string): never {
    const end = Math.min(this.#at, this.#end);
    const bytes = Array.from({ length: end - this.#start }, (_, i) => this.#view.getUint8(this.#start + i));
    throw new CodeFault(
      this.#start,
      `${rule} (${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")})`,
    );
  }
}

/** Bytes that an instruction reads or writes at its memory operand. */
export function memoryBytes({ shape, wide }: Instruction): number {
  if (shape === undefined) return 0;
  return shape.memory === "w" ? (wide ? 8 : 4) : shape.memory;
}

/** The general registers that an instruction changes by their names in it, and how. */
export function changedRegisters(instruction: Instruction): number[] {
  const { shape, name, reg, rm } = instruction;
  if (name === "movConstant") return [reg];
  if (shape === undefined) return [];
  const changed: number[] = [];
  if ((shape.writes === "reg" || shape.writes === "both") && shape.reg === "general") changed.push(reg);
  if ((shape.writes === "rm" || shape.writes === "both") && shape.rm === "general" && rm >= 0)
    changed.push(rm);
  return changed;
}

/** Registers that an instruction changes without naming them. */
export function implicitlyChanged({ name }: Instruction): number[] {
  if (name.startsWith("cmpxchg")) return [RAX];
  if (name === "div" || name === "idiv") return [RAX, 2];
  return name === "signExtend" ? [2] : [];
}
