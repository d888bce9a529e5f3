// What tests that compare with another program do where it is missing.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian's package of each program, as tests/install-programs.sh installs them. */
const PACKAGES = {
  chromium: "chromium",
  dd: "coreutils",
  debugfs: "e2fsprogs",
  e2fsck: "e2fsprogs",
  gcc: "gcc",
  gdb: "gdb",
  "mkfs.ext2": "e2fsprogs",
  objdump: "binutils",
  readelf: "binutils",
  script: "bsdutils",
  tshark: "tshark",
  vncsnapshot: "vncsnapshot",
  wasm2c: "wabt",
} as const;

export type Program = keyof typeof PACKAGES;

// Where Debian keeps programs of the administrator, which users lack in their PATH.
const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/**
 * True if tests that need `program` must be skipped here; the reason is printed. Throws it instead where
 * OSCORTEX_REQUIRE_PROGRAMS is set, as CI does.
 */
export function lacksProgram(program: Program): boolean {
  if (findProgram(program) !== undefined) return false;
  const reason = `${program} is not installed (Debian's package ${PACKAGES[program]})`;
  if (process.env["OSCORTEX_REQUIRE_PROGRAMS"]) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return true;
}

/** The path of a program, or its name if it is missing, so that running it says so. */
export function pathOf(program: Program): string {
  return findProgram(program) ?? program;
}

function findProgram(program: Program): string | undefined {
  return FOLDERS.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
