import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BUNDLE_MAX_SIZE, LIBRARY_IDENTITY_SIZE } from "../guest-kernel/abi/bundle.ts";
import { CAP_FILES, CAP_NET } from "../guest-kernel/abi/capabilities.ts";
import { mutations } from "../tests/support/mutate.ts";
import { type Bundle, decodeBundle, encodeBundle } from "./bundle.ts";
import { BundleError, ManifestError } from "./errors.ts";

const GOLDEN = new Uint8Array(readFileSync(new URL("../tests/fixtures/pkg/golden.osx", import.meta.url)));

const SAMPLE: Bundle = {
  manifest: {
    name: "org.oscortex.golden",
    version: "1.2.3",
    entry: "main",
    capabilities: CAP_FILES | CAP_NET,
    memoryPages: 256,
  },
  wasm: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, 2, 1, 0x78), // an empty module with a custom section
  lines: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
};

const IDENTITY = Uint8Array.from({ length: LIBRARY_IDENTITY_SIZE }, (_, i) => i);
const LIBRARY: Bundle = { ...SAMPLE, manifest: { ...SAMPLE.manifest, entry: "" }, library: IDENTITY };

/** A copy of the golden bundle with some u32 words changed. */
function patched(words: Record<number, number>): Uint8Array {
  const file = GOLDEN.slice();
  const view = new DataView(file.buffer);
  for (const [offset, value] of Object.entries(words)) view.setUint32(Number(offset), value, true);
  return file;
}

describe("encodeBundle", () => {
  test("writes the golden bytes", () => {
    expect(encodeBundle(SAMPLE)).toEqual(GOLDEN);
  });

  test("refuses a bundle that is too large", () => {
    expect(() => encodeBundle({ ...SAMPLE, assets: new Uint8Array(BUNDLE_MAX_SIZE) })).toThrow(BundleError);
  });

  test.each([
    ["a name of one label", { name: "hello" }],
    ["a name of 64 bytes", { name: "a." + "b".repeat(62) }],
    ["upper case in a name", { name: "org.Oscortex" }],
    ["an empty label", { name: "org..hello" }],
    ["a version of two numbers", { version: "1.2" }],
    ["a version of 16 bytes", { version: "1.2.3-" + "a".repeat(10) }],
    ["an empty entry", { entry: "" }],
    ["an entry of 32 bytes", { entry: "e".repeat(32) }],
    ["an unknown capability", { capabilities: 1 << 31 }],
    ["no memory", { memoryPages: 0 }],
    ["more than 4 GiB of memory", { memoryPages: 65537 }],
  ])("refuses %s", (_, values) => {
    expect(() => encodeBundle({ ...SAMPLE, manifest: { ...SAMPLE.manifest, ...values } })).toThrow(
      ManifestError,
    );
  });
});

describe("a bundle is refused that", () => {
  test.each<[string, Bundle, string]>([
    ["is a library with an entry", { ...LIBRARY, manifest: SAMPLE.manifest }, "a library with the entry"],
    ["is a library of another identity", { ...LIBRARY, library: new Uint8Array(31) }, "identity of 31 bytes"],
    [
      "is a library that needs one",
      { ...LIBRARY, needs: { identity: IDENTITY, path: "/bin/a" } },
      "a library that needs a library",
    ],
    [
      "needs a library of a longer identity",
      { ...SAMPLE, needs: { identity: new Uint8Array(33), path: "/a" } },
      "identity of 33 bytes",
    ],
    ["needs a library nowhere", { ...SAMPLE, needs: { identity: IDENTITY, path: "" } }, "path"],
    [
      "needs a library at a relative path",
      { ...SAMPLE, needs: { identity: IDENTITY, path: "bin/a" } },
      "path",
    ],
    [
      "needs a library at a path with a NUL",
      { ...SAMPLE, needs: { identity: IDENTITY, path: "/a\0" } },
      "path",
    ],
    [
      "needs a library at a path of 64 characters",
      { ...SAMPLE, needs: { identity: IDENTITY, path: "/" + "a".repeat(63) } },
      "path",
    ],
  ])("%s", (_, bundle, reason) => {
    expect(() => encodeBundle(bundle)).toThrow(reason);
  });

  test("but not if the path of what it needs has 63 characters", () => {
    const longest = { ...SAMPLE, needs: { identity: IDENTITY, path: "/" + "a".repeat(62) } };
    expect(decodeBundle(encodeBundle(longest)).needs).toEqual(longest.needs);
  });
});

describe("decodeBundle", () => {
  test("reads the golden bytes", () => {
    expect(decodeBundle(GOLDEN)).toEqual({ ...SAMPLE, assets: undefined, icon: undefined, types: undefined });
  });

  test("reads back every section", () => {
    const full = {
      ...SAMPLE,
      assets: Uint8Array.of(1, 2, 3),
      icon: Uint8Array.of(4),
      types: Uint8Array.of(5),
      needs: { identity: IDENTITY, path: "/bin/library" },
    };
    expect(decodeBundle(encodeBundle(full))).toEqual(full);
  });

  test("reads back a library", () => {
    expect(decodeBundle(encodeBundle(LIBRARY))).toEqual(LIBRARY);
  });

  test("reads a bundle inside a larger buffer", () => {
    const buffer = new Uint8Array(GOLDEN.length + 5);
    buffer.set(GOLDEN, 3);
    expect(decodeBundle(buffer.subarray(3, 3 + GOLDEN.length)).manifest).toEqual(SAMPLE.manifest);
  });

  test("skips unknown kinds", () => {
    expect(decodeBundle(patched({ 48: 99 })).lines).toBeUndefined();
  });

  test.each([
    ["an empty file", new Uint8Array(0), BundleError],
    ["a truncated header", GOLDEN.subarray(0, 15), BundleError],
    ["a truncated file", GOLDEN.subarray(0, -1), BundleError],
    ["bytes after the end", Uint8Array.of(...GOLDEN, 0), BundleError],
    ["another magic", patched({ 0: 0x5043534e }), BundleError],
    ["version 2", patched({ 4: 0x30002 }), BundleError],
    ["no sections", patched({ 4: 0x00001 }), BundleError],
    ["17 sections", patched({ 4: 0x110001 }), BundleError],
    ["a table past the end", Uint8Array.of(...patched({ 4: 0x30001, 8: 16 }).subarray(0, 16)), BundleError],
    ["a reserved word in the header", patched({ 12: 1 }), BundleError],
    ["a reserved word in the table", patched({ 28: 1 }), BundleError],
    ["an unaligned section", patched({ 20: 68 }), BundleError],
    ["a section inside the table", patched({ 20: 56 }), BundleError],
    ["a section that wraps around", patched({ 20: 64, 24: 0xffffffff }), BundleError],
    ["a section past the end", patched({ 52: 0xfffffff8 }), BundleError],
    ["overlapping sections", patched({ 36: 64 }), BundleError],
    ["two manifests", patched({ 32: 1 }), BundleError],
    ["no manifest", patched({ 16: 98 }), BundleError],
    ["no module", patched({ 32: 99 }), BundleError],
    ["a manifest of another size", patched({ 24: 120 }), ManifestError],
    ["a reserved word in the manifest", patched({ [64 + 124]: 1 }), ManifestError],
    ["bytes after the name's end", patched({ [64 + 60]: 0x00610000 }), ManifestError],
    ["a name that fills its field", patched(nameOf64Bytes()), ManifestError],
    ["a name that is not UTF-8", patched({ 64: 0x2effc361 }), ManifestError],
    ["memory of 65537 pages", patched({ [64 + 116]: 65537 }), ManifestError],
  ])("refuses %s", (_, file, error) => {
    expect(() => decodeBundle(file)).toThrow(error);
  });

  test("throws nothing but its own errors on mutated bundles", () => {
    for (const file of mutations(GOLDEN, { seed: 1, count: 5000 })) {
      try {
        decodeBundle(file);
      } catch (error) {
        if (!(error instanceof BundleError || error instanceof ManifestError)) throw error;
      }
    }
  });
});

function nameOf64Bytes(): Record<number, number> {
  const words: Record<number, number> = {};
  for (let offset = 0; offset < 64; offset += 4) words[64 + offset] = 0x61612e61;
  return words;
}
