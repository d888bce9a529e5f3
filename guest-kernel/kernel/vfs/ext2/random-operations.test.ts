// Random operations on /data and /tmp, against a model.
import { describe, expect, test } from "vitest";
import { ImageFolder, MIB } from "../../../../tests/support/disk-image.ts";
import { DiskMachine, MemoryDisk } from "../../../../tests/support/disk-machine.ts";
import { fsckProblems } from "../../../../tests/support/e2fsprogs.ts";
import { FileModel, randomPath, randomPosition } from "../../../../tests/support/file-model.ts";
import { lacksProgram } from "../../../../tests/support/programs.ts";
import { SeededRandom } from "../../../../tests/support/seeded-random.ts";
import { E_ISDIR, E_NOENT, E_NOTDIR } from "../../../abi/errors.ts";
import * as f from "../../../abi/files.ts";

const OPERATIONS = 1000;
const SEEDS = Number(process.env["OSCORTEX_SEEDS"] ?? 8);
const FILE_MAX = 5 * MIB; // into the double indirect blocks
const SMALL_RAM = 3 * MIB; // the smallest page cache

/** One random operation on both; throws if they differ. */
function step(machine: DiskMachine, mount: string, model: FileModel, random: SeededRandom): void {
  const path = randomPath(random);
  const real = mount + path;
  switch (random.below(10)) {
    case 0:
      return expect(machine.mkdir(real)).toBe(model.mkdir(path));
    case 1:
      return expect(machine.remove(real)).toBe(model.remove(path));
    case 2: {
      const to = randomPath(random);
      return expect(model.rename(path, to)).toContain(machine.rename(real, mount + to));
    }
    case 3:
      return checkFolder(machine, mount, model, path);
    case 4:
      return checkFile(machine, mount, model, path);
    case 5:
    case 6:
      return change(machine, mount, model, path, (file) => {
        const size = randomPosition(random, FILE_MAX);
        expect(machine.truncate(file, size)).toBe(0);
        model.truncate(path, size);
      });
    case 7:
      machine.writeBack();
      return;
    default:
      return change(machine, mount, model, path, (file) => {
        const position = randomPosition(random, FILE_MAX);
        const bytes = random.bytes(1 + random.below(random.chance(0.2) ? 300_000 : 10_000));
        expect(machine.seek(file, position)).toBe(position);
        expect(machine.write(file, bytes)).toBe(bytes.length);
        model.write(path, position, bytes);
      });
  }
}

/** Opens or makes a file, changes it, and sometimes syncs it. */
function change(
  machine: DiskMachine,
  mount: string,
  model: FileModel,
  path: string,
  act: (file: number) => void,
): void {
  const file = machine.open(mount + path, f.OPEN_WRITE | f.OPEN_CREATE);
  const expected = model.create(path);
  if (expected < 0) return expect(file).toBe(expected);
  expect(file).toBeGreaterThanOrEqual(0);
  act(file);
  expect(machine.close(file)).toBe(0);
}

function checkFile(machine: DiskMachine, mount: string, model: FileModel, path: string): void {
  const node = model.find(path);
  const bytes = machine.readFile(mount + path);
  if (node instanceof Uint8Array) {
    expect(typeof bytes === "number" ? bytes : Buffer.compare(bytes, node)).toBe(0);
    expect(machine.stat(mount + path)).toEqual({ kind: f.KIND_FILE, links: 1, bytes: node.length });
  } else if (node !== undefined) expect(bytes).toBe(-E_ISDIR);
  else expect([-E_NOENT, -E_NOTDIR]).toContain(bytes);
}

function checkFolder(machine: DiskMachine, mount: string, model: FileModel, path: string): void {
  const node = model.find(path);
  const names = machine.list(mount + path);
  if (node instanceof Uint8Array) return expect(names).toBe(-E_NOTDIR);
  if (node === undefined) return expect([-E_NOENT, -E_NOTDIR]).toContain(names);
  const expected = [...node].map(([name, child]) => (child instanceof Map ? `${name}/` : name));
  expect(names).toEqual(expected.toSorted());
}

function checkAll(machine: DiskMachine, mount: string, model: FileModel): void {
  for (const [path, node] of model.all()) {
    if (node instanceof Map) checkFolder(machine, mount, model, path);
    else checkFile(machine, mount, model, path);
  }
}

describe("random operations", { timeout: 60_000 }, () => {
  test.each(Array.from({ length: SEEDS }, (_, seed) => seed))("on /tmp, seed %i", (seed) => {
    const random = new SeededRandom(seed);
    const machine = DiskMachine.create(new MemoryDisk(new Uint8Array(0)));
    const free = machine.kernel.call("framesFreeCount");
    const model = new FileModel();
    for (let i = 0; i < OPERATIONS; i++) step(machine, "/tmp", model, random);
    checkAll(machine, "/tmp", model);
    for (const [path] of [...model.all()].toReversed()) expect(machine.remove(`/tmp${path}`)).toBe(0);
    expect(machine.kernel.call("framesFreeCount")).toBe(free);
  });

  describe.skipIf(lacksProgram("e2fsck"))("on the disk", () => {
    test.each(Array.from({ length: SEEDS }, (_, seed) => seed))("seed %i", (seed) => {
      const random = new SeededRandom(seed);
      const files = new ImageFolder();
      files.format((64 + 96 * (seed % 2)) * MIB); // one group, or two
      let disk = new MemoryDisk(files.read(), () => random.uint32() / 2 ** 32);
      const options = seed % 3 === 0 ? { ramBytes: SMALL_RAM } : {};
      let machine = DiskMachine.create(disk, options);
      expect(machine.mount()).toBe(0);
      const model = new FileModel();
      for (let i = 0; i < OPERATIONS; i++) {
        step(machine, "/data", model, random);
        if (random.chance(0.01)) {
          expect(machine.unmount()).toBe(0);
          disk = new MemoryDisk(disk.image, () => random.uint32() / 2 ** 32);
          machine = DiskMachine.create(disk, options);
          expect(machine.mount()).toBe(0);
        }
      }
      checkAll(machine, "/data", model);
      expect(machine.unmount()).toBe(0);
      files.write(disk.image);
      expect(fsckProblems(files.image)).toBe("");
      files.remove();
    });
  });
});
