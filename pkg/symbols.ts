// What debuggers need to know of a bundle's code: an ELF file, made as the guest makes the code.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { linkAppImage } from "../guest-kernel/image/app-image.ts";
import type { Aot } from "../guest-kernel/image/aot.ts";
import { decodeBundle } from "./bundle.ts";
import { LibraryError } from "./errors.ts";
import type { Needs } from "./library.ts";

/** Reads what an initramfs has at an absolute path; undefined if it has nothing there. */
export type ReadProgram = (path: string) => Uint8Array | undefined;

/**
 * Makes the ELF file of a bundle. The first of `programs` that has the bundle's library, if it needs one, decides what code
 * becomes of it. Equal files give equal bytes.
 *
 * @throws PkgError: LibraryError, BundleError or ManifestError
 * @throws AotError, LineTableError or DebugTypesError
 */
export function bundleSymbols(file: Uint8Array, aot: Aot, programs: readonly ReadProgram[]): Uint8Array {
  const { manifest, wasm, lines, types, needs } = decodeBundle(file);
  const linkedTo = needs && findLibrary(needs, programs);
  return linkAppImage({ name: manifest.name, wasm, lines, types, linkedTo }, aot);
}

/** What an initramfs is made of, in a folder. */
export function programsIn(folder: string): ReadProgram {
  return (path) => {
    try {
      return readFileSync(join(folder, path));
    } catch {
      return undefined; // not there
    }
  };
}

/** The module of the library that a bundle was linked to. @throws LibraryError, BundleError or ManifestError */
export function findLibrary({ identity, path }: Needs, programs: readonly ReadProgram[]): Uint8Array {
  const found = programs.map((read) => read(path)).filter((file) => file !== undefined);
  const library = found.map(decodeBundle).find((bundle) => isSame(bundle.library, identity));
  if (library !== undefined) return library.wasm;
  throw new LibraryError(
    found.length === 0
      ? `${path}, which it was linked to, has not been built`
      : `it was packed for another build of ${path}`,
  );
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
