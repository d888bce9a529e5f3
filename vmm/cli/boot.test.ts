// The command as users run it, with the real kernel: `npm start -- ...`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import {
  type FaultyPackageServer,
  type PackageFault,
  startFaultyPackageServer,
} from "../../tests/support/faulty-package-server.ts";
import { lacksKvm } from "../../tests/support/kvm.ts";

const COMMAND = join(SOURCE_ROOT, "build/host/vmm/cli/main.js");
const REPOSITORY = join(SOURCE_ROOT, "build/repository");
const TIMEOUT_MS = 60_000;

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

async function oscortex(args: string[], input = ""): Promise<Result> {
  const child = spawn(process.execPath, [COMMAND, ...args]);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {}); // the command may end before it has read everything
  child.stdin.end(input);
  await once(child, "close");
  return { status: child.exitCode, stdout, stderr };
}

/** Runs an app; only what apps and errors say is in stderr. */
function run(name: string, ...args: string[]): Promise<Result> {
  return oscortex(["--headless", "--quiet", "--run", name, ...args]);
}

describe.skipIf(lacksKvm())("the command", { timeout: TIMEOUT_MS }, () => {
  test("runs an app: its output on stdout, its exit status, the log with its times on stderr", async () => {
    const args = ["--headless", "--run", "org.oscortex.hello", "--", "a", "b c", "--exit", "42"];
    const { status, stdout, stderr } = await oscortex(args);
    expect([status, stdout]).toEqual([42, "Hello from Oscortex\na b c\n"]);
    expect(stderr).toMatch(/^oscortex: VM start → init \d+\.\d ms$/m);
    expect(stderr).toMatch(/^oscortex: init → shell \d+\.\d ms$/m);
    expect(stderr).toMatch(/ org\.oscortex\.hello: resolved in \d+ us$/m);
  });

  test.each([
    ["oob", 139, "memory access out of bounds", "main.ts"],
    ["div0", 136, "division by zero", "main.ts"],
    ["overflow", 136, "integer overflow", "main.ts"],
    ["unreachable", 132, "unreachable executed", "main.ts"],
    ["stack", 139, "stack overflow", "main.ts"],
    ["indirect", 132, "indirect call past the table", "main.ts"],
    ["indirect-null", 132, "indirect call of nothing", "main.ts"],
    ["indirect-type", 132, "indirect call of another type", "main.ts"],
  ])(
    "an app that crashes by %s is status %i, reported with file and line",
    async (kind, status, text, file) => {
      const args = ["--headless", "--run", "org.oscortex.crash", "--", kind];
      const result = await oscortex(args);
      expect([result.status, result.stdout]).toEqual([status, ""]);
      expect(result.stderr).toContain(`run: org.oscortex.crash: crashed: ${text} (status ${status})\n`);
      expect(result.stderr).toMatch(
        new RegExp(String.raw`org\.oscortex\.crash \(pid 3\): [^]* shell-host/apps/crash/${file}:\d+`),
      );
    },
  );

  test("an app that never yields leaves others their rhythm, and is killed when its time is over", async () => {
    const background = ["--background", "org.oscortex.clock --interval 20"];
    const { status, stdout, stderr } = await run("org.oscortex.spin", "--timeout", "2", ...background);
    expect([status, stderr]).toEqual([124, "run: org.oscortex.spin: killed after 2 s\n"]);
    const gaps = [...stdout.matchAll(/gap (\d+\.\d) ms/g)]
      .map((match) => Number(match[1]))
      .toSorted((a, b) => a - b);
    expect(gaps.length).toBeGreaterThan(50);
    // Nearly all: this host's processors are shared, and a stall of theirs is not the guest's.
    expect(gaps[Math.floor(gaps.length * 0.95)]).toBeLessThan(50);
  });

  test("the shell serves lines until its input ends", async () => {
    const lines = [
      "run org.oscortex.hello",
      "cat /sys/pkg/cache",
      "run org.oscortex.crash oob",
      "echo on",
      "ps",
      "",
    ];
    const { status, stdout } = await oscortex(["--quiet"], lines.join("\n"));
    expect(status).toBe(0);
    expect(stdout).toContain("Hello from Oscortex\n");
    expect(stdout).toContain("slots=1/16\npinned=0\nephemeral=1\n");
    expect(stdout).toContain("oscortex$ on\n");
    expect(stdout).toMatch(/^ {4}2 {5}1 run .* org\.oscortex\.shell$/m);
  });
});

describe.skipIf(lacksKvm())("packages that go wrong", { timeout: TIMEOUT_MS }, () => {
  let server: FaultyPackageServer;
  beforeAll(async () => {
    server = await startFaultyPackageServer({ folder: REPOSITORY });
  });
  afterAll(() => server.close());

  const CASES: [fault: PackageFault, status: number, text: string][] = [
    [{ kind: "flip", offset: 5000 }, 68, "the bundle's SHA-256 differs from the catalog's"],
    [{ kind: "truncate", bytes: 3000 }, 67, "the bundle was cut short: its length is not the catalog's"],
    [{ kind: "shorten", bytes: 1 }, 67, "the bundle was cut short: its length is not the catalog's"],
    [{ kind: "count", value: 0xffffffff }, 69, "the catalog is malformed"],
    [{ kind: "status", status: 500 }, 66, "the package server's HTTP response is malformed or unexpected"],
  ];
  test.each(CASES)("%j is status %i, one line, and nothing is cached", async (fault, status, text) => {
    server.fault = fault;
    const url = `http://127.0.0.1:${server.port}`;
    const args = ["--quiet", "--server", url];
    const failed = await oscortex([...args, "--headless", "--run", "org.oscortex.hello"]);
    expect(failed).toEqual({ status, stdout: "", stderr: `run: org.oscortex.hello: ${text}\n` });
    const { stdout } = await oscortex(args, "run org.oscortex.hello\ncat /sys/pkg/cache\n");
    expect(stdout).toContain("slots=0/16\npinned=0\nephemeral=0\n");
  });

  test("an unknown name is status 64", async () => {
    const stderr = "run: org.none: not in the catalog\n";
    expect(await run("org.none")).toEqual({ status: 64, stdout: "", stderr });
  });

  test("a server that is down is status 65", async () => {
    const down = await startFaultyPackageServer({ folder: REPOSITORY });
    await down.close();
    const stderr = "run: org.oscortex.hello: the package server is down or cannot be reached\n";
    const result = await run("org.oscortex.hello", "--server", `http://127.0.0.1:${down.port}`);
    expect(result).toEqual({ status: 65, stdout: "", stderr });
  });
});

describe("wrong usage", () => {
  test.each([[["--frob"]], [["--run", "a", "--timeout", "x"]], [["--server", "ftp://x"]]])(
    "%j is status 2 and a sentence",
    async (args) => {
      const { status, stdout, stderr } = await oscortex(args);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^oscortex: .+\noscortex: --help shows the options\n$/);
    },
  );

  test("--help and --version print to stdout", async () => {
    expect(await oscortex(["--version"])).toEqual({ status: 0, stdout: "oscortex 0.1.0\n", stderr: "" });
    expect((await oscortex(["--help"])).stdout).toMatch(/^Usage: /);
  });
});
