// Disk images in files, for tests that compare our file system with e2fsprogs.
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatExt2 } from "../../vmm/disk/ext2-format.ts";

export const MIB = 1024 * 1024;

/** A folder with an image file, deleted with `remove`. */
export class ImageFolder {
  readonly folder = mkdtempSync(join(tmpdir(), "oscortex-disk-"));
  readonly image = join(this.folder, "disk.img");

  /** Makes the image an empty file system, as `--disk-size` does. */
  format(bytes: number): void {
    const fd = openSync(this.image, "w+");
    ftruncateSync(fd, bytes);
    formatExt2(fd, bytes, { now: new Date(1_700_000_000_000) });
    closeSync(fd);
  }

  /** Makes the image `bytes` zeroes. */
  blank(bytes: number): void {
    const fd = openSync(this.image, "w+");
    ftruncateSync(fd, bytes);
    closeSync(fd);
  }

  read(): Uint8Array {
    return new Uint8Array(readFileSync(this.image));
  }

  write(image: Uint8Array): void {
    writeFileSync(this.image, image);
  }

  /** The path of a further file in the folder. */
  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
