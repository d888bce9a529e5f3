// Packages: resolve a name, list the catalog, evict from the cache.

import {
  CATALOG_ENTRY_SIZE,
  CATALOG_FLAG_SYSTEM,
  CATALOG_FLAG_WINDOW,
  CATALOG_FLAGS,
  CATALOG_NAME,
  CATALOG_NAME_SIZE,
  CATALOG_SIZE_BYTES,
  CATALOG_VERSION,
  CATALOG_VERSION_SIZE,
} from "../../guest-kernel/abi/catalog.ts";
import { Result } from "./files.ts";
import { pkg_catalog, pkg_evict, pkg_resolve, pkg_set_server } from "./oscortex.ts";

export { pkg_evict as evict, pkg_set_server as setServer };

/** A package of the catalog. */
export class CatalogEntry {
  constructor(
    public name: string,
    public version: string,
    public sizeBytes: u32,
    /** A system package is never evicted. */
    public system: bool,
    /** It shows windows on the screen. */
    public hasWindow: bool,
  ) {}
}

/** Finds a package by its name, or a program of the initramfs by its path: an app id for `start`, or -E_*. Needs `packages`. */
export function resolve(name: string): i32 {
  const bytes = String.UTF8.encode(name);
  return pkg_resolve(changetype<usize>(bytes), bytes.byteLength);
}

/** The server's catalog. Needs `packages`. */
export function catalog(): Result<CatalogEntry[]> {
  let capacity = 16;
  while (true) {
    const length = capacity * <i32>CATALOG_ENTRY_SIZE;
    const buffer = new ArrayBuffer(length);
    const count = pkg_catalog(changetype<usize>(buffer), length);
    if (count < 0) return new Result<CatalogEntry[]>(count, []);
    if (count <= capacity) return new Result(0, decode(changetype<usize>(buffer), count));
    capacity = count;
  }
}

function decode(buffer: usize, count: i32): CatalogEntry[] {
  const entries = new Array<CatalogEntry>();
  for (let i = 0; i < count; i++) {
    const entry = buffer + <usize>i * CATALOG_ENTRY_SIZE;
    const name = field(entry + CATALOG_NAME, CATALOG_NAME_SIZE);
    const version = field(entry + CATALOG_VERSION, CATALOG_VERSION_SIZE);
    const flags = load<u32>(entry, CATALOG_FLAGS);
    const system = (flags & CATALOG_FLAG_SYSTEM) != 0;
    const hasWindow = (flags & CATALOG_FLAG_WINDOW) != 0;
    entries.push(new CatalogEntry(name, version, load<u32>(entry, CATALOG_SIZE_BYTES), system, hasWindow));
  }
  return entries;
}

function field(at: usize, size: usize): string {
  let length: usize = 0;
  while (length < size && load<u8>(at + length) != 0) length++;
  return String.UTF8.decodeUnsafe(at, length);
}
