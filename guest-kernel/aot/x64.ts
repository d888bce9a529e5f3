// The x86-64 emitter. Intel SDM volume 2: chapter 2 for the encoding, chapters 3 to 5 for the opcodes.
//
// Method names follow the mnemonics. `To` forms write their operand (`add [mem], reg`), `Imm` forms take an
// immediate. `w` is W32 or W64. A label is made by `newLabel`, placed by `bind`.

import { Label } from "./code-buffer.ts";
import { Operand, baseOf, isRegister, reg } from "./operand.ts";
import { MAP_0F, MAP_ONE, W32, W64 } from "./x64-encoder.ts";
import { VectorAssembler } from "./x64-vector.ts";

// Arithmetic, as the /digit of opcode 81
export const ALU_ADD: u32 = 0;
export const ALU_OR: u32 = 1;
export const ALU_ADC: u32 = 2;
export const ALU_SBB: u32 = 3;
export const ALU_AND: u32 = 4;
export const ALU_SUB: u32 = 5;
export const ALU_XOR: u32 = 6;
export const ALU_CMP: u32 = 7;

/** Emits machine code. */
@unmanaged
export class Assembler extends VectorAssembler {
  // ── moves ─────────────────────────────────────────────────────────────────────────────────────────────

  push(r: u32): void {
    this.reserve();
    if (r >= 8) this.byte(0x41);
    this.byte(0x50 | (r & 7));
  }

  pop(r: u32): void {
    this.reserve();
    if (r >= 8) this.byte(0x41);
    this.byte(0x58 | (r & 7));
  }

  /** push qword [memory]. */
  pushMem(m: Operand): void {
    this.op(W32, 0xff, 6, m);
  }

  /** pop qword [memory]. */
  popMem(m: Operand): void {
    this.op(W32, 0x8f, 0, m);
  }

  /** Pushes the sign-extended immediate. */
  pushImm(value: i32): void {
    this.reserve();
    this.byte(0x68);
    this.word(<u32>value);
  }

  pushfq(): void {
    this.reserve();
    this.byte(0x9c);
  }

  popfq(): void {
    this.reserve();
    this.byte(0x9d);
  }

  mov(w: u32, dst: u32, src: Operand): void {
    this.op(w, 0x8b, dst, src);
  }

  movTo(w: u32, dst: Operand, src: u32): void {
    this.op(w, 0x89, src, dst);
  }

  movTo8(dst: Operand, src: u32): void {
    this.opByte(MAP_ONE, 0x88, 0, src, true, dst);
  }

  movTo16(dst: Operand, src: u32): void {
    this.encode(0x66, 0, MAP_ONE, 0x89, src, dst, false);
  }

  /** Stores an immediate; for W64 it is sign-extended. */
  movImmTo(w: u32, dst: Operand, value: i32): void {
    this.op(w, 0xc7, 0, dst);
    this.word(<u32>value);
  }

  movImmTo8(dst: Operand, value: i32): void {
    this.opByte(MAP_ONE, 0xc6, 0, 0, false, dst);
    this.byte(<u32>value & 0xff);
  }

  movImmTo16(dst: Operand, value: i32): void {
    this.encode(0x66, 0, MAP_ONE, 0xc7, 0, dst, false);
    this.byte(<u32>value & 0xff);
    this.byte((<u32>value >> 8) & 0xff);
  }

  /** Sets all 64 bits of `dst` in the shortest way that leaves the flags alone. */
  movImm(dst: u32, value: u64): void {
    if (value <= 0xffffffff) {
      this.reserve();
      if (dst >= 8) this.byte(0x41);
      this.byte(0xb8 | (dst & 7));
      this.word(<u32>value);
    } else if (<i64>value == <i64>(<i32>value)) {
      this.movImmTo(W64, reg(dst), <i32>value);
    } else {
      this.movImm64(dst, value);
    }
  }

  /** Sets `dst` by the ten-byte form; the immediate is its last eight bytes, for later patching. */
  movImm64(dst: u32, value: u64): void {
    this.reserve();
    this.byte(0x48 | (dst >> 3));
    this.byte(0xb8 | (dst & 7));
    this.quad(value);
  }

  /** Zero-extends a byte to 64 bits. */
  movzx8(dst: u32, src: Operand): void {
    this.opByte(MAP_0F, 0xb6, 0, dst, false, src);
  }

  movzx16(dst: u32, src: Operand): void {
    this.op0f(W32, 0xb7, dst, src);
  }

  movsx8(w: u32, dst: u32, src: Operand): void {
    this.opByte(MAP_0F, 0xbe, w, dst, false, src);
  }

  movsx16(w: u32, dst: u32, src: Operand): void {
    this.op0f(w, 0xbf, dst, src);
  }

  /** Sign-extends 32 to 64 bits. */
  movsxd(dst: u32, src: Operand): void {
    this.op(W64, 0x63, dst, src);
  }

  xchg(w: u32, rm: Operand, r: u32): void {
    this.op(w, 0x87, r, rm);
  }

  xchg8(rm: Operand, r: u32): void {
    this.opByte(MAP_ONE, 0x86, 0, r, true, rm);
  }

  xchg16(rm: Operand, r: u32): void {
    this.encode(0x66, 0, MAP_ONE, 0x87, r, rm, false);
  }

  lea(w: u32, dst: u32, m: Operand): void {
    this.op(w, 0x8d, dst, m);
  }

  /** lea dst, [rip + label]. */
  leaLabel(dst: u32, label: Label): void {
    this.reserve();
    this.byte(0x48 | ((dst >> 3) << 2));
    this.byte(0x8d);
    this.byte(((dst & 7) << 3) | 5);
    this.relative(label);
  }

  cmov(w: u32, cc: u32, dst: u32, src: Operand): void {
    this.op0f(w, 0x40 | cc, dst, src);
  }

  /** Sets the low byte of `dst` to 0 or 1. */
  setcc(cc: u32, dst: u32): void {
    this.opByte(MAP_0F, 0x90 | cc, 0, 0, false, reg(dst));
  }

  bswap(w: u32, r: u32): void {
    this.reserve();
    const rex = (w << 3) | (r >> 3);
    if (rex) this.byte(0x40 | rex);
    this.byte(0x0f);
    this.byte(0xc8 | (r & 7));
  }

  // ── integer arithmetic ────────────────────────────────────────────────────────────────────────────────

  /** dst = dst ALU_* src. */
  alu(w: u32, operation: u32, dst: u32, src: Operand): void {
    this.op(w, (operation << 3) | 3, dst, src);
  }

  aluTo(w: u32, operation: u32, dst: Operand, src: u32): void {
    this.op(w, (operation << 3) | 1, src, dst);
  }

  /** With a sign-extended immediate. */
  aluImm(w: u32, operation: u32, dst: Operand, value: i32): void {
    if (value == <i32>(<i8>value)) {
      this.op(w, 0x83, operation, dst);
      this.byte(<u32>value & 0xff);
    } else {
      this.aluImm32(w, operation, dst, value);
    }
  }

  /** As `aluImm`, always with four immediate bytes at the end, for later patching. */
  aluImm32(w: u32, operation: u32, dst: Operand, value: i32): void {
    this.op(w, 0x81, operation, dst);
    this.word(<u32>value);
  }

  add(w: u32, dst: u32, src: Operand): void {
    this.alu(w, ALU_ADD, dst, src);
  }

  sub(w: u32, dst: u32, src: Operand): void {
    this.alu(w, ALU_SUB, dst, src);
  }

  and(w: u32, dst: u32, src: Operand): void {
    this.alu(w, ALU_AND, dst, src);
  }

  or(w: u32, dst: u32, src: Operand): void {
    this.alu(w, ALU_OR, dst, src);
  }

  xor(w: u32, dst: u32, src: Operand): void {
    this.alu(w, ALU_XOR, dst, src);
  }

  cmp(w: u32, dst: u32, src: Operand): void {
    this.alu(w, ALU_CMP, dst, src);
  }

  cmpImm(w: u32, dst: Operand, value: i32): void {
    this.aluImm(w, ALU_CMP, dst, value);
  }

  /** cmp byte [memory], imm8. */
  cmpImm8(dst: Operand, value: i32): void {
    this.opByte(MAP_ONE, 0x80, 0, ALU_CMP, false, dst);
    this.byte(<u32>value & 0xff);
  }

  test(w: u32, rm: Operand, r: u32): void {
    this.op(w, 0x85, r, rm);
  }

  testImm(w: u32, rm: Operand, value: i32): void {
    this.op(w, 0xf7, 0, rm);
    this.word(<u32>value);
  }

  /** Shifts by an immediate count. */
  shiftImm(w: u32, operation: u32, rm: Operand, count: u32): void {
    if (count == 1) {
      this.op(w, 0xd1, operation, rm);
    } else {
      this.op(w, 0xc1, operation, rm);
      this.byte(count);
    }
  }

  /** Shifts by cl. */
  shiftCl(w: u32, operation: u32, rm: Operand): void {
    this.op(w, 0xd3, operation, rm);
  }

  not(w: u32, rm: Operand): void {
    this.op(w, 0xf7, 2, rm);
  }

  neg(w: u32, rm: Operand): void {
    this.op(w, 0xf7, 3, rm);
  }

  inc(w: u32, rm: Operand): void {
    this.op(w, 0xff, 0, rm);
  }

  dec(w: u32, rm: Operand): void {
    this.op(w, 0xff, 1, rm);
  }

  imul(w: u32, dst: u32, src: Operand): void {
    this.op0f(w, 0xaf, dst, src);
  }

  /** dst = src * value. */
  imulImm(w: u32, dst: u32, src: Operand, value: i32): void {
    if (value == <i32>(<i8>value)) {
      this.op(w, 0x6b, dst, src);
      this.byte(<u32>value & 0xff);
    } else {
      this.op(w, 0x69, dst, src);
      this.word(<u32>value);
    }
  }

  /** rdx:rax = rax * rm, unsigned. */
  mul(w: u32, rm: Operand): void {
    this.op(w, 0xf7, 4, rm);
  }

  /** Unsigned: rax = rdx:rax / rm, rdx = remainder. */
  div(w: u32, rm: Operand): void {
    this.op(w, 0xf7, 6, rm);
  }

  idiv(w: u32, rm: Operand): void {
    this.op(w, 0xf7, 7, rm);
  }

  /** Sign-extends (e/r)ax into (e/r)dx: cdq, cqo. */
  cdq(w: u32): void {
    this.reserve();
    if (w) this.byte(0x48);
    this.byte(0x99);
  }

  bsf(w: u32, dst: u32, src: Operand): void {
    this.op0f(w, 0xbc, dst, src);
  }

  bsr(w: u32, dst: u32, src: Operand): void {
    this.op0f(w, 0xbd, dst, src);
  }

  popcnt(w: u32, dst: u32, src: Operand): void {
    this.encode(0xf3, w, MAP_0F, 0xb8, dst, src, false);
  }

  /** Needs LZCNT. */
  lzcnt(w: u32, dst: u32, src: Operand): void {
    this.encode(0xf3, w, MAP_0F, 0xbd, dst, src, false);
  }

  /** Needs BMI1. */
  tzcnt(w: u32, dst: u32, src: Operand): void {
    this.encode(0xf3, w, MAP_0F, 0xbc, dst, src, false);
  }

  // ── control flow ──────────────────────────────────────────────────────────────────────────────────────

  jmp(label: Label): void {
    this.reserve();
    if (this.isBound(label)) {
      const distance = <i32>(this.positionOf(label) - this.length - 2);
      if (distance == <i32>(<i8>distance)) {
        this.byte(0xeb);
        this.byte(<u32>distance & 0xff);
        return;
      }
    }
    this.byte(0xe9);
    this.relative(label);
  }

  jcc(cc: u32, label: Label): void {
    this.reserve();
    if (this.isBound(label)) {
      const distance = <i32>(this.positionOf(label) - this.length - 2);
      if (distance == <i32>(<i8>distance)) {
        this.byte(0x70 | cc);
        this.byte(<u32>distance & 0xff);
        return;
      }
    }
    this.byte(0x0f);
    this.byte(0x80 | cc);
    this.relative(label);
  }

  /** A short forward jump; returns its field, which `patchShort` points at where it lands. */
  jccShort(cc: u32): u32 {
    this.reserve();
    this.byte(0x70 | cc);
    this.byte(0);
    return this.length - 1;
  }

  /** As `jccShort`, always taken. */
  jmpShort(): u32 {
    this.reserve();
    this.byte(0xeb);
    this.byte(0);
    return this.length - 1;
  }

  /** jmp to the address in a register or in memory. */
  jmpRm(rm: Operand): void {
    this.op(W32, 0xff, 4, rm);
  }

  call(label: Label): void {
    this.reserve();
    this.byte(0xe8);
    this.relative(label);
  }

  /** A call whose rel32 the caller patches; returns the offset of that field. */
  callPatched(): u32 {
    this.reserve();
    this.byte(0xe8);
    this.word(0);
    return this.length - 4;
  }

  /** call the address in a register or in memory. */
  callRm(rm: Operand): void {
    this.op(W32, 0xff, 2, rm);
  }

  ret(): void {
    this.reserve();
    this.byte(0xc3);
  }

  leave(): void {
    this.reserve();
    this.byte(0xc9);
  }

  iretq(): void {
    this.reserve();
    this.byte(0x48);
    this.byte(0xcf);
  }

  int3(): void {
    this.reserve();
    this.byte(0xcc);
  }

  ud2(): void {
    this.reserve();
    this.byte(0x0f);
    this.byte(0x0b);
  }

  /** Pads with int3 to a multiple of `alignment`, a power of two. */
  align(alignment: u32): void {
    while (this.length & (alignment - 1)) this.int3();
  }

  // ── strings, atomics, system ──────────────────────────────────────────────────────────────────────────

  /** rep movsb: copies rcx bytes from [rsi] to [rdi]. */
  repMovsb(): void {
    this.reserve();
    this.byte(0xf3);
    this.byte(0xa4);
  }

  repMovsq(): void {
    this.reserve();
    this.byte(0xf3);
    this.byte(0x48);
    this.byte(0xa5);
  }

  /** rep stosb: stores al to rcx bytes at [rdi]. */
  repStosb(): void {
    this.reserve();
    this.byte(0xf3);
    this.byte(0xaa);
  }

  repStosq(): void {
    this.reserve();
    this.byte(0xf3);
    this.byte(0x48);
    this.byte(0xab);
  }

  /** Clears the direction flag: string instructions go up. */
  cld(): void {
    this.reserve();
    this.byte(0xfc);
  }

  /** Sets the direction flag: string instructions go down. */
  std(): void {
    this.reserve();
    this.byte(0xfd);
  }

  /** The lock prefix for the instruction that follows. */
  lock(): void {
    this.reserve();
    this.byte(0xf0);
  }

  /** if (e/r)ax == [m] then [m] = r else (e/r)ax = [m]. */
  cmpxchg(w: u32, m: Operand, r: u32): void {
    this.op0f(w, 0xb1, r, m);
  }

  cmpxchg8(m: Operand, r: u32): void {
    this.opByte(MAP_0F, 0xb0, 0, r, true, m);
  }

  /** Without the 66 prefix of `cmpxchg` the operand would be four bytes. Emits lock itself: prefixes come first. */
  lockCmpxchg16(m: Operand, r: u32): void {
    this.lock();
    this.encode(0x66, 0, MAP_0F, 0xb1, r, m, false);
  }

  /** t = [m]; [m] += r; r = t. */
  xadd(w: u32, m: Operand, r: u32): void {
    this.op0f(w, 0xc1, r, m);
  }

  xadd8(m: Operand, r: u32): void {
    this.opByte(MAP_0F, 0xc0, 0, r, true, m);
  }

  lockXadd16(m: Operand, r: u32): void {
    this.lock();
    this.encode(0x66, 0, MAP_0F, 0xc1, r, m, false);
  }

  mfence(): void {
    this.reserve();
    this.byte(0x0f);
    this.byte(0xae);
    this.byte(0xf0);
  }

  lfence(): void {
    this.reserve();
    this.byte(0x0f);
    this.byte(0xae);
    this.byte(0xe8);
  }

  pause(): void {
    this.reserve();
    this.byte(0xf3);
    this.byte(0x90);
  }

  nop(): void {
    this.reserve();
    this.byte(0x90);
  }

  rdtsc(): void {
    this.reserve();
    this.byte(0x0f);
    this.byte(0x31);
  }

  cpuid(): void {
    this.reserve();
    this.byte(0x0f);
    this.byte(0xa2);
  }

  /** rdrand dst: carry is set on success. Needs RDRAND. */
  rdrand(dst: u32): void {
    this.op0f(W64, 0xc7, 6, reg(dst));
  }

  /** Saves x87 and SSE state to 512 bytes, 16-byte aligned. */
  fxsave64(m: Operand): void {
    this.op0f(W64, 0xae, 0, m);
  }

  fxrstor64(m: Operand): void {
    this.op0f(W64, 0xae, 1, m);
  }

  ldmxcsr(m: Operand): void {
    this.op0f(W32, 0xae, 2, m);
  }

  stmxcsr(m: Operand): void {
    this.op0f(W32, 0xae, 3, m);
  }

  /** mov dst, cr<n>: privileged. */
  movFromCr(dst: u32, cr: u32): void {
    this.op0f(W32, 0x20, cr, reg(dst));
  }

  /** mov cr<n>, src: privileged. */
  movToCr(cr: u32, src: u32): void {
    this.op0f(W32, 0x22, cr, reg(src));
  }
}
