// Programs of the initramfs: `/init`, `/bin/sh`; and libraries. Compiled on first use, kept for ever.

import { E_AGAIN, E_LIMIT, E_NOMEM, E_PKG_MODULE } from "../../abi/errors.ts";
import { log } from "../log.ts";
import { vfsMap, vfsMapLength } from "../vfs/vfs.ts";
import { installBeginBorrowed, installFree, installStep } from "./install.ts";
import { installIsLibrary } from "./installed.ts";

/** App ids from here on are programs. */
export const PROGRAM_ID_BASE: i32 = 0x40000000;
const PROGRAM_MAX: i32 = 16;

/** A program that was asked for. */
@unmanaged
class Program {
  file: usize; // where its bundle lies
  install: i32; // none if it cannot be compiled
  library: bool; // it is one: it is linked to, not started
  state: i32; // 1 while it is being compiled, 0 when ready, -E_* when it cannot be
}

const table = memory.data(256, 8); // PROGRAM_MAX entries
let count: i32 = 0;

if (<usize>PROGRAM_MAX * offsetof<Program>() > 256) ERROR("programs: table too small");

/**
 * The number of the program or library at a path, for programTry or programStep; -E_PKG_BUNDLE if it is none, -E_LIMIT, -E_NOENT and
 * the like.
 */
export function programResolve(path: usize, len: u32): i32 {
  const file = vfsMap(path, len);
  if (<i32>file < 0) return <i32>file;
  let number = 0;
  while (number < count && at(number).file != file) number++;
  // What was refused stays so, but there may be memory by now.
  if (number < count && at(number).state != -E_NOMEM) return number;
  if (number == PROGRAM_MAX) return -E_LIMIT;
  const install = installBeginBorrowed(file, vfsMapLength());
  if (install < 0) return install; // no entry: any file can be asked for
  const program = at(number);
  program.file = file;
  program.install = install;
  program.library = installIsLibrary(install);
  program.state = 1;
  count = max(count, number + 1);
  return number;
}

/** One look at a program: its app id, -E_AGAIN while it is being compiled, or why it cannot be or is not to be started. */
export function programTry(number: i32): i32 {
  const program = at(number);
  if (program.library) {
    log("module refused: a library cannot be started");
    return -E_PKG_MODULE;
  }
  if (program.state == 0) return PROGRAM_ID_BASE + number;
  return program.state > 0 ? -E_AGAIN : program.state;
}

/** Compiles a slice of a program that was asked for; false if there is none. */
export function programsStep(): bool {
  for (let i: i32 = 0; i < count; i++) {
    if (at(i).state <= 0) continue;
    programStep(i);
    return true;
  }
  return false;
}

/** Compiles a slice of this one: > 0 there is more, 0 it is ready, or why it cannot be compiled. */
export function programStep(number: i32): i32 {
  const program = at(number);
  if (program.state <= 0) return program.state;
  program.state = installStep(program.install);
  if (program.state < 0) installFree(program.install);
  return program.state;
}

/** The install of a program that can be started, or 0. */
export function programInstall(appId: i32): i32 {
  const number = appId - PROGRAM_ID_BASE;
  if (number < 0 || number >= count || at(number).library) return 0;
  return at(number).state == 0 ? at(number).install : 0;
}

/** The install of a library that is ready. */
export function programLibrary(number: i32): i32 {
  return at(number).install;
}

function at(number: i32): Program {
  return changetype<Program>(table + <usize>number * offsetof<Program>());
}
