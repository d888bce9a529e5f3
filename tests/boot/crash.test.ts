// Apps that crash: the report, the exit status, and a kernel and a shell that live on.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, runApp, SharedOscortex } from "../support/oscortex-command.ts";

const SOURCE = "shell-host/apps/crash/main.ts";
const LINES = readFileSync(join(SOURCE_ROOT, SOURCE), "utf8").split("\n");

/** `file:line` of the one line of the app that holds `code`. */
function placeOf(code: string): string {
  const found = LINES.flatMap((line, index) => (line.includes(code) ? [index + 1] : []));
  expect(found).toHaveLength(1);
  return `${SOURCE}:${found[0]}`;
}

// kind, exit status, what it is called, the code that traps
const KINDS = [
  ["oob", 139, "out of bounds memory access", "load<i32>(0xffff0000"],
  ["div0", 136, "integer divide by zero", "42 / zero"],
  ["overflow", 136, "integer overflow", "i32.MIN_VALUE + zero"],
  ["unreachable", 132, "unreachable executed", "unreachable()"],
  ["stack", 139, "call stack exhausted", "recursion(depth + 1)"],
  ["indirect", 132, "undefined element", "PAST_THE_TABLE + zero"],
  ["indirect-null", 132, "uninitialized element", "NULL_ENTRY + zero"],
  ["indirect-type", 132, "indirect call type mismatch", "unary.index"],
] as const;

describe.skipIf(lacksKvm())("an app that crashes", { timeout: BOOT_TIMEOUT_MS }, () => {
  const guest = new SharedOscortex();

  beforeAll(() => guest.start());

  test.each(KINDS)("by %s ends with status %i and a report: %s", async (kind, status, trap, code) => {
    const { shell } = guest;
    const before = shell.stderr.length;
    expect(await shell.command(`run org.oscortex.crash ${kind}`)).toBe("");
    expect(await shell.command("echo $?")).toBe(`${status}\n`);
    const ending = `run: org.oscortex.crash: crashed: ${trap} (status ${status})`;
    await shell.until(() => shell.stderr.slice(before).includes(`${ending}\n`));
    const lines = shell.stderr.slice(before).split("\n");
    expect(lines).toContain(ending);
    expect(lines.map((line) => line.replace(/^\[[ .\d]+\] /, "").replace(/pid \d+/, "pid"))).toContain(
      `org.oscortex.crash (pid): ${trap} at ${placeOf(code)}`,
    );
  });

  test("leaves everything else alive", async () => {
    const { shell } = guest;
    expect(await shell.command("run org.oscortex.hello")).toBe("Hello from Oscortex\n");
    const processes = await shell.command("ps");
    expect(processes.match(/org\.oscortex\.\w+/g)).toEqual(["org.oscortex.init", "org.oscortex.shell"]);
    expect(await shell.command("cat /sys/pkg/cache")).toBe("slots=2/16\npinned=0\nephemeral=2\n");
  });

  test("by a failed assertion says which, and where it was called from", async () => {
    const { shell } = guest;
    const before = shell.stderr.length;
    await shell.command("run org.oscortex.crash abort");
    expect(await shell.command("echo $?")).toBe("132\n");
    const called = `called from ${placeOf("words[words.length]")}\n`;
    await shell.until(() => shell.stderr.slice(before).includes(called));
    const report = shell.stderr.slice(before);
    expect(report).toMatch(/^Index out of range at ~lib\/array\.ts:\d+:\d+$/m);
    expect(report).toMatch(/\(pid \d+\): unreachable executed at shell-host\/sdk\/abort\.ts:\d+$/m);
  });

  test("in the background is reported at the next prompt", async () => {
    const { shell } = guest;
    const [from, before] = [shell.stdout.length, shell.stderr.length];
    await shell.command("run org.oscortex.crash div0 &");
    await shell.until(() => shell.stderr.slice(before).includes("integer divide by zero"));
    await shell.command("echo");
    expect(shell.stdout.slice(from)).toMatch(
      /^\[\d+\] org\.oscortex\.crash: crashed: integer divide by zero \(status 136\)$/m,
    );
  });

  test("gives the machine its status, and leaves a report with registers and log in the file that was asked for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "crashes.txt");
    const { status } = await runApp("org.oscortex.crash", "--report", file, "--quiet", "--", "div0");
    expect(status).toBe(136);
    const [head, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(head).toMatch(/^\d{4}-\d\d-\d\dT\S+Z process 3: divide error, error code 0x0$/);
    expect(lines.join("\n")).toMatch(/ {2}rip {4}0x[0-9a-f]{16} {2}rflags 0x/);
    const frames = lines.filter((line) => line.startsWith("  #"));
    expect(frames.length).toBeGreaterThan(1);
    expect(frames[0]).toMatch(/^ {2}#0 0x[0-9a-f]{16} \S+ at /);
    expect(frames[0]).toContain(` at ${placeOf("42 / zero")}`);
    expect(frames.at(-1)).toMatch(/ stub\.process_start$/);
    expect(frames.filter((line) => line.endsWith(" ?"))).toEqual([]);
    expect(lines.at(-1)).toContain(`(pid 3): integer divide by zero at ${placeOf("42 / zero")}`);
  });
});
