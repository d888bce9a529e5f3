import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeElf } from "../../guest-kernel/image/elf.ts";
import { FakeProcesses } from "../../tests/support/fake-processes.ts";
import { DebugMemory } from "./debug-memory.ts";
import { AppFiles } from "./libraries.ts";
import { readProcesses } from "./processes.ts";
import type { GdbLibrary } from "./target.ts";

const APP = "org.test.app";
const LIBRARY = "org.test.library";
const APP_CODE = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
const LIBRARY_CODE = Uint8Array.from({ length: 9000 }, (_, i) => i % 241);

let guest: FakeProcesses;
let memory: DebugMemory;
let folder: string;
let files: AppFiles;

beforeEach(() => {
  guest = new FakeProcesses();
  memory = new DebugMemory(guest.ram);
  folder = mkdtempSync(join(tmpdir(), "oscortex-files-"));
  files = new AppFiles([folder], () => undefined);
  writeImage(APP, APP_CODE);
  writeImage(LIBRARY, LIBRARY_CODE);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeImage(name: string, code: Uint8Array): void {
  const segment = { virtualAddress: 0n, physicalAddress: 0, bytes: code, flags: 5 };
  const image = { entry: 0n, sharedObject: true, segments: [segment], symbols: [], notes: [] };
  writeFileSync(join(folder, `${name}.elf`), encodeElf(image));
}

function addLinked(pid: number, library = LIBRARY_CODE): void {
  guest.add(pid, APP, LIBRARY);
  guest.map(guest.codeOf(pid), APP_CODE);
  guest.map(guest.libraryOf(pid), library);
}

/** What gdb is told, with paths from the folder. */
function told(): GdbLibrary[] {
  return files
    .libraries(readProcesses(guest.ram), memory)
    .map(({ file, address }) => ({ file: file.slice(folder.length + 1), address }));
}

test("a process of a linked app has two files", () => {
  addLinked(3);
  expect(told()).toEqual([
    { file: `${APP}.elf`, address: guest.codeOf(3) },
    { file: `${LIBRARY}.elf`, address: guest.libraryOf(3) },
  ]);
});

test("files of several processes have paths of their own, and keep them when others end", () => {
  addLinked(3);
  addLinked(4);
  expect(told().map(({ file }) => file)).toEqual([
    `${APP}.elf`,
    `${LIBRARY}.elf`,
    `./${APP}.elf`,
    `./${LIBRARY}.elf`,
  ]);
  guest.end(3);
  expect(told()).toEqual([
    { file: `./${APP}.elf`, address: guest.codeOf(4) },
    { file: `./${LIBRARY}.elf`, address: guest.libraryOf(4) },
  ]);
  addLinked(5);
  expect(told().map(({ file }) => file)).toEqual([
    `./${APP}.elf`,
    `./${LIBRARY}.elf`,
    `${APP}.elf`,
    `${LIBRARY}.elf`,
  ]);
});

test("a library of another build has no file, while the app has its own", () => {
  addLinked(3, LIBRARY_CODE.toReversed());
  expect(told()).toEqual([{ file: `${APP}.elf`, address: guest.codeOf(3) }]);
});

test("breakpoints in a file's code do not make it another", () => {
  addLinked(3);
  memory.insertBreakpoint(guest.libraryOf(3) + 7000n, "debugger");
  expect(told()).toHaveLength(2);
});
