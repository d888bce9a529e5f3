// The .osx bundle, abi/bundle.ts, checked in place. This is the door: past bundleCheck, header, sections and
// manifest obey the format. The module is the compiler's to validate, the line table its reader's.

import {
  BUNDLE_HEADER_SIZE,
  BUNDLE_MAGIC,
  BUNDLE_MAGIC_VALUE,
  BUNDLE_MAX_SECTIONS,
  BUNDLE_MAX_SIZE,
  BUNDLE_RESERVED,
  BUNDLE_SECTION_COUNT,
  BUNDLE_TOTAL_SIZE,
  BUNDLE_VERSION,
  BUNDLE_VERSION_VALUE,
  ICON_MAX_SIZE,
  LIBRARY_IDENTITY_SIZE,
  NEEDS_PATH,
  NEEDS_PATH_MAX,
  SECTION_KIND,
  SECTION_KIND_ICON,
  SECTION_KIND_LIBRARY,
  SECTION_KIND_MANIFEST,
  SECTION_KIND_NEEDS,
  SECTION_KIND_SCOPES,
  SECTION_KIND_WASM,
  SECTION_LENGTH,
  SECTION_OFFSET,
  SECTION_RESERVED,
  SECTION_SIZE,
} from "../../abi/bundle.ts";
import { E_PKG_BUNDLE } from "../../abi/errors.ts";
import { MANIFEST_CAPABILITIES } from "../../abi/manifest.ts";
import { checkManifest } from "./manifest.ts";
import { checkScopes } from "./scopes.ts";

const ALIGN_MASK: u32 = 7;
const SLASH: u8 = 47;

/** Checks the file of `length` bytes at `bundle`. Returns 0 or -E_PKG_BUNDLE. */
export function bundleCheck(bundle: usize, length: u32): i32 {
  if (!checkHeader(bundle, length) || !checkSections(bundle, length)) return -E_PKG_BUNDLE;
  const manifest = bundleFind(bundle, SECTION_KIND_MANIFEST);
  if (manifest == 0 || bundleFind(bundle, SECTION_KIND_WASM) == 0) return -E_PKG_BUNDLE;
  const start = bundle + <usize>load<u32>(manifest, SECTION_OFFSET);
  const isLibrary = bundleFind(bundle, SECTION_KIND_LIBRARY) != 0;
  if (!checkManifest(start, load<u32>(manifest, SECTION_LENGTH), isLibrary)) return -E_PKG_BUNDLE;
  if (!checkLibrary(bundle)) return -E_PKG_BUNDLE;
  const scopes = bundleFind(bundle, SECTION_KIND_SCOPES);
  if (scopes == 0) return 0;
  const at = bundle + <usize>load<u32>(scopes, SECTION_OFFSET);
  const asked = load<u32>(start, MANIFEST_CAPABILITIES);
  return checkScopes(at, load<u32>(scopes, SECTION_LENGTH), asked) ? 0 : -E_PKG_BUNDLE;
}

/**
 * Section table entry (SECTION_* offsets) of the section of this kind, or 0. The bundle has been checked; its
 * section lies at `bundle + SECTION_OFFSET`.
 */
export function bundleFind(bundle: usize, kind: u32): usize {
  const end = tableEnd(bundle);
  for (let section = bundle + BUNDLE_HEADER_SIZE; section < end; section += SECTION_SIZE) {
    if (load<u32>(section, SECTION_KIND) == kind) return section;
  }
  return 0;
}

/** Address of the manifest of a checked bundle. */
export function bundleManifest(bundle: usize): usize {
  return bundle + <usize>load<u32>(bundleFind(bundle, SECTION_KIND_MANIFEST), SECTION_OFFSET);
}

/** Copies the icon of a checked bundle to `to`, ICON_MAX_SIZE bytes: its length; 0 if it has none that is printable ASCII. */
export function bundleIcon(bundle: usize, to: usize): u32 {
  const section = bundleFind(bundle, SECTION_KIND_ICON);
  if (section == 0) return 0;
  const length = load<u32>(section, SECTION_LENGTH);
  if (length > ICON_MAX_SIZE) return 0;
  const from = bundle + <usize>load<u32>(section, SECTION_OFFSET);
  if (!isPrintable(from, length)) return 0;
  memory.copy(to, from, <usize>length);
  return length;
}

/** What the bundle says of libraries: that it is one, or which it needs; not both. */
function checkLibrary(bundle: usize): bool {
  const library = bundleFind(bundle, SECTION_KIND_LIBRARY);
  const needs = bundleFind(bundle, SECTION_KIND_NEEDS);
  if (library != 0) return needs == 0 && load<u32>(library, SECTION_LENGTH) == <u32>LIBRARY_IDENTITY_SIZE;
  if (needs == 0) return true;
  const length = load<u32>(needs, SECTION_LENGTH);
  const path = bundle + <usize>load<u32>(needs, SECTION_OFFSET) + NEEDS_PATH;
  if (length <= <u32>NEEDS_PATH || length > <u32>NEEDS_PATH + NEEDS_PATH_MAX) return false;
  return load<u8>(path) == SLASH && isPrintable(path, length - <u32>NEEDS_PATH);
}

/** True for printable ASCII. */
function isPrintable(text: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(text + <usize>i);
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

function checkHeader(bundle: usize, length: u32): bool {
  if (length < <u32>BUNDLE_HEADER_SIZE || length > BUNDLE_MAX_SIZE) return false;
  if (load<u32>(bundle, BUNDLE_MAGIC) != BUNDLE_MAGIC_VALUE) return false;
  if (<u32>load<u16>(bundle, BUNDLE_VERSION) != BUNDLE_VERSION_VALUE) return false;
  if (load<u32>(bundle, BUNDLE_TOTAL_SIZE) != length || load<u32>(bundle, BUNDLE_RESERVED) != 0) return false;
  const count: u32 = load<u16>(bundle, BUNDLE_SECTION_COUNT);
  return count >= 1 && count <= BUNDLE_MAX_SECTIONS && tableEnd(bundle) - bundle <= <usize>length;
}

/** Each section aligned, in table order, without overlap, inside the file, of a kind of its own. */
function checkSections(bundle: usize, length: u32): bool {
  const end = tableEnd(bundle);
  let free = <u32>(end - bundle); // the next section starts at or after this
  for (let section = bundle + BUNDLE_HEADER_SIZE; section < end; section += SECTION_SIZE) {
    const offset = load<u32>(section, SECTION_OFFSET);
    const size = load<u32>(section, SECTION_LENGTH);
    if (load<u32>(section, SECTION_RESERVED) != 0 || (offset & ALIGN_MASK) != 0) return false;
    if (offset < free || offset > length || size > length - offset) return false;
    if (bundleFind(bundle, load<u32>(section, SECTION_KIND)) != section) return false;
    free = offset + size;
  }
  return true;
}

function tableEnd(bundle: usize): usize {
  return bundle + BUNDLE_HEADER_SIZE + <usize>load<u16>(bundle, BUNDLE_SECTION_COUNT) * SECTION_SIZE;
}
