// The section .debug_frame, DWARF 5 §6.4: how to unwind each function.

import type { FrameRecord } from "../debug-record.ts";
import { ByteWriter } from "./byte-writer.ts";
import { DWARF_RBP, DWARF_RIP, DWARF_RSP, dwarfRegister } from "./registers.ts";

/** Call frame instructions of a piece of code. */
export interface FrameEntry {
  address: bigint;
  size: number;
  instructions: Uint8Array;
}

const CIE_ID = 0xffffffff;
const VERSION = 4;
const DATA_ALIGN = -8;
const DW_CFA_ADVANCE_LOC4 = 0x04;
const DW_CFA_OFFSET = 0x80;
const DW_CFA_RESTORE = 0xc0;
const DW_CFA_UNDEFINED = 0x07;
const DW_CFA_REMEMBER_STATE = 0x0a;
const DW_CFA_RESTORE_STATE = 0x0b;
const DW_CFA_DEF_CFA = 0x0c;
const DW_CFA_DEF_CFA_REGISTER = 0x0d;
const DW_CFA_DEF_CFA_OFFSET = 0x0e;
const DW_CFA_DEF_CFA_EXPRESSION = 0x0f;
const DW_CFA_EXPRESSION = 0x10;
const DW_CFA_VAL_EXPRESSION = 0x16;
const DW_CFA_NOP = 0;

const PUSH_RBP_BYTES = 1;
const MOV_RBP_RSP_BYTES = 3;
const LEAVE_RET_BYTES = 2;
const RET_BYTES = 1;

/** Appends .debug_frame. */
export function writeFrames(out: ByteWriter, entries: readonly FrameEntry[]): void {
  writeCommon(out);
  for (const { address, size, instructions } of entries) {
    const start = out.beginUnit();
    out.u32(0); // the CIE is at 0
    out.u64(address);
    out.u64(BigInt(size));
    out.append(instructions);
    out.align(8, start + 4, DW_CFA_NOP);
    out.endUnit(start);
  }
}

/** The CIE: what holds at the first instruction after a call. */
function writeCommon(out: ByteWriter): void {
  const start = out.beginUnit();
  out.u32(CIE_ID);
  out.u8(VERSION);
  out.u8(0); // no augmentation
  out.u8(8); // address size
  out.u8(0); // segment selector size
  out.uleb(1); // code alignment
  out.sleb(DATA_ALIGN);
  out.uleb(DWARF_RIP); // return address
  const code = new FrameCode();
  code.called();
  out.append(code.bytes());
  out.align(8, start + 4, DW_CFA_NOP);
  out.endUnit(start);
}

/** The frame of a function that aot compiled, `size` bytes of code from `offset` on. */
export function compiledFrame(record: FrameRecord, offset: number, size: number): Uint8Array {
  const code = new FrameCode();
  code.at = offset;
  code.advance(offset + PUSH_RBP_BYTES);
  code.cfaOffset(16);
  code.saved(DWARF_RBP, 16);
  code.advance(offset + PUSH_RBP_BYTES + MOV_RBP_RSP_BYTES);
  code.cfaRegister(DWARF_RBP);
  code.advance(record.savedEnd);
  record.savedRegisters.forEach((register, i) => code.saved(dwarfRegister(register), 24 + 8 * i));
  code.remember();
  code.advance(record.returnEnd - LEAVE_RET_BYTES); // the preserved registers are back
  for (const register of record.savedRegisters) code.restored(dwarfRegister(register));
  code.advance(record.returnEnd - RET_BYTES);
  code.cfa(DWARF_RSP, 8);
  code.restored(DWARF_RBP);
  if (record.returnEnd === offset + size) return code.bytes();
  code.advance(record.returnEnd);
  code.recall();
  return code.bytes();
}

/** Call frame instructions under construction. Offsets are those of the code; `at` is where it begins. */
export class FrameCode {
  at = 0;
  readonly #out = new ByteWriter();

  bytes(): Uint8Array {
    return this.#out.bytes();
  }

  /** What follows holds from code offset `to` on. */
  advance(to: number): void {
    if (to === this.at) return;
    this.#out.u8(DW_CFA_ADVANCE_LOC4);
    this.#out.u32(to - this.at);
    this.at = to;
  }

  /** As at the first instruction after a call, but for registers. */
  called(): void {
    this.cfa(DWARF_RSP, 8);
    this.saved(DWARF_RIP, 8);
  }

  cfa(register: number, offset: number): void {
    this.#out.u8(DW_CFA_DEF_CFA);
    this.#out.uleb(register);
    this.#out.uleb(offset);
  }

  cfaRegister(register: number): void {
    this.#out.u8(DW_CFA_DEF_CFA_REGISTER);
    this.#out.uleb(register);
  }

  cfaOffset(offset: number): void {
    this.#out.u8(DW_CFA_DEF_CFA_OFFSET);
    this.#out.uleb(offset);
  }

  /** A register is at CFA - `distance`. */
  saved(register: number, distance: number): void {
    this.#out.u8(DW_CFA_OFFSET | register);
    this.#out.uleb(distance / -DATA_ALIGN);
  }

  /** As in the CIE: the caller's value is in the register. */
  restored(register: number): void {
    this.#out.u8(DW_CFA_RESTORE | register);
  }

  undefined(register: number): void {
    this.#out.u8(DW_CFA_UNDEFINED);
    this.#out.uleb(register);
  }

  remember(): void {
    this.#out.u8(DW_CFA_REMEMBER_STATE);
  }

  recall(): void {
    this.#out.u8(DW_CFA_RESTORE_STATE);
  }

  cfaExpression(expression: Uint8Array): void {
    this.#out.u8(DW_CFA_DEF_CFA_EXPRESSION);
    this.#block(expression);
  }

  /** The expression gives the address of the register's value. */
  savedAt(register: number, expression: Uint8Array): void {
    this.#out.u8(DW_CFA_EXPRESSION);
    this.#out.uleb(register);
    this.#block(expression);
  }

  /** The expression gives the register's value. */
  value(register: number, expression: Uint8Array): void {
    this.#out.u8(DW_CFA_VAL_EXPRESSION);
    this.#out.uleb(register);
    this.#block(expression);
  }

  #block(expression: Uint8Array): void {
    this.#out.uleb(expression.length);
    this.#out.append(expression);
  }
}
