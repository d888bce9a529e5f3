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

  test("a file has holes, and reads them as zeroes", () => {
    files.format(16 * MIB);
    const machine = mounted();
    const file = machine.open("/data/f", CREATE);
    const far = 5 * 1024 * MIB; // below the triple indirect pointer
    expect(machine.seek(file, far)).toBe(far);
    expect(machine.write(file, Buffer.from("end"))).toBe(3);
    expect(machine.stat("/data/f")).toEqual({ kind: f.KIND_FILE, links: 1, bytes: far + 3 });
    expect(machine.seek(file, -5, f.SEEK_END)).toBe(far - 2);
    expect(machine.read(file, 10)).toEqual(new Uint8Array(Buffer.from("\0\0end")));
    expect(unmountProblems(machine)).toBe("");
    const again = mounted();
    expect(again.remove("/data/f")).toBe(0);
    while (again.kernel.call("orphansBusy") !== 0) again.poll();
    expect(unmountProblems(again)).toBe("");
  });

  test("appending goes to the end, wherever the file stands", () => {
    files.format(16 * MIB);
    const machine = mounted();
    put(machine, "/data/f", Buffer.from("one"));
    const file = machine.open("/data/f", f.OPEN_WRITE | f.OPEN_APPEND);
    expect(machine.write(file, Buffer.from("two"))).toBe(3);
    machine.seek(file, 0);
    expect(machine.write(file, Buffer.from("three"))).toBe(5);
    expect(machine.readFile("/data/f")).toEqual(Buffer.from("onetwothree"));
  });

  test("a large file is read and written while others have all the memory", () => {
    files.format(32 * MIB);
    const content = new SeededRandom(9).bytes(6 * MIB + 321);
    const machine = mounted();
    put(machine, "/data/large", content);
    machine.leaveFrames(300);
    machine.poll();
    const same = (path: string): boolean => Buffer.from(content).equals(machine.readFile(path) as Uint8Array);
    expect(same("/data/large")).toBe(true);
    put(machine, "/data/second", content);
    expect(same("/data/second")).toBe(true);
    expect(unmountProblems(machine)).toBe("");
  });

  test("what a reader has found out about a file does not outlive a change of it", () => {
    files.format(32 * MIB);
    const machine = mounted();
    const first = new SeededRandom(5).bytes(40 * 4096);
    const second = new SeededRandom(6).bytes(40 * 4096);
    put(machine, "/data/file", first);
    const reader = machine.open("/data/file");
    const at = (block: number): Uint8Array | number => {
      machine.seek(reader, block * 4096);
      return machine.read(reader, 4096);
    };
    expect(at(3)).toEqual(first.slice(3 * 4096, 4 * 4096));
    const writer = machine.open("/data/file", f.OPEN_WRITE);
    machine.truncate(writer, 5000);
    expect([at(0), at(3)]).toEqual([first.slice(0, 4096), new Uint8Array(0)]);
    expect(at(1)).toEqual(first.slice(4096, 5000));
    put(machine, "/data/other", second); // takes the blocks that are free now
    machine.truncate(writer, 40 * 4096);
    expect(at(3)).toEqual(new Uint8Array(4096));
    machine.seek(writer, 3 * 4096);
    machine.write(writer, second.slice(0, 4096));
    expect(at(3)).toEqual(second.slice(0, 4096));
    machine.seek(writer, 39 * 4096);
    machine.write(writer, first.slice(0, 8192)); // past the end
    expect([at(39), at(40)]).toEqual([first.slice(0, 4096), first.slice(4096, 8192)]);
    expect(machine.readFile("/data/other")).toEqual(Buffer.from(second));
    machine.close(reader);
    machine.close(writer);
    expect(unmountProblems(machine)).toBe("");
  });

  test("a read that the disk fails shows nothing of what was in memory", () => {
    files.format(32 * MIB);
    const first = mounted();
    const content = new Uint8Array(300 * 4096).map((_, i) => i >> 12);
    put(first, "/data/file", content);
    expect(first.unmount()).toBe(0);
    files.write(first.disk.image);
    const machine = mounted();
    const reader = machine.open("/data/file");
    expect(machine.read(reader, 4096)).toHaveLength(4096);
    machine.disk.failFrom = machine.disk.requests;
    machine.seek(reader, 250 * 4096);
    expect(machine.read(reader, 4096)).toBe(-e.E_IO);
    machine.disk.failFrom = Infinity;
    expect(Buffer.compare(machine.readFile("/data/file") as Uint8Array, content)).toBe(0);
  });

  test("a folder of thousands of entries", () => {
    files.format(64 * MIB);
    const machine = mounted();
    machine.mkdir("/data/d");
    const names = Array.from({ length: 2000 }, (_, i) => `a-name-of-some-length-${i}`);
    for (const name of names) machine.close(machine.open(`/data/d/${name}`, CREATE));
    expect(machine.list("/data/d")).toEqual(names.toSorted());
    for (const name of names.slice(100)) expect(machine.remove(`/data/d/${name}`)).toBe(0);
    expect(machine.list("/data/d")).toEqual(names.slice(0, 100).toSorted());
    expect(unmountProblems(machine)).toBe("");
  });

  test("a file system without a journal", () => {
    files.blank(32 * MIB);
    mkfs(files.image, "-b", "4096", "-I", "256", "-O", "dir_index");
    const machine = mounted();
    machine.mkdir("/data/d");
    put(machine, "/data/d/f", new SeededRandom(1).bytes(MIB));
    machine.rename("/data/d", "/data/e");
    expect(unmountProblems(machine)).toBe("");
  });

  test("a journal that mkfs made", () => {
    files.blank(32 * MIB);
    mkfs(files.image, "-b", "4096", "-j");
    const machine = mounted();
    put(machine, "/data/f", new SeededRandom(1).bytes(MIB));
    expect(unmountProblems(machine)).toBe("");
  });

  test("blocks of 1 KiB, and extents, are refused", () => {
    files.blank(16 * MIB);
    mkfs(files.image, "-b", "1024");
    expect(DiskMachine.create(new MemoryDisk(files.read())).mount()).toBe(-e.E_INVAL);
    mkfs(files.image, "-b", "4096", "-O", "extents");
    expect(DiskMachine.create(new MemoryDisk(files.read())).mount()).toBe(-e.E_INVAL);
  });

  test("a file that was removed while it is open goes with the next mount after a power cut", () => {
    files.format(16 * MIB);
    const machine = mounted();
    const free = machine.kernel.call("blocksAvailable");
    const file = machine.open("/data/f", CREATE);
    machine.write(file, new SeededRandom(1).bytes(MIB));
    machine.remove("/data/f");
    expect(machine.fsync(file)).toBe(0);
    files.write(machine.disk.cut(() => 0));
    const again = mounted();
    while (again.kernel.call("orphansBusy") !== 0) again.poll();
    expect(unmountProblems(again)).toBe("");
    expect(mounted().kernel.call("blocksAvailable")).toBe(free);
  });

  test("after a write has failed, nothing is changed any more, and what is on the disk is whole", () => {
    files.format(16 * MIB);
    const machine = mounted();
    put(machine, "/data/before", Buffer.from("safe"));
    machine.fsync(machine.open("/data/before"));
    const file = machine.open("/data/f", CREATE);
    machine.write(file, new SeededRandom(1).bytes(MIB));
    machine.disk.failFrom = machine.disk.requests + 3;
    expect(machine.fsync(file)).toBe(-e.E_IO);
    expect(machine.write(file, Buffer.from("x"))).toBe(-e.E_IO);
    expect(machine.mkdir("/data/d")).toBe(-e.E_IO);
    expect(machine.readFile("/data/before")).toEqual(Buffer.from("safe"));
    files.write(machine.disk.image);
    const again = mounted();
    expect(again.readFile("/data/before")).toEqual(Buffer.from("safe"));
    expect(unmountProblems(again)).toBe("");
  });

  test("a block that begins as the journal's own do is logged, and recovered", () => {
    files.format(32 * MIB);
    const image = files.read();
    // The first words of group 0's block bitmap: its first 32 blocks are all in use, whatever the bits say.
    const machine = DiskMachine.create(new MemoryDisk(image));
    expect(machine.mount()).toBe(0);
    put(machine, "/data/f", Buffer.from("text"));
    const bitmap = machine.kernel.call("pageFrame", new DataView(image.buffer).getUint32(4096, true));
    machine.kernel.memory.set([0xc0, 0x3b, 0x39, 0x98], bitmap);
    const file = machine.open("/data/f");
    const cut = cutInPlace(machine, file);
    const again = DiskMachine.create(new MemoryDisk(cut));
    expect(again.mount()).toBe(-e.E_ROFS); // the bits are made up: the descriptor counts others
    expect(again.kernel.call("ext2Replayed")).toBe(1);
    const recovered = again.kernel.call("pageFrame", new DataView(cut.buffer).getUint32(4096, true));
    expect([...again.kernel.memory.subarray(recovered, recovered + 4)]).toEqual([0xc0, 0x3b, 0x39, 0x98]);
  });

  test("counts that the bitmaps do not bear out make it read-only", () => {
    files.format(16 * MIB);
    const image = files.read();
    image[4096 + 12]! ^= 1; // bg_free_blocks_count of group 0
    expect(DiskMachine.create(new MemoryDisk(image)).mount()).toBe(-e.E_ROFS);
  });

  test("damaged metadata is an error, never a trap", { timeout: 60_000 }, () => {
    files.format(16 * MIB);
    const machine = mounted();
    machine.mkdir("/data/d");
    for (let i = 0; i < 20; i++) put(machine, `/data/d/f${i}`, new SeededRandom(i).bytes(60_000));
    machine.unmount();
    const { image } = machine.disk;
    const random = new SeededRandom(5);
    for (let round = 0; round < 150; round++) damage(image, random);
  });
});

/** Syncs, and cuts the power once the commit is sealed: before anything is in place. */
function cutInPlace(machine: DiskMachine, file: number): Uint8Array {
  let flushes = 0;
  let cut: Uint8Array | undefined;
  machine.disk.onRequest = () => {
    if (machine.disk.flushes !== flushes) flushes = machine.disk.flushes;
    if (machine.disk.flushes >= start + 3) cut ??= machine.disk.cut(() => 0);
  };
  const start = machine.disk.flushes;
  expect(machine.fsync(file)).toBe(0);
  while (machine.kernel.call("commitRuns") !== 0) machine.poll();
  if (cut === undefined) throw new Error("there was no third flush");
  return cut;
}

/** Flips bits of the metadata, mounts it, and uses it: whatever comes, calls return. */
function damage(image: Uint8Array, random: SeededRandom): void {
  const bad = image.slice();
  for (let i = 0; i < 1 + random.below(20); i++) {
    const at = random.chance(0.2) ? 1024 + random.below(400) : random.below(60 * 4096);
    bad[at]! ^= 1 << random.below(8);
  }
  const machine = DiskMachine.create(new MemoryDisk(bad));
  if (machine.mount() !== 0) return;
  machine.list("/data/d");
  for (let i = 0; i < 20; i += 3) {
    machine.readFile(`/data/d/f${i}`);
    machine.remove(`/data/d/f${i + 1}`);
    const file = machine.open(`/data/d/g${i}`, CREATE);
    if (file >= 0) machine.write(file, random.bytes(30_000));
    if (file >= 0) machine.fsync(file);
    machine.rename(`/data/d/f${i + 2}`, `/data/d/h${i}`);
  }
  machine.unmount();
}
