// The .osx bundle, abi/bundle.ts. The decoder is the door: what it returns obeys every rule of the format, but
// the module itself is validated by the compiler, and the line table by its own decoder.

import * as b from "../guest-kernel/abi/bundle.ts";
import { BundleError } from "./errors.ts";
import { type Needs, checkIdentity, decodeNeeds, encodeNeeds } from "./library.ts";
import { type Manifest, decodeManifest, encodeManifest } from "./manifest.ts";
import { type Scopes, decodeScopes, encodeScopes } from "./scopes.ts";

const SECTION_ALIGN = 8;

/** The parts of a bundle. Decoded sections are views of the file's bytes. */
export interface Bundle {
  manifest: Manifest;
  /** The WebAssembly module. */
  wasm: Uint8Array;
  /** Line table, abi/line-table.ts. */
  lines?: Uint8Array | undefined;
  assets?: Uint8Array | undefined;
  icon?: Uint8Array | undefined;
  /** What its capabilities cover; everything, if not given. */
  scopes?: Scopes | undefined;
  /** Types of variables, guest-kernel/image/debug-types.ts: the bundle is a debug build. */
  types?: Uint8Array | undefined;
  /** The bundle is a library, which has no entry: its identity, LIBRARY_IDENTITY_SIZE bytes. */
  library?: Uint8Array | undefined;
  /** The library that its module was linked to. */
  needs?: Needs | undefined;
}

interface Section {
  kind: number;
  bytes: Uint8Array;
}

/**
 * Encodes a bundle. Equal parts give equal bytes.
 *
 * @throws BundleError if it would be larger than BUNDLE_MAX_SIZE, or what it says of libraries is not allowed
 * @throws ManifestError
 */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const sections = sectionsOf(bundle);
  let end = b.BUNDLE_HEADER_SIZE + b.SECTION_SIZE * sections.length;
  const placed = sections.map((section) => {
    const offset = alignUp(end);
    end = offset + section.bytes.length;
    return { kind: section.kind, bytes: section.bytes, offset };
  });
  if (end > b.BUNDLE_MAX_SIZE) throw new BundleError(`${end} bytes, more than ${b.BUNDLE_MAX_SIZE}`);

  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  view.setUint32(b.BUNDLE_MAGIC, b.BUNDLE_MAGIC_VALUE, true);
  view.setUint16(b.BUNDLE_VERSION, b.BUNDLE_VERSION_VALUE, true);
  view.setUint16(b.BUNDLE_SECTION_COUNT, placed.length, true);
  view.setUint32(b.BUNDLE_TOTAL_SIZE, end, true);
  placed.forEach(({ kind, bytes, offset }, index) => {
    const entry = b.BUNDLE_HEADER_SIZE + b.SECTION_SIZE * index;
    view.setUint32(entry + b.SECTION_KIND, kind, true);
    view.setUint32(entry + b.SECTION_OFFSET, offset, true);
    view.setUint32(entry + b.SECTION_LENGTH, bytes.length, true);
    file.set(bytes, offset);
  });
  return file;
}

/** Decodes a bundle from an untrusted file. @throws BundleError @throws ManifestError */
export function decodeBundle(file: Uint8Array): Bundle {
  const sections = decodeSections(file);
  const manifest = sections.get(b.SECTION_KIND_MANIFEST);
  const wasm = sections.get(b.SECTION_KIND_WASM);
  if (manifest === undefined) throw new BundleError("no manifest section");
  if (wasm === undefined) throw new BundleError("no wasm section");
  const library = sections.get(b.SECTION_KIND_LIBRARY);
  const needs = sections.get(b.SECTION_KIND_NEEDS);
  checkLibrary(library, needs);
  const decoded = decodeManifest(manifest, library !== undefined);
  const scopes = sections.get(b.SECTION_KIND_SCOPES);
  return {
    manifest: decoded,
    wasm,
    lines: sections.get(b.SECTION_KIND_LINES),
    assets: sections.get(b.SECTION_KIND_ASSETS),
    icon: sections.get(b.SECTION_KIND_ICON),
    types: sections.get(b.SECTION_KIND_TYPES),
    scopes: scopes && decodeScopes(scopes, decoded.capabilities),
    library,
    needs: needs && decodeNeeds(needs),
  };
}

/** A library has an identity, and needs no other library. */
function checkLibrary(library: Uint8Array | undefined, needs: unknown): void {
  if (library === undefined) return;
  checkIdentity(library);
  if (needs !== undefined) throw new BundleError("a library that needs a library");
}

function sectionsOf(bundle: Bundle): Section[] {
  const { manifest, wasm, lines, assets, icon, types, scopes, library, needs } = bundle;
  checkLibrary(library, needs);
  const sections = [
    { kind: b.SECTION_KIND_MANIFEST, bytes: encodeManifest(manifest, library !== undefined) },
    { kind: b.SECTION_KIND_WASM, bytes: wasm },
  ];
  if (lines) sections.push({ kind: b.SECTION_KIND_LINES, bytes: lines });
  if (assets) sections.push({ kind: b.SECTION_KIND_ASSETS, bytes: assets });
  if (icon) sections.push({ kind: b.SECTION_KIND_ICON, bytes: icon });
  if (types) sections.push({ kind: b.SECTION_KIND_TYPES, bytes: types });
  if (scopes)
    sections.push({ kind: b.SECTION_KIND_SCOPES, bytes: encodeScopes(scopes, manifest.capabilities) });
  if (library) sections.push({ kind: b.SECTION_KIND_LIBRARY, bytes: library });
  if (needs) sections.push({ kind: b.SECTION_KIND_NEEDS, bytes: encodeNeeds(needs) });
  return sections;
}

function decodeSections(file: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = decodeHeader(file, view);
  const tableEnd = b.BUNDLE_HEADER_SIZE + b.SECTION_SIZE * count;
  if (file.length < tableEnd) throw new BundleError(`section table ends at ${tableEnd} of ${file.length}`);

  const sections = new Map<number, Uint8Array>();
  let free = tableEnd; // sections lie in table order: the next one starts at or after this
  for (let entry = b.BUNDLE_HEADER_SIZE; entry < tableEnd; entry += b.SECTION_SIZE) {
    const kind = view.getUint32(entry + b.SECTION_KIND, true);
    const offset = view.getUint32(entry + b.SECTION_OFFSET, true);
    const length = view.getUint32(entry + b.SECTION_LENGTH, true);
    if (view.getUint32(entry + b.SECTION_RESERVED, true) !== 0)
      throw new BundleError(`section ${kind}: reserved bytes are not zero`);
    if (offset % SECTION_ALIGN !== 0)
      throw new BundleError(`section ${kind} at ${offset}, not 8-byte aligned`);
    if (offset < free) throw new BundleError(`section ${kind} at ${offset}, before ${free}`);
    if (length > file.length - offset) throw new BundleError(`section ${kind} ends after the file`);
    if (sections.has(kind)) throw new BundleError(`section ${kind} occurs twice`);
    sections.set(kind, file.subarray(offset, offset + length));
    free = offset + length;
  }
  return sections;
}

/** Checks the header; the number of sections. */
function decodeHeader(file: Uint8Array, view: DataView): number {
  if (file.length < b.BUNDLE_HEADER_SIZE) throw new BundleError(`${file.length} bytes: truncated header`);
  if (file.length > b.BUNDLE_MAX_SIZE) throw new BundleError(`${file.length} bytes: too large`);
  const magic = view.getUint32(b.BUNDLE_MAGIC, true);
  if (magic !== b.BUNDLE_MAGIC_VALUE) throw new BundleError(`magic 0x${magic.toString(16)}`);
  const version = view.getUint16(b.BUNDLE_VERSION, true);
  if (version !== b.BUNDLE_VERSION_VALUE) throw new BundleError(`version ${version}`);
  const total = view.getUint32(b.BUNDLE_TOTAL_SIZE, true);
  if (total !== file.length) throw new BundleError(`${file.length} bytes instead of ${total}`);
  if (view.getUint32(b.BUNDLE_RESERVED, true) !== 0)
    throw new BundleError("header: reserved bytes are not zero");
  const count = view.getUint16(b.BUNDLE_SECTION_COUNT, true);
  if (count < 1 || count > b.BUNDLE_MAX_SECTIONS) throw new BundleError(`${count} sections`);
  return count;
}

function alignUp(offset: number): number {
  return Math.ceil(offset / SECTION_ALIGN) * SECTION_ALIGN;
}
