// Many processes in the guest: what they leave behind, how many there can be. The full number of cycles:
// `npm run test:spawn-cycles`.
import { describe, expect, test } from "vitest";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, runOscortex } from "../support/oscortex-command.ts";
import { TIME_FACTOR } from "../support/time-factor.ts";

const CYCLES = Number(process.env["OSCORTEX_SPAWN_CYCLES"] ?? 1000);
const CYCLE_MS = 5; // at most, on a host that is busy with something else

async function bench(options: string[], ...args: string[]): Promise<string> {
  const app = ["--run", "org.oscortex.bench", "--", ...args];
  const { status, stdout, stderr } = await runOscortex(["--headless", "--quiet", ...options, ...app]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

describe.skipIf(lacksKvm())("processes", () => {
  const timeout = BOOT_TIMEOUT_MS + CYCLES * CYCLE_MS * TIME_FACTOR;

  test("that come and go leave nothing behind, and talk to each other", { timeout }, async () => {
    const stdout = await bench([], "--rounds", String(CYCLES), "cycles", "messages");
    const line =
      /^cycles (?<count>\d+) free_kib (?<free>\d+) (?<freeThen>\d+) heap_bytes (?<heap>\d+) (?<heapThen>\d+) handles (?<handles>\d+) (?<handlesThen>\d+)$/m;
    const found = line.exec(stdout)?.groups ?? {};
    expect(found["count"]).toBe(String(CYCLES));
    expect([found["heapThen"], found["handlesThen"]]).toEqual([found["heap"], found["handles"]]);
    // The resolver gives its idle connection back after some seconds: more can be free then, never less.
    expect(Number(found["freeThen"])).toBeGreaterThanOrEqual(Number(found["free"]));
  });

  test("can be a thousand at once in 1 GiB", { timeout: 2 * BOOT_TIMEOUT_MS }, async () => {
    const stdout = await bench(["--memory", "1024"], "--rounds", "1000", "alive");
    expect(stdout).toMatch(/^alive 1000 listed 1000$/m);
  });
});
