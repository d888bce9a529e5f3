// The rules for an app's module that can be told before the kernel compiles it. The kernel checks them again.

import * as syscalls from "../../guest-kernel/abi/syscall.ts";
import { ModuleError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import { LIBRARY_MODULE } from "./library/interface.ts";
import {
  EXTERNAL_FUNCTION,
  EXTERNAL_MEMORY,
  type ModuleImport,
  type ModuleShape,
  readModuleShape,
} from "./module-reader.ts";

const IMPORT_MODULE = "oscortex";
const ENTRY_TYPES = new Set(["->", "->i32"]);
const SYSCALL_PREFIX = "SYS_";

/** The names of the system calls, as apps import them: SYS_TCP_CONNECT is `tcp_connect`. */
const SYSCALL_NAMES = new Set(
  Object.keys(syscalls)
    .filter((name) => name.startsWith(SYSCALL_PREFIX))
    .map((name) => name.slice(SYSCALL_PREFIX.length).toLowerCase()),
);

/** Checks that a module, linked to a library or not, can be what its manifest says. @throws ModuleError */
export function checkModule(wasm: Uint8Array, manifest: Manifest, linked: boolean): void {
  if (!WebAssembly.validate(new Uint8Array(wasm))) throw new ModuleError("not a valid WebAssembly module");
  const shape = readModuleShape(wasm);
  for (const imported of shape.imports) if (!linked || !isOfLibrary(imported)) checkImport(imported);
  checkEntry(shape, manifest.entry);
  checkMemory(shape, manifest.memoryPages);
}

/** What a program shares with its library. The packer has made these imports itself. */
function isOfLibrary({ module, kind }: ModuleImport): boolean {
  return module === LIBRARY_MODULE || (module === "env" && kind === EXTERNAL_MEMORY);
}

function checkImport({ module, name, kind }: ModuleImport): void {
  const imported = `import ${module}.${name}`;
  if (module !== IMPORT_MODULE)
    throw new ModuleError(`${imported}: only module ${IMPORT_MODULE} can be imported`);
  if (kind !== EXTERNAL_FUNCTION) throw new ModuleError(`${imported}: only functions can be imported`);
  if (!SYSCALL_NAMES.has(name)) throw new ModuleError(`${imported}: no such system call`);
}

function checkEntry({ exports }: ModuleShape, entry: string): void {
  const found = exports.find(({ name, kind }) => name === entry && kind === EXTERNAL_FUNCTION);
  if (found === undefined) throw new ModuleError(`no exported function ${entry}`);
  if (!ENTRY_TYPES.has(found.type ?? "?"))
    throw new ModuleError(`entry ${entry}: expected () -> () or () -> i32, got (${found.type ?? "?"})`);
}

function checkMemory({ memory }: ModuleShape, memoryPages: number): void {
  if (memory === undefined) return;
  if (memory.min > memoryPages)
    throw new ModuleError(`memory of ${memory.min} pages, more than the manifest's ${memoryPages}`);
}
