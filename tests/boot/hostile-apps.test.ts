// Apps that try to harm the kernel, or take all there is: only they suffer.

import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { packApp } from "../support/app.ts";
import { lacksKvm } from "../support/kvm.ts";
import {
  BOOT_TIMEOUT_MS,
  REPOSITORY,
  type RunningCommand,
  SharedOscortex,
  startOscortex,
} from "../support/oscortex-command.ts";

const CALLS = 20_000;
const WINDOWS_IN_TURN = 33; // guest-kernel/kernel/mm/windows.ts: what one flush serves, and one more
const SLACK_KIB = 64; // the kernel's heap is never quite the same
const HELLO = "Hello from Oscortex\n";

async function freeKib(shell: RunningCommand): Promise<number> {
  return Number(/^free_kib=(\d+)$/m.exec(await shell.command("cat /sys/mem"))?.[1]);
}

/**
 * The same once every window that the kernel uses in turn has been used by this app: it keeps its page tables. Needs
 * an app that ends by itself.
 */
async function freeKibOnceWarm(shell: RunningCommand, app: string): Promise<number> {
  await shell.command("run org.oscortex.hello");
  for (let i = 0; i < 2 * WINDOWS_IN_TURN; i++) await shell.command(`run ${app}`);
  return freeKib(shell);
}

/** Checks that nothing of an app is left but its package, and that others run. */
async function expectHealth(shell: RunningCommand): Promise<void> {
  expect((await shell.command("ps")).match(/org\.\w+\.\w+/g)).toEqual([
    "org.oscortex.init",
    "org.oscortex.shell",
  ]);
  expect(await shell.command("run org.oscortex.hello")).toBe(HELLO);
}

describe.skipIf(lacksKvm())("a hostile app", { timeout: BOOT_TIMEOUT_MS }, () => {
  const repository = mkdtempSync(join(tmpdir(), "oscortex-"));
  const small = new SharedOscortex(); // with 64 MiB

  beforeAll(async () => {
    writeFileSync(join(repository, "hostile.osx"), await packApp("tests/fixtures/hostile-app"));
    copyFileSync(join(REPOSITORY, "hello.osx"), join(repository, "hello.osx"));
    return small.start(["--repository", repository, "--memory", "64"]);
  }, BOOT_TIMEOUT_MS);

  test("that makes senseless system calls gets errors, and leaves nothing behind", async () => {
    const shell = startOscortex(["--repository", repository]);
    const before = await freeKibOnceWarm(shell, "org.test.hostile calls 1 10");
    for (let seed = 1; seed <= 10; seed++) {
      expect(await shell.command(`run org.test.hostile calls ${seed} ${CALLS}`)).toBe("lot\n");
      await expectHealth(shell);
    }
    expect(before - (await freeKib(shell))).toBeLessThan(SLACK_KIB);
  });

  test("that takes all memory leaves it when it ends", async () => {
    const { shell } = small;
    const before = await freeKibOnceWarm(shell, "org.test.hostile grow");
    for (let i = 0; i < 3; i++) {
      const printed = await shell.command("run org.test.hostile grow");
      const kib = 64 * Number(/^(\d+) pages\n$/.exec(printed)?.[1]);
      expect(kib).toBeGreaterThan(before / 2);
      expect(kib).toBeLessThanOrEqual(before);
      await expectHealth(shell);
    }
    expect(before - (await freeKib(shell))).toBeLessThan(SLACK_KIB);
  });

  test("that keeps all memory leaves the shell alive, which tells that there is none, and can kill it", async () => {
    const disk = join(repository, "disk.img");
    const shell = startOscortex([
      "--repository",
      repository,
      "--memory",
      "64",
      "--disk",
      disk,
      "--disk-size",
      "16M",
    ]);
    await shell.command("run org.oscortex.hello");
    await shell.command("write /data/file still readable");
    const started = await shell.background("run org.test.hostile hoard &", /\d+ pages\n/);
    const [, pid] = /\[(\d+)\]/.exec(started) ?? [];
    for (let i = 0; i < 5; i++) expect(await shell.command("run org.oscortex.hello")).not.toContain("Hello");
    await shell.until(() => shell.stderr.includes("run: org.oscortex.hello: out of memory\n"));
    expect(await freeKib(shell)).toBeLessThan(SLACK_KIB);
    for (let i = 0; i < 3; i++) expect(await shell.command("cat /data/file")).toBe("still readable\n");
    expect(await shell.command("write /data/other x")).toBe("");
    await shell.command(`kill ${pid}`);
    await expectHealth(shell);
    expect(await shell.command("cat /data/other")).toBe("x\n");
  });

  test("that keeps all memory ends when a small one needs some, with a report", async () => {
    const { shell } = small;
    await shell.background("run org.test.hostile want 40 &", /waiting\n/);
    const started = await shell.background("run org.test.hostile hoard &", /\d+ pages\n/);
    const [, pid] = /\[(\d+)\]/.exec(started) ?? [];
    await shell.background("mkdir /tmp/go", /got 40 pages\n/);
    const report =
      /out of memory: org\.test\.hostile \(pid \d+\) needs 2560 KiB more; ending org\.test\.hostile \(pid (?<victim>\d+)\), which has \d+ KiB/;
    await shell.until(() => report.test(shell.stderr));
    expect(report.exec(shell.stderr)?.groups?.["victim"]).toBe(pid);
    await shell.command("echo"); // what has ended is told at a prompt, this one at the latest
    expect(shell.stdout).toContain(`[${pid}] org.test.hostile: killed: out of memory\n`);
    await expectHealth(shell);
  });

  test("that runs out of memory is told so in its report", async () => {
    const { shell } = small;
    await shell.command("run org.test.hostile allocate");
    await shell.until(() => shell.stderr.includes("asked for"));
    expect(shell.stderr).toMatch(
      /org\.test\.hostile \(pid \d+\): unreachable executed at ~lib\/rt\/.*:\d+\n/,
    );
    expect(shell.stderr).toMatch(
      / out of memory: it has \d+ KiB of at most \d+, and asked for \d+ more, more than there was\n/,
    );
    await expectHealth(shell);
  });
});
