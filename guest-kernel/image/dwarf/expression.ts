// DWARF expressions, DWARF 5 §2.5.

import { ByteWriter } from "./byte-writer.ts";

const DW_OP_ADDR = 0x03;
const DW_OP_DEREF = 0x06;
const DW_OP_CONST1U = 0x08;
const DW_OP_CONST8U = 0x0e;
const DW_OP_DIV = 0x1b;
const DW_OP_MINUS = 0x1c;
const DW_OP_PLUS_UCONST = 0x23;
const DW_OP_BREG0 = 0x70;
const DW_OP_FBREG = 0x91;
const DW_OP_DEREF_SIZE = 0x94;
const DW_OP_PUSH_OBJECT_ADDRESS = 0x97;

/** An expression under construction; each step works on the value that those before have left. */
export class Expression {
  readonly #out = new ByteWriter();

  bytes(): Uint8Array {
    return this.#out.bytes();
  }

  /** A register plus `offset`. */
  register(register: number, offset: number): this {
    this.#out.u8(DW_OP_BREG0 + register);
    this.#out.sleb(offset);
    return this;
  }

  constant(value: bigint): this {
    this.#out.u8(DW_OP_CONST8U);
    this.#out.u64(value);
    return this;
  }

  /** The 8 bytes at the value. */
  load(): this {
    this.#out.u8(DW_OP_DEREF);
    return this;
  }

  /** The 4 bytes at the value. */
  load32(): this {
    this.#out.u8(DW_OP_DEREF_SIZE);
    this.#out.u8(4);
    return this;
  }

  /** Where the object is whose type asks. */
  objectAddress(): this {
    this.#out.u8(DW_OP_PUSH_OBJECT_ADDRESS);
    return this;
  }

  /** Minus a number below 256. */
  subtract(value: number): this {
    return this.#withSmall(DW_OP_MINUS, value);
  }

  /** By a number below 256. */
  divide(value: number): this {
    return this.#withSmall(DW_OP_DIV, value);
  }

  #withSmall(operation: number, value: number): this {
    this.#out.u8(DW_OP_CONST1U);
    this.#out.u8(value);
    this.#out.u8(operation);
    return this;
  }

  add(offset: number): this {
    this.#out.u8(DW_OP_PLUS_UCONST);
    this.#out.uleb(offset);
    return this;
  }

  /** A fixed address. */
  address(value: bigint): this {
    this.#out.u8(DW_OP_ADDR);
    this.#out.u64(value);
    return this;
  }

  /** The function's frame base, here rbp, plus `offset`. */
  frameBase(offset: number): this {
    this.#out.u8(DW_OP_FBREG);
    this.#out.sleb(offset);
    return this;
  }
}
