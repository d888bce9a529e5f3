// Compiles the host's TypeScript if it has changed. Plain JavaScript without dependencies, since it is what runs first.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Where the compiled host is. */
export const OUTPUT = join(ROOT, "build/host");

const STAMP = join(OUTPUT, ".stamp");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
// What tsconfig.build.json includes, and what decides how it is compiled.
const SOURCES = [
  "guest-kernel/abi",
  "guest-kernel/image",
  "devices",
  "host-net",
  "pkg",
  "vmm",
  "bench",
  "tests/fuzz",
  "tests/support",
  "tests/svm",
];
const SETTINGS = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"];

/** Compiles the host unless the stamp says that it is compiled; false if it cannot be, which stderr explains. */
export function compileHost() {
  const state = [...SETTINGS, ...SOURCES].flatMap(listFiles).join("\n");
  if (readStamp() === state) return true;
  if (!existsSync(TSC)) {
    process.stderr.write("oscortex: the dependencies are not installed: run npm ci\n");
    return false;
  }
  rmSync(STAMP, { force: true });
  process.stderr.write("compiling the host\n");
  const tsc = spawnSync(process.execPath, [TSC, "-p", "tsconfig.build.json"], {
    cwd: ROOT,
    stdio: ["ignore", 2, 2], // diagnostics go to stderr: stdout is the program's
  });
  if (tsc.status !== 0) return false;
  writeFileSync(STAMP, state);
  return true;
}

/** Every source below a path, with its size and time. */
function listFiles(path) {
  const stats = statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [`${path} ${stats.size} ${stats.mtimeMs}`];
  // Node lists a folder in the file system's order, which stays the same while the folder does.
  return readdirSync(join(ROOT, path), { withFileTypes: true }).flatMap((entry) => {
    const isSource = entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts");
    return entry.isDirectory() || isSource ? listFiles(`${path}/${entry.name}`) : [];
  });
}

function readStamp() {
  try {
    return readFileSync(STAMP, "utf8");
  } catch {
    return undefined;
  }
}
