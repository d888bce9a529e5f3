import { beforeAll, describe, expect, test } from "vitest";
import { decodeBundle, encodeBundle } from "../../../pkg/bundle.ts";
import { type CatalogEntry, decodeCatalog, encodeCatalog } from "../../../pkg/catalog.ts";
import { PkgError } from "../../../pkg/errors.ts";
import { checkPackageName, checkPackageVersion } from "../../../pkg/package-name.ts";
import { compileGuest } from "../../../tests/support/asc.ts";
import { GuestModule, SCRATCH } from "../../../tests/support/guest-module.ts";
import { mutations, seededRandom } from "../../../tests/support/mutate.ts";
import * as b from "../../abi/bundle.ts";
import * as c from "../../abi/catalog.ts";
import { E_AGAIN, E_PKG_BUNDLE, E_PKG_CATALOG } from "../../abi/errors.ts";
import * as m from "../../abi/manifest.ts";
import {
  FILE_PATH,
  FILE_PATH_LENGTH,
  FILE_RIGHTS,
  HOST_FIRST_PORT,
  HOST_LAST_PORT,
  HOST_PREFIX_BITS,
  HOST_RULE_SIZE,
  SCOPES_FILE_COUNT,
  SCOPES_HEADER_SIZE,
  SCOPES_HOST_COUNT,
} from "../../abi/scopes.ts";
import { parseHostRule } from "../../../pkg/scopes.ts";

const NAME = SCRATCH - 4096;
const compiled = await compileGuest("guest-kernel/kernel/pkg/parsers.exports.ts");
let kernel: GuestModule;

beforeAll(() => {
  kernel = new GuestModule(compiled);
});

function entry(name: string, fields: Partial<CatalogEntry> = {}): CatalogEntry {
  const sha256 = new Uint8Array(32).fill(7);
  return { name, version: "1.0.0", sha256, sizeBytes: 4096, system: false, ...fields };
}

/** Checks a catalog in the guest; 0 or -E_PKG_CATALOG. */
function checkCatalog(bytes: Uint8Array): number {
  kernel.put(SCRATCH, bytes);
  let result = kernel.call("catalogBegin", SCRATCH, bytes.length);
  if (result === 0) {
    do result = kernel.call("catalogStep");
    while (result === -E_AGAIN);
  }
  return result;
}

/** Checks a bundle in the guest; 0 or -E_PKG_BUNDLE. */
function checkBundle(bytes: Uint8Array): number {
  kernel.put(SCRATCH, bytes);
  return kernel.call("bundleCheck", SCRATCH, bytes.length);
}

/** Number of the entry that the guest finds, or -1. */
function find(name: string): number {
  const at = kernel.call("catalogFind", NAME, kernel.putText(NAME, name));
  return at === 0 ? -1 : (at - SCRATCH - c.CATALOG_HEADER_SIZE) / c.CATALOG_ENTRY_SIZE;
}

/** True if the host's decoder takes these bytes. */
function hostTakes(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof PkgError) return false;
    throw error;
  }
}

function changed(bytes: Uint8Array, change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(new DataView(copy.buffer), copy);
  return copy;
}

describe("catalog", () => {
  const sample = encodeCatalog([
    entry("org.oscortex.hello"),
    entry("org.oscortex.shell", { system: true }),
    entry("com.example.a-b", { version: "1.2.3-rc.1+b5", sizeBytes: b.BUNDLE_MAX_SIZE }),
  ]);
  const first = c.CATALOG_HEADER_SIZE;
  const second = first + c.CATALOG_ENTRY_SIZE;

  test("is taken and finds its names", () => {
    expect(checkCatalog(sample)).toBe(0);
    expect(kernel.call("catalogCount")).toBe(3);
    expect(find("org.oscortex.hello")).toBe(0);
    expect(find("com.example.a-b")).toBe(2);
    expect(find("org.oscortex.hell")).toBe(-1);
    expect(find("org.oscortex.hello2")).toBe(-1);
    expect(find("x".repeat(64))).toBe(-1);
  });

  test("may be empty", () => {
    expect(checkCatalog(encodeCatalog([]))).toBe(0);
    expect(find("org.oscortex.hello")).toBe(-1);
  });

  test("may hold 4096 entries, each found", () => {
    const names = Array.from({ length: 4096 }, (_, i) => `org.example.app${i}`);
    expect(checkCatalog(encodeCatalog(names.map((name) => entry(name))))).toBe(0);
    for (const [i, name] of names.entries()) expect(find(name)).toBe(i);
  });

  test.each<[string, Uint8Array]>([
    ["no bytes", new Uint8Array(0)],
    ["a truncated header", new Uint8Array(3)],
    ["an absurd count", changed(sample, (view) => view.setUint32(c.CATALOG_COUNT, 0xffffffff, true))],
    ["a count that overflows 32 bits", changed(sample, (view) => view.setUint32(0, 0x2000003, true))],
    ["4097 entries", changed(new Uint8Array(4 + 128 * 4097), (view) => view.setUint32(0, 4097, true))],
    ["one byte too few", sample.subarray(0, -1)],
    ["one byte too many", Uint8Array.from([...sample, 0])],
    ["a duplicate name", changed(sample, (_, bytes) => bytes.copyWithin(second, first, first + 64))],
    ["an empty name", changed(sample, (_, bytes) => bytes.fill(0, first, first + 64))],
    ["a name that fills its field", changed(sample, (_, bytes) => bytes.fill(97, first + 18, first + 64))],
    ["bytes behind a name", changed(sample, (_, bytes) => (bytes[first + 40] = 1))],
    ["a capital letter", changed(sample, (_, bytes) => (bytes[first] = 0x4f))],
    ["a slash", changed(sample, (_, bytes) => (bytes[first] = 0x2f))],
    ["no version", changed(sample, (_, bytes) => bytes.fill(0, first + 64, first + 80))],
    ["a size of 0", changed(sample, (view) => view.setUint32(first + c.CATALOG_SIZE_BYTES, 0, true))],
    [
      "a size above the limit",
      changed(sample, (view) => view.setUint32(first + c.CATALOG_SIZE_BYTES, b.BUNDLE_MAX_SIZE + 1, true)),
    ],
    ["an unknown flag", changed(sample, (view) => view.setUint32(first + c.CATALOG_FLAGS, 4, true))],
    ["reserved bytes", changed(sample, (_, bytes) => (bytes[first + 127] = 1))],
  ])("with %s is refused", (_, bytes) => {
    expect(hostTakes(decodeCatalog, bytes)).toBe(false);
    expect(checkCatalog(bytes)).toBe(-E_PKG_CATALOG);
    expect(kernel.call("catalogCount")).toBe(0);
  });

  test("is judged as the host's decoder judges it, whatever is damaged", () => {
    let refused = 0;
    for (const bytes of mutations(sample, { seed: 11, count: 3000 })) {
      const host = hostTakes(decodeCatalog, bytes);
      expect(checkCatalog(bytes)).toBe(host ? 0 : -E_PKG_CATALOG);
      if (!host) refused++;
    }
    expect(refused).toBeGreaterThan(500);
    expect(refused).toBeLessThan(3000);
  });
});

describe("bundle", () => {
  const manifest = {
    name: "org.oscortex.hello",
    version: "1.0.0",
    entry: "main",
    capabilities: 3,
    memoryPages: 16,
  };
  const wasm = Uint8Array.from({ length: 37 }, (_, i) => i);
  const scopes = {
    files: [
      { path: "/", write: false },
      { path: "/data/n\u00f6tes", write: true },
    ],
    hosts: ["10.0.2.2:8080", "10.0.0.0/8"].map((text) => parseHostRule(text)!),
  };
  const sample = encodeBundle({ manifest, wasm, lines: new Uint8Array(20), icon: new Uint8Array(3), scopes });
  const table = b.BUNDLE_HEADER_SIZE;
  const manifestAt = new DataView(sample.buffer).getUint32(table + b.SECTION_OFFSET, true);

  const scopesEntry = table + 4 * b.SECTION_SIZE;
  const scopesAt = new DataView(sample.buffer).getUint32(scopesEntry + b.SECTION_OFFSET, true);
  const scopesLength = new DataView(sample.buffer).getUint32(scopesEntry + b.SECTION_LENGTH, true);
  const fileRule = SCOPES_HEADER_SIZE + 2 * HOST_RULE_SIZE;
  const withShort = (offset: number, value: number): Uint8Array =>
    changed(sample, (view) => view.setUint16(scopesAt + offset, value, true));

  test("is taken, with unknown sections too", () => {
    expect(checkBundle(sample)).toBe(0);
    expect(checkBundle(changed(sample, (view) => view.setUint32(table + 3 * b.SECTION_SIZE, 99, true)))).toBe(
      0,
    );
  });

  test.each<[string, Uint8Array]>([
    ["no bytes", new Uint8Array(0)],
    ["another magic", changed(sample, (view) => view.setUint32(b.BUNDLE_MAGIC, 1, true))],
    ["version 2", changed(sample, (view) => view.setUint16(b.BUNDLE_VERSION, 2, true))],
    ["another size", changed(sample, (view) => view.setUint32(b.BUNDLE_TOTAL_SIZE, sample.length + 1, true))],
    ["a cut end", sample.subarray(0, -1)],
    ["no sections", changed(sample, (view) => view.setUint16(b.BUNDLE_SECTION_COUNT, 0, true))],
    ["17 sections", changed(sample, (view) => view.setUint16(b.BUNDLE_SECTION_COUNT, 17, true))],
    ["65535 sections", changed(sample, (view) => view.setUint16(b.BUNDLE_SECTION_COUNT, 65535, true))],
    [
      "a section before the table's end",
      changed(sample, (view) => view.setUint32(table + b.SECTION_OFFSET, 8, true)),
    ],
    [
      "a section that is not aligned",
      changed(sample, (view) => view.setUint32(table + b.SECTION_OFFSET, manifestAt + 4, true)),
    ],
    [
      "a section past the end",
      changed(sample, (view) => view.setUint32(table + b.SECTION_LENGTH, sample.length, true)),
    ],
    [
      "a section that wraps round",
      changed(sample, (view) => view.setUint32(table + 16 + b.SECTION_OFFSET, 0xfffffff8, true)),
    ],
    [
      "a length that wraps round",
      changed(sample, (view) => view.setUint32(table + 16 + b.SECTION_LENGTH, 0xffffffff, true)),
    ],
    [
      "one kind twice",
      changed(sample, (view) => view.setUint32(table + 2 * b.SECTION_SIZE, b.SECTION_KIND_WASM, true)),
    ],
    ["no manifest", changed(sample, (view) => view.setUint32(table, 99, true))],
    ["no module", changed(sample, (view) => view.setUint32(table + b.SECTION_SIZE, 99, true))],
    [
      "a manifest of another length",
      changed(sample, (view) => view.setUint32(table + b.SECTION_LENGTH, m.MANIFEST_SIZE - 8, true)),
    ],
    [
      "a manifest without entry",
      changed(sample, (_, bytes) =>
        bytes.fill(0, manifestAt + m.MANIFEST_ENTRY, manifestAt + m.MANIFEST_ENTRY + 32),
      ),
    ],
    [
      "an entry that is not UTF-8",
      changed(sample, (_, bytes) => (bytes[manifestAt + m.MANIFEST_ENTRY] = 0xff)),
    ],
    [
      "unknown capabilities",
      changed(sample, (view) => view.setUint32(manifestAt + m.MANIFEST_CAPABILITIES, 1 << 31, true)),
    ],
    ["no memory", changed(sample, (view) => view.setUint32(manifestAt + m.MANIFEST_MEMORY_PAGES, 0, true))],
    [
      "65537 pages of memory",
      changed(sample, (view) => view.setUint32(manifestAt + m.MANIFEST_MEMORY_PAGES, 65537, true)),
    ],
    ...[0, 1, 2].map((asked): [string, Uint8Array] => [
      `scopes of capabilities that are not among ${asked}`,
      changed(sample, (view) => view.setUint32(manifestAt + m.MANIFEST_CAPABILITIES, asked, true)),
    ]),
    ...[0, 3, scopesLength - 4, scopesLength - 1].map((length): [string, Uint8Array] => [
      `scopes of ${length} bytes`,
      changed(sample, (view) => view.setUint32(scopesEntry + b.SECTION_LENGTH, length, true)),
    ]),
    ["17 rules for files", withShort(SCOPES_FILE_COUNT, 17)],
    ["65535 rules for hosts", withShort(SCOPES_HOST_COUNT, 65535)],
    ["one rule for files less than there are", withShort(SCOPES_FILE_COUNT, 1)],
    ["a prefix of 33 bits", withShort(SCOPES_HEADER_SIZE + HOST_PREFIX_BITS, 33)],
    ["an address with bits behind its prefix", withShort(SCOPES_HEADER_SIZE + HOST_PREFIX_BITS, 30)],
    ["port 0", withShort(SCOPES_HEADER_SIZE + HOST_FIRST_PORT, 0)],
    ["ports the wrong way round", withShort(SCOPES_HEADER_SIZE + HOST_LAST_PORT, 8079)],
    ["no rights", withShort(fileRule + FILE_RIGHTS, 0)],
    ["the right to write alone", withShort(fileRule + FILE_RIGHTS, 2)],
    ["an empty path", withShort(fileRule + FILE_PATH_LENGTH, 0)],
    ["a path past the end", withShort(fileRule + FILE_PATH_LENGTH, 65535)],
    ["a relative path", changed(sample, (_, bytes) => (bytes[scopesAt + fileRule + FILE_PATH] = 97))],
    [
      "padding that is not zero",
      changed(sample, (_, bytes) => (bytes[scopesAt + fileRule + FILE_PATH + 1] = 1)),
    ],
  ])("with %s is refused", (_, bytes) => {
    expect(hostTakes(decodeBundle, bytes)).toBe(false);
    expect(checkBundle(bytes)).toBe(-E_PKG_BUNDLE);
  });

  const identity = Uint8Array.from({ length: b.LIBRARY_IDENTITY_SIZE }, (_, i) => i);
  const library = encodeBundle({ manifest: { ...manifest, entry: "" }, wasm, library: identity });
  const user = encodeBundle({ manifest, wasm, needs: { identity, path: "/bin/library" } });
  const lastSection = (bytes: Uint8Array, field: number, value: number): Uint8Array =>
    changed(bytes, (view) => view.setUint32(table + 2 * b.SECTION_SIZE + field, value, true));
  const pathAt = user.length - "/bin/library".length;

  test("that is a library, or needs one, is taken", () => {
    expect(checkBundle(library)).toBe(0);
    expect(checkBundle(user)).toBe(0);
  });

  test.each<[string, Uint8Array]>([
    ["a shorter identity", lastSection(library, b.SECTION_LENGTH, 31)],
    ["no identity", lastSection(library, b.SECTION_LENGTH, 0)],
    ["no entry and no identity", lastSection(library, b.SECTION_KIND, 99)],
    ["an identity and an entry", lastSection(library, b.SECTION_KIND, b.SECTION_KIND_NEEDS)],
    ["no path of what it needs", lastSection(user, b.SECTION_LENGTH, 32)],
    ["half an identity of what it needs", lastSection(user, b.SECTION_LENGTH, 16)],
    ["a relative path of what it needs", changed(user, (_, bytes) => (bytes[pathAt] = 97))],
    ["a NUL in the path of what it needs", changed(user, (_, bytes) => (bytes[pathAt + 3] = 0))],
    [
      "a letter beyond ASCII in the path of what it needs",
      changed(user, (_, bytes) => (bytes[pathAt + 3] = 0xe9)),
    ],
  ])("with %s is refused", (_, bytes) => {
    expect(hostTakes(decodeBundle, bytes)).toBe(false);
    expect(checkBundle(bytes)).toBe(-E_PKG_BUNDLE);
  });

  test.each([
    ["a program", sample],
    ["a library", library],
    ["what needs a library", user],
  ])("of %s is judged as the host's decoder judges it, whatever is damaged", (_, whole) => {
    let refused = 0;
    for (const bytes of mutations(whole, { seed: 12, count: 5000 })) {
      const host = hostTakes(decodeBundle, bytes);
      expect(checkBundle(bytes)).toBe(host ? 0 : -E_PKG_BUNDLE);
      if (!host) refused++;
    }
    expect(refused).toBeGreaterThan(500);
    expect(refused).toBeLessThan(5000);
  });

  test("matches only the catalog entry of its name and version", () => {
    kernel.put(SCRATCH, sample);
    const matches = (catalogEntry: CatalogEntry): number => {
      kernel.put(NAME, encodeCatalog([catalogEntry]));
      return kernel.call("manifestMatches", SCRATCH + manifestAt, NAME + c.CATALOG_HEADER_SIZE);
    };
    expect(matches(entry("org.oscortex.hello"))).toBe(1);
    expect(matches(entry("org.oscortex.hell"))).toBe(0);
    expect(matches(entry("org.oscortex.hello", { version: "1.0.1" }))).toBe(0);
  });
});

describe("names and versions", () => {
  const alphabet = [
    "a",
    "z",
    "0",
    "1",
    "9",
    ".",
    ".",
    "-",
    "+",
    "A",
    "_",
    "/",
    "\u0010",
    "@",
    "[",
    "{",
    "1.0.0",
  ];

  test("are judged as the host judges them", () => {
    const random = seededRandom(5);
    let names = 0;
    let versions = 0;
    for (let i = 0; i < 20000; i++) {
      const symbols = i % 3 === 0 ? alphabet : alphabet.slice(i % 3 === 1 ? 0 : 2, 8);
      const text = Array.from({ length: 1 + random(9) }, () => symbols[random(symbols.length)]).join("");
      const length = kernel.putText(NAME, text);
      const name = checkPackageName(text);
      const version = checkPackageVersion(text);
      expect([text, kernel.call("checkPackageName", NAME, length)]).toEqual([text, Number(name)]);
      expect([text, kernel.call("checkPackageVersion", NAME, length)]).toEqual([text, Number(version)]);
      names += Number(name);
      versions += Number(version);
    }
    expect(names).toBeGreaterThan(100);
    expect(versions).toBeGreaterThan(20);
  });

  test("UTF-8 is judged as TextDecoder judges it", () => {
    const random = seededRandom(6);
    const edges = [
      0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4,
      0xf5,
    ];
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for (let i = 0; i < 20000; i++) {
      const bytes = Uint8Array.from({ length: random(6) }, () => edges[random(edges.length)]!);
      kernel.put(NAME, bytes);
      const valid = hostDecodes(decoder, bytes);
      expect([bytes, kernel.call("checkUtf8", NAME, bytes.length)]).toEqual([bytes, Number(valid)]);
    }
  });
});

function hostDecodes(decoder: TextDecoder, bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
