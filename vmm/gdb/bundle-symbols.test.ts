import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadAot } from "../../tests/support/compiler.ts";
import { cpioArchive } from "../../tests/support/cpio.ts";
import {
  LIBRARY_PATH,
  LIBRARY_TEXT,
  libraryBundle,
  linkedBundle,
} from "../../tests/support/linked-modules.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { bundleSymbols } from "../../pkg/symbols.ts";
import { BundleSymbols } from "./bundle-symbols.ts";

const APP = "org.test.app";
const LIBRARY = "org.test.library";

let folder: string;
let repository: string;
let initramfs: string;
let symbols: BundleSymbols;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oscortex-bundles-"));
  repository = join(folder, "repository");
  initramfs = join(folder, "initramfs.cpio");
  mkdirSync(repository);
  writeFileSync(join(repository, "app.osx"), linkedBundle());
  writeArchive(libraryBundle());
  symbols = new BundleSymbols({ repository, initramfs, compiler: join(SOURCE_ROOT, "build/aot.wasm") });
});
afterEach(() => {
  symbols.close();
  rmSync(folder, { recursive: true, force: true });
});

function writeArchive(library: Uint8Array): void {
  writeFileSync(initramfs, cpioArchive([{ name: LIBRARY_PATH.slice(1), data: library }]));
}

test("makes the files of an app and of the library that it is linked to", async () => {
  const aot = await loadAot();
  const expected = bundleSymbols(linkedBundle(), aot, [() => libraryBundle()]);
  expect(Buffer.compare(readFileSync(symbols.fileOf(APP)!), expected)).toBe(0);
  const library = bundleSymbols(libraryBundle(), aot, []);
  expect(Buffer.compare(readFileSync(symbols.fileOf(LIBRARY)!), library)).toBe(0);
});

test("has none of an app whose library is another build, until that changes", () => {
  writeArchive(libraryBundle(LIBRARY_TEXT, { identity: new Uint8Array(32) }));
  expect(symbols.fileOf(APP)).toBe(undefined);
  writeArchive(libraryBundle());
  utimesSync(initramfs, 1, 1); // another time, whatever the clock's resolution
  expect(symbols.fileOf(APP)).toBeDefined();
});

test("has none of what is not there, or is no bundle", () => {
  writeFileSync(join(repository, "other.osx"), "no bundle");
  rmSync(initramfs);
  expect([symbols.fileOf("org.test.other"), symbols.fileOf(LIBRARY)]).toEqual([undefined, undefined]);
});

test("makes each once, and removes them all", () => {
  const file = symbols.fileOf(LIBRARY)!;
  expect(symbols.fileOf(LIBRARY)).toBe(file);
  symbols.close();
  expect(existsSync(file)).toBe(false);
});
