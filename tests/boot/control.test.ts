// Watching a machine that runs, and developing an app in one.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, COMMAND, type Outcome, startCommand } from "../support/oscortex-command.ts";

/** Runs a command of `oscortex` to its end. */
function oscortex(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const command = startCommand([...COMMAND, ...args], environment);
  command.endInput();
  return command.ended;
}

describe.skipIf(lacksKvm())("a running machine", { timeout: BOOT_TIMEOUT_MS }, () => {
  test("is watched by top, and says what it does with --metrics", async () => {
    const runtime = { XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), "oscortex-")) };
    expect((await oscortex(["top", "--once"], runtime)).stderr).toBe(
      "oscortex top: no machine runs: start one with oscortex run\n",
    );
    const args = ["--metrics", "--headless", "--run", "org.oscortex.spin"];
    const machine = startCommand([...COMMAND, ...args], runtime);
    await machine.until(() => / \d+ exits\/s, \d+ switches\/s, vCPU [0-9.]+ %, /.test(machine.stderr));

    const { status, stdout } = await oscortex(["top", "--json"], runtime);
    expect(status).toBe(0);
    const { rates, memoryKib, freeKib, processes } = JSON.parse(stdout);
    expect(rates.vcpu).toBeGreaterThan(0.1); // it spins
    expect(freeKib).toBeLessThan(memoryKib);
    expect(processes).toContainEqual(
      expect.objectContaining({ pid: 3, parent: 2, name: "org.oscortex.spin" }),
    );
    machine.signal("SIGINT");
    expect((await machine.ended).status).toBe(130);
    expect((await oscortex(["top"], runtime)).status).toBe(1);
  });

  test("runs an app again when its source changes, and the one before where it does not compile", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "oscortex-")), "app");
    expect((await oscortex(["new", folder])).status).toBe(0);
    const source = join(folder, "main.ts");
    const original = readFileSync(source, "utf8");
    const dev = startCommand([...COMMAND, "dev", folder, "--", "you"]);
    await dev.until(() => dev.stdout.includes("Hello, you\n") && dev.stderr.includes("ended with status 0"));
    writeFileSync(source, original.replace("Hello", 1 + "Hello"));
    await dev.until(() => dev.stdout.includes("1Hello, you\n"));
    writeFileSync(source, original.replace("i32", "nonsense"));
    await dev.until(() => dev.stderr.includes("Cannot find name 'nonsense'"));
    writeFileSync(source, original.replace("Hello", "Goodbye"));
    await dev.until(() => dev.stdout.includes("Goodbye, you\n"));
    dev.signal("SIGINT");
    expect((await dev.ended).status).toBe(130);
  });
});
