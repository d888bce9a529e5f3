// The manifest section of a bundle, abi/manifest.ts.

import { CAP_ALL } from "../guest-kernel/abi/capabilities.ts";
import * as m from "../guest-kernel/abi/manifest.ts";
import { ManifestError } from "./errors.ts";
import { checkPackageName, checkPackageVersion } from "./package-name.ts";
import { readTextField, writeTextField } from "./text-field.ts";

/** Most memory that an app can ask for, in 64 KiB pages. */
export const MAX_MEMORY_PAGES = 65536;

/** What a bundle says of itself. */
export interface Manifest {
  /** Reverse-DNS name. */
  name: string;
  /** Semantic version. */
  version: string;
  /** The exported function that the process starts in; empty in a library, and only there. */
  entry: string;
  /** CAP_* bits that it asks for. */
  capabilities: number;
  /** The most linear memory that it may grow to, in 64 KiB pages. */
  memoryPages: number;
}

/** Encodes a manifest. @throws ManifestError if a value is not allowed. */
export function encodeManifest(manifest: Manifest, ofLibrary: boolean): Uint8Array {
  checkManifest(manifest, ofLibrary);
  const bytes = new Uint8Array(m.MANIFEST_SIZE);
  const view = new DataView(bytes.buffer);
  writeTextField(bytes, m.MANIFEST_NAME, m.MANIFEST_NAME_SIZE, manifest.name);
  writeTextField(bytes, m.MANIFEST_VERSION, m.MANIFEST_VERSION_SIZE, manifest.version);
  if (!writeTextField(bytes, m.MANIFEST_ENTRY, m.MANIFEST_ENTRY_SIZE, manifest.entry))
    throw new ManifestError(`entry ${JSON.stringify(manifest.entry)} of more than 31 bytes`);
  view.setUint32(m.MANIFEST_CAPABILITIES, manifest.capabilities, true);
  view.setUint32(m.MANIFEST_MEMORY_PAGES, manifest.memoryPages, true);
  return bytes;
}

/** Decodes the manifest of an untrusted bundle. @throws ManifestError */
export function decodeManifest(bytes: Uint8Array, ofLibrary: boolean): Manifest {
  if (bytes.length !== m.MANIFEST_SIZE)
    throw new ManifestError(`${bytes.length} bytes instead of ${m.MANIFEST_SIZE}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getBigUint64(m.MANIFEST_RESERVED, true) !== 0n)
    throw new ManifestError("reserved bytes are not zero");
  const manifest = {
    name: readText(bytes, "name", m.MANIFEST_NAME, m.MANIFEST_NAME_SIZE),
    version: readText(bytes, "version", m.MANIFEST_VERSION, m.MANIFEST_VERSION_SIZE),
    entry: readText(bytes, "entry", m.MANIFEST_ENTRY, m.MANIFEST_ENTRY_SIZE),
    capabilities: view.getUint32(m.MANIFEST_CAPABILITIES, true),
    memoryPages: view.getUint32(m.MANIFEST_MEMORY_PAGES, true),
  };
  checkManifest(manifest, ofLibrary);
  return manifest;
}

function readText(bytes: Uint8Array, field: string, offset: number, size: number): string {
  const text = readTextField(bytes, offset, size);
  if (text === undefined) throw new ManifestError(`${field} is not NUL-padded UTF-8`);
  return text;
}

function checkManifest(
  { name, version, entry, capabilities, memoryPages }: Manifest,
  ofLibrary: boolean,
): void {
  if (!checkPackageName(name)) throw new ManifestError(`name ${JSON.stringify(name)}`);
  if (!checkPackageVersion(version)) throw new ManifestError(`version ${JSON.stringify(version)}`);
  if (entry === "" && !ofLibrary) throw new ManifestError("empty entry");
  if (entry !== "" && ofLibrary) throw new ManifestError(`a library with the entry ${JSON.stringify(entry)}`);
  if ((capabilities & ~CAP_ALL) !== 0)
    throw new ManifestError(`unknown capabilities 0x${capabilities.toString(16)}`);
  if (!Number.isInteger(memoryPages) || memoryPages < 1 || memoryPages > MAX_MEMORY_PAGES)
    throw new ManifestError(`${memoryPages} memory pages instead of 1..${MAX_MEMORY_PAGES}`);
}
