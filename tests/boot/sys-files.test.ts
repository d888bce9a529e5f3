// /sys in the guest: every file, its format, and that nothing there can be changed.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startFaultyPackageServer } from "../support/faulty-package-server.ts";
import { KernelAppGuest, makeRepository } from "../support/kernel-app.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, startOscortex } from "../support/oscortex-command.ts";

const BALLAST = "org.oscortex.ballast";
const N = String.raw`-?\d+`;

/** Lines `key=number`. */
function numbers(...keys: string[]): RegExp {
  return new RegExp(`^${keys.map((key) => `${key}=${N}\n`).join("")}$`);
}

// Every file but ui/*, which there is with a screen only, by its path: how it reads in a guest that has run a few apps, one of which has trapped.
const FORMATS: [path: RegExp, text: RegExp][] = [
  [/^mem$/, numbers("total_kib", "free_kib", "reserved_kib", "cached_kib", "reclaimed_kib", "heap_bytes")],
  [/^handles$/, numbers("handles", "files", "port_ends", "sockets")],
  [
    /^sched$/,
    numbers(
      "runnable",
      "waiting",
      "ended",
      "resumes",
      "preemptions",
      "sleeps",
      "slept_us",
      "uptime_us",
      "exits",
    ),
  ],
  [
    /^net$/,
    /^up=1\nmac=[0-9a-f]{12}\naddress=10\.0\.2\.15\nmtu=\d+\n(tcp=10\.0\.2\.2:\d+ local=\d+ [a-z0-9-]+ send=\d+ receive=\d+\n)*$/,
  ],
  [/^mounts$/, /^\/sys sysfs ro\n\/tmp tmpfs rw\n\/data ext2 rw\n\/ initramfs ro\n$/],
  [
    /^disk$/,
    numbers(
      "disk_pages",
      "mounted",
      "read_only",
      "failed",
      "free_blocks",
      "commits",
      "cache_limit",
      "cache_pages",
      "cache_dirty",
      "cache_hits",
      "cache_misses",
    ),
  ],
  [
    /^proc\/list$/,
    /^ {2}PID {2}PPID {2}PGRP PRI STATE {3}MEM\/KiB {2}CPU\/ms NAME\n( *\d+ +\d+ +\d+ +[1-8] (run|wait|zombie) +\d+ +\d+ org\.[a-z.]+\n)+$/,
  ],
  [
    /^proc\/last-crash$/,
    /^org\.oscortex\.crash \(pid \d+\): integer divide by zero at \S+:\d+\n( {4}called from \S+:\d+\n)*$/,
  ],
  [
    /^proc\/\d+\/status$/,
    /^name=org\.[a-z.]+\npid=\d+\nparent=\d+\ngroup=\d+\npriority=[1-8]\nstate=(run|wait)\ncpu_us=\d+\nage_us=\d+\nmemory_kib=\d+\nmemory_limit_kib=\d+\nmemory_refused_kib=0\nstack_kib=128\nhandles=\d+\nhandle_limit=64\ncpu_percent=100\n(waits_in_call=\d+\n)?$/,
  ],
  [/^proc\/\d+\/caps$/, /^capabilities=[a-z ]+\n$/],
  [/^proc\/\d+\/args$/, /^$/],
  [/^pkg\/cache$/, /^slots=3\/16\npinned=0\nephemeral=3\n$/],
  [
    /^pkg\/apps$/,
    /^(name=org\.[a-z.]+\nversion=1\.0\.0\napp_id=\d+\npinned=0\nprocesses=\d+\ncode_kib=\d+\n(library=\S+\nlibrary_code_kib=\d+\n)?memory_limit_kib=\d+\ncapabilities=[a-z ]*\n(files=(read|write) \S+\n|hosts=\S+\n)*\n?){3}$/,
  ],
  [
    /^pkg\/last$/,
    /^name=org\.[a-z.]+\nresult=\d+\nconnect=\d+\ncatalog=\d+\ntransfer=\d+\nhash=\d+\ncompile=\d+\ntotal=\d+\n$/,
  ],
  [/^pkg\/server$/, /^address=10\.0\.2\.2\nport=\d+\n$/],
  [/^pkg\/progress$/, /^$/], // nothing is being resolved
  [/^pkg\/icons$/, /^(org\.[a-z.]+ .*\n){3}$/],
];

describe.skipIf(lacksKvm())("/sys", { timeout: BOOT_TIMEOUT_MS }, () => {
  const disk = join(mkdtempSync(join(tmpdir(), "oscortex-")), "disk.img");
  const guest = new KernelAppGuest(() => ({
    samples: ["crash", "notes", "ballast"],
    args: ["--disk", disk, "--disk-size", "16M"],
  }));

  /** The paths of all files, below /sys, without those of the process that lists them. */
  async function paths(): Promise<string[]> {
    const found = (await guest.run("walk /sys")).map((path) => path.replace("/sys/", ""));
    return found.filter((path) => !/^proc\/\d+\//.test(path) || /^proc\/[12]\//.test(path));
  }

  test("has exactly the files that are described here, and each is as described", async () => {
    await guest.shell.command("fetch org.oscortex.notes");
    await guest.shell.command("run org.oscortex.crash div0");
    const found = await paths();
    expect(FORMATS.filter(([path]) => !found.some((name) => path.test(name)))).toEqual([]);
    for (const path of found) {
      const format = FORMATS.find(([pattern]) => pattern.test(path));
      const text = await guest.shell.command(`cat /sys/${path}`);
      expect([path, text]).toEqual([path, expect.stringMatching(format?.[1] ?? /not described/)]);
    }
  });

  test("tells the same of a crash as the log", async () => {
    await guest.shell.command("run org.oscortex.crash div0");
    const report = (await guest.shell.command("cat /sys/proc/last-crash")).trimEnd().split("\n");
    const log = guest.shell.stderr.replaceAll(/^\[ *\d+\.\d{6}\] /gm, "");
    expect(log).toContain(`${report.join("\n")}\n`);
  });

  test("has an icon for each package that brings one", async () => {
    const icons = await guest.shell.command("cat /sys/pkg/icons");
    expect(icons).toMatch(/^org\.oscortex\.notes [0-9a-f]{6} [0-9a-f]{6} M.{50,}$/m);
    expect(icons).toMatch(/^org\.test\.kernel $/m);
  });

  test("cannot be changed", async () => {
    const operations = (await paths()).flatMap((path) => [
      `open-to-write=/sys/${path}`,
      `remove=/sys/${path}`,
      `rename=/sys/${path}=/sys/other`,
      `mkdir=/sys/${path}`,
    ]);
    const elsewhere = ["create=/sys/new", "create=/sys/pkg/new", "mkdir=/sys/new", "remove=/sys/pkg"];
    const lines: string[] = [];
    const all = [...operations, ...elsewhere];
    // As many as a process's arguments have room for.
    for (let at = 0; at < all.length; at += 40)
      lines.push(...(await guest.run(`try ${all.slice(at, at + 40).join(" ")}`)));
    expect(lines).toEqual(all.map((operation) => `${operation}: ROFS`));
  });

  test("tells how far a package has come while it is fetched", async () => {
    const server = await startFaultyPackageServer({ folder: await makeRepository([], ["ballast"]) });
    onTestFinished(() => server.close());
    const shell = startOscortex(["--server", `http://127.0.0.1:${server.port}`]);
    await shell.command("fetch org.test.kernel");
    server.fault = { kind: "slow", pieceBytes: 8192, delayMs: 5 };
    const lines = (await shell.command(`run org.test.kernel watch ${BALLAST}`)).trimEnd().split("\n");
    expect(lines.pop()).toBe("resolved: 0");
    const steps = lines.map((line) => /^(?<name>\S+) (?<stage>\S+) (?<done>\d+) (?<total>\d+)$/.exec(line));
    expect(new Set(steps.map((step) => step?.groups?.["name"]))).toEqual(new Set([BALLAST]));
    const fetched = steps.filter((step) => step?.groups?.["stage"] === "fetch");
    const done = fetched.map((step) => Number(step?.groups?.["done"]));
    expect(done.length).toBeGreaterThan(3);
    expect(done).toEqual(done.toSorted((one, two) => one - two));
    const totals = new Set(fetched.map((step) => Number(step?.groups?.["total"])));
    expect(totals.size).toBe(1);
    expect(Math.max(...done)).toBeLessThanOrEqual([...totals][0]!);
  });
});
