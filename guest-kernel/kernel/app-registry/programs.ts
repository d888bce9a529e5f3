// Programs of the initramfs: `/init`, `/bin/sh`. Compiled on first use, kept for ever.

import { E_AGAIN, E_LIMIT } from "../../abi/errors.ts";
import { vfsMap, vfsMapLength } from "../vfs/vfs.ts";
import { installBeginBorrowed, installFree, installStep } from "./install.ts";

/** App ids from here on are programs. */
export const PROGRAM_ID_BASE: i32 = 0x40000000;
const PROGRAM_MAX: i32 = 16;

/** A program that was asked for. */
@unmanaged
class Program {
  file: usize; // where its bundle lies
  install: i32; // none if it cannot be compiled
  state: i32; // 1 while it is being compiled, 0 when ready, -E_* when it cannot be
}

const table = memory.data(192, 8); // PROGRAM_MAX entries
let count: i32 = 0;

if (<usize>PROGRAM_MAX * offsetof<Program>() > 192) ERROR("programs: table too small");

/** The number of the program at a path, for programTry; -E_PKG_BUNDLE if it is none, -E_LIMIT, -E_NOENT and the like. */
export function programResolve(path: usize, len: u32): i32 {
  const file = vfsMap(path, len);
  if (<i32>file < 0) return <i32>file;
  for (let i: i32 = 0; i < count; i++) if (at(i).file == file) return i;
  if (count == PROGRAM_MAX) return -E_LIMIT;
  const install = installBeginBorrowed(file, vfsMapLength());
  if (install < 0) return install; // no entry: any file can be asked for
  const program = at(count);
  program.file = file;
  program.install = install;
  program.state = 1;
  return count++;
}

/** One look at a program: its app id, -E_AGAIN while it is being compiled, or why it cannot be. */
export function programTry(number: i32): i32 {
  const state = at(number).state;
  if (state == 0) return PROGRAM_ID_BASE + number;
  return state > 0 ? -E_AGAIN : state;
}

/** Compiles a slice of a program that was asked for; false if there is none. */
export function programsStep(): bool {
  for (let i: i32 = 0; i < count; i++) {
    const program = at(i);
    if (program.state <= 0) continue;
    program.state = installStep(program.install);
    if (program.state < 0) installFree(program.install);
    return true;
  }
  return false;
}

/** The install of a ready program, or 0. */
export function programInstall(appId: i32): i32 {
  const number = appId - PROGRAM_ID_BASE;
  return number >= 0 && number < count && at(number).state == 0 ? at(number).install : 0;
}

function at(number: i32): Program {
  return changetype<Program>(table + <usize>number * offsetof<Program>());
}
