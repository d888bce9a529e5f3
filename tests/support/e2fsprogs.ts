// The programs of e2fsprogs, which tests compare our file system with.
import { execFileSync, spawnSync } from "node:child_process";
import { pathOf } from "./programs.ts";

const env = { ...process.env, LC_ALL: "C" };

/** `e2fsck -fn`: what it says if the image is not clean, else nothing. */
export function fsckProblems(image: string): string {
  const { status, stdout, stderr } = spawnSync(pathOf("e2fsck"), ["-f", "-n", image], {
    env,
    encoding: "utf8",
  });
  return status === 0 ? "" : `status ${status}\n${stdout}${stderr}`;
}

/** `e2fsck -p`: replays the journal and repairs. What it says if it cannot repair by itself, else nothing. */
export function fsckRepair(image: string): string {
  const { status, stdout, stderr } = spawnSync(pathOf("e2fsck"), ["-f", "-p", image], {
    env,
    encoding: "utf8",
  });
  return status === 0 || status === 1 ? "" : `status ${status}\n${stdout}${stderr}`;
}

/** Runs commands of debugfs; `-w` if they write. Its output. */
export function debugfs(image: string, commands: string[], writes = false): string {
  const args = [...(writes ? ["-w"] : []), "-f", "-", image];
  return execFileSync(pathOf("debugfs"), args, {
    env,
    encoding: "utf8",
    input: `${commands.join("\n")}\n`,
    stdio: ["pipe", "pipe", "ignore"],
  });
}

/** Makes a file system as `mkfs.ext2` does, with these options. */
export function mkfs(image: string, ...options: string[]): void {
  execFileSync(pathOf("mkfs.ext2"), ["-q", "-F", ...options, image], { env });
}
