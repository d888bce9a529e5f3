import { BOOT_INFO_ELAPSED_NS, BOOT_INFO_TSC_KHZ, BOOT_INFO_WALL_CLOCK_NS } from "../../abi/boot-info.ts";
import { rdtsc } from "../arch.ts";

// ns = ticks * (whole + fraction / 2^32), which is 10^6 / kHz.
let whole: u64 = 0;
let fraction: u64 = 0;
let bootTsc: u64 = 0;
let bootNs: i64 = 0;
let wallClockOffset: i64 = 0;

/** Starts the clock from the boot information at `bootInfo`. Everything that tells the time comes after. */
export function clockInit(bootInfo: usize): void {
  bootTsc = <u64>rdtsc();
  bootNs = load<i64>(bootInfo, BOOT_INFO_ELAPSED_NS);
  wallClockOffset = load<i64>(bootInfo, BOOT_INFO_WALL_CLOCK_NS) - bootNs;
  const scale = ((<u64>1000000) << 32) / <u64>load<u32>(bootInfo, BOOT_INFO_TSC_KHZ);
  whole = scale >> 32;
  fraction = scale & 0xffffffff;
}

/** Nanoseconds since the VMM began to create the VM. Never goes back. */
export function nowNs(): i64 {
  const ticks = <u64>rdtsc() - bootTsc;
  // In two halves: ticks * fraction has more than 64 bits after seconds.
  return bootNs + <i64>(ticks * whole + (ticks >> 32) * fraction + (((ticks & 0xffffffff) * fraction) >> 32));
}

/** Nanoseconds since 1970-01-01 UTC, by the host's clock at boot. */
export function wallClockNs(): i64 {
  return nowNs() + wallClockOffset;
}
