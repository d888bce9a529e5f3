import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadAot } from "../tests/support/compiler.ts";
import { LIBRARY_PATH, LIBRARY_TEXT, libraryBundle, linkedBundle } from "../tests/support/linked-modules.ts";
import { linkAppImage } from "../guest-kernel/image/app-image.ts";
import type { Aot } from "../guest-kernel/image/aot.ts";
import { decodeBundle } from "./bundle.ts";
import { LibraryError } from "./errors.ts";
import { bundleSymbols, programsIn, type ReadProgram } from "./symbols.ts";

const COMPILE_TIMEOUT_MS = 60_000;

let aot: Aot;
let root: string;

beforeAll(async () => {
  aot = await loadAot();
  root = mkdtempSync(join(tmpdir(), "oscortex-libraries-"));
}, COMPILE_TIMEOUT_MS);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder that has a library where the sample app wants one. */
function programsWith(name: string, library: Uint8Array): ReadProgram {
  const folder = join(root, name);
  const path = join(folder, LIBRARY_PATH);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, library);
  return programsIn(folder);
}

test("a linked bundle's symbols are those of its code beside the library that it was linked to", () => {
  const other = programsWith("other", libraryBundle(LIBRARY_TEXT, { identity: new Uint8Array(32) }));
  const right = programsWith("right", libraryBundle());
  const app = linkedBundle();
  const { manifest, wasm } = decodeBundle(app);
  const linkedTo = decodeBundle(libraryBundle()).wasm;
  const expected = linkAppImage({ name: manifest.name, wasm, linkedTo }, aot);
  expect(Buffer.compare(bundleSymbols(app, aot, [programsIn("/nowhere"), other, right]), expected)).toBe(0);
});

test("the first that has the library decides, for builds of one interface lay contexts out differently", () => {
  const plain = programsWith("plain", libraryBundle());
  const more = LIBRARY_TEXT.replace("(global $wide", "(global $more i32 (i32.const 1)) (global $wide");
  const larger = programsWith("larger", libraryBundle(more));
  const app = linkedBundle();
  const [first, second] = [
    bundleSymbols(app, aot, [plain, larger]),
    bundleSymbols(app, aot, [larger, plain]),
  ];
  expect(Buffer.compare(first, second)).not.toBe(0);
});

test("a library's own symbols need no other", () => {
  const { manifest, wasm } = decodeBundle(libraryBundle());
  const expected = linkAppImage({ name: manifest.name, wasm }, aot);
  expect(Buffer.compare(bundleSymbols(libraryBundle(), aot, []), expected)).toBe(0);
});

test.each([
  ["is not there", undefined, "/bin/library, which it was linked to, has not been built"],
  [
    "is another build",
    libraryBundle(LIBRARY_TEXT, { identity: new Uint8Array(32) }),
    "it was packed for another build of /bin/library",
  ],
])("refuses a bundle whose library %s", (name, library, reason) => {
  const programs = library === undefined ? programsIn(join(root, "empty")) : programsWith(name, library);
  expect(() => bundleSymbols(linkedBundle(), aot, [programs])).toThrow(new LibraryError(reason));
});
