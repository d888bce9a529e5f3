// Registers as gdb numbers them: the features org.gnu.gdb.i386.core and .sse of its x86-64 target description.

import { USER_CODE_SELECTOR, USER_DATA_SELECTOR } from "../boot/cpu-state.ts";
import type { Registers } from "../kvm/vcpu.ts";

/** The processor's registers while the guest is held. */
export interface CpuState {
  registers: Registers;
  /** `struct kvm_xsave`; undefined where it is not known. */
  fpu: Uint8Array | undefined;
}

// The area of XSAVE, Intel SDM volume 1 §10.5.1 and §13.4
const XSAVE_FCW = 0; // u16
const XSAVE_FSW = 2; // u16
const XSAVE_FTWX = 4; // u8, a bit for each register in use
const XSAVE_MXCSR = 24; // u32
const XSAVE_FPR = 32; // 8 of 16 bytes
const XSAVE_XMM = 160; // 16 of 16 bytes
const XSAVE_STATE_BV = 512; // u64: the components that are not as after a reset
const STATE_X87_SSE = 3;

interface RegisterAccess {
  name: string;
  bits: number;
  type?: string;
  group?: string;
  /** Where the value is in `struct kvm_xsave`; else it is general. */
  fpuOffset?: number;
  /** A value that never changes. */
  constant?: number;
}

const GENERAL = [
  ...(["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"] as const),
  ...(["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"] as const),
];
const GENERAL_TYPES: Readonly<Record<string, string>> = { rip: "code_ptr", rsp: "data_ptr", rbp: "data_ptr" };
const SEGMENTS = ["cs", "ss", "ds", "es", "fs", "gs"];
const FPU_CONTROL = ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"];
const FPU_CONTROL_OFFSETS: Readonly<Record<string, number>> = {
  fctrl: XSAVE_FCW,
  fstat: XSAVE_FSW,
  ftag: XSAVE_FTWX,
};

const CORE: readonly RegisterAccess[] = [
  ...GENERAL.map((name) => ({ name, bits: 64, type: GENERAL_TYPES[name] ?? "int64" })),
  { name: "eflags", bits: 32, type: "i386_eflags" },
  ...SEGMENTS.map((name) => ({
    name,
    bits: 32,
    type: "int32",
    constant: name === "cs" ? USER_CODE_SELECTOR : USER_DATA_SELECTOR,
  })),
  ...Array.from({ length: 8 }, (_, i) => ({
    name: `st${i}`,
    bits: 80,
    type: "i387_ext",
    fpuOffset: XSAVE_FPR + 16 * i,
  })),
  ...FPU_CONTROL.map((name) => {
    const fpuOffset = FPU_CONTROL_OFFSETS[name];
    const access = { name, bits: 32, type: "int", group: "float" };
    return fpuOffset === undefined ? { ...access, constant: 0 } : { ...access, fpuOffset };
  }),
];
const SSE: readonly RegisterAccess[] = [
  ...Array.from({ length: 16 }, (_, i) => ({
    name: `xmm${i}`,
    bits: 128,
    type: "vec128",
    fpuOffset: XSAVE_XMM + 16 * i,
  })),
  { name: "mxcsr", bits: 32, type: "i386_mxcsr", fpuOffset: XSAVE_MXCSR },
];
const ALL = [...CORE, ...SSE];

/** All registers, as the packet `g` has them. */
export function encodeRegisters(cpu: CpuState): string {
  return ALL.map((_, number) => encodeRegister(cpu, number)).join("");
}

/** A register as the packet `p` has it; undefined if there is none of this number. */
export function encodeRegister(cpu: CpuState, number: number): string | undefined {
  const access = ALL[number];
  if (access === undefined) return undefined;
  const bytes = Buffer.alloc(access.bits / 8);
  const { fpuOffset, constant } = access;
  if (constant !== undefined) bytes.writeUInt32LE(constant);
  else if (fpuOffset === undefined) writeGeneral(bytes, generalValue(cpu.registers, access.name));
  else if (cpu.fpu === undefined) return "x".repeat(2 * bytes.length);
  else bytes.set(fpuBytes(access, cpu.fpu));
  return bytes.toString("hex");
}

/** Sets a register from hex digits; false if it cannot be. */
export function decodeRegister(cpu: CpuState, number: number, hex: string): boolean {
  const access = ALL[number];
  if (access === undefined) return false;
  const bytes = Buffer.from(hex, "hex");
  if (bytes.length !== access.bits / 8) return false;
  const { fpuOffset, constant } = access;
  if (constant !== undefined) return true;
  if (fpuOffset !== undefined) setFpu(cpu.fpu, fpuOffset, bytes.subarray(0, fpuWidth(access)));
  else if (access.name === "eflags") cpu.registers.rflags = BigInt(bytes.readUInt32LE());
  else setGeneral(cpu.registers, access.name, bytes.readBigUInt64LE());
  return true;
}

/** Sets all registers from the packet `G`. */
export function decodeRegisters(cpu: CpuState, hex: string): boolean {
  let at = 0;
  return ALL.every(({ bits }, number) => {
    const digits = hex.slice(at, (at += bits / 4));
    return digits === "" || digits.startsWith("x") || decodeRegister(cpu, number, digits);
  });
}

/** The description that gdb reads to know these registers. */
export function targetDescription(): string {
  return `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0">
<architecture>i386:x86-64</architecture>
<feature name="org.gnu.gdb.i386.core">
<flags id="i386_eflags" size="4"><field name="CF" start="0" end="0"/><field name="" start="1" end="1"/><field name="PF" start="2" end="2"/><field name="AF" start="4" end="4"/><field name="ZF" start="6" end="6"/><field name="SF" start="7" end="7"/><field name="TF" start="8" end="8"/><field name="IF" start="9" end="9"/><field name="DF" start="10" end="10"/><field name="OF" start="11" end="11"/></flags>
${CORE.map(describe).join("\n")}
</feature>
<feature name="org.gnu.gdb.i386.sse">
<vector id="v4f" type="ieee_single" count="4"/><vector id="v2d" type="ieee_double" count="2"/><vector id="v16i8" type="int8" count="16"/><vector id="v8i16" type="int16" count="8"/><vector id="v4i32" type="int32" count="4"/><vector id="v2i64" type="int64" count="2"/>
<union id="vec128"><field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/><field name="v16_int8" type="v16i8"/><field name="v8_int16" type="v8i16"/><field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/><field name="uint128" type="uint128"/></union>
<flags id="i386_mxcsr" size="4"><field name="IE" start="0" end="0"/><field name="DE" start="1" end="1"/><field name="ZE" start="2" end="2"/><field name="OE" start="3" end="3"/><field name="UE" start="4" end="4"/><field name="PE" start="5" end="5"/></flags>
${SSE.map(describe).join("\n")}
</feature>
</target>`;
}

function describe({ name, bits, type, group }: RegisterAccess): string {
  const more = group === undefined ? "" : ` group="${group}"`;
  return `<reg name="${name}" bitsize="${bits}" type="${type}"${more}/>`;
}

function generalValue(registers: Registers, name: string): bigint {
  const general = GENERAL.find((known) => known === name);
  return general === undefined ? registers.rflags : registers[general];
}

function setGeneral(registers: Registers, name: string, value: bigint): void {
  const general = GENERAL.find((known) => known === name);
  if (general !== undefined) registers[general] = value;
}

function writeGeneral(bytes: Buffer, value: bigint): void {
  if (bytes.length === 8) bytes.writeBigUInt64LE(value);
  else bytes.writeUInt32LE(Number(value & 0xffffffffn));
}

function setFpu(fpu: Uint8Array | undefined, offset: number, bytes: Uint8Array): void {
  if (fpu === undefined) return;
  fpu.set(bytes, offset);
  fpu[XSAVE_STATE_BV]! |= STATE_X87_SSE; // else what was set would not be loaded
}

function fpuWidth({ name, bits }: RegisterAccess): number {
  if (name === "ftag") return 1;
  return name in FPU_CONTROL_OFFSETS ? 2 : bits / 8;
}

function fpuBytes(access: RegisterAccess, fpu: Uint8Array): Uint8Array {
  return fpu.subarray(access.fpuOffset, access.fpuOffset! + fpuWidth(access));
}
