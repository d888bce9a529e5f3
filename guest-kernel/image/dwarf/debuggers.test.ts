// What the field's own tools make of the debug information.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadAot } from "../../../tests/support/compiler.ts";
import { lacksProgram, pathOf } from "../../../tests/support/programs.ts";
import { decodeBundle } from "../../../pkg/bundle.ts";
import { linkAppImage } from "../app-image.ts";
import { elfSymbols } from "../elf.ts";

const KERNEL = "build/kernel.elf";
const APP = "build/debug/org.oscortex.crash.elf";
// A library, and an app that is linked to it.
const LIBRARY = "build/debug/org.oscortex.engine.elf";
const LINKED = "build/debug/org.oscortex.mines.elf";
const IMAGES = [KERNEL, APP, LIBRARY, LINKED];

function gdb(file: string, ...commands: string[]): string {
  const args = ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), file];
  return execFileSync(pathOf("gdb"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

test("an app's file is a function of its bundle", { timeout: 60_000 }, async () => {
  const aot = await loadAot();
  const { manifest, wasm, lines, types } = decodeBundle(readFileSync("build/repository/crash.osx"));
  const [first, second] = [1, 2].map(() => linkAppImage({ name: manifest.name, wasm, lines, types }, aot));
  expect(Buffer.compare(first!, second!)).toBe(0);
  expect(Buffer.compare(first!, readFileSync(APP))).toBe(0);
});

test.each(IMAGES)("functions of %s do not overlap", (file) => {
  const symbols = elfSymbols(readFileSync(file)).toSorted((a, b) => Number(a.address - b.address));
  for (let i = 1; i < symbols.length; i++) {
    const { address, size } = symbols[i - 1]!;
    expect(address + BigInt(size)).toBeLessThanOrEqual(symbols[i]!.address);
  }
});

test("each stub has its own symbol", () => {
  const names = elfSymbols(readFileSync(KERNEL)).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["arch.grow", "stub.process_start", "stub.boot", "trap.14"]));
});

test.skipIf(lacksProgram("readelf")).each(IMAGES)("readelf has no complaint about %s", (file) => {
  const { stderr, status } = spawnSync(pathOf("readelf"), ["--all", "--debug-dump", file], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test.skipIf(lacksProgram("objdump")).each(IMAGES)("objdump has no complaint about %s", (file) => {
  const { stderr, status } = spawnSync(pathOf("objdump"), ["--dwarf", file], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test.skipIf(lacksProgram("gdb"))("gdb finds functions and lines of the kernel", () => {
  const out = gdb(KERNEL, "info line sysWrite", "list sysWrite", "break sysWrite", "disassemble /s sysWrite");
  expect(out).toMatch(/Line \d+ of ".*guest-kernel\/kernel\/syscall\/file-calls\.ts" starts at address/);
  expect(out).toContain("export function sysWrite(");
  expect(out).toMatch(/Breakpoint 1 at 0x\w+: file .*file-calls\.ts, line \d+\./);
  expect(out).toMatch(/writeTry\(current[^\n]*\n(?:[^\n]*\n)*?.*call .*<writeTry>/);
});

test.skipIf(lacksProgram("gdb"))("gdb finds functions and lines of an app and of asc's library", () => {
  const out = gdb(
    APP,
    "info line main",
    "list main",
    "break main",
    "info line outOfBounds",
    "list rt/tlsf.ts:1,2",
  );
  expect(out).toMatch(/Line \d+ of ".*shell-host\/apps\/crash\/main\.ts" starts at address/);
  expect(out).toContain("export function main(): i32 {");
  expect(out).toMatch(/Breakpoint 1 at 0x\w+: file .*crash\/main\.ts/);
  expect(out).toContain("AL_BITS");
});

test.skipIf(lacksProgram("gdb"))("gdb knows globals of the kernel by name", () => {
  const out = gdb(KERNEL, "info address current", "ptype current");
  expect(out).toMatch(/Symbol "current" is static storage at address 0x/);
  expect(out).toContain("type = i32");
});
