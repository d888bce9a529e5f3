// A process that never yields: others keep their rhythm, and it can be killed.

import { describe, expect, test } from "vitest";
import { HostStalls } from "../support/host-stalls.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, type Outcome, runApp, startOscortex } from "../support/oscortex-command.ts";

const GAP_LIMIT_MS = 50;
const CLOCK_LINE = /^clock \d+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z gap (\d+\.\d) ms$/;
const SPIN = ["--background", "org.oscortex.spin"];

interface Rhythm {
  outcome: Outcome;
  /** Between two lines of the clock, ms. */
  gaps: number[];
  /** The longest gap as far as it is the guest's doing: the host may have held up both threads of it. */
  worstMs: number;
}

/** Runs an app, or several with a clock among them, of which nothing else prints. */
async function measure(name: string, ...args: string[]): Promise<Rhythm> {
  const host = new HostStalls();
  const outcome = await runApp(name, ...args);
  host.stop();
  const lines = outcome.stdout.trimEnd().split("\n");
  const gaps = lines.map((line) => Number(CLOCK_LINE.exec(line)?.[1] ?? expect.fail(line)));
  return { outcome, gaps, worstMs: Math.max(...gaps) - 2 * host.worstMs };
}

describe.skipIf(lacksKvm())("an app that spins", { timeout: BOOT_TIMEOUT_MS, retry: 2 }, () => {
  test("leaves a clock its rhythm, and is killed when its time is over", async () => {
    const args = ["--timeout", "2", "--background", "org.oscortex.clock"];
    const { outcome, gaps, worstMs } = await measure("org.oscortex.spin", ...args);
    expect(outcome.status).toBe(124);
    expect(outcome.stderr).toContain("run: org.oscortex.spin: killed after 2 s\n");
    expect(worstMs).toBeLessThan(GAP_LIMIT_MS);
    expect(gaps.length).toBeGreaterThan(2000 / GAP_LIMIT_MS);
  });

  test("leaves a clock its rhythm even if there are four of it", async () => {
    const args = [...SPIN, ...SPIN, ...SPIN, ...SPIN, "--", "--count", "50"];
    const { outcome, gaps, worstMs } = await measure("org.oscortex.clock", ...args);
    expect([outcome.status, gaps.length]).toEqual([0, 50]);
    expect(worstMs).toBeLessThan(GAP_LIMIT_MS);
  });

  test("leaves the shell responsive", async () => {
    const shell = startOscortex();
    await shell.command("run org.oscortex.spin &");
    expect(await shell.command("run org.oscortex.hello")).toBe("Hello from Oscortex\n");
    expect(await shell.command("run --timeout 1 org.oscortex.spin")).toBe("");
    shell.endInput();
    expect((await shell.ended).status).toBe(124);
  });
});
