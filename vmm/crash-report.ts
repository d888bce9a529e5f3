import * as abi from "../guest-kernel/abi/fault.ts";
import { FAULT_RECORD_GPA } from "../guest-kernel/abi/memory-map.ts";
import { returnAddresses } from "./frame-chain.ts";
import { KVM_REGS_NAMES } from "./kvm/layout.ts";
import type { Registers } from "./kvm/vcpu.ts";

const REGISTERS_A_LINE = 3;
const VECTOR_PAGE_FAULT = 14;

/** Names the code at an address, as `compile (aot/compile.ts:42)`. */
export type Symbolize = (address: bigint) => string | undefined;

/** What is known of a guest that died. */
export interface CrashReport {
  /** One line: what happened. */
  reason: string;
  registers: Registers;
  /** The address of the last page fault; undefined if no page fault killed the guest. */
  faultAddress: bigint | undefined;
  /** Code addresses, the innermost first. All but the first are return addresses. */
  backtrace: { address: bigint; symbol: string | undefined }[];
}

/** Where the processor was when the guest died. */
export interface CrashState {
  registers: Registers;
  faultAddress: bigint;
}

/** Describes a guest that stopped in `state` because of `reason`, without its help. */
export function reportCrash(
  ram: DataView,
  reason: string,
  state: CrashState,
  symbolize: Symbolize,
): CrashReport {
  const { registers } = state;
  return { reason, registers, faultAddress: undefined, backtrace: walkFrames(ram, registers, symbolize) };
}

/**
 * Describes a guest that stored to CONTROL_PANIC, by the fault record that it left.
 *
 * The record is the guest's: it may hold anything.
 */
export function reportPanic(ram: DataView, state: CrashState, symbolize: Symbolize): CrashReport {
  const vector = ram.getBigUint64(FAULT_RECORD_GPA + abi.FAULT_VECTOR, true);
  if (vector === BigInt(abi.FAULT_PANIC))
    return reportCrash(ram, `kernel panic: ${panicMessage(ram)}`, state, symbolize);
  const registers = recordedRegisters(ram);
  return {
    reason: `kernel panic: ${recordedException(ram)}`,
    registers,
    faultAddress: Number(vector) === VECTOR_PAGE_FAULT ? state.faultAddress : undefined,
    backtrace: walkFrames(ram, registers, symbolize),
  };
}

/**
 * Describes a process that faulted, by the fault record. The kernel has named process, cause and source lines in its log.
 *
 * The record is the guest's: it may hold anything.
 */
export function reportFault(ram: DataView, pid: number, symbolize: Symbolize): CrashReport {
  const registers = recordedRegisters(ram);
  return {
    reason: `process ${pid}: ${recordedException(ram)}`,
    registers,
    faultAddress: undefined, // the VMM alone could tell, by an exit that costs more than this one
    backtrace: walkFrames(ram, registers, symbolize),
  };
}

/** The report as lines of text, for a terminal. */
export function formatCrash(report: CrashReport): string {
  const lines = [report.reason];
  if (report.faultAddress !== undefined) lines.push(`  address ${hex(report.faultAddress)}`);
  for (let at = 0; at < KVM_REGS_NAMES.length; at += REGISTERS_A_LINE) {
    const names = KVM_REGS_NAMES.slice(at, at + REGISTERS_A_LINE);
    lines.push(names.map((name) => `  ${name.padEnd(6)} ${hex(report.registers[name])}`).join(""));
  }
  lines.push("  backtrace:");
  report.backtrace.forEach(({ address, symbol }, i) =>
    lines.push(`  #${i} ${hex(address)} ${symbol ?? "?"}`),
  );
  return lines.join("\n");
}

function walkFrames(ram: DataView, { rip, rbp }: Registers, symbolize: Symbolize): CrashReport["backtrace"] {
  const callers = returnAddresses(ram, rbp).map((address) => ({
    address,
    symbol: symbolize(address - 1n), // -1: inside of the call
  }));
  return [{ address: rip, symbol: symbolize(rip) }, ...callers];
}

function recordedException(ram: DataView): string {
  const vector = ram.getBigUint64(FAULT_RECORD_GPA + abi.FAULT_VECTOR, true);
  const errorCode = ram.getBigUint64(FAULT_RECORD_GPA + abi.FAULT_ERROR_CODE, true);
  return `${exceptionName(Number(vector))}, error code 0x${errorCode.toString(16)}`;
}

function panicMessage(ram: DataView): string {
  const length = ram.getUint32(FAULT_RECORD_GPA + abi.FAULT_MESSAGE_LEN, true);
  const at = ram.byteOffset + FAULT_RECORD_GPA + abi.FAULT_MESSAGE;
  // slice: a decoder refuses shared memory
  const bytes = new Uint8Array(ram.buffer, at, Math.min(length, abi.FAULT_MESSAGE_MAX)).slice();
  return new TextDecoder().decode(bytes);
}

function recordedRegisters(ram: DataView): Registers {
  const at = (offset: number): bigint => ram.getBigUint64(FAULT_RECORD_GPA + offset, true);
  return {
    rax: at(abi.FAULT_RAX),
    rbx: at(abi.FAULT_RBX),
    rcx: at(abi.FAULT_RCX),
    rdx: at(abi.FAULT_RDX),
    rsi: at(abi.FAULT_RSI),
    rdi: at(abi.FAULT_RDI),
    rsp: at(abi.FAULT_RSP),
    rbp: at(abi.FAULT_RBP),
    r8: at(abi.FAULT_R8),
    r9: at(abi.FAULT_R8 + 8),
    r10: at(abi.FAULT_R8 + 16),
    r11: at(abi.FAULT_R8 + 24),
    r12: at(abi.FAULT_R8 + 32),
    r13: at(abi.FAULT_R8 + 40),
    r14: at(abi.FAULT_R14),
    r15: at(abi.FAULT_R15),
    rip: at(abi.FAULT_RIP),
    rflags: at(abi.FAULT_RFLAGS),
  };
}

const EXCEPTION_NAMES = new Map([
  [0, "divide error"],
  [1, "debug exception"],
  [3, "breakpoint"],
  [6, "invalid opcode"],
  [8, "double fault"],
  [12, "stack-segment fault"],
  [13, "general protection fault"],
  [VECTOR_PAGE_FAULT, "page fault"],
  [16, "x87 floating-point error"],
  [17, "alignment check"],
  [19, "SIMD floating-point exception"],
]);

function exceptionName(vector: number): string {
  return EXCEPTION_NAMES.get(vector) ?? `exception ${vector}`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16).padStart(16, "0")}`;
}
