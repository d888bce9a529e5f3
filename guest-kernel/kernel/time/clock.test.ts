import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import { GuestModule } from "../../../tests/support/guest-module.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { BOOT_INFO_ELAPSED_NS, BOOT_INFO_TSC_KHZ, BOOT_INFO_WALL_CLOCK_NS } from "../../abi/boot-info.ts";
import { BOOT_INFO_GPA } from "../../abi/memory-map.ts";

const NS_PER_KHZ = 1_000_000n;
const ELAPSED = 123_456_789n;
const WALL = 1_800_000_000_000_000_000n;
const YEAR_SECONDS = 31_557_600n;

let module: WebAssembly.Module;
let guest: GuestModule;
let tsc = 0n;

beforeAll(async () => {
  module = await compileKernel();
}, 60_000);

beforeEach(() => {
  const nothing = (): number => 0;
  guest = new GuestModule(
    module,
    {
      arch: { rdtsc: () => BigInt.asIntN(64, tsc), pause: nothing, resume: nothing, halt: nothing },
      mmio: { mmio_read: nothing, mmio_write: nothing },
    },
    1024,
  );
});

/** Starts the clock at a value of the counter. */
function start(khz: number, at: bigint): void {
  guest.view.setUint32(BOOT_INFO_GPA + BOOT_INFO_TSC_KHZ, khz, true);
  guest.view.setBigUint64(BOOT_INFO_GPA + BOOT_INFO_ELAPSED_NS, ELAPSED, true);
  guest.view.setBigUint64(BOOT_INFO_GPA + BOOT_INFO_WALL_CLOCK_NS, WALL, true);
  tsc = at;
  guest.call("clockInit", BOOT_INFO_GPA);
}

/** Nanoseconds since the start, exactly. */
function elapsed(): bigint {
  return guest.call64("nowNs") - ELAPSED;
}

describe("the clock", () => {
  // From a slow counter to the fastest; 999_999 and 1_000_001 are what an emulator of 1 GHz measures.
  const RATES = [24_000, 333_333, 999_999, 1_000_000, 1_000_001, 2_095_078, 2_999_997, 5_800_013, 10_000_000];

  test.each(RATES)("is right for years at %i kHz", (khz) => {
    start(khz, 0n);
    for (const seconds of [0n, 1n, 4n, 5n, 60n, 86_400n, YEAR_SECONDS, 20n * YEAR_SECONDS]) {
      for (const extra of [0n, 1n, 999n, 0xffff_fff0n]) {
        const ticks = seconds * BigInt(khz) * 1000n + extra;
        tsc = ticks;
        const exact = (ticks * NS_PER_KHZ) / BigInt(khz);
        const wrong = elapsed() - exact;
        // The scale has 32 bits of fraction: some nanoseconds a second.
        expect(wrong <= 0n && -wrong <= 2n + (exact / 1_000_000_000n) * 5n).toBe(true);
      }
    }
  });

  test.each(RATES)("never goes back at %i kHz", (khz) => {
    const random = new SeededRandom(khz);
    start(khz, 0n);
    let last = 0n;
    for (let i = 0; i < 20_000; i++) {
      tsc += BigInt(random.uint32() >>> random.below(32));
      const now = elapsed();
      expect(now >= last).toBe(true);
      last = now;
    }
  });

  test("does not mind how large the counter is at boot, nor that it wraps", () => {
    start(2_000_000, 2n ** 64n - 10n);
    expect(elapsed()).toBe(0n);
    tsc = 2n ** 64n - 10n + 2_000_000_000n;
    expect(elapsed()).toBeGreaterThan(999_999_900n);
    expect(elapsed()).toBeLessThanOrEqual(1_000_000_000n);
  });

  test("tells the host's time of day", () => {
    start(1_000_000, 5n);
    expect(guest.call64("wallClockNs")).toBe(WALL);
    tsc += 1000n;
    expect(guest.call64("wallClockNs")).toBe(WALL + 1000n);
  });
});
