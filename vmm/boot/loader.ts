// The kernel image: a static x86-64 ELF executable, System V gABI chapters 4 and 5.

import {
  CMDLINE_GPA,
  CMDLINE_MAX,
  INITRAMFS_GPA,
  KERNEL_CODE_GIB,
  KERNEL_CODE_END,
  KERNEL_CODE_GPA,
  KERNEL_CONTEXT_GPA,
  KERNEL_HEAP_END,
} from "../../guest-kernel/abi/memory-map.ts";
import { STUB_BOOT, STUB_TRAP_BASE } from "../../guest-kernel/abi/arch.ts";

/** What we were given to boot is not bootable. */
export class ImageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ImageError";
  }
}

// Elf64_Ehdr
const EI_MAGIC = 0x7f454c46; // big-endian: 7f "ELF"
const EI_CLASS = 4;
const ELFCLASS64 = 2;
const EI_DATA = 5;
const ELFDATA2LSB = 1;
const E_TYPE = 16; // u16
const ET_EXEC = 2;
const E_MACHINE = 18; // u16
const EM_X86_64 = 62;
const E_PHOFF = 32; // u64
const E_PHENTSIZE = 54; // u16
const E_PHNUM = 56; // u16
const EHDR_SIZE = 64;

// Elf64_Phdr
const P_TYPE = 0; // u32
const PT_LOAD = 1;
const P_OFFSET = 8; // u64
const P_PADDR = 24; // u64
const P_FILESZ = 32; // u64
const P_MEMSZ = 40; // u64
const PHDR_SIZE = 56;
const MAX_PROGRAM_HEADERS = 64;

/**
 * Copies the segments of a kernel image to their physical addresses.
 *
 * `ram` is zeroed: the part of a segment that the file does not hold is left as it is. Throws `ImageError`.
 */
export function loadKernel(ram: Uint8Array, image: Uint8Array): void {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  checkHeader(view);
  const table = readOffset(view, E_PHOFF);
  const count = view.getUint16(E_PHNUM, true);
  if (view.getUint16(E_PHENTSIZE, true) !== PHDR_SIZE)
    throw new ImageError("kernel: program headers of another size");
  if (count > MAX_PROGRAM_HEADERS)
    throw new ImageError(`kernel: ${count} program headers of ${MAX_PROGRAM_HEADERS}`);
  if (table + count * PHDR_SIZE > image.length) throw new ImageError("kernel: program headers past the end");
  let loaded = 0;
  for (let i = 0; i < count; i++) {
    const header = table + i * PHDR_SIZE;
    if (view.getUint32(header + P_TYPE, true) !== PT_LOAD) continue;
    loadSegment(ram, image, view, header);
    loaded++;
  }
  if (loaded === 0) throw new ImageError("kernel: nothing to load");
}

function checkHeader(view: DataView): void {
  if (view.byteLength < EHDR_SIZE) throw new ImageError(`kernel: ${view.byteLength} bytes are no ELF file`);
  if (view.getUint32(0, false) !== EI_MAGIC) throw new ImageError("kernel: no ELF magic");
  if (view.getUint8(EI_CLASS) !== ELFCLASS64) throw new ImageError("kernel: not a 64-bit ELF file");
  if (view.getUint8(EI_DATA) !== ELFDATA2LSB) throw new ImageError("kernel: not a little-endian ELF file");
  if (view.getUint16(E_TYPE, true) !== ET_EXEC) throw new ImageError("kernel: not an executable");
  if (view.getUint16(E_MACHINE, true) !== EM_X86_64) throw new ImageError("kernel: not for x86-64");
}

function loadSegment(ram: Uint8Array, image: Uint8Array, view: DataView, header: number): void {
  const offset = readOffset(view, header + P_OFFSET);
  const gpa = readOffset(view, header + P_PADDR);
  const fileSize = readOffset(view, header + P_FILESZ);
  const memorySize = readOffset(view, header + P_MEMSZ);
  if (fileSize > memorySize) throw new ImageError(`kernel: segment holds ${fileSize} of ${memorySize} bytes`);
  if (offset + fileSize > image.length) throw new ImageError("kernel: segment past the end of the file");
  if (gpa < KERNEL_CONTEXT_GPA || gpa + memorySize > Math.min(KERNEL_HEAP_END, ram.length))
    throw new ImageError(`kernel: segment at 0x${gpa.toString(16)} is outside the kernel's memory`);
  ram.set(image.subarray(offset, offset + fileSize), gpa);
}

/** Reads a u64 as a number. Beyond 2^53 it is rounded, and then fails every range check: sums stay that large. */
function readOffset(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Copies the initial file system to its place. Throws `ImageError` when RAM is too small for it. */
export function loadInitramfs(ram: Uint8Array, initramfs: Uint8Array): void {
  if (INITRAMFS_GPA + initramfs.length > ram.length)
    throw new ImageError(`initramfs: ${initramfs.length} bytes do not fit into ${ram.length} bytes of RAM`);
  ram.set(initramfs, INITRAMFS_GPA);
}

/** Writes the command line, each word followed by a NUL; returns its length in bytes. Throws `ImageError`. */
export function loadCommandLine(ram: Uint8Array, words: readonly string[]): number {
  if (words.some((word) => word.includes("\0"))) throw new ImageError("command line: a word holds a NUL");
  const bytes = new TextEncoder().encode(words.map((word) => `${word}\0`).join(""));
  if (bytes.length > CMDLINE_MAX)
    throw new ImageError(`command line: ${bytes.length} bytes of ${CMDLINE_MAX}`);
  ram.set(bytes, CMDLINE_GPA);
  return bytes.length;
}

/** The guest-virtual address of the kernel's first instruction, from the loaded stub table. Throws `ImageError`. */
export function bootAddress(ram: DataView): bigint {
  return stubAddress(ram, STUB_BOOT);
}

/** The guest-virtual address of the code for an exception vector, from the loaded stub table. Throws `ImageError`. */
export function trapAddress(ram: DataView, vector: number): bigint {
  return stubAddress(ram, STUB_TRAP_BASE + vector);
}

function stubAddress(ram: DataView, stub: number): bigint {
  const address = ram.getBigUint64(KERNEL_CODE_GPA + 8 * stub, true);
  const offset = address - (BigInt(KERNEL_CODE_GIB) << 30n);
  if (offset < 0n || offset >= BigInt(KERNEL_CODE_END - KERNEL_CODE_GPA))
    throw new ImageError(`kernel: stub ${stub} at 0x${address.toString(16)} is outside the kernel's code`);
  return address;
}
