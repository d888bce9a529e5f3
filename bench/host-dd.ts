// `dd` on the host: the same file as in the guest, written and synced, then read.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Row, summarize } from "./stats.ts";

/** Bytes of the file that the guest's benchmark writes. */
export const FILE_BYTES = 128 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** Measures writing and reading a file of FILE_BYTES in `folder`. */
export function measureHostDd(folder: string, rounds: number): Row[] {
  const file = join(folder, "dd");
  const blocks = [`bs=${CHUNK_BYTES}`, `count=${FILE_BYTES / CHUNK_BYTES}`];
  const writing: number[] = [];
  const reading: number[] = [];
  for (let round = 0; round < rounds; round++) {
    writing.push(dd("if=/dev/zero", `of=${file}`, ...blocks, "conv=fsync"));
    reading.push(dd(`if=${file}`, "of=/dev/null", ...blocks));
  }
  return [
    { ...summarize("files", "host dd, write and sync", writing), bytes: FILE_BYTES },
    { ...summarize("files", "host dd, read", reading), bytes: FILE_BYTES },
  ];
}

/** Runs dd; what it says that the copy took, in nanoseconds. */
function dd(...args: string[]): number {
  const { status, stderr } = spawnSync("dd", args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  const seconds = /copied, (?<seconds>[0-9.e-]+) s/.exec(stderr)?.groups?.["seconds"];
  if (status !== 0 || seconds === undefined) throw new Error(`dd ${args.join(" ")}: ${stderr}`);
  return Number(seconds) * 1e9;
}
