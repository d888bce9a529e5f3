// What a run leaves for those who look closer: traces and profiles.

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TraceEvent } from "../../vmm/trace/chrome-trace.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, runOscortex, startOscortex } from "../support/oscortex-command.ts";

const folder = mkdtempSync(join(tmpdir(), "oscortex-"));

describe.skipIf(lacksKvm())("a run", { timeout: BOOT_TIMEOUT_MS }, () => {
  test("with --trace leaves its system calls, scheduling, packages, exits and frames", async () => {
    const file = join(folder, "trace.json");
    const app = ["--run", "org.oscortex.clock", "--", "--interval", "20", "--count", "3"];
    expect((await runOscortex(["--headless", "--trace", file, ...app])).status).toBe(0);
    const events: TraceEvent[] = JSON.parse(readFileSync(file, "utf8"));
    const rows = new Map(
      events
        .filter(({ name }) => name === "thread_name")
        .map(({ tid, args }) => [String(args?.["name"]), tid]),
    );
    const spans = (row: string): TraceEvent[] =>
      events.filter(
        ({ ph, pid, tid }) => ph === "X" && pid === (row === "exits" ? 2 : 1) && tid === rows.get(row),
      );

    const sleeps = spans("org.oscortex.clock (3)").filter(({ name }) => name === "sleep");
    expect(sleeps.length).toBeGreaterThanOrEqual(2);
    for (const { dur, args } of sleeps) {
      expect(dur).toBeGreaterThan(15_000); // microseconds of the 20 ms, less what printing took
      expect(args?.["result"]).toBe("0");
    }
    expect(spans("processor").map(({ name }) => name)).toEqual(
      expect.arrayContaining(["asleep", "org.oscortex.clock", "org.oscortex.init"]),
    );
    expect(spans("packages").map(({ name }) => name)).toEqual([
      "catalog org.oscortex.clock",
      "fetch org.oscortex.clock",
      "hash org.oscortex.clock",
      "compile org.oscortex.clock",
    ]);
    // The log's console is in slot 1: five stores and a load of its status, a store for each of its queues.
    const exits = spans("exits").map(({ name }) => name);
    expect(exits.filter((name) => name === "virtio slot 1 0x70")).toHaveLength(6);
    expect(exits.filter((name) => name === "virtio slot 1 0x44")).toHaveLength(1);
    expect(events.some(({ name, pid }) => name === "frame" && pid === 2)).toBe(true);
    // One clock: what the guest says happens inside the run.
    const times = events.flatMap(({ ts }) => (ts === undefined ? [] : [ts]));
    expect(Math.min(...times)).toBeGreaterThan(0);
  });

  test("with --trace and a screen leaves the compositor's frames", async () => {
    const file = join(folder, "frames.json");
    const shell = startOscortex(["--quiet", "--display", "127.0.0.1:0", "--trace", file]);
    while (!/^frames=[1-9]/m.test(await shell.command("cat /sys/ui/frames")));
    shell.endInput();
    expect((await shell.ended).status).toBe(0);
    const events: TraceEvent[] = JSON.parse(readFileSync(file, "utf8"));
    const frame = events.find(({ name }) => name === "compose");
    expect(frame?.args?.["pixels"]).toBeGreaterThan(0);
    expect(frame?.dur).toBeGreaterThan(0);
  });

  test("with --profile leaves the functions that took the time, in stacks through system calls", async () => {
    const file = join(folder, "profile.folded");
    const app = ["--run", "org.oscortex.bench", "--", "syscall"];
    expect((await runOscortex(["--headless", "--quiet", "--profile", file, ...app])).status).toBe(0);
    const folded = readFileSync(file, "utf8");
    const through =
      /^org\.oscortex\.bench;stub\.process_start;shell-host\/apps\/bench\/.*guest-kernel\/kernel\/syscall\//m;
    expect(folded).toMatch(through);
    for (const line of folded.trimEnd().split("\n")) expect(line).toMatch(/^\S.* \d+$/);
  });

  test("with --profile FILE.svg leaves a picture", async () => {
    const file = join(folder, "profile.svg");
    expect((await runOscortex(["--headless", "--profile", file, "--run", "org.oscortex.hello"])).status).toBe(
      0,
    );
    expect(readFileSync(file, "utf8")).toMatch(
      /^<svg [^]*<title>all: \d+ samples, 100\.0 %<\/title>[^]*<\/svg>\n$/,
    );
  });
});
