import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mutations } from "../tests/support/mutate.ts";
import { type CatalogEntry, decodeCatalog, encodeCatalog } from "./catalog.ts";
import { CatalogError } from "./errors.ts";

const GOLDEN = new Uint8Array(
  readFileSync(new URL("../tests/fixtures/pkg/golden-catalog.bin", import.meta.url)),
);

const ENTRIES: CatalogEntry[] = [
  {
    name: "org.oscortex.hello",
    version: "1.0.0",
    sha256: Uint8Array.from({ length: 32 }, (_, i) => i),
    sizeBytes: 65536,
    system: false,
  },
  {
    name: "org.oscortex.pinned",
    version: "0.1.0-rc.1",
    sha256: new Uint8Array(32).fill(0xff),
    sizeBytes: 1,
    system: true,
  },
];

/** A copy of the golden catalog with some bytes changed. */
function patched(bytes: Record<number, number>): Uint8Array {
  const copy = GOLDEN.slice();
  for (const [offset, value] of Object.entries(bytes)) copy[Number(offset)] = value;
  return copy;
}

describe("encodeCatalog", () => {
  test("marks apps with windows, which a decoder sees", () => {
    const [first, second] = ENTRIES as [CatalogEntry, CatalogEntry];
    const entries = [
      { ...first, window: true },
      { ...second, window: true },
    ];
    const bytes = encodeCatalog(entries);
    expect([120, 248].map((at) => bytes[at])).toEqual([2, 3]);
    expect(decodeCatalog(bytes)).toEqual(entries);
  });

  test("writes the golden bytes", () => {
    expect(encodeCatalog(ENTRIES)).toEqual(GOLDEN);
  });

  test("writes an empty catalog as its count alone", () => {
    expect(encodeCatalog([])).toEqual(Uint8Array.of(0, 0, 0, 0));
  });

  test.each([
    ["a malformed name", { name: "hello world" }],
    ["a malformed version", { version: "one" }],
    ["a short digest", { sha256: new Uint8Array(31) }],
    ["an empty bundle", { sizeBytes: 0 }],
    ["a bundle above the limit", { sizeBytes: 16 * 1024 * 1024 + 1 }],
    ["a name that occurs twice", { name: "org.oscortex.pinned" }],
  ])("refuses %s", (_, values) => {
    expect(() => encodeCatalog([{ ...ENTRIES[0]!, ...values }, ENTRIES[1]!])).toThrow(CatalogError);
  });
});

describe("decodeCatalog", () => {
  test("reads the golden bytes", () => {
    expect(decodeCatalog(GOLDEN)).toEqual(ENTRIES);
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["a truncated count", GOLDEN.subarray(0, 3)],
    ["an absurd count", patched({ 3: 0xff })],
    ["a count of one less", patched({ 0: 1 })],
    ["a truncated entry", GOLDEN.subarray(0, -1)],
    ["bytes after the end", Uint8Array.of(...GOLDEN, 0)],
    ["an empty name", patched({ 4: 0 })],
    ["a slash in a name", patched({ 8: 0x2f })],
    ["bytes after the name's end", patched({ 67: 1 })],
    ["a version that fills its field", GOLDEN.slice().fill(0x31, 68, 84)],
    ["an unknown flag", patched({ 120: 4 })],
    ["reserved bytes", patched({ 131: 1 })],
    ["a size of zero", patched({ 118: 0 })],
    [
      "a name that occurs twice",
      Uint8Array.of(2, 0, 0, 0, ...GOLDEN.subarray(4, 132), ...GOLDEN.subarray(4, 132)),
    ],
  ])("refuses %s", (_, bytes) => {
    expect(() => decodeCatalog(bytes)).toThrow(CatalogError);
  });

  test("throws nothing but its own error on mutated catalogs", () => {
    for (const bytes of mutations(GOLDEN, { seed: 2, count: 5000 })) {
      try {
        decodeCatalog(bytes);
      } catch (error) {
        if (!(error instanceof CatalogError)) throw error;
      }
    }
  });
});
