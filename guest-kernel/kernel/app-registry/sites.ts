// From an address in a process's code to a place in the sources.

import { SECTION_KIND_LINES, SECTION_LENGTH, SECTION_OFFSET } from "../../abi/bundle.ts";
import { SITE_SIZE, SITE_WASM_OFFSET, TRAP_NONE } from "../../abi/instance.ts";
import { CODE_PAGE, LIBRARY_PAGE, windowAddress } from "../mm/windows.ts";
import { bundleFind } from "../pkg/bundle.ts";
import { Process } from "../proc/process.ts";
import { installAt, installLibrary } from "./installed.ts";
import { lineText } from "./lines.ts";

/** What installSite returns for a code offset that is no site. */
export const SITE_NOT_FOUND: u32 = 0xffffffff;

/** What siteAt returns for an address that is no site. */
export const NO_SITE: u64 = u64.MAX_VALUE;

const WASM_OFFSET: u32 = 0xffffff;

/**
 * The site at an address in the code of a process, its library's included: for siteTrap and siteText; equal sites are equal
 * numbers. `call`: the one of a call that returns there, otherwise the one of an instruction that can trap.
 */
export function siteAt(process: Process, address: u64, call: bool): u64 {
  const library = windowAddress(process.window, LIBRARY_PAGE);
  const inLibrary = address >= library;
  const offset = address - (inLibrary ? library : windowAddress(process.window, CODE_PAGE));
  const install = inLibrary ? installLibrary(process.install) : process.install;
  if (install == 0 || offset > u32.MAX_VALUE) return NO_SITE;
  const site = installSite(install, <u32>offset, call);
  return site == SITE_NOT_FOUND ? NO_SITE : ((<u64>install) << 32) | site;
}

/** TRAP_* of a site that was found. */
export function siteTrap(site: u64): u32 {
  return <u32>site >> 24;
}

/** `file:line` of a site that was found. */
export function siteText(site: u64): string {
  return installWhere(<i32>(site >> 32), <u32>site & WASM_OFFSET);
}

/**
 * The site at a code offset: TRAP_* << 24 | wasm offset. `call`: the one of a call that returns there, otherwise the
 * one of an instruction that can trap.
 */
export function installSite(handle: i32, codeOffset: u32, call: bool): u32 {
  const compiler = installAt(handle).compiler;
  const sites = compiler.sites();
  let low: u32 = 0;
  let high = compiler.siteCount();
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(sites + <usize>middle * SITE_SIZE) < codeOffset) low = middle + 1;
    else high = middle;
  }
  // A call may end where a trapping instruction begins: both have a site there.
  for (; low < compiler.siteCount(); low++) {
    const site = sites + <usize>low * SITE_SIZE;
    if (load<u32>(site) != codeOffset) break;
    const word = load<u32>(site, SITE_WASM_OFFSET);
    if (call == (word >> 24 == TRAP_NONE)) return word;
  }
  return SITE_NOT_FOUND;
}

/** `file:line` of a wasm offset, as far as the bundle tells. */
function installWhere(handle: i32, wasmOffset: u32): string {
  const bundle = installAt(handle).bundle;
  const section = bundleFind(bundle, SECTION_KIND_LINES);
  if (section == 0) return "wasm offset " + wasmOffset.toString();
  return lineText(
    bundle + <usize>load<u32>(section, SECTION_OFFSET),
    load<u32>(section, SECTION_LENGTH),
    wasmOffset,
  );
}
