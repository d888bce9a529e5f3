// DWARF expressions, DWARF 5 §2.5.

import { ByteWriter } from "./byte-writer.ts";

const DW_OP_ADDR = 0x03;
const DW_OP_DEREF = 0x06;
const DW_OP_CONST8U = 0x0e;
const DW_OP_PLUS_UCONST = 0x23;
const DW_OP_BREG0 = 0x70;
const DW_OP_FBREG = 0x91;

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
