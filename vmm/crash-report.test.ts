import { beforeEach, describe, expect, test } from "vitest";
import * as abi from "../guest-kernel/abi/fault.ts";
import { FAULT_RECORD_GPA } from "../guest-kernel/abi/memory-map.ts";
import { writePageTables } from "./boot/page-tables.ts";
import { type CrashState, formatCrash, reportCrash, reportPanic } from "./crash-report.ts";
import { emptyRegisters } from "./kvm/vcpu.ts";

const WINDOW = 1024n << 30n;
const CODE = 1088n << 30n;
const STACK = 0x180000;
const nameless = (): undefined => undefined;

/** The address of the i-th frame from the inside. */
function frame(i: number): bigint {
  return WINDOW + BigInt(STACK - 0x100 + 0x20 * i);
}

describe("crash reports", () => {
  let ram: DataView;
  let state: CrashState;

  beforeEach(() => {
    ram = new DataView(new ArrayBuffer(0x400000));
    writePageTables(ram);
    state = { registers: { ...emptyRegisters(), rip: CODE + 0x100n, rbp: frame(0) }, faultAddress: 0x1234n };
  });

  /** Writes what `push rbp; mov rbp, rsp` leaves. */
  function pushFrame(i: number, callerFrame: bigint, returnAddress: bigint): void {
    const gpa = Number(frame(i) - WINDOW);
    ram.setBigUint64(gpa, callerFrame, true);
    ram.setBigUint64(gpa + 8, returnAddress, true);
  }

  test("follow the frames and name the calls, not the instructions after them", () => {
    pushFrame(0, frame(1), CODE + 0x205n);
    pushFrame(1, 0n, CODE + 0x300n);
    const symbolize = (address: bigint): string => `at ${(address - CODE).toString(16)}`;
    const report = reportCrash(ram, "triple fault", state, symbolize);
    expect(report.backtrace).toEqual([
      { address: CODE + 0x100n, symbol: "at 100" },
      { address: CODE + 0x205n, symbol: "at 204" },
      { address: CODE + 0x300n, symbol: "at 2ff" },
    ]);
  });

  test("end where frames lead nowhere, to themselves, or in a circle", () => {
    expect(reportCrash(ram, "", state, nameless).backtrace).toHaveLength(1);
    pushFrame(0, frame(0), CODE);
    expect(reportCrash(ram, "", state, nameless).backtrace).toHaveLength(2);
    pushFrame(0, frame(1), CODE);
    pushFrame(1, frame(0), CODE);
    expect(reportCrash(ram, "", state, nameless).backtrace).toHaveLength(3);
    pushFrame(0, 0xffff_ffff_ffff_fff8n, CODE);
    expect(reportCrash(ram, "", state, nameless).backtrace).toHaveLength(2);
  });

  test("end after 64 frames of a stack that overflowed", () => {
    for (let i = 0; i < 7; i++) pushFrame(i, frame(i + 1), CODE);
    const deep = { ...state, registers: { ...state.registers, rbp: WINDOW + 0x200000n } };
    for (let at = 0x200000; at < 0x300000; at += 16) {
      ram.setBigUint64(at, WINDOW + BigInt(at + 16), true);
      ram.setBigUint64(at + 8, CODE, true);
    }
    expect(reportCrash(ram, "", deep, nameless).backtrace).toHaveLength(64);
  });

  test("say what the kernel panicked with", () => {
    setRecord(abi.FAULT_VECTOR, BigInt(abi.FAULT_PANIC));
    setMessage("frames: out of memory");
    expect(reportPanic(ram, state, nameless)).toMatchObject({
      reason: "kernel panic: frames: out of memory",
      registers: state.registers,
      faultAddress: undefined,
    });
  });

  test("believe no message length", () => {
    setRecord(abi.FAULT_VECTOR, BigInt(abi.FAULT_PANIC));
    ram.setUint32(FAULT_RECORD_GPA + abi.FAULT_MESSAGE_LEN, 0xffffffff, true);
    const { reason } = reportPanic(ram, state, nameless);
    expect(reason).toHaveLength("kernel panic: ".length + abi.FAULT_MESSAGE_MAX);
  });

  test("take an exception's registers from the record, and the address of a page fault from the processor", () => {
    setRecord(abi.FAULT_VECTOR, 14n);
    setRecord(abi.FAULT_ERROR_CODE, 6n);
    setRecord(abi.FAULT_RIP, CODE + 0x999n);
    setRecord(abi.FAULT_R8 + 24, 11n);
    const report = reportPanic(ram, state, nameless);
    expect(report).toMatchObject({
      reason: "kernel panic: page fault, error code 0x6",
      faultAddress: 0x1234n,
    });
    expect(report.registers).toMatchObject({ rip: CODE + 0x999n, r11: 11n });
  });

  test("read well", () => {
    pushFrame(0, 0n, CODE + 0x205n);
    const symbolize = (address: bigint): string | undefined =>
      address === state.registers.rip ? "main" : undefined;
    const lines = formatCrash({ ...reportCrash(ram, "it died", state, symbolize), faultAddress: 8n }).split(
      "\n",
    );
    expect(lines.slice(0, 3)).toEqual([
      "it died",
      "  address 0x0000000000000008",
      "  rax    0x0000000000000000  rbx    0x0000000000000000  rcx    0x0000000000000000",
    ]);
    expect(lines.slice(-3)).toEqual([
      "  backtrace:",
      "  #0 0x0000011000000100 main",
      "  #1 0x0000011000000205 ?",
    ]);
  });

  function setRecord(offset: number, value: bigint): void {
    ram.setBigUint64(FAULT_RECORD_GPA + offset, value, true);
  }

  function setMessage(text: string): void {
    const bytes = new TextEncoder().encode(text);
    ram.setUint32(FAULT_RECORD_GPA + abi.FAULT_MESSAGE_LEN, bytes.length, true);
    new Uint8Array(ram.buffer).set(bytes, FAULT_RECORD_GPA + abi.FAULT_MESSAGE);
  }
});
