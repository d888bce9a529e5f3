// Random WebAssembly modules that are valid by construction, for differential tests of the compiler.
//
// Every function takes up to ten numbers, leaves one, works on locals, globals and memory, calls others, and ends.
// Bits of NaNs, which the specification leaves open, never reach integers or memory.

const I32 = 0x7f;
const I64 = 0x7e;
const F32 = 0x7d;
const F64 = 0x7c;
const TYPES = [I32, I64, F32, F64] as const;
const EMPTY = 0x40;
/** What a module begins with. */
export const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const LOCALS_PER_TYPE = 5;
const GLOBALS = 8; // two of each type
const MAX_DEPTH = 5;
const MEMORY_MASK = 0xfff8;

/** A random module. */
export interface RandomModule {
  bytes: Uint8Array<ArrayBuffer>;
  /** Exported functions `f0`, `f1`, …: value types of their parameters. */
  functions: { params: number[]; result: number }[];
}

/** Makes a module from a source of integers in 0..n-1. */
export function randomModule(random: (n: number) => number, functionCount = 6): RandomModule {
  const functions = Array.from({ length: functionCount }, () => ({
    params: Array.from({ length: random(11) }, () => TYPES[random(4)]!),
    result: TYPES[random(4)]!,
  }));
  const bodies = functions.map((_, index) => new BodyWriter(random, functions, index).write());
  const bytes = [
    ...HEADER,
    ...section(1, vector(functions.map((f) => [0x60, ...vector(f.params.map((p) => [p])), 1, f.result]))),
    ...section(3, vector(functions.map((_, i) => u32(i)))),
    ...section(4, [1, 0x70, 0, ...u32(functionCount)]),
    ...section(5, [1, 0, 1]),
    ...section(6, vector(Array.from({ length: GLOBALS }, (_, i) => globalOf(TYPES[i % 4]!)))),
    ...section(7, vector(functions.map((_, i) => [...name(`f${i}`), 0, ...u32(i)]))),
    ...section(9, [1, 0, 0x41, 0, 0x0b, ...vector(functions.map((_, i) => u32(i)))]),
    ...section(10, vector(bodies.map((body) => [...u32(body.length), ...body]))),
  ];
  return { bytes: Uint8Array.from(bytes), functions };
}

/** Writes one function's body. It may call the functions before it. */
class BodyWriter {
  readonly #random: (n: number) => number;
  readonly #functions: RandomModule["functions"];
  readonly #index: number;
  readonly #locals: number[];
  readonly #counter: number;
  readonly #scratch: number;
  #out: number[] = [];
  #loops = 0;
  #calls = 0;
  #budget = 400; // instructions, roughly

  constructor(random: (n: number) => number, functions: RandomModule["functions"], index: number) {
    this.#random = random;
    this.#functions = functions;
    this.#index = index;
    const declared = TYPES.flatMap((type) => Array.from({ length: LOCALS_PER_TYPE }, () => type));
    this.#locals = [...functions[index]!.params, ...declared];
    this.#counter = this.#locals.length;
    this.#scratch = this.#counter + 4;
  }

  write(): number[] {
    const groups = [...TYPES.map((type) => [...u32(LOCALS_PER_TYPE), type]), [4, I32], [1, F32], [1, F64]];
    this.#out.push(...vector(groups));
    for (let count = 2 + this.#random(6); count > 0; count--) this.#statement(0);
    const { result } = this.#functions[this.#index]!;
    if (result === F32 || result === F64) this.#clean(result, 0);
    else this.#expression(result, 0);
    this.#out.push(0x0b);
    return this.#out;
  }

  #emit(...bytes: number[]): void {
    this.#out.push(...bytes);
    this.#budget--;
  }

  #local(type: number): number {
    const candidates = this.#locals.flatMap((local, index) => (local === type ? [index] : []));
    return candidates[this.#random(candidates.length)]!;
  }

  #global(type: number): number {
    return TYPES.indexOf(type as (typeof TYPES)[number]) + 4 * this.#random(2);
  }

  #type(): number {
    return TYPES[this.#random(4)]!;
  }

  #statement(depth: number): void {
    const type = this.#type();
    switch (this.#budget < 0 ? 0 : this.#random(9)) {
      case 0:
      case 1:
      case 2:
        this.#expression(type, depth);
        return this.#emit(0x21, ...u32(this.#local(type)));
      case 3:
        this.#expression(type, depth);
        return this.#emit(0x24, this.#global(type));
      case 4:
        return this.#store(depth);
      case 5:
        return this.#ifStatement(depth);
      case 6:
        return this.#loop(depth);
      case 7:
        return this.#table(depth);
      default:
        this.#expression(type, depth);
        return this.#emit(0x1a);
    }
  }

  #statements(depth: number): void {
    for (let count = 1 + this.#random(3); count > 0; count--) this.#statement(depth + 1);
  }

  #ifStatement(depth: number): void {
    this.#expression(I32, depth + 1);
    this.#emit(0x04, EMPTY);
    this.#statements(depth);
    if (this.#random(2)) {
      this.#emit(0x05);
      this.#statements(depth);
    }
    this.#emit(0x0b);
  }

  /** A loop of at most four turns. */
  #loop(depth: number): void {
    if (this.#loops === 2) return this.#ifStatement(depth);
    const counter = this.#counter + this.#loops++;
    this.#emit(0x41, 0, 0x21, ...u32(counter), 0x02, EMPTY, 0x03, EMPTY);
    this.#statements(depth);
    this.#expression(I32, depth + 2);
    this.#emit(0x0d, 1); // leave early
    this.#emit(
      0x20,
      ...u32(counter),
      0x41,
      1,
      0x6a,
      0x22,
      ...u32(counter),
      0x41,
      4,
      0x49,
      0x0d,
      0,
      0x0b,
      0x0b,
    );
    this.#loops--;
  }

  /** A br_table over three blocks with a value. */
  #table(depth: number): void {
    const type = this.#type();
    this.#emit(0x02, type, 0x02, type, 0x02, type);
    this.#expression(type, depth + 1);
    this.#expression(I32, depth + 1);
    this.#emit(0x41, 7, 0x71, 0x0e, 3, 0, 1, 2, 1);
    this.#emit(0x0b, 0x22, ...u32(this.#local(type)), 0x0b, 0x0b, 0x21, ...u32(this.#local(type)));
  }

  #address(depth: number): void {
    this.#expression(I32, depth + 1);
    this.#emit(0x41, ...s32(MEMORY_MASK - 64), 0x71);
  }

  #store(depth: number): void {
    this.#address(depth);
    const opcode = 0x36 + this.#random(9);
    const type = [I32, I64, F32, F64, I32, I32, I64, I64, I64][opcode - 0x36]!;
    if (type === F32 || type === F64) this.#clean(type, depth + 1);
    else this.#expression(type, depth + 1);
    this.#emit(opcode, 0, this.#random(56));
  }

  /** A float that is no NaN. */
  #clean(type: number, depth: number): void {
    const scratch = u32(this.#scratch + (type === F32 ? 0 : 1));
    this.#expression(type, depth + 1);
    this.#emit(0x22, ...scratch);
    this.#constant(type);
    this.#emit(0x20, ...scratch, 0x20, ...scratch, type === F32 ? 0x5b : 0x61, 0x1b);
  }

  #constant(type: number): void {
    const small = this.#random(3) > 0;
    if (type === I32) return this.#emit(0x41, ...s32(small ? this.#random(20) - 10 : this.#bits32()));
    if (type === I64) {
      const wide = (BigInt(this.#bits32()) << 32n) | BigInt(this.#bits32() >>> 0);
      return this.#emit(0x42, ...s64(small ? BigInt(this.#random(20) - 10) : wide));
    }
    const value = small ? this.#random(40) / 4 - 5 : this.#bits32() * 2 ** (this.#random(60) - 30);
    const bytes = new DataView(new ArrayBuffer(type === F32 ? 4 : 8));
    if (type === F32) bytes.setFloat32(0, value, true);
    else bytes.setFloat64(0, value, true);
    this.#emit(type === F32 ? 0x43 : 0x44, ...new Uint8Array(bytes.buffer));
  }

  #bits32(): number {
    return (this.#random(65536) << 16) | this.#random(65536);
  }

  #expression(type: number, depth: number): void {
    if (depth > MAX_DEPTH || this.#budget < 0) return this.#leaf(type);
    switch (this.#random(14)) {
      case 0:
        return this.#leaf(type);
      case 1:
        this.#expression(type, depth + 1);
        return this.#emit(0x22, ...u32(this.#local(type)));
      case 2:
        return this.#load(type, depth);
      case 3:
        this.#expression(type, depth + 1);
        this.#expression(type, depth + 1);
        this.#expression(I32, depth + 1);
        return this.#emit(0x1b);
      case 4:
        return this.#ifExpression(type, depth);
      case 5:
        return this.#block(type, depth);
      case 6:
        return this.#call(type, depth);
      case 7:
      case 8:
        return this.#conversion(type, depth);
      default:
        return this.#arithmetic(type, depth);
    }
  }

  #leaf(type: number): void {
    switch (this.#random(4)) {
      case 0:
        return this.#constant(type);
      case 1:
        return this.#emit(0x23, this.#global(type));
      default:
        return this.#emit(0x20, ...u32(this.#local(type)));
    }
  }

  #load(type: number, depth: number): void {
    this.#address(depth);
    const opcodes = { [I32]: [0x28, 0x2c, 0x2d, 0x2e, 0x2f], [F32]: [0x2a], [F64]: [0x2b] }[type];
    const candidates = opcodes ?? [0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35];
    this.#emit(candidates[this.#random(candidates.length)]!, 0, this.#random(56));
  }

  #ifExpression(type: number, depth: number): void {
    this.#expression(I32, depth + 1);
    this.#emit(0x04, type);
    this.#expression(type, depth + 1);
    this.#emit(0x05);
    if (this.#random(2)) this.#statement(depth + 2);
    this.#expression(type, depth + 1);
    this.#emit(0x0b);
  }

  /** A block that a branch with a value may leave early. */
  #block(type: number, depth: number): void {
    this.#emit(0x02, type);
    this.#expression(type, depth + 1);
    this.#expression(I32, depth + 1);
    this.#emit(0x0d, 0);
    if (this.#random(2)) {
      this.#emit(0x1a);
      this.#statement(depth + 2);
      this.#expression(type, depth + 1);
    }
    this.#emit(0x0b);
  }

  #call(type: number, depth: number): void {
    const callee = this.#functions.findIndex((f, i) => i < this.#index && f.result === type);
    if (callee < 0 || this.#calls === 3 || this.#loops > 1) return this.#arithmetic(type, depth);
    this.#calls++;
    for (const param of this.#functions[callee]!.params) this.#expression(param, depth + 1);
    if (this.#random(2)) this.#emit(0x10, ...u32(callee));
    else this.#emit(0x41, ...s32(callee), 0x11, ...u32(callee), 0);
  }

  #conversion(type: number, depth: number): void {
    const [opcodes, from] = CONVERSIONS[type]![this.#random(CONVERSIONS[type]!.length)]!;
    if (TRAPPING.has(opcodes[0]!) && this.#random(RARELY)) return this.#leaf(type);
    const reinterprets = opcodes[0] === 0xbc || opcodes[0] === 0xbd;
    if (reinterprets) this.#clean(from, depth);
    else this.#expression(from, depth + 1);
    this.#emit(...opcodes);
  }

  #arithmetic(type: number, depth: number): void {
    const [unary, binary, width] = ARITHMETIC[type]!;
    if (type === I32 && this.#random(3) === 0) return this.#comparison(depth);
    const opcode = unary + this.#random(width);
    this.#expression(type, depth + 1);
    if (opcode < binary) return this.#emit(opcode);
    // copysign shows the sign of a NaN.
    if (opcode === 0x98 || opcode === 0xa6) this.#clean(type, depth);
    else this.#expression(type, depth + 1);
    if (isDivision(opcode) && this.#random(RARELY)) this.#makeOdd(type);
    this.#emit(opcode);
  }

  /** Sets the lowest bit, so that a divisor is not zero. */
  #makeOdd(type: number): void {
    if (type === I32) this.#emit(0x41, 1, 0x72);
    else this.#emit(0x42, 1, 0x84);
  }

  #comparison(depth: number): void {
    const type = this.#type();
    const [first, count] = { [I32]: [0x45, 11], [I64]: [0x50, 11], [F32]: [0x5b, 6], [F64]: [0x61, 6] }[
      type
    ]!;
    const opcode = first! + this.#random(count!);
    this.#expression(type, depth + 1);
    if (opcode !== 0x45 && opcode !== 0x50) this.#expression(type, depth + 1);
    this.#emit(opcode);
  }
}

// Truncations that trap on most operands; they and division by zero come one time in so many.
const TRAPPING = new Set([0xaa, 0xab, 0xaf, 0xb0]);
const RARELY = 200;

function isDivision(opcode: number): boolean {
  return (opcode >= 0x6d && opcode <= 0x70) || (opcode >= 0x7f && opcode <= 0x82);
}

// First unary opcode, first binary opcode, how many in all.
const ARITHMETIC: Record<number, readonly [number, number, number]> = {
  [I32]: [0x67, 0x6a, 18],
  [I64]: [0x79, 0x7c, 18],
  [F32]: [0x8b, 0x92, 14],
  [F64]: [0x99, 0xa0, 14],
};

// By result: opcode bytes and operand type.
const CONVERSIONS: Record<number, readonly (readonly [readonly number[], number])[]> = {
  [I32]: [
    [[0xa7], I64],
    [[0xa7], I64],
    [[0xaa], F64],
    [[0xab], F64],
    [[0xbc], F32],
    [[0xc0], I32],
    [[0xc1], I32],
    [[0xfc, 0], F32],
    [[0xfc, 1], F32],
    [[0xfc, 2], F64],
    [[0xfc, 3], F64],
  ],
  [I64]: [
    [[0xac], I32],
    [[0xad], I32],
    [[0xb0], F64],
    [[0xaf], F32],
    [[0xbd], F64],
    [[0xc2], I64],
    [[0xc3], I64],
    [[0xc4], I64],
    [[0xfc, 4], F32],
    [[0xfc, 5], F32],
    [[0xfc, 6], F64],
    [[0xfc, 7], F64],
  ],
  [F32]: [
    [[0xb2], I32],
    [[0xb3], I32],
    [[0xb4], I64],
    [[0xb5], I64],
    [[0xb6], F64],
    [[0xbe], I32],
  ],
  [F64]: [
    [[0xb7], I32],
    [[0xb8], I32],
    [[0xb9], I64],
    [[0xba], I64],
    [[0xbb], F32],
    [[0xbf], I64],
  ],
};

// ── encoding ────────────────────────────────────────────────────────────────────────────────────────────

/** LEB128, unsigned. */
export function u32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

function s32(value: number): number[] {
  return s64(BigInt(value | 0));
}

function s64(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asIntN(64, value);
  while (rest < -64n || rest > 63n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest & 0x7fn)];
}

/** A vector: count, then items. */
export function vector(items: readonly (readonly number[])[]): number[] {
  return [...u32(items.length), ...items.flat()];
}

/** A section. */
export function section(id: number, content: readonly number[]): number[] {
  return [id, ...u32(content.length), ...content];
}

/** A name. */
export function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...u32(bytes.length), ...bytes];
}

function globalOf(type: number): number[] {
  const zero = { [I32]: [0x41, 0], [I64]: [0x42, 0], [F32]: [0x43, 0, 0, 0, 0] }[type];
  return [type, 1, ...(zero ?? [0x44, 0, 0, 0, 0, 0, 0, 0, 0]), 0x0b];
}
