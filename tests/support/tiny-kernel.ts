// Kernels of a few bytes, for tests of the machine around them.

import { STUB_BOOT, STUB_COUNT, STUB_TRAP_BASE } from "../../guest-kernel/abi/arch.ts";
import { CONTROL_PANIC } from "../../guest-kernel/abi/control.ts";
import { FAULT_VECTOR } from "../../guest-kernel/abi/fault.ts";
import {
  CONTROL_GPA,
  FAULT_RECORD_GPA,
  KERNEL_CODE_GIB,
  KERNEL_CODE_GPA,
} from "../../guest-kernel/abi/memory-map.ts";

const EXCEPTIONS = 32;
const TRAP_CODE = 8 * STUB_COUNT;
const TRAP_SIZE = 32;
const BOOT_CODE = TRAP_CODE + EXCEPTIONS * TRAP_SIZE;
const CODE_BASE = BigInt(KERNEL_CODE_GIB) << 30n;

/** Where the code that `tinyKernel` gets runs. */
export const TINY_KERNEL_ENTRY = CODE_BASE + BigInt(BOOT_CODE);

/**
 * A kernel image whose first instruction is `code`'s; `r15` is KERNEL_WINDOW there.
 *
 * On an exception it stores the vector into the fault record and asks for a panic.
 */
export function tinyKernel(code: readonly number[]): Uint8Array {
  const segment = new Uint8Array(BOOT_CODE + code.length);
  const view = new DataView(segment.buffer);
  view.setBigUint64(8 * STUB_BOOT, TINY_KERNEL_ENTRY, true);
  for (let vector = 0; vector < EXCEPTIONS; vector++) {
    const at = TRAP_CODE + vector * TRAP_SIZE;
    view.setBigUint64(8 * (STUB_TRAP_BASE + vector), CODE_BASE + BigInt(at), true);
    segment.set([...storeWord(FAULT_RECORD_GPA + FAULT_VECTOR, vector), ...control(CONTROL_PANIC, 0)], at);
  }
  segment.set(code, BOOT_CODE);
  return elf(segment, KERNEL_CODE_GPA);
}

/** mov eax, gpa; mov dword [r15 + rax], value */
export function storeWord(gpa: number, value: number): number[] {
  return [0xb8, ...u32(gpa), 0x41, 0xc7, 0x04, 0x07, ...u32(value)];
}

/** mov eax, gpa; mov ecx, [r15 + rax] */
export function loadEcx(gpa: number): number[] {
  return [0xb8, ...u32(gpa), 0x41, 0x8b, 0x0c, 0x07];
}

/** mov eax, gpa; mov [r15 + rax], ecx */
export function storeEcx(gpa: number): number[] {
  return [0xb8, ...u32(gpa), 0x41, 0x89, 0x0c, 0x07];
}

/** A store to a machine control register. */
export function control(register: number, value: number): number[] {
  return storeWord(CONTROL_GPA + register, value);
}

/** `value` as four bytes, little-endian. */
export function u32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

/** jmp to itself: a guest that spins forever. */
export const SPIN: readonly number[] = [0xeb, 0xfe];

/** An ELF executable of one segment. */
export function elf(segment: Uint8Array, gpa: number): Uint8Array {
  const file = new Uint8Array(120 + segment.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 62, true); // EM_X86_64
  view.setUint32(20, 1, true); // EV_CURRENT
  view.setBigUint64(24, TINY_KERNEL_ENTRY, true);
  view.setBigUint64(32, 64n, true); // e_phoff
  view.setUint16(52, 64, true); // e_ehsize
  view.setUint16(54, 56, true); // e_phentsize
  view.setUint16(56, 1, true); // e_phnum
  view.setUint32(64, 1, true); // PT_LOAD
  view.setUint32(68, 5, true); // PF_R | PF_X
  view.setBigUint64(72, 120n, true); // p_offset
  view.setBigUint64(80, CODE_BASE, true); // p_vaddr
  view.setBigUint64(88, BigInt(gpa), true); // p_paddr
  view.setBigUint64(96, BigInt(segment.length), true); // p_filesz
  view.setBigUint64(104, BigInt(segment.length), true); // p_memsz
  view.setBigUint64(112, 0x1000n, true); // p_align
  file.set(segment, 120);
  return file;
}
