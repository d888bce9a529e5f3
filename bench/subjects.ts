// What can be measured.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SOURCE_ROOT } from "../pkg/source-root.ts";
import { measureAot } from "./aot/measure.ts";
import { measureCompile } from "./aot/measure-compile.ts";
import { runGuest, startServer } from "./child.ts";
import { parseGuestRows } from "./guest-rows.ts";
import { FILE_BYTES, measureHostDd } from "./host-dd.ts";
import { measureHostFetch } from "./host-fetch.ts";
import { measureHostGetppid } from "./host-getppid.ts";
import { measureHostPipes, measureHostSpawn } from "./host-processes.ts";
import { type Row, summarize } from "./stats.ts";
import { measureUi } from "./ui/measure.ts";

const BENCH_APP = "org.oscortex.bench";
const BALLAST = "org.oscortex.ballast"; // a bundle of about 64 KiB
const GATEWAY = "10.0.2.2"; // the host's loopback interface, as the guest sees it
const REPOSITORY = join(SOURCE_ROOT, "build/repository");

/** A subject measures itself; `rounds` is how often what takes milliseconds is repeated. */
export type Subject = (rounds: number) => Promise<Row[]>;

/** The subjects by the names that the command line takes. */
export const SUBJECTS: ReadonlyMap<string, Subject> = new Map([
  ["syscall", measureSyscalls],
  ["kernel", measureKernel],
  ["pkg_resolve", measureResolve],
  ["files", measureFiles],
  ["boot", measureBoot],
  ["ui", measureUi],
  ["aot", async (rounds) => [...(await measureAot(rounds)), ...(await measureCompile())]],
]);

async function measureSyscalls(): Promise<Row[]> {
  const { stdout } = await runGuest("--headless", "--quiet", "--run", BENCH_APP, "--", "syscall");
  return [...parseGuestRows("syscall", stdout), measureHostGetppid()];
}

/** What processes cost each other, beside what they do on the host. */
async function measureKernel(): Promise<Row[]> {
  const { stdout } = await runGuest("--headless", "--quiet", "--run", BENCH_APP, "--", "kernel", "memory");
  const guest = parseGuestRows("kernel", stdout);
  return [...guest, measureHostGetppid("kernel"), measureHostPipes(), measureHostSpawn()];
}

/** Both sides fetch from one server, each over a connection that it keeps. */
async function measureResolve(rounds: number): Promise<Row[]> {
  const server = await startServer(REPOSITORY);
  try {
    const app = ["--server", server.origin, "--run", BENCH_APP, "--", "--rounds", String(rounds)];
    const kept = await runGuest("--headless", "--quiet", ...app, "resolve-hit", "resolve-miss");
    const gateway = `${GATEWAY}:${new URL(server.origin).port}`;
    const anew = await runGuest("--headless", "--quiet", ...app, "--server", gateway, "resolve-miss");
    const host = await measureHostFetch(server.origin, BALLAST, rounds);
    return [...parseGuestRows("pkg_resolve", kept.stdout + anew.stdout), host];
  } finally {
    await server.stop();
  }
}

/** The guest's disk is a file beside the one that dd writes. */
async function measureFiles(rounds: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-bench-"));
  const repeat = Math.ceil(rounds / 10);
  try {
    const disk = ["--disk", join(folder, "disk.img"), "--disk-size", "512M"];
    const app = ["--run", BENCH_APP, "--", "--rounds", String(repeat), "files"];
    const { stdout } = await runGuest("--headless", "--quiet", ...disk, ...app);
    const guest = parseGuestRows("files", stdout).map((row) => ({ ...row, bytes: FILE_BYTES }));
    return [...guest, ...measureHostDd(folder, repeat)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureBoot(rounds: number): Promise<Row[]> {
  const toInit: number[] = [];
  const toShell: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < Math.ceil(rounds / 5); round++) {
    const start = process.hrtime.bigint();
    const { stderr } = await runGuest("--headless", "--run", "org.oscortex.hello");
    whole.push(Number(process.hrtime.bigint() - start));
    toInit.push(logged(stderr, "VM start → init"));
    toShell.push(logged(stderr, "init → shell"));
  }
  return [
    summarize("boot", "VM start → init", toInit),
    summarize("boot", "init → shell", toShell),
    summarize("boot", "whole command, org.oscortex.hello", whole),
  ];
}

/** The time that the log gives for a stage of the boot, in nanoseconds. */
function logged(log: string, stage: string): number {
  const match = new RegExp(`${stage} ([0-9.]+) ms`).exec(log);
  if (match?.[1] === undefined) throw new Error(`the log does not say how long ${stage} took:\n${log}`);
  return Number(match[1]) * 1e6;
}
