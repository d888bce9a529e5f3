// When memory ends in the guest: caches give theirs back first, then the process that has most ends, and nobody else.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { STATUS_KILLED, STATUS_NO_MEMORY } from "../../guest-kernel/abi/syscall.ts";
import { KernelAppGuest, numbersOf } from "../support/kernel-app.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";

const MIB = 1024; // in KiB

describe.skipIf(lacksKvm())("memory", { timeout: BOOT_TIMEOUT_MS }, () => {
  const disk = join(mkdtempSync(join(tmpdir(), "oscortex-")), "disk.img");
  const guest = new KernelAppGuest(() => ({
    args: ["--memory", "128", "--disk", disk, "--disk-size", "32M"],
    samples: ["hello"],
  }));

  test("that the page cache has is given back to a process that needs it", async () => {
    const found = numbersOf(await guest.run("reclaim"));
    expect([found["written"], found["wrong when read again"]]).toEqual([0, 0]);
    expect(found["cached"]).toBeGreaterThan(10 * MIB);
    expect(found["taken"]).toBeGreaterThan(found["free"]! + found["cached"]! / 2);
    expect(found["cached then"]).toBeLessThan(found["cached"]! / 2);
    expect(found["reclaimed"]).toBeGreaterThan(found["cached"]! / 2);
  });

  test("that one process has is taken from it, by its end, when another needs a little; all others go on", async () => {
    const lines = await guest.run("out-of-memory");
    const found = numbersOf(lines);
    expect(lines.filter((line) => !/^(and had|free again):/.test(line))).toEqual([
      "grown: 0",
      `the large one ended with: ${STATUS_KILLED | STATUS_NO_MEMORY}`,
      "the small one answers: 11",
      "a new one ends with: 3",
    ]);
    expect(found["free again"]).toBeGreaterThan(0.8 * found["and had"]!);
    const report =
      /out of memory: org\.test\.kernel \(pid \d+\) needs \d+ KiB more; ending org\.test\.kernel \(pid \d+\), which has (?<had>\d+) KiB/;
    await guest.shell.until(() => report.test(guest.shell.stderr));
    expect(Number(report.exec(guest.shell.stderr)?.groups?.["had"])).toBe(found["and had"]);
    expect(await guest.shell.command("run org.oscortex.hello")).toBe("Hello from Oscortex\n");
  });
});
