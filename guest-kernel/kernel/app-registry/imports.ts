// Binds a module's imports to system call stubs: by name, if the type is the call's own.

import { STUB_SYSCALL_BASE, STUB_TRACED_BASE } from "../../abi/arch.ts";
import { SYSCALL_SLOTS } from "../../abi/syscall-table.ts";
import { Compiler } from "../../aot/compiler.ts";
import {
  EXTERN_FUNCTION,
  IMPORT_INDEX,
  IMPORT_KIND,
  IMPORT_MODULE,
  IMPORT_MODULE_LEN,
  IMPORT_NAME,
  IMPORT_NAME_LEN,
} from "../../aot/module.ts";
import { log } from "../log.ts";
import { stubAddress } from "../proc/stubs.ts";
import { tracing } from "../trace.ts";

const SPACE: i32 = 32;
const SIGNATURE_MAX: i32 = 16;

const signature = memory.data(16);

/**
 * Writes the code address of each imported function to `addresses`, u64 each. False if an import is no function, is
 * no system call, or has another type than it: the log says which.
 */
export function bindSystemCalls(compiler: Compiler, addresses: usize): bool {
  const module = compiler.wasm;
  const count = module.importCount();
  const stubs = tracing() ? STUB_TRACED_BASE : STUB_SYSCALL_BASE;
  for (let i: u32 = 0; i < count; i++) {
    const moduleName = compiler.reader.address(module.importField(i, IMPORT_MODULE));
    const name = compiler.reader.address(module.importField(i, IMPORT_NAME));
    const nameLength = module.importField(i, IMPORT_NAME_LEN);
    const ours = equals("oscortex", moduleName, module.importField(i, IMPORT_MODULE_LEN));
    const slot =
      ours && module.importField(i, IMPORT_KIND) == EXTERN_FUNCTION ? findSlot(name, nameLength) : -1;
    const index = module.importField(i, IMPORT_INDEX);
    if (slot < 0 || !hasType(compiler, index, slot)) {
      const what = slot < 0 ? "no system call " : "another type of system call ";
      log("module refused: imports " + what + String.UTF8.decodeUnsafe(name, min<u32>(nameLength, 64)));
      return false;
    }
    store<u64>(addresses + ((<usize>index) << 3), stubAddress(stubs + <u32>slot));
  }
  return true;
}

function findSlot(name: usize, length: u32): i32 {
  for (let slot = 0; slot < SYSCALL_SLOTS.length; slot++) {
    const entry = SYSCALL_SLOTS[slot];
    if (entry.charCodeAt(<i32>length) == SPACE && matches(entry, name, length)) return slot;
  }
  return -1;
}

/** True if the function's type is what the table says behind the name. */
function hasType(compiler: Compiler, func: u32, slot: i32): bool {
  const entry = SYSCALL_SLOTS[slot];
  let length = 0;
  for (let i = entry.indexOf(" ") + 1; i < entry.length && length < SIGNATURE_MAX; i++) {
    store<u8>(signature + <usize>length, <u8>entry.charCodeAt(i));
    length++;
  }
  return compiler.hasSignature(func, signature, <u32>length);
}

function equals(text: string, name: usize, length: u32): bool {
  return <u32>text.length == length && matches(text, name, length);
}

/** True if `text` begins with the ASCII bytes. */
function matches(text: string, name: usize, length: u32): bool {
  if (<u32>text.length < length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (<u32>text.charCodeAt(<i32>i) != <u32>load<u8>(name + i)) return false;
  }
  return true;
}
