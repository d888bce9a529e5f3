import { describe, expect, test } from "vitest";
import { STUB_COUNT } from "../../guest-kernel/abi/arch.ts";
import {
  CMDLINE_GPA,
  INITRAMFS_GPA,
  KERNEL_CODE_GPA,
  KERNEL_HEAP_END,
} from "../../guest-kernel/abi/memory-map.ts";
import { elf, SPIN, tinyKernel, TINY_KERNEL_ENTRY } from "../../tests/support/tiny-kernel.ts";
import {
  bootAddress,
  ImageError,
  loadCommandLine,
  loadInitramfs,
  loadKernel,
  trapAddress,
} from "./loader.ts";

const RAM_BYTES = 0x3000000;

function freshRam(): Uint8Array {
  return new Uint8Array(RAM_BYTES);
}

function setSizes(view: DataView, file: bigint, memory: bigint): void {
  view.setBigUint64(96, file, true);
  view.setBigUint64(104, memory, true);
}

function setAddress(view: DataView, gpa: number): void {
  view.setBigUint64(88, BigInt(gpa), true);
}

describe("loadKernel", () => {
  test("copies a segment to its physical address", () => {
    const ram = freshRam();
    loadKernel(ram, elf(Uint8Array.of(1, 2, 3), KERNEL_CODE_GPA + 0x1000));
    expect([...ram.subarray(KERNEL_CODE_GPA + 0xfff, KERNEL_CODE_GPA + 0x1004)]).toEqual([0, 1, 2, 3, 0]);
  });

  test("takes an image that is a part of a larger buffer", () => {
    const image = elf(Uint8Array.of(9), KERNEL_CODE_GPA);
    const larger = new Uint8Array(image.length + 10);
    larger.set(image, 5);
    const ram = freshRam();
    loadKernel(ram, larger.subarray(5, 5 + image.length));
    expect(ram[KERNEL_CODE_GPA]).toBe(9);
  });

  const HUGE = 0xffff_ffff_ffff_fff0n;
  type Damage = (view: DataView) => void;
  test.each<[string, Damage, RegExp]>([
    ["another magic", (view) => view.setUint8(0, 0), /no ELF magic/],
    ["a 32-bit file", (view) => view.setUint8(4, 1), /64-bit/],
    ["a big-endian file", (view) => view.setUint8(5, 2), /little-endian/],
    ["a shared object", (view) => view.setUint16(16, 3, true), /not an executable/],
    ["another machine", (view) => view.setUint16(18, 183, true), /x86-64/],
    ["program headers of another size", (view) => view.setUint16(54, 32, true), /another size/],
    ["too many program headers", (view) => view.setUint16(56, 65535, true), /65535 program headers/],
    ["program headers past the end", (view) => view.setUint16(56, 64, true), /past the end/],
    ["program headers far past the end", (view) => view.setBigUint64(32, HUGE, true), /past the end/],
    ["no segment", (view) => view.setUint32(64, 0, true), /nothing to load/],
    ["a segment past the end of the file", (view) => view.setBigUint64(72, 121n, true), /past the end/],
    ["a segment at a huge offset", (view) => view.setBigUint64(72, HUGE, true), /past the end/],
    ["a huge segment", (view) => setSizes(view, HUGE, HUGE), /past the end/],
    ["a segment larger in the file than in memory", (view) => setSizes(view, 8n, 4n), /holds 8 of 4/],
    ["a segment with a huge memory size", (view) => setSizes(view, 8n, HUGE), /outside the kernel/],
    ["a segment below the code", (view) => view.setBigUint64(88, 0x1000n, true), /0x1000 is outside/],
    ["a segment over the initramfs", (view) => setAddress(view, KERNEL_HEAP_END - 4), /outside the kernel/],
    ["a segment beyond RAM", (view) => view.setBigUint64(88, HUGE, true), /outside the kernel/],
  ])("refuses %s", (_, damage, expected) => {
    const image = elf(new Uint8Array(8), KERNEL_CODE_GPA);
    damage(new DataView(image.buffer));
    const ram = freshRam();
    const load = (): void => loadKernel(ram, image);
    expect(load).toThrow(ImageError);
    expect(load).toThrow(expected);
  });

  test("refuses every truncation of a good image, and nothing else happens", () => {
    const image = elf(Uint8Array.of(1, 2, 3, 4), KERNEL_CODE_GPA);
    const ram = freshRam();
    for (let length = 0; length < image.length; length++)
      expect(() => loadKernel(ram, image.subarray(0, length))).toThrow(ImageError);
  });

  test("throws nothing but ImageError for any damaged byte of the headers", () => {
    const ram = freshRam();
    for (let at = 0; at < 120; at++) {
      for (const value of [0, 0x7f, 0x80, 0xff]) {
        const image = elf(new Uint8Array(8), KERNEL_CODE_GPA);
        image[at] = value;
        try {
          loadKernel(ram, image);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }
    }
  });
});

describe("the stub table", () => {
  test("says where the kernel starts and where exceptions go", () => {
    const ram = freshRam();
    loadKernel(ram, tinyKernel(SPIN));
    const view = new DataView(ram.buffer);
    expect(bootAddress(view)).toBe(TINY_KERNEL_ENTRY);
    expect(trapAddress(view, 14)).toBe((1088n << 30n) + BigInt(8 * STUB_COUNT) + 14n * 32n);
  });

  test.each([0n, (1088n << 30n) - 1n, (1088n << 30n) + 0x400000n, 0xffff_ffff_ffff_ffffn])(
    "may not lead out of the kernel's code, to %d",
    (address) => {
      const view = new DataView(new ArrayBuffer(RAM_BYTES));
      view.setBigUint64(KERNEL_CODE_GPA, address, true);
      expect(() => bootAddress(view)).toThrow(ImageError);
    },
  );
});

describe("loadInitramfs", () => {
  test("copies it to its place", () => {
    const ram = freshRam();
    loadInitramfs(ram, Uint8Array.of(5, 6));
    expect([...ram.subarray(INITRAMFS_GPA, INITRAMFS_GPA + 3)]).toEqual([5, 6, 0]);
  });

  test("refuses one that does not fit into RAM", () => {
    expect(() => loadInitramfs(freshRam(), new Uint8Array(RAM_BYTES - INITRAMFS_GPA + 1))).toThrow(
      ImageError,
    );
  });
});

describe("loadCommandLine", () => {
  test("ends every word with a NUL", () => {
    const ram = freshRam();
    expect(loadCommandLine(ram, ["a=1", "--", "é"])).toBe(10);
    expect(Buffer.from(ram.subarray(CMDLINE_GPA, CMDLINE_GPA + 10)).toString()).toBe("a=1\0--\0é\0");
  });

  test.each([
    ["a word with a NUL", ["a\0b"]],
    ["more than a page", ["x".repeat(4096)]],
  ])("refuses %s", (_, words) => {
    expect(() => loadCommandLine(freshRam(), words)).toThrow(ImageError);
  });
});
