import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = ["vmm", "devices", "host-net", "pkg", "guest-kernel/abi"];
const STAMP = "build/host/vmm/vcpu-worker.js";

/** Compiles the host's TypeScript to `build/host`, unless no source is newer: threads run from there. */
export function buildHost(): void {
  if (newestSource() < modified(STAMP)) return;
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout, error } = spawnSync(process.execPath, [tsc], { cwd: ROOT, encoding: "utf8" });
  if (error) throw error;
  // Type errors are another test's concern: tsc writes its output all the same.
  if (modified(STAMP) === 0) throw new Error(`tsc wrote no ${STAMP}\n${stdout}`);
}

function newestSource(): number {
  return Math.max(
    ...SOURCES.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => modified(join(folder, name))),
    ),
  );
}

function modified(path: string): number {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
