// Libraries: bundles of the initramfs that apps are linked to as they are installed. A library is compiled once and kept for
// ever; each process has an instance of its own, beside its app's in the same context (instances.ts).

import {
  LIBRARY_IDENTITY_SIZE,
  NEEDS_IDENTITY,
  NEEDS_PATH,
  SECTION_KIND_LIBRARY,
  SECTION_KIND_NEEDS,
  SECTION_LENGTH,
  SECTION_OFFSET,
} from "../../abi/bundle.ts";
import { E_NOMEM, E_PKG_LIBRARY, E_PKG_MODULE } from "../../abi/errors.ts";
import { NO_START } from "../../aot/module.ts";
import { log } from "../log.ts";
import { bundleCheck, bundleFind } from "../pkg/bundle.ts";
import { vfsMap, vfsMapLength } from "../vfs/vfs.ts";
import { Install, installAt } from "./installed.ts";
import { exportsAreSorted } from "./library-exports.ts";
import { programLibrary, programResolve, programStep } from "./programs.ts";

/** True if a library has yet to be found, compiled and linked to before the module itself can be compiled. */
export function libraryIsMissing(install: Install): bool {
  return install.library === null && bundleFind(install.bundle, SECTION_KIND_NEEDS) != 0;
}

/** Does a slice of that: > 0 there is more, the module itself at least; -E_PKG_LIBRARY, -E_PKG_MODULE, -E_NOMEM. */
export function libraryStep(install: Install): i32 {
  const needs = bundleFind(install.bundle, SECTION_KIND_NEEDS);
  const at = install.bundle + <usize>load<u32>(needs, SECTION_OFFSET);
  const path = at + NEEDS_PATH;
  const length = load<u32>(needs, SECTION_LENGTH) - <u32>NEEDS_PATH;
  if (install.program < 0) install.program = find(at + NEEDS_IDENTITY, path, length);
  if (install.program < 0) return install.program;
  const state = programStep(install.program);
  if (state > 0) return state;
  if (state < 0) {
    log("module refused: its library " + textOf(path, length) + " cannot be compiled");
    return state == -E_NOMEM ? state : -E_PKG_MODULE;
  }
  const library = installAt(programLibrary(install.program));
  install.library = library;
  install.compiler.linkTo(library.compiler);
  return 1;
}

/** The number of the program that is the library of this identity at a path, -E_PKG_LIBRARY or -E_LIMIT: the log says why. */
function find(identity: usize, path: usize, length: u32): i32 {
  const why = lookAt(identity, path, length);
  const number = why == "" ? programResolve(path, length) : -E_PKG_LIBRARY;
  if (number < 0) log("module refused: " + (why == "" ? "too many programs are loaded" : why));
  return number;
}

/** "" if there is such a library, otherwise what there is instead. No file but a library that fits becomes a program this way. */
function lookAt(identity: usize, path: usize, length: u32): string {
  const file = vfsMap(path, length);
  if (<i32>file < 0) return "there is no library " + textOf(path, length);
  const section = bundleCheck(file, vfsMapLength()) < 0 ? 0 : bundleFind(file, SECTION_KIND_LIBRARY);
  if (section == 0) return textOf(path, length) + " is no library";
  const own = file + <usize>load<u32>(section, SECTION_OFFSET);
  if (memory.compare(own, identity, LIBRARY_IDENTITY_SIZE) == 0) return "";
  return "it was packed for another build of " + textOf(path, length) + "; pack it again with this version";
}

function textOf(text: usize, length: u32): string {
  return String.UTF8.decodeUnsafe(text, length);
}

/** "" if a compiled module can be a library, or why it cannot. Its imports are checked elsewhere. */
export function libraryFault(install: Install): string {
  const compiler = install.compiler;
  if (compiler.wasm.start != NO_START) return "a library has a start function";
  return exportsAreSorted(compiler) ? "" : "the exports of a library are not sorted";
}
