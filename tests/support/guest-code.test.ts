import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CODE_BASE, CodeMachine, EXIT_ADDRESS, WINDOW_BASE } from "./guest-code.ts";
import { lacksKvm } from "./kvm.ts";

describe.skipIf(lacksKvm())("machine code at CPL 3", () => {
  let machine: CodeMachine;

  beforeAll(() => {
    machine = new CodeMachine();
  });
  afterAll(() => machine.close());

  test("runs until it stores to the MMIO hole", () => {
    machine.loadCode(Uint8Array.of(0x01, 0xf0, 0x89, 0x03)); // add eax, esi; mov [rbx], eax
    const exit = machine.run({ rax: 40n, rsi: 2n, rbx: EXIT_ADDRESS + 4n });
    expect(exit).toMatchObject({ kind: "store", gpa: 0xd00ff004, value: 42, length: 4 });
  });

  test("loads from the MMIO hole what the host says", () => {
    machine.loadCode(Uint8Array.of(0x8b, 0x03, 0x89, 0x03)); // mov eax, [rbx]; mov [rbx], eax
    expect(machine.run({ rbx: EXIT_ADDRESS })).toMatchObject({ kind: "load", gpa: 0xd00ff000, length: 4 });
    expect(machine.resume(0x12345678)).toMatchObject({ kind: "store", value: 0x12345678 });
  });

  test("sees and changes RAM", () => {
    machine.ram.view.setUint32(0x700000, 7, true);
    // inc dword [r15 + 0x700000]; mov [rbx], eax
    machine.loadCode(Uint8Array.of(0x41, 0xff, 0x87, 0, 0, 0x70, 0, 0x89, 0x03));
    machine.run({ rbx: EXIT_ADDRESS });
    expect(machine.ram.view.getUint32(0x700000, true)).toBe(8);
  });

  test.each([
    ["ud2", [0x0f, 0x0b], { vector: 6, errorCode: 0n }],
    ["a division by zero", [0x31, 0xc9, 0xf7, 0xf1], { vector: 0, errorCode: 0n }],
    ["int3", [0xcc], { vector: 3, errorCode: 0n }],
    ["cli", [0xfa], { vector: 13, errorCode: 0n }],
    ["hlt", [0xf4], { vector: 13, errorCode: 0n }],
    ["in al, dx", [0xec], { vector: 13, errorCode: 0n }],
    ["a store to page 0", [0x41, 0x89, 0x07], { vector: 14, errorCode: 6n, address: WINDOW_BASE }],
    ["a load past RAM", [0x8b, 0x02], { vector: 14, errorCode: 4n, address: WINDOW_BASE + 0x4000000n }],
    ["a store to the code", [0x89, 0x01], { vector: 14, errorCode: 7n, address: CODE_BASE + 0x1000n }],
    ["a jump to data", [0xff, 0xe6], { vector: 14, errorCode: 0x15n, address: WINDOW_BASE + 0x200000n }],
  ])("reports %s with the registers of the faulting code", (_, code, expected) => {
    machine.loadCode(Uint8Array.from(code));
    const given = { rdx: WINDOW_BASE + 0x4000000n, rsi: WINDOW_BASE + 0x200000n, rdi: 99n };
    const rcx = CODE_BASE + 0x1000n;
    const exit = machine.run({ ...given, rcx });
    expect(exit).toMatchObject({ kind: "fault", ...expected, registers: given });
  });

  test("starts with the floating-point state of the ABI", () => {
    // stmxcsr [r15 + 0x700000]; fnstcw [r15 + 0x700004]; ud2
    machine.loadCode(
      Uint8Array.of(0x41, 0x0f, 0xae, 0x9f, 0, 0, 0x70, 0, 0x41, 0xd9, 0xbf, 4, 0, 0x70, 0, 0x0f, 0x0b),
    );
    expect(machine.run()).toMatchObject({ kind: "fault", vector: 6 });
    expect(machine.ram.view.getUint32(0x700000, true)).toBe(0x1f80);
    expect(machine.ram.view.getUint16(0x700004, true)).toBe(0x37f);
  });
});
