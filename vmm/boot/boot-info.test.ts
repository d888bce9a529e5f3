import { expect, test } from "vitest";
import * as abi from "../../guest-kernel/abi/boot-info.ts";
import { BOOT_INFO_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { cpuFeatures, writeBootInfo } from "./boot-info.ts";

function at(offset: number): number {
  return BOOT_INFO_GPA + offset;
}

test("the boot information holds every field at its offset", () => {
  const ram = new DataView(new ArrayBuffer(0x6000));
  const seed = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
  writeBootInfo(ram, {
    ramBytes: 0x10000000,
    initramfsLength: 1234,
    commandLineLength: 56,
    tscKhz: 2_600_000,
    elapsedNs: 0x1_0000_0001n,
    wallClockNs: 0x2_0000_0002n,
    cpuFeatures: 7,
    seed,
    populatedBytes: 0xc00000,
  });
  expect({
    magic: Buffer.from(ram.buffer, at(0), 4).toString("latin1"),
    version: ram.getUint32(at(abi.BOOT_INFO_VERSION), true),
    ramBytes: ram.getUint32(at(abi.BOOT_INFO_RAM_BYTES), true),
    initramfs: ram.getUint32(at(abi.BOOT_INFO_INITRAMFS_LEN), true),
    commandLine: ram.getUint32(at(abi.BOOT_INFO_CMDLINE_LEN), true),
    tscKhz: ram.getUint32(at(abi.BOOT_INFO_TSC_KHZ), true),
    elapsed: ram.getBigUint64(at(abi.BOOT_INFO_ELAPSED_NS), true),
    wallClock: ram.getBigUint64(at(abi.BOOT_INFO_WALL_CLOCK_NS), true),
    features: ram.getUint32(at(abi.BOOT_INFO_CPU_FEATURES), true),
    seed: new Uint8Array(ram.buffer, at(abi.BOOT_INFO_SEED), 32),
    populated: ram.getUint32(at(abi.BOOT_INFO_POPULATED_BYTES), true),
  }).toEqual({
    magic: "OCSB",
    version: abi.ABI_VERSION,
    ramBytes: 0x10000000,
    initramfs: 1234,
    commandLine: 56,
    tscKhz: 2_600_000,
    elapsed: 0x1_0000_0001n,
    wallClock: 0x2_0000_0002n,
    features: 7,
    seed,
    populated: 0xc00000,
  });
});

test.each([
  ["flags\t\t: fpu abm bmi1 avx2 bmi2 sha_ni\nbugs\t: x", 15],
  ["processor: 0\nflags : fpu bmi1\nflags : fpu bmi1 bmi2", abi.CPU_FEATURE_BMI1],
  ["no such line: sha_ni", 0],
])("reads the processor's features from %j", (cpuinfo, expected) => {
  expect(cpuFeatures(cpuinfo)).toBe(expected);
});
