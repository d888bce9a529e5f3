// An installed app or library: its bundle, the machine code that the kernel compiled from it, and what it says of itself.

import {
  SECTION_KIND_LIBRARY,
  SECTION_KIND_SCOPES,
  SECTION_LENGTH,
  SECTION_OFFSET,
} from "../../abi/bundle.ts";
import {
  MANIFEST_CAPABILITIES,
  MANIFEST_MEMORY_PAGES,
  MANIFEST_NAME,
  MANIFEST_VERSION,
} from "../../abi/manifest.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { Compiler } from "../../aot/compiler.ts";
import { bundleFind, bundleManifest } from "../pkg/bundle.ts";

/** An installed app or library. Its handle is its address. */
@unmanaged
export class Install {
  bundle: usize;
  bundlePages: u32; // owned; 0 if the bundle lies in the initramfs
  compiler: Compiler; // kept: it knows the module's layout and sites
  program: i32; // number of the library that it needs (programs.ts), -1 until it is found
  library: Install | null; // that it is linked to: ready, and there for ever
  imports: usize; // what its imports mean (imports.ts)
  code: usize; // frames with the machine code, 0 until it is compiled
  codePages: u32;
  codeTables: usize; // a library's: page tables of its code (mm/windows.ts)
  entry: u32; // code offset
  statusMask: u32; // CTX_STATUS_MASK
}

// SAFETY: handles come from installBegin and are kept by the cache and the program table alone.
export function installAt(handle: i32): Install {
  return changetype<Install>(<usize>handle);
}

export function installHandle(install: Install): i32 {
  return <i32>changetype<usize>(install);
}

/** True for a library: no process can be made of it alone. */
export function installIsLibrary(handle: i32): bool {
  return bundleFind(installAt(handle).bundle, SECTION_KIND_LIBRARY) != 0;
}

/** True for a library and for what is linked to one: they have their memory in common. */
export function installIsLinked(install: Install): bool {
  return install.library !== null || installIsLibrary(installHandle(install));
}

/** The library that an app is linked to, 0 if it is linked to none. */
export function installLibrary(handle: i32): i32 {
  return <i32>changetype<usize>(installAt(handle).library);
}

/** NUL-padded name, MANIFEST_NAME_SIZE bytes. */
export function installName(handle: i32): usize {
  return bundleManifest(installAt(handle).bundle) + MANIFEST_NAME;
}

/** NUL-padded version, MANIFEST_VERSION_SIZE bytes. */
export function installVersion(handle: i32): usize {
  return bundleManifest(installAt(handle).bundle) + MANIFEST_VERSION;
}

/** CAP_* that the manifest asks for. */
export function installCapabilities(handle: i32): u32 {
  return load<u32>(bundleManifest(installAt(handle).bundle), MANIFEST_CAPABILITIES);
}

/** The bundle's scopes section (abi/scopes.ts), 0 if it has none. */
export function installScopes(handle: i32): usize {
  const bundle = installAt(handle).bundle;
  const section = bundleFind(bundle, SECTION_KIND_SCOPES);
  return section == 0 ? 0 : bundle + <usize>load<u32>(section, SECTION_OFFSET);
}

/** Bytes of the bundle's scopes section. */
export function installScopesLength(handle: i32): u32 {
  const section = bundleFind(installAt(handle).bundle, SECTION_KIND_SCOPES);
  return section == 0 ? 0 : load<u32>(section, SECTION_LENGTH);
}

/** Linear memory at the start, in 64 KiB pages. */
export function installMemoryMin(handle: i32): u32 {
  const install = installAt(handle);
  const library = install.library;
  const own = install.compiler.wasm.memoryMin;
  return library === null ? own : max(own, library.compiler.wasm.memoryMin);
}

/** Linear memory at most, in 64 KiB pages: what manifest, module and its library all allow. */
export function installMemoryMax(handle: i32): u32 {
  const install = installAt(handle);
  const library = install.library;
  const asked = load<u32>(bundleManifest(install.bundle), MANIFEST_MEMORY_PAGES);
  const own = min(install.compiler.wasm.memoryMax, asked);
  return library === null ? own : min(own, library.compiler.wasm.memoryMax);
}

/** Pages of machine code, without its library's. */
export function installCodePages(handle: i32): u32 {
  return installAt(handle).codePages;
}

export function pagesOf(bytes: u32): u32 {
  return (bytes + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE;
}
