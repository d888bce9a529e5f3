// The package catalog, abi/catalog.ts.

import { BUNDLE_MAX_SIZE } from "../guest-kernel/abi/bundle.ts";
import * as c from "../guest-kernel/abi/catalog.ts";
import { CatalogError } from "./errors.ts";
import { checkPackageName, checkPackageVersion } from "./package-name.ts";
import { readTextField, writeTextField } from "./text-field.ts";

const SHA256_SIZE = 32;
const KNOWN_FLAGS = c.CATALOG_FLAG_SYSTEM | c.CATALOG_FLAG_WINDOW;

/** One package that a server offers. */
export interface CatalogEntry {
  /** Reverse-DNS name, unique in its catalog. */
  name: string;
  /** Semantic version. */
  version: string;
  /** SHA-256 of the bundle, 32 bytes. */
  sha256: Uint8Array;
  /** Size of the bundle. */
  sizeBytes: number;
  /** True for a system app: pinned in the guest's cache, never evicted. */
  system: boolean;
  /** True for an app with windows. */
  window?: boolean;
}

/** Encodes a catalog, in the order given. @throws CatalogError */
export function encodeCatalog(entries: readonly CatalogEntry[]): Uint8Array {
  if (entries.length > c.CATALOG_MAX_ENTRIES) throw new CatalogError(`${entries.length} entries`);
  const bytes = new Uint8Array(c.CATALOG_HEADER_SIZE + c.CATALOG_ENTRY_SIZE * entries.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(c.CATALOG_COUNT, entries.length, true);
  const names = new Set<string>();
  entries.forEach((entry, index) => {
    checkEntry(entry, names);
    const at = c.CATALOG_HEADER_SIZE + c.CATALOG_ENTRY_SIZE * index;
    writeTextField(bytes, at + c.CATALOG_NAME, c.CATALOG_NAME_SIZE, entry.name);
    writeTextField(bytes, at + c.CATALOG_VERSION, c.CATALOG_VERSION_SIZE, entry.version);
    bytes.set(entry.sha256, at + c.CATALOG_SHA256);
    view.setUint32(at + c.CATALOG_SIZE_BYTES, entry.sizeBytes, true);
    view.setUint32(at + c.CATALOG_FLAGS, flagsOf(entry), true);
  });
  return bytes;
}

function flagsOf({ system, window = false }: CatalogEntry): number {
  return (system ? c.CATALOG_FLAG_SYSTEM : 0) | (window ? c.CATALOG_FLAG_WINDOW : 0);
}

/** Decodes a catalog from an untrusted server. @throws CatalogError */
export function decodeCatalog(bytes: Uint8Array): CatalogEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < c.CATALOG_HEADER_SIZE) throw new CatalogError("truncated header");
  const count = view.getUint32(c.CATALOG_COUNT, true);
  if (count > c.CATALOG_MAX_ENTRIES) throw new CatalogError(`${count} entries`);
  const expected = c.CATALOG_HEADER_SIZE + c.CATALOG_ENTRY_SIZE * count;
  if (bytes.length !== expected) throw new CatalogError(`${bytes.length} bytes instead of ${expected}`);

  const entries: CatalogEntry[] = [];
  const names = new Set<string>();
  for (let at = c.CATALOG_HEADER_SIZE; at < bytes.length; at += c.CATALOG_ENTRY_SIZE) {
    const entry = decodeEntry(bytes, view, at);
    checkEntry(entry, names);
    entries.push(entry);
  }
  return entries;
}

function decodeEntry(bytes: Uint8Array, view: DataView, at: number): CatalogEntry {
  const name = readTextField(bytes, at + c.CATALOG_NAME, c.CATALOG_NAME_SIZE);
  const version = readTextField(bytes, at + c.CATALOG_VERSION, c.CATALOG_VERSION_SIZE);
  const flags = view.getUint32(at + c.CATALOG_FLAGS, true);
  if (name === undefined) throw new CatalogError("name is not NUL-padded UTF-8");
  if (version === undefined) throw new CatalogError(`${name}: version is not NUL-padded UTF-8`);
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new CatalogError(`${name}: flags 0x${flags.toString(16)}`);
  if (view.getBigUint64(at + c.CATALOG_RESERVED, true) !== 0n)
    throw new CatalogError(`${name}: reserved bytes are not zero`);
  return {
    name,
    version,
    sha256: bytes.slice(at + c.CATALOG_SHA256, at + c.CATALOG_SHA256 + SHA256_SIZE),
    sizeBytes: view.getUint32(at + c.CATALOG_SIZE_BYTES, true),
    system: (flags & c.CATALOG_FLAG_SYSTEM) !== 0,
    ...((flags & c.CATALOG_FLAG_WINDOW) !== 0 && { window: true }),
  };
}

/** Checks an entry's values and that its name is not in `names`, to which it adds it. */
function checkEntry({ name, version, sha256, sizeBytes }: CatalogEntry, names: Set<string>): void {
  if (!checkPackageName(name)) throw new CatalogError(`name ${JSON.stringify(name)}`);
  if (!checkPackageVersion(version)) throw new CatalogError(`${name}: version ${JSON.stringify(version)}`);
  if (sha256.length !== SHA256_SIZE) throw new CatalogError(`${name}: SHA-256 of ${sha256.length} bytes`);
  if (!(sizeBytes > 0 && sizeBytes <= BUNDLE_MAX_SIZE)) throw new CatalogError(`${name}: ${sizeBytes} bytes`);
  if (names.has(name)) throw new CatalogError(`${name} occurs twice`);
  names.add(name);
}
