// Compiles the host's TypeScript if it has changed. Plain JavaScript without dependencies, since it is what runs first.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

// Where the compiled host is: module by module, and those that start a machine once more in few files, because Node takes a
// millisecond for each module.
const OUTPUT = join(ROOT, "build/host");
const BUNDLE = join(ROOT, "build/bundle");
const BUNDLED = ["vmm/cli/main.js", "vmm/api/oscortex.js", "vmm/vcpu-worker.js", "bench/command.js"];

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

/** The compiled form of a module such as `vmm/cli/main.js`. */
export function compiledModule(module) {
  return join(BUNDLED.includes(module) ? BUNDLE : OUTPUT, module);
}

/** Compiles the host unless the stamp says that it is compiled; false if it cannot be, which stderr explains. */
export async function compileHost() {
  if (process.env.OSCORTEX_BUILT === "1") return true; // whoever has just built says so, where files are slow
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
  await bundleHost();
  writeFileSync(STAMP, state);
  return true;
}

async function bundleHost() {
  const { rolldown } = await import("rolldown");
  const input = Object.fromEntries(
    BUNDLED.map((module) => [module.slice(0, -".js".length), join(OUTPUT, module)]),
  );
  const bundle = await rolldown({ input, platform: "node", external: /^[a-z@]/ });
  rmSync(BUNDLE, { recursive: true, force: true });
  await bundle.write({ dir: BUNDLE, chunkFileNames: "chunks/[name]-[hash].js" });
  await bundle.close();
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
