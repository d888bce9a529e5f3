// Code for integer arithmetic, comparisons and conversions between integers.

import { TRAP_DIVISION_BY_ZERO, TRAP_INTEGER_OVERFLOW } from "../abi/instance.ts";
import { Generator } from "./generator.ts";
import { FLAG_BMI1, FLAG_LZCNT } from "./limits.ts";
import * as op from "./opcodes.ts";
import {
  CC_A,
  CC_AE,
  CC_B,
  CC_BE,
  CC_E,
  CC_G,
  CC_GE,
  CC_L,
  CC_LE,
  CC_NE,
  CC_O,
  Operand,
  RAX,
  RCX,
  RDX,
  baseOf,
  isRegister,
  mem,
  memIndex,
  reg,
} from "./operand.ts";
import { TYPE_I32, TYPE_I64 } from "./types.ts";
import { CONSTANT, IN_FLAGS, IN_REGISTER, SCRATCH } from "./values.ts";
import { ALU_ADD, ALU_AND, ALU_CMP, ALU_OR, ALU_SUB, ALU_XOR } from "./x64.ts";
import { SHIFT_ROL, SHIFT_ROR, SHIFT_SAR, SHIFT_SHL, SHIFT_SHR, W32 } from "./x64-encoder.ts";

function typeOf(w: u32): u32 {
  return w ? TYPE_I64 : TYPE_I32;
}

/** The i32 (w = W32) or i64 binary and unary operations; `n` counts from clz, the first of them. */
export function emitArithmetic(g: Generator, w: u32, n: u32): void {
  switch (n) {
    case 0:
      return emitClz(g, w);
    case 1:
      return emitCtz(g, w);
    case 2:
      return emitPopcnt(g, w);
    case 3:
      return emitAlu(g, w, ALU_ADD);
    case 4:
      return emitAlu(g, w, ALU_SUB);
    case 5:
      return emitMultiply(g, w);
    case 6:
      return emitSignedDivision(g, w, false);
    case 7:
      return emitUnsignedDivision(g, w, false);
    case 8:
      return emitSignedDivision(g, w, true);
    case 9:
      return emitUnsignedDivision(g, w, true);
    case 10:
      return emitAlu(g, w, ALU_AND);
    case 11:
      return emitAlu(g, w, ALU_OR);
    case 12:
      return emitAlu(g, w, ALU_XOR);
    case 13:
      return emitShift(g, w, SHIFT_SHL);
    case 14:
      return emitShift(g, w, SHIFT_SAR);
    case 15:
      return emitShift(g, w, SHIFT_SHR);
    case 16:
      return emitShift(g, w, SHIFT_ROL);
    default:
      return emitShift(g, w, SHIFT_ROR);
  }
}

// ── two operands ────────────────────────────────────────────────────────────────────────────────────────

function isCommutative(operation: u32): bool {
  return operation != ALU_SUB;
}

function emitAlu(g: Generator, w: u32, operation: u32): void {
  if (isCommutative(operation) && g.kind(g.height - 2) == CONSTANT && g.canSwap()) g.swap();
  if (operation == ALU_AND && w == W32 && testsNext(g)) return emitTest(g);
  if (g.topIsImmediate()) return emitAluImmediate(g, w, operation, <i32>g.popConstant());
  const right = g.popOperand();
  const left = g.popOperand();
  const dst = destination(g, left, right, isCommutative(operation));
  if (dst.takesRight) {
    g.a.alu(w, operation, dst.register, left);
  } else {
    if (operation == ALU_ADD && dst.needsMove && isRegister(left) && isRegister(right)) {
      g.a.lea(w, dst.register, memIndex(baseOf(left), baseOf(right), 0, 0));
    } else {
      if (dst.needsMove) g.a.mov(w, dst.register, left);
      g.a.alu(w, operation, dst.register, right);
    }
  }
  finishBinary(g, w, left, right, dst.register);
}

function emitAluImmediate(g: Generator, w: u32, operation: u32, value: i32): void {
  const left = g.popOperand();
  const dst = destination(g, left, left, false);
  if (operation == ALU_ADD && dst.needsMove && isRegister(left)) {
    g.a.lea(w, dst.register, mem(baseOf(left), value));
  } else {
    if (dst.needsMove) g.a.mov(w, dst.register, left);
    g.a.aluImm(w, operation, reg(dst.register), value);
  }
  finishBinary(g, w, left, left, dst.register);
}

/** Where the result of a two-address instruction goes. */
@unmanaged
class Destination {
  register: u32;
  needsMove: bool; // the left operand must be moved there first
  takesRight: bool; // the right operand is there already, and the operation is commutative
}

const found = new Destination();

/** Chooses where the result goes: the home of the local that is set next, the left operand's register, or a new one. */
function destination(g: Generator, left: Operand, right: Operand, commutative: bool): Destination {
  found.takesRight = false;
  const local = g.nextLocal(false);
  if (local >= 0) {
    const home = g.homeRegister(local);
    if (left == reg(home) || right != reg(home)) {
      g.saveLocal(local);
      found.register = home;
      found.needsMove = left != reg(home);
      return found;
    }
    if (commutative) {
      g.saveLocal(local);
      found.register = home;
      found.takesRight = true;
      found.needsMove = false;
      return found;
    }
  }
  if (isRegister(left) && (g.intPool >> baseOf(left)) & 1) {
    found.register = baseOf(left);
    found.needsMove = false;
  } else {
    found.register = g.allocInt();
    found.needsMove = true;
  }
  return found;
}

function finishBinary(g: Generator, w: u32, left: Operand, right: Operand, dst: u32): void {
  if (left != reg(dst)) g.release(left);
  if (right != reg(dst)) g.release(right);
  g.pushInt(typeOf(w), dst);
}

function emitMultiply(g: Generator, w: u32): void {
  if (g.kind(g.height - 2) == CONSTANT && g.canSwap()) g.swap();
  if (g.topIsImmediate()) return emitMultiplyImmediate(g, w, <i32>g.popConstant());
  const right = g.popOperand();
  const left = g.popOperand();
  const dst = destination(g, left, right, true);
  if (dst.takesRight) {
    g.a.imul(w, dst.register, left);
  } else {
    if (dst.needsMove) g.a.mov(w, dst.register, left);
    g.a.imul(w, dst.register, right);
  }
  finishBinary(g, w, left, right, dst.register);
}

function emitMultiplyImmediate(g: Generator, w: u32, value: i32): void {
  const left = g.popOperand();
  const dst = destination(g, left, left, false);
  if (value > 0 && (value & (value - 1)) == 0) {
    if (dst.needsMove) g.a.mov(w, dst.register, left);
    if (value != 1) g.a.shiftImm(w, SHIFT_SHL, reg(dst.register), <u32>ctz(value));
  } else {
    g.a.imulImm(w, dst.register, left, value);
  }
  finishBinary(g, w, left, left, dst.register);
}

function emitShift(g: Generator, w: u32, operation: u32): void {
  if (g.topIsConstant()) {
    const count = <u32>g.popConstant() & (w ? 63 : 31);
    const left = g.popOperand();
    const dst = destination(g, left, left, false);
    if (dst.needsMove) g.a.mov(w, dst.register, left);
    if (count != 0) g.a.shiftImm(w, operation, reg(dst.register), count);
    else if (w == W32 && !dst.needsMove) g.a.mov(w, dst.register, reg(dst.register));
    return finishBinary(g, w, left, left, dst.register);
  }
  g.popIntInto(RCX);
  const value = g.popIntTemp(1 << RCX);
  g.a.shiftCl(w, operation, reg(value));
  g.freeInt(RCX);
  g.pushInt(typeOf(w), value);
}

// ── division ────────────────────────────────────────────────────────────────────────────────────────────

const RAX_RDX: u32 = (1 << RAX) | (1 << RDX);

/** Takes the divisor (not in rax or rdx) and the dividend (in rax), and rdx. Returns the divisor. */
function popDivision(g: Generator): Operand {
  const top = g.height - 1;
  const inTheWay = g.kind(top) == IN_REGISTER && (RAX_RDX >> g.ref(top)) & 1;
  const divisor = inTheWay ? reg(g.popIntTemp(RAX_RDX)) : g.popOperand(RAX_RDX);
  g.popIntInto(RAX);
  g.claimInt(RDX);
  return divisor;
}

function pushDivision(g: Generator, w: u32, divisor: Operand, remainder: bool): void {
  g.release(divisor);
  g.freeInt(remainder ? RAX : RDX);
  g.pushInt(typeOf(w), remainder ? RDX : RAX);
}

function emitUnsignedDivision(g: Generator, w: u32, remainder: bool): void {
  if (g.topIsConstant() && isPowerOfTwo(g.bits(g.height - 1))) return emitDivisionByPower(g, w, remainder);
  const divisor = popDivision(g);
  g.a.xor(W32, RDX, reg(RDX));
  g.site(TRAP_DIVISION_BY_ZERO);
  g.a.div(w, divisor);
  pushDivision(g, w, divisor, remainder);
}

function isPowerOfTwo(value: u64): bool {
  return value != 0 && (value & (value - 1)) == 0;
}

function emitDivisionByPower(g: Generator, w: u32, remainder: bool): void {
  const power = g.popConstant();
  if (!remainder) {
    g.pushConstant(typeOf(w), ctz(power));
    return emitShift(g, w, SHIFT_SHR);
  }
  g.pushConstant(typeOf(w), power - 1);
  emitAlu(g, w, ALU_AND);
}

/** idiv traps by itself on a zero divisor; dividing by -1 is done by negation, whose overflow is a trap of its own. */
function emitSignedDivision(g: Generator, w: u32, remainder: bool): void {
  const a = g.a;
  const constant = g.topIsConstant();
  const value = constant ? g.bits(g.height - 1) : 0;
  const mayBeMinusOne = !constant || value == (w ? u64.MAX_VALUE : u32.MAX_VALUE);
  const divisor = popDivision(g);
  let plain: u32 = 0;
  let done: u32 = 0;
  if (mayBeMinusOne) {
    a.cmpImm(w, divisor, -1);
    plain = a.jccShort(CC_NE);
    if (remainder) {
      a.xor(W32, RDX, reg(RDX));
    } else {
      a.neg(w, reg(RAX));
      g.trapIf(CC_O, TRAP_INTEGER_OVERFLOW);
    }
    done = a.jmpShort();
    a.patchShort(plain);
  }
  a.cdq(w);
  g.site(TRAP_DIVISION_BY_ZERO);
  a.idiv(w, divisor);
  if (mayBeMinusOne) a.patchShort(done);
  pushDivision(g, w, divisor, remainder);
}

// ── bits ────────────────────────────────────────────────────────────────────────────────────────────────

function emitClz(g: Generator, w: u32): void {
  const source = g.popOperand();
  const dst = g.allocInt();
  if (g.flags & FLAG_LZCNT) {
    g.a.lzcnt(w, dst, source);
  } else {
    // bsr leaves its destination undefined for 0: supply what the xor turns into the width.
    g.a.movImm(SCRATCH, w ? 127 : 63);
    g.a.bsr(w, dst, source);
    g.a.cmov(W32, CC_E, dst, reg(SCRATCH));
    g.a.aluImm(W32, ALU_XOR, reg(dst), w ? 63 : 31);
  }
  g.release(source);
  g.pushInt(typeOf(w), dst);
}

function emitCtz(g: Generator, w: u32): void {
  const source = g.popOperand();
  const dst = g.allocInt();
  if (g.flags & FLAG_BMI1) {
    g.a.tzcnt(w, dst, source);
  } else {
    g.a.movImm(SCRATCH, w ? 64 : 32);
    g.a.bsf(w, dst, source);
    g.a.cmov(W32, CC_E, dst, reg(SCRATCH));
  }
  g.release(source);
  g.pushInt(typeOf(w), dst);
}

function emitPopcnt(g: Generator, w: u32): void {
  const source = g.popOperand();
  const dst = g.allocInt();
  g.a.popcnt(w, dst, source);
  g.release(source);
  g.pushInt(typeOf(w), dst);
}

// ── comparisons ─────────────────────────────────────────────────────────────────────────────────────────

/** True if the next instruction takes a condition as it stands. */
function takesCondition(opcode: u32): bool {
  return opcode == op.OP_BR_IF || opcode == op.OP_IF || opcode == op.OP_SELECT;
}

function testsNext(g: Generator): bool {
  const next = g.r.peek();
  return next == op.OP_BR_IF || next == op.OP_IF || next == op.OP_I32_EQZ;
}

/** Pushes the i32 that says whether `cc` holds, taking in the eqz that may follow. */
export function pushCondition(g: Generator, cc: u32): void {
  let condition = cc;
  while (g.r.peek() == op.OP_I32_EQZ) {
    g.r.byte();
    condition ^= 1;
  }
  if (takesCondition(g.r.peek())) return g.pushFlags(condition);
  const dst = g.allocInt();
  g.a.setcc(condition, dst);
  g.a.movzx8(dst, reg(dst));
  g.pushInt(TYPE_I32, dst);
}

export function emitEqz(g: Generator, w: u32): void {
  if (g.kind(g.height - 1) == IN_FLAGS) {
    const cc = g.ref(g.height - 1);
    g.drop();
    return pushCondition(g, cc ^ 1);
  }
  compareWithZero(g, w);
  pushCondition(g, CC_E);
}

/** Takes the top integer and sets the flags by comparing it with zero. */
export function compareWithZero(g: Generator, w: u32): void {
  const value = g.popOperand();
  if (isRegister(value)) g.a.test(w, value, baseOf(value));
  else g.a.cmpImm(w, value, 0);
  g.release(value);
}

/** An i32 `and` of which only "is it zero" is asked: by a branch (not zero) or eqz (zero). */
function emitTest(g: Generator): void {
  if (g.topIsImmediate()) {
    const mask = <i32>g.popConstant();
    const value = g.popOperand();
    g.a.testImm(W32, value, mask);
    g.release(value);
  } else {
    const right = g.popInt();
    const left = g.popOperand();
    g.a.test(W32, left, right);
    g.release(left);
    g.freeInt(right);
  }
  if (g.r.peek() == op.OP_I32_EQZ) {
    g.r.byte();
    return pushCondition(g, CC_E);
  }
  pushCondition(g, CC_NE);
}

/** Comparisons; `n` counts from eq. */
export function emitComparison(g: Generator, w: u32, n: u32): void {
  let cc = conditionOf(n);
  if (g.kind(g.height - 2) == CONSTANT && g.canSwap()) {
    g.swap();
    cc = mirrored(cc);
  }
  if (g.topIsImmediate()) {
    if (g.bits(g.height - 1) == 0) {
      g.drop();
      compareWithZero(g, w);
    } else {
      const value = <i32>g.popConstant();
      const left = g.popOperand();
      g.a.cmpImm(w, left, value);
      g.release(left);
    }
    return pushCondition(g, cc);
  }
  const right = g.popOperand();
  if (isRegister(right)) {
    const left = g.popOperand();
    if (isRegister(left)) g.a.cmp(w, baseOf(left), right);
    else g.a.aluTo(w, ALU_CMP, left, baseOf(right));
    g.release(left);
  } else {
    const left = g.popInt();
    g.a.cmp(w, left, right);
    g.freeInt(left);
  }
  g.release(right);
  pushCondition(g, cc);
}

function conditionOf(n: u32): u32 {
  switch (n) {
    case 0:
      return CC_E;
    case 1:
      return CC_NE;
    case 2:
      return CC_L;
    case 3:
      return CC_B;
    case 4:
      return CC_G;
    case 5:
      return CC_A;
    case 6:
      return CC_LE;
    case 7:
      return CC_BE;
    case 8:
      return CC_GE;
    default:
      return CC_AE;
  }
}

/** The condition for exchanged operands. */
function mirrored(cc: u32): u32 {
  switch (cc) {
    case CC_L:
      return CC_G;
    case CC_G:
      return CC_L;
    case CC_LE:
      return CC_GE;
    case CC_GE:
      return CC_LE;
    case CC_B:
      return CC_A;
    case CC_A:
      return CC_B;
    case CC_BE:
      return CC_AE;
    case CC_AE:
      return CC_BE;
    default:
      return cc;
  }
}

// ── width changes ───────────────────────────────────────────────────────────────────────────────────────

/** i32.wrap_i64: the upper half must go, since addresses are used as 64 bits. */
export function emitWrap(g: Generator): void {
  const source = g.popOperand();
  const dst = g.resultInt();
  g.a.mov(W32, dst, source);
  if (source != reg(dst)) g.release(source);
  g.pushInt(TYPE_I32, dst);
}

/** i64.extend_i32_u: i32 values are kept zero-extended. */
export function emitExtendUnsigned(g: Generator): void {
  const source = g.popOperand();
  if (isRegister(source) && (g.intPool >> baseOf(source)) & 1) return g.pushInt(TYPE_I64, baseOf(source));
  const dst = g.resultInt();
  g.a.mov(W32, dst, source);
  g.pushInt(TYPE_I64, dst);
}

/** Sign extension from 8, 16 or 32 bits (log2 of the bytes) to the width `w`. */
export function emitExtendSigned(g: Generator, w: u32, size: u32): void {
  const source = g.popOperand();
  const dst = g.resultInt();
  if (size == 0) g.a.movsx8(w, dst, source);
  else if (size == 1) g.a.movsx16(w, dst, source);
  else g.a.movsxd(dst, source);
  if (source != reg(dst)) g.release(source);
  g.pushInt(typeOf(w), dst);
}
