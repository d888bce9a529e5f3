import * as abi from "../../guest-kernel/abi/boot-info.ts";
import { BOOT_INFO_GPA } from "../../guest-kernel/abi/memory-map.ts";

/** What the kernel learns from the VMM before its first instruction; see abi/boot-info.ts. */
export interface BootInfo {
  ramBytes: number;
  initramfsLength: number;
  commandLineLength: number;
  tscKhz: number;
  /** From "create the VM" to this call. */
  elapsedNs: bigint;
  /** Unix time of this call. */
  wallClockNs: bigint;
  /** CPU_FEATURE_* */
  cpuFeatures: number;
  /** 32 fresh random bytes. */
  seed: Uint8Array;
  /** How much of RAM, from 0 on, is backed by host pages. */
  populatedBytes: number;
}

/** Writes the boot information into RAM. */
export function writeBootInfo(ram: DataView, info: BootInfo): void {
  const view = new DataView(ram.buffer, ram.byteOffset + BOOT_INFO_GPA, abi.BOOT_INFO_SIZE);
  view.setUint32(abi.BOOT_INFO_MAGIC, abi.BOOT_MAGIC, true);
  view.setUint32(abi.BOOT_INFO_VERSION, abi.ABI_VERSION, true);
  view.setUint32(abi.BOOT_INFO_RAM_BYTES, info.ramBytes, true);
  view.setUint32(abi.BOOT_INFO_INITRAMFS_LEN, info.initramfsLength, true);
  view.setUint32(abi.BOOT_INFO_CMDLINE_LEN, info.commandLineLength, true);
  view.setUint32(abi.BOOT_INFO_TSC_KHZ, info.tscKhz, true);
  view.setBigUint64(abi.BOOT_INFO_ELAPSED_NS, info.elapsedNs, true);
  view.setBigUint64(abi.BOOT_INFO_WALL_CLOCK_NS, info.wallClockNs, true);
  view.setUint32(abi.BOOT_INFO_CPU_FEATURES, info.cpuFeatures, true);
  for (let i = 0; i < 32; i++) view.setUint8(abi.BOOT_INFO_SEED + i, info.seed[i] ?? 0);
  view.setUint32(abi.BOOT_INFO_POPULATED_BYTES, info.populatedBytes, true);
}

const FEATURE_FLAGS: readonly (readonly [flag: string, feature: number])[] = [
  ["sha_ni", abi.CPU_FEATURE_SHA],
  ["bmi1", abi.CPU_FEATURE_BMI1],
  ["bmi2", abi.CPU_FEATURE_BMI2],
  ["abm", abi.CPU_FEATURE_LZCNT],
];

/**
 * The CPU_FEATURE_* of the host, from the text of `/proc/cpuinfo`.
 *
 * None of them has state or a switch of its own, so that what the host runs the guest runs, whatever CPUID says.
 */
export function cpuFeatures(cpuinfo: string): number {
  const line = cpuinfo.split("\n").find((candidate) => candidate.startsWith("flags"));
  const flags = new Set(line?.split(/\s+/));
  return FEATURE_FLAGS.reduce((found, [flag, feature]) => (flags.has(flag) ? found | feature : found), 0);
}
