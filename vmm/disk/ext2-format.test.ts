import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { debugfs, fsckProblems } from "../../tests/support/e2fsprogs.ts";
import { lacksProgram } from "../../tests/support/programs.ts";
import { formatExt2 } from "./ext2-format.ts";

const MIB = 1024 * 1024;

function withDisk(bytes: number, check: (image: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
  const image = join(folder, "disk.img");
  const fd = openSync(image, "wx+");
  ftruncateSync(fd, bytes);
  formatExt2(fd, bytes, { now: new Date(1_700_000_000_000) });
  closeSync(fd);
  try {
    check(image);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(lacksProgram("e2fsck"))("formatExt2", () => {
  // A group has 128 MiB; 128 and a little leaves a last group that is too small.
  test.each([8, 9.001, 64, 127, 128, 128.5, 130, 200, 1024, 1500, 20_000])(
    "e2fsck finds no fault with %i MiB",
    (mib) => {
      withDisk(Math.floor((mib * MIB) / 512) * 512, (image) => expect(fsckProblems(image)).toBe(""));
    },
  );

  test("debugfs sees an empty root and a journal", () => {
    withDisk(64 * MIB, (image) => {
      expect(debugfs(image, ["ls -p /"])).toMatch(/lost\+found/);
      expect(debugfs(image, ["stats"])).toMatch(/Journal inode: +8/);
      expect(debugfs(image, ["logdump"])).toMatch(/Journal starts at block 0/);
    });
  });

  test("refuses less than 8 MiB", () => {
    expect(() => withDisk(8 * MIB - 4096, () => {})).toThrow(RangeError);
  });
});
