// The processor's state at the first instruction: 64-bit mode at CPL 3. Intel SDM volume 3 §3.4 (segments),
// §6.14 (64-bit exceptions), §8.7 (task state), §2.5 (control registers).

import {
  CONTROL_GPA,
  GDT_GPA,
  IDT_GPA,
  IST_STACK_END,
  KERNEL_WINDOW_GIB,
  PAGE_TABLES_GPA,
  TSS_GPA,
} from "../../guest-kernel/abi/memory-map.ts";
import * as layout from "../kvm/layout.ts";

/** Where guest-physical 0 is in guest-virtual memory. */
export const KERNEL_WINDOW = BigInt(KERNEL_WINDOW_GIB) << 30n;

/** The linear address of the machine control registers. */
export const CONTROL_WINDOW = KERNEL_WINDOW + BigInt(CONTROL_GPA);

// GDT selectors. The guest runs at CPL 3 from its first instruction to its last.
export const USER_CODE_SELECTOR = 0x08 | 3;
export const USER_DATA_SELECTOR = 0x10 | 3;
export const TSS_SELECTOR = 0x18;

const GDT_USER_CODE = 0x00affb000000ffffn; // 64-bit code, DPL 3, accessed
const GDT_USER_DATA = 0x00cff3000000ffffn; // data, DPL 3, accessed
const GDT_SIZE = 0x28;

/** Exceptions have the vectors below. */
export const EXCEPTION_COUNT = 32;
const IDT_SIZE = 16 * EXCEPTION_COUNT;
const VECTOR_BREAKPOINT = 3;
const VECTOR_OVERFLOW = 4;
// A trap gate leaves IF alone: CPL 3 could not set it again.
const GATE_TRAP = 0x8f;
const GATE_TRAP_DPL3 = 0xef; // for int3 and into, which check the gate's DPL
const GATE_IST = 1;

const TSS_IST1 = 0x24; // u64
const TSS_IO_MAP_BASE = 0x66; // u16
const TSS_SIZE = 0x68;

const CR0 = 0x80010033n; // PG WP NE ET MP PE
const CR4 = 0x620n; // OSXMMEXCPT OSFXSR PAE
const CR4_PGE = 1n << 7n;
const EFER = 0xd00n; // NXE LMA LME

/** IF and the bit that is always set. IOPL is 0: `cli` and port I/O fault. */
export const INITIAL_RFLAGS = 0x202n;

/** Writes GDT, IDT and TSS into RAM. `trapAddress` says where the code for an exception vector is. */
export function writeDescriptorTables(ram: DataView, trapAddress: (vector: number) => bigint): void {
  writeGdt(ram);
  for (let vector = 0; vector < EXCEPTION_COUNT; vector++) writeGate(ram, vector, trapAddress(vector));
  ram.setBigUint64(TSS_GPA + TSS_IST1, KERNEL_WINDOW + BigInt(IST_STACK_END), true);
  ram.setUint16(TSS_GPA + TSS_IO_MAP_BASE, TSS_SIZE, true); // past its end: no port is allowed
}

function writeGdt(ram: DataView): void {
  ram.setBigUint64(GDT_GPA, 0n, true);
  ram.setBigUint64(GDT_GPA + USER_CODE_SELECTOR - 3, GDT_USER_CODE, true);
  ram.setBigUint64(GDT_GPA + USER_DATA_SELECTOR - 3, GDT_USER_DATA, true);
  const base = KERNEL_WINDOW + BigInt(TSS_GPA);
  const low =
    BigInt(TSS_SIZE - 1) | ((base & 0xffffffn) << 16n) | (0x8bn << 40n) | (((base >> 24n) & 0xffn) << 56n);
  ram.setBigUint64(GDT_GPA + TSS_SELECTOR, low, true); // 64-bit TSS, busy, present
  ram.setBigUint64(GDT_GPA + TSS_SELECTOR + 8, base >> 32n, true);
}

function writeGate(ram: DataView, vector: number, address: bigint): void {
  const callable = vector === VECTOR_BREAKPOINT || vector === VECTOR_OVERFLOW;
  const gate = IDT_GPA + 16 * vector;
  ram.setUint16(gate, Number(address & 0xffffn), true);
  ram.setUint16(gate + 2, USER_CODE_SELECTOR, true);
  ram.setUint8(gate + 4, GATE_IST);
  ram.setUint8(gate + 5, callable ? GATE_TRAP_DPL3 : GATE_TRAP);
  ram.setUint16(gate + 6, Number((address >> 16n) & 0xffffn), true);
  ram.setUint32(gate + 8, Number(address >> 32n), true);
  ram.setUint32(gate + 12, 0, true);
}

/** Edits a reset processor's `struct kvm_sregs` for 64-bit mode at CPL 3 on our tables. */
export function setSpecialRegisters(sregs: DataView): void {
  setSegment(sregs, layout.SREGS_CS, USER_CODE_SELECTOR, { type: 0xb, l: 1, db: 0 });
  for (const at of [layout.SREGS_DS, layout.SREGS_ES, layout.SREGS_FS, layout.SREGS_GS, layout.SREGS_SS])
    setSegment(sregs, at, USER_DATA_SELECTOR, { type: 0x3, l: 0, db: 1 });
  setTaskRegister(sregs);
  sregs.setUint8(layout.SREGS_LDT + layout.SEGMENT_UNUSABLE, 1);
  setTable(sregs, layout.SREGS_GDT, GDT_GPA, GDT_SIZE);
  setTable(sregs, layout.SREGS_IDT, IDT_GPA, IDT_SIZE);
  sregs.setBigUint64(layout.SREGS_CR0, CR0, true);
  sregs.setBigUint64(layout.SREGS_CR3, BigInt(PAGE_TABLES_GPA), true);
  sregs.setBigUint64(layout.SREGS_CR4, CR4, true);
  sregs.setBigUint64(layout.SREGS_EFER, EFER, true);
}

interface SegmentBits {
  type: number;
  l: number; // 64-bit code
  db: number; // 32-bit default
}

function setSegment(sregs: DataView, at: number, selector: number, { type, l, db }: SegmentBits): void {
  sregs.setBigUint64(at + layout.SEGMENT_BASE, 0n, true);
  sregs.setUint32(at + layout.SEGMENT_LIMIT, 0xffffffff, true);
  sregs.setUint16(at + layout.SEGMENT_SELECTOR, selector, true);
  sregs.setUint8(at + layout.SEGMENT_TYPE, type);
  sregs.setUint8(at + layout.SEGMENT_PRESENT, 1);
  sregs.setUint8(at + layout.SEGMENT_DPL, 3);
  sregs.setUint8(at + layout.SEGMENT_DB, db);
  sregs.setUint8(at + layout.SEGMENT_S, 1); // code or data
  sregs.setUint8(at + layout.SEGMENT_L, l);
  sregs.setUint8(at + layout.SEGMENT_G, 1);
  sregs.setUint8(at + layout.SEGMENT_UNUSABLE, 0);
}

function setTaskRegister(sregs: DataView): void {
  const at = layout.SREGS_TR;
  sregs.setBigUint64(at + layout.SEGMENT_BASE, KERNEL_WINDOW + BigInt(TSS_GPA), true);
  sregs.setUint32(at + layout.SEGMENT_LIMIT, TSS_SIZE - 1, true);
  sregs.setUint16(at + layout.SEGMENT_SELECTOR, TSS_SELECTOR, true);
  sregs.setUint8(at + layout.SEGMENT_TYPE, 0xb); // 64-bit TSS, busy
  sregs.setUint8(at + layout.SEGMENT_PRESENT, 1);
  sregs.setUint8(at + layout.SEGMENT_DPL, 0);
  sregs.setUint8(at + layout.SEGMENT_S, 0);
  sregs.setUint8(at + layout.SEGMENT_G, 0);
  sregs.setUint8(at + layout.SEGMENT_UNUSABLE, 0);
}

function setTable(sregs: DataView, at: number, gpa: number, size: number): void {
  sregs.setBigUint64(at + layout.DTABLE_BASE, KERNEL_WINDOW + BigInt(gpa), true);
  sregs.setUint16(at + layout.DTABLE_LIMIT, size - 1, true);
}

/** Edits `struct kvm_sregs` so that KVM flushes the guest's TLB. No page is global, so the bit means nothing else. */
export function flipGlobalPages(sregs: DataView): void {
  const cr4 = sregs.getBigUint64(layout.SREGS_CR4, true);
  sregs.setBigUint64(layout.SREGS_CR4, cr4 ^ CR4_PGE, true);
}
