// Power cuts under random operations: the disk keeps what was flushed, and any part of the rest. What was synced must
// be there, whoever repairs it: e2fsck, or our own mount.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ImageFolder, MIB } from "../../../../tests/support/disk-image.ts";
import { DiskMachine, MemoryDisk } from "../../../../tests/support/disk-machine.ts";
import { fsckProblems, fsckRepair } from "../../../../tests/support/e2fsprogs.ts";
import { lacksProgram } from "../../../../tests/support/programs.ts";
import { SeededRandom } from "../../../../tests/support/seeded-random.ts";
import * as f from "../../../abi/files.ts";

const CUTS = Number(process.env["OSCORTEX_CUTS"] ?? 20);
const OPERATIONS = 400;
const NAMES = Array.from({ length: 24 }, (_, i) => `/data/${i % 3 === 0 ? "d/" : ""}f${i}`);

class PowerCut extends Error {}

/** What is known of a file: its bytes when it was synced last, undefined if it was not there then. */
class Synced {
  readonly files = new Map<string, Uint8Array | undefined>();
  /** What was changed since. */
  readonly changed = new Set<string>();
  /** What the running machine has. */
  readonly now = new Map<string, Uint8Array>();

  /** Everything was synced. */
  mark(): void {
    this.files.clear();
    for (const name of NAMES) this.files.set(name, this.now.get(name));
    this.changed.clear();
  }
}

function step(machine: DiskMachine, random: SeededRandom, synced: Synced): void {
  const name = NAMES[random.below(NAMES.length)]!; // SAFETY: below its length
  const choice = random.below(10);
  if (choice === 0) {
    synced.changed.add(name);
    machine.remove(name);
    synced.now.delete(name);
    return;
  }
  if (choice === 1) {
    const other = NAMES[random.below(NAMES.length)]!; // SAFETY: below its length
    const bytes = synced.now.get(name);
    if (bytes === undefined || other === name) return;
    synced.changed.add(name).add(other);
    machine.rename(name, other);
    synced.now.delete(name);
    synced.now.set(other, bytes);
    return;
  }
  if (choice === 2) return machine.writeBack();
  const bytes = random.bytes(random.below(random.chance(0.1) ? 2 * MIB : 30_000));
  synced.changed.add(name);
  const file = machine.open(name, f.OPEN_WRITE | f.OPEN_CREATE | f.OPEN_TRUNCATE);
  expect(machine.write(file, bytes)).toBe(bytes.length);
  synced.now.set(name, bytes);
  if (random.chance(0.2)) {
    expect(machine.fsync(file)).toBe(0);
    synced.mark();
  }
  machine.close(file);
}

/** Mounts an image; every file that was synced, and not touched since, is as it was. */
function checkSynced(image: Uint8Array, synced: Synced): DiskMachine {
  const machine = DiskMachine.create(new MemoryDisk(image));
  expect(machine.mount()).toBe(0);
  for (const [name, bytes] of synced.files) {
    if (synced.changed.has(name)) continue;
    const found = machine.readFile(name);
    if (bytes === undefined) expect(found, name).toBeLessThan(0);
    else expect(typeof found === "number" ? found : Buffer.compare(found, bytes), name).toBe(0);
  }
  return machine;
}

describe.skipIf(lacksProgram("e2fsck"))("power cuts", { timeout: 60_000 }, () => {
  let files: ImageFolder;
  beforeEach(() => {
    files = new ImageFolder();
  });
  afterEach(() => {
    files.remove();
  });

  test.each(Array.from({ length: CUTS }, (_, seed) => seed))(
    "cut %i loses nothing that was synced",
    (seed) => {
      const random = new SeededRandom(1000 + seed);
      const chance = (): number => random.uint32() / 2 ** 32;
      files.format(32 * MIB);
      const disk = new MemoryDisk(files.read(), chance);
      const machine = DiskMachine.create(disk);
      expect(machine.mount()).toBe(0);
      expect(machine.mkdir("/data/d")).toBe(0);
      const synced = new Synced();
      const cutAt = disk.requests + 1 + random.below(600);
      disk.onRequest = (number) => {
        if (number >= cutAt) throw new PowerCut();
      };
      try {
        for (let i = 0; i < OPERATIONS; i++) step(machine, random, synced);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      const image = disk.cut(chance);

      const recovered = checkSynced(image.slice(), synced);
      expect(recovered.unmount()).toBe(0);
      files.write(recovered.disk.image);
      expect(fsckProblems(files.image)).toBe("");

      files.write(image);
      expect(fsckRepair(files.image)).toBe("");
      expect(fsckProblems(files.image)).toBe("");
      checkSynced(files.read(), synced);
    },
  );
});
