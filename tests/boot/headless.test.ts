// `npm start -- --headless --run NAME`: one app, from power-on to its exit status.

import { describe, expect, test } from "vitest";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, runApp } from "../support/oscortex-command.ts";
import { TIME_FACTOR } from "../support/time-factor.ts";

const WARM_MS = 2000 * TIME_FACTOR;
const RESOLVE_US = /^\[ *\d+\.\d{6}\] pkg: org\.oscortex\.hello: resolved in (\d+) us$/m;

describe.skipIf(lacksKvm())("one app", { timeout: BOOT_TIMEOUT_MS }, () => {
  test("has stdout for itself, and the log on stderr says how long each stage of the boot took", async () => {
    const { status, stdout, stderr } = await runApp("org.oscortex.hello", "--", "a", "b");
    expect(stdout).toBe("Hello from Oscortex\na b\n");
    expect(status).toBe(0);
    expect(stderr).toMatch(/^oscortex: VM start → init \d+\.\d ms$/m);
    expect(stderr).toMatch(/^oscortex: init → shell \d+\.\d ms$/m);
    expect(stderr).toMatch(/^\[ *\d+\.\d{6}\] net: 10\.0\.2\.15\/24, router 10\.0\.2\.2, /m);
    expect(Number(RESOLVE_US.exec(stderr)?.[1])).toBeGreaterThan(0);
  });

  test("gets its arguments as they were given", async () => {
    const { stdout } = await runApp("org.oscortex.hello", "--", "a  b", "", "'q\"", "--timeout", "ü😀");
    expect(stdout).toBe("Hello from Oscortex\na  b  'q\" --timeout ü😀\n");
  });

  test("gives the command its exit status", async () => {
    expect((await runApp("org.oscortex.hello", "--", "--exit", "7")).status).toBe(7);
    expect((await runApp("org.oscortex.hello", "--", "--exit", "255")).status).toBe(255);
  });

  test("takes less than two seconds when nothing is to be built", async () => {
    await runApp("org.oscortex.hello");
    const start = performance.now();
    const { status } = await runApp("org.oscortex.hello");
    expect(performance.now() - start).toBeLessThan(WARM_MS);
    expect(status).toBe(0);
  });

  test("with --quiet leaves stderr empty", async () => {
    expect(await runApp("org.oscortex.hello", "--quiet")).toEqual({
      status: 0,
      stdout: "Hello from Oscortex\n",
      stderr: "",
    });
  });
});
