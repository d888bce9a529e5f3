import { describe, expect, test } from "vitest";
import { GDT_GPA, IDT_GPA, TSS_GPA } from "../../guest-kernel/abi/memory-map.ts";
import * as layout from "../kvm/layout.ts";
import { setSpecialRegisters, writeDescriptorTables } from "./cpu-state.ts";

const HANDLER = 0x0000_0110_1234_5678n;

function hexOf(ram: DataView, gpa: number, length: number): string {
  return Buffer.from(ram.buffer, gpa, length).toString("hex");
}

describe("descriptor tables", () => {
  const ram = new DataView(new ArrayBuffer(0x10000));
  writeDescriptorTables(ram, (vector) => HANDLER + BigInt(vector));

  test("hold a null, a DPL-3 code, a DPL-3 data and a 16-byte TSS descriptor", () => {
    expect(hexOf(ram, GDT_GPA, 40)).toBe(
      [
        "0000000000000000",
        "ffff000000fbaf00",
        "ffff000000f3cf00",
        "6700003000",
        "8b0000",
        "0001000000000000",
      ].join(""),
    );
  });

  test("send an exception through a trap gate to CPL 3 on the first IST stack", () => {
    // offset 15:0, selector 0x0b, IST 1, type 0x8f, offset 31:16, offset 63:32, reserved
    expect(hexOf(ram, IDT_GPA + 16 * 14, 16)).toBe(
      ["8656", "0b00", "01", "8f", "3412", "10010000", "00000000"].join(""),
    );
  });

  test("let the guest itself use int3", () => {
    expect(ram.getUint8(IDT_GPA + 16 * 3 + 5)).toBe(0xef);
  });

  test("give the exceptions the IST stack and no port to the guest", () => {
    expect(ram.getBigUint64(TSS_GPA + 0x24, true)).toBe((1024n << 30n) + 0xb000n);
    expect(ram.getUint16(TSS_GPA + 0x66, true)).toBeGreaterThan(0x67);
  });
});

test("the processor starts in 64-bit mode at CPL 3, with SSE and without execution of data", () => {
  const sregs = new DataView(new ArrayBuffer(layout.KVM_SREGS_SIZE));
  setSpecialRegisters(sregs);
  const u64 = (at: number): string => sregs.getBigUint64(at, true).toString(16);
  expect({
    cs: sregs.getUint16(layout.SREGS_CS + layout.SEGMENT_SELECTOR, true),
    cpl: sregs.getUint8(layout.SREGS_SS + layout.SEGMENT_DPL),
    long: sregs.getUint8(layout.SREGS_CS + layout.SEGMENT_L),
    ss: sregs.getUint16(layout.SREGS_SS + layout.SEGMENT_SELECTOR, true),
    tr: sregs.getUint16(layout.SREGS_TR + layout.SEGMENT_SELECTOR, true),
    gdt: u64(layout.SREGS_GDT + layout.DTABLE_BASE),
    idtLimit: sregs.getUint16(layout.SREGS_IDT + layout.DTABLE_LIMIT, true),
    cr0: u64(layout.SREGS_CR0),
    cr3: u64(layout.SREGS_CR3),
    cr4: u64(layout.SREGS_CR4),
    efer: u64(layout.SREGS_EFER),
  }).toEqual({
    cs: 0x0b,
    cpl: 3,
    long: 1,
    ss: 0x13,
    tr: 0x18,
    gdt: "10000001000",
    idtLimit: 0x1ff,
    cr0: "80010033",
    cr3: "10000",
    cr4: "620",
    efer: "d00",
  });
});
