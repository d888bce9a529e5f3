// Who runs when in the guest, and how much of the processor each one gets. Times are the guest's own.
import { describe, expect, test } from "vitest";
import { HostStalls } from "../support/host-stalls.ts";
import { KernelAppGuest, numbersOf } from "../support/kernel-app.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";

const CREDIT_US = 100_000; // what a process has saved at most: sched/cpu-time.ts, PERIOD_NS
const SLICE_US = 20_000; // what it can be in debt for

describe.skipIf(lacksKvm())("the processor", { timeout: BOOT_TIMEOUT_MS }, () => {
  const guest = new KernelAppGuest();

  test("is shared within the limits that processes have", async () => {
    const host = new HostStalls();
    const found = numbersOf(await guest.run("cpu-share"));
    host.stop();
    const stallsUs = 2 * 1000 * host.worstMs;
    for (const percent of [10, 50]) {
      const ran = found[`${percent} per cent ran`]!;
      const due = (found[`${percent} per cent lived`]! * percent) / 100;
      const most = due + (CREDIT_US * percent) / 100 + SLICE_US + stallsUs;
      expect([percent, ran, ran <= most]).toEqual([percent, ran, true]);
      // Of what it is due while the host holds the machine up, it can save no more than its credit.
      expect([percent, ran, ran >= 0.7 * due - stallsUs]).toEqual([percent, ran, true]);
    }
  });

  test("is the higher priority's, but for a slice now and then; a priority can be lowered", async () => {
    const lines = await guest.run("priorities");
    const found = numbersOf(lines);
    expect(found["low ran"]).toBeGreaterThan(0);
    expect(found["high ran"]).toBeGreaterThan(2 * found["low ran"]!);
    expect(found["lowered ran"]).toBeGreaterThan(0);
    expect(found["higher than the other then ran"]).toBeGreaterThan(2 * found["lowered ran"]!);
    expect(lines.filter((line) => / [A-Z]+$|: 0$/.test(line))).toEqual([
      "above one's own: INVAL",
      "0: INVAL",
      "nobody's: SRCH",
      "lowered: 0",
    ]);
  });

  test("is the higher one's first when two are woken at once", async () => {
    expect(await guest.run("woken-first")).toEqual(["high first: 100", "low first: 0"]);
  });
});
