import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ImageFolder, MIB } from "../../../../tests/support/disk-image.ts";
import { DiskMachine, MemoryDisk } from "../../../../tests/support/disk-machine.ts";
import { debugfs, fsckProblems, mkfs } from "../../../../tests/support/e2fsprogs.ts";
import { lacksProgram } from "../../../../tests/support/programs.ts";
import { SeededRandom } from "../../../../tests/support/seeded-random.ts";
import * as e from "../../../abi/errors.ts";
import * as f from "../../../abi/files.ts";

const CREATE = f.OPEN_WRITE | f.OPEN_CREATE;
let files: ImageFolder;

beforeEach(() => {
  files = new ImageFolder();
});

afterEach(() => {
  files.remove();
});

function mounted(ramBytes?: number): DiskMachine {
  const machine = DiskMachine.create(
    new MemoryDisk(files.read()),
    ramBytes === undefined ? {} : { ramBytes },
  );
  expect(machine.mount()).toBe(0);
  return machine;
}

/** Unmounts, writes the image back to the file; what e2fsck finds wrong with it. */
function unmountProblems(machine: DiskMachine): string {
  expect(machine.unmount()).toBe(0);
  files.write(machine.disk.image);
  return fsckProblems(files.image);
}

function put(machine: DiskMachine, path: string, bytes: Uint8Array): void {
  const file = machine.open(path, CREATE);
  expect(file).toBeGreaterThanOrEqual(0);
  expect(machine.write(file, bytes)).toBe(bytes.length);
  expect(machine.close(file)).toBe(0);
}

describe.skipIf(lacksProgram("e2fsck"))("ext2", () => {
  test("reads what debugfs wrote", () => {
    files.blank(32 * MIB);
    mkfs(files.image, "-b", "4096");
    const content = new SeededRandom(1).bytes(6 * MIB + 123); // into the double indirect blocks
    writeFileSync(files.path("big"), content);
    writeFileSync(files.path("small"), "hello\n");
    debugfs(
      files.image,
      [
        "mkdir /a",
        "mkdir /a/b",
        `write ${files.path("big")} /a/big`,
        `write ${files.path("small")} /a/b/small`,
      ],
      true,
    );
    const machine = mounted();
    expect(machine.list("/data")).toEqual(["a/", "lost+found/"]);
    expect(machine.list("/data/a")).toEqual(["b/", "big"]);
    expect(machine.readFile("/data/a/b/small")).toEqual(Buffer.from("hello\n"));
    expect(Buffer.compare(machine.readFile("/data/a/big") as Uint8Array, content)).toBe(0);
    expect(machine.stat("/data/a/big")).toEqual({ kind: f.KIND_FILE, links: 1, bytes: content.length });
    expect(unmountProblems(machine)).toBe("");
  });

  test("debugfs reads what it wrote", () => {
    files.format(32 * MIB);
    const machine = mounted();
    const content = new SeededRandom(2).bytes(6 * MIB + 1);
    expect(machine.mkdir("/data/a")).toBe(0);
    put(machine, "/data/a/big", content);
    put(machine, "/data/note", Buffer.from("text"));
    expect(unmountProblems(machine)).toBe("");
    debugfs(files.image, [`dump /a/big ${files.path("out")}`]);
    expect(Buffer.compare(readFileSync(files.path("out")), content)).toBe(0);
    expect(debugfs(files.image, ["cat /note"])).toContain("text");
  });

  test("removed files give their blocks back", () => {
    files.format(16 * MIB);
    const machine = mounted();
    const free = machine.kernel.call("blocksAvailable");
    for (let round = 0; round < 5; round++) {
      put(machine, "/data/f", new SeededRandom(round).bytes(7 * MIB));
      expect(machine.remove("/data/f")).toBe(0);
    }
    machine.mkdir("/data/d");
    machine.remove("/data/d");
    while (machine.kernel.call("orphansBusy") !== 0) machine.poll();
    expect(unmountProblems(machine)).toBe("");
    const again = mounted();
    expect(again.kernel.call("blocksAvailable")).toBe(free);
  });

  test("names errors", () => {
    files.format(16 * MIB);
    const machine = mounted();
    machine.mkdir("/data/d");
    put(machine, "/data/d/f", Buffer.from("x"));
    expect(machine.open("/data/none")).toBe(-e.E_NOENT);
    expect(machine.open("/data/d/f/x")).toBe(-e.E_NOTDIR);
    expect(machine.open("/data/d")).toBe(-e.E_ISDIR);
    expect(machine.open("/data/d/f", CREATE | f.OPEN_EXCLUSIVE)).toBe(-e.E_EXIST);
    expect(machine.mkdir("/data/d")).toBe(-e.E_EXIST);
    expect(machine.mkdir("/data/x/y")).toBe(-e.E_NOENT);
    expect(machine.remove("/data/d")).toBe(-e.E_NOTEMPTY);
    expect(machine.remove("/data")).toBe(-e.E_INVAL);
    expect(machine.rename("/data/d", "/data/d/e")).toBe(-e.E_INVAL);
    expect(machine.rename("/data/d", "/tmp/d")).toBe(-e.E_XDEV);
    expect(machine.rename("/data/d/f", "/data/d")).toBe(-e.E_ISDIR);
    expect(machine.rename("/data/d", "/data/d/f")).toBe(-e.E_INVAL);
    expect(machine.mkdir("/sys/x")).toBe(-e.E_ROFS);
    const file = machine.open("/data/d/f");
    expect(machine.write(file, Buffer.from("no"))).toBe(-e.E_BADF);
    expect(unmountProblems(machine)).toBe("");
  });

  test("a file that was removed while it is open lives until it is closed", () => {
    files.format(16 * MIB);
    const machine = mounted();
    const file = machine.open("/data/f", CREATE);
    machine.write(file, Buffer.from("still here"));
    expect(machine.remove("/data/f")).toBe(0);
    machine.fsync(file);
    machine.seek(file, 0);
    expect(machine.read(file, 100)).toEqual(new Uint8Array(Buffer.from("still here")));
    expect(machine.stat("/data/f")).toBe(-e.E_NOENT);
    machine.close(file);
    expect(unmountProblems(machine)).toBe("");
  });

  test("a full disk is told and can be used again", () => {
    files.format(8 * MIB);
    const machine = mounted();
    const file = machine.open("/data/f", CREATE);
    const chunk = new SeededRandom(3).bytes(MIB);
    let written = 0;
    for (;;) {
      const result = machine.write(file, chunk);
      if (result < 0) {
        expect(result).toBe(-e.E_NOSPC);
        break;
      }
      written += result;
    }
    expect(written).toBeGreaterThan(MIB);
    expect(machine.mkdir("/data/d")).toBe(-e.E_NOSPC);
    expect(machine.truncate(file, 10)).toBe(0);
    expect(machine.mkdir("/data/d")).toBe(0);
    expect(unmountProblems(machine)).toBe("");
  });
});
