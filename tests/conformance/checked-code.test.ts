// The code checker (guest-kernel/image/check) on everything that aot compiles: the specification's suite, random modules,
// modules from npm, the kernel, the apps.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Aot, AotError, type AotOptions, type CompiledModule } from "../../guest-kernel/image/aot.ts";
import { checkModule } from "../../guest-kernel/image/check/module.ts";
import { decodeBundle } from "../../pkg/bundle.ts";
import { ModuleGenerator } from "../fuzz/generator.ts";
import { loadAot } from "../support/compiler.ts";
import { APP_TEXT, LIBRARY_TEXT, assemble } from "../support/linked-modules.ts";
import { randomModule } from "../support/random-module.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const ARCHIVE = fileURLToPath(new URL("../../../shared/wasm-testsuite.tar.gz", import.meta.url));
const TIMEOUT_MS = 300_000;
const RANDOM_MODULES = 15;
const FUZZ_BYTES = 2000;
const FUZZ_MODULES = Number(process.env["OSCORTEX_CHECKED_MODULES"] ?? 15);

const VARIANTS: [name: string, options: AotOptions][] = [
  ["with safepoints", { preemptible: true }],
  ["without safepoints", {}],
  ["with locals in frames", { preemptible: true, localsInFrame: true }],
  ["for newer processors", { preemptible: true, lzcnt: true, bmi1: true }],
];

const MANY_RESULTS = `(module (func (result ${"i32 ".repeat(16)}) unreachable))`;

let aot: Aot;
beforeAll(async () => {
  aot = await loadAot();
}, TIMEOUT_MS);

/** Compiles a module and checks its code: bytes of it, or undefined if the compiler refuses the module. */
function check(wasm: Uint8Array, options: AotOptions, kernel = false): number | undefined {
  let module;
  try {
    module = aot.compile(wasm, options);
  } catch (error) {
    if (error instanceof AotError) return undefined;
    throw error;
  }
  try {
    const { preemptible = false, library } = options;
    return checkModule(module, { preemptible, kernel, library }).bytes;
  } finally {
    module.free();
  }
}

describe.skipIf(!existsSync(ARCHIVE))("the specification's suite", () => {
  test("linked to a library", { timeout: TIMEOUT_MS }, () => {
    const library = aot.compile(assemble(MANY_RESULTS), { preemptible: true });
    checkSuite({ preemptible: true, library });
    library.free();
  });

  test.each(VARIANTS)("%s", { timeout: TIMEOUT_MS }, (_, options) => checkSuite(options));

  function checkSuite(options: AotOptions): void {
    const folder = mkdtempSync(join(tmpdir(), "oscortex-checked-"));
    try {
      execFileSync("tar", ["-xzf", ARCHIVE, "-C", folder]);
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".wasm"),
      );
      const sizes = files.flatMap((name) => check(readFileSync(join(folder, name)), options) ?? []);
      expect(sizes.length).toBeGreaterThan(1500);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});

test.each(VARIANTS)("random modules %s", { timeout: TIMEOUT_MS }, (_, options) => {
  for (let seed = 1; seed <= RANDOM_MODULES; seed++) {
    const random = new SeededRandom(seed);
    const { bytes } = randomModule((n) => random.below(n));
    expect(check(bytes, options), `seed ${seed}`).toBeGreaterThan(0);
  }
});

test("modules that binaryen makes", { timeout: TIMEOUT_MS }, async () => {
  const generator = await ModuleGenerator.load();
  try {
    for (let seed = 1; seed <= FUZZ_MODULES; seed++) {
      const module = generator.generate(new SeededRandom(seed).bytes(FUZZ_BYTES), { denan: false });
      for (const [name, options] of VARIANTS)
        expect(check(module, options), `seed ${seed} ${name}`).not.toBe(0);
    }
  } finally {
    generator.close();
  }
});

const resolve = createRequire(import.meta.url);

/** A file of a package, wherever npm has put it. */
function packageFile(name: string, path: string): Buffer {
  const folder = resolve.resolve.paths(name)?.find((parent) => existsSync(join(parent, name, path)));
  return readFileSync(join(folder ?? "node_modules", name, path));
}

test.each([
  ["@bokuweb/zstd-wasm", "dist/common/zstd.wasm"],
  ["source-map", "lib/mappings.wasm"],
  ["@jsquash/png", "codec/pkg/squoosh_png_bg.wasm"],
])("%s", { timeout: TIMEOUT_MS }, (name, path) => {
  expect(check(packageFile(name, path), { preemptible: true })).toBeGreaterThan(10_000);
});

test("a library, and an app that is linked to it", { timeout: TIMEOUT_MS }, () => {
  for (const [name, options] of VARIANTS) {
    const library = aot.compile(assemble(LIBRARY_TEXT), options);
    expect(check(assemble(LIBRARY_TEXT), options), name).toBeGreaterThan(0);
    expect(check(assemble(APP_TEXT), { ...options, library }), name).toBeGreaterThan(0);
    library.free();
  }
});

test("the kernel", { timeout: TIMEOUT_MS }, () => {
  expect(check(readFileSync("build/kernel.wasm"), {}, true)).toBeGreaterThan(100_000);
});

test("init, the shell and the apps", { timeout: TIMEOUT_MS }, () => {
  const bundles = ["init", "bin/sh", "bin/oscortex-host", "bin/desktop"].map(
    (path) => `build/initramfs/${path}`,
  );
  bundles.push(...readdirSync("build/repository").map((name) => `build/repository/${name}`));
  const libraries = new Map<string, CompiledModule>();
  for (const bundle of bundles.filter((name) => !name.endsWith(".json"))) {
    const { wasm, needs } = decodeBundle(readFileSync(bundle));
    if (needs !== undefined && !libraries.has(needs.path)) {
      const library = decodeBundle(readFileSync(`build/initramfs${needs.path}`));
      libraries.set(needs.path, aot.compile(library.wasm, { preemptible: true }));
    }
    const library = needs && libraries.get(needs.path);
    expect(check(wasm, { preemptible: true, library }), bundle).toBeGreaterThan(0);
  }
  for (const library of libraries.values()) library.free();
});
