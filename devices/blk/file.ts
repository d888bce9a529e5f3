// A disk in a raw image file.
import { fdatasync, readv, writev } from "node:fs";
import { promisify } from "node:util";
import type { BlockBackend } from "./backend.ts";

const readvAsync = promisify(readv);
const writevAsync = promisify(writev);
const fdatasyncAsync = promisify(fdatasync);

/** What a file disk is made of. The caller owns the descriptor, and closes it once the device has settled. */
export interface FileDiskOptions {
  readonly fd: number;
  /** Bytes of the file. */
  readonly capacityBytes: number;
  readonly readOnly: boolean;
  readonly serial: string;
}

/** A raw image file; the bytes go by the host's page cache, and a flush is `fdatasync`. */
export class FileDisk implements BlockBackend {
  readonly capacityBytes: number;
  readonly readOnly: boolean;
  readonly serial: string;
  readonly #fd: number;

  constructor(options: FileDiskOptions) {
    this.capacityBytes = options.capacityBytes;
    this.readOnly = options.readOnly;
    this.serial = options.serial;
    this.#fd = options.fd;
  }

  async read(views: Uint8Array[], position: number): Promise<void> {
    let rest = views;
    while (rest.length > 0) {
      const { bytesRead } = await readvAsync(this.#fd, rest, position);
      if (bytesRead === 0) throw new Error("the image file is shorter than it was");
      position += bytesRead;
      rest = dropBytes(rest, bytesRead);
    }
  }

  async write(views: Uint8Array[], position: number): Promise<void> {
    let rest = views;
    while (rest.length > 0) {
      const { bytesWritten } = await writevAsync(this.#fd, rest, position);
      position += bytesWritten;
      rest = dropBytes(rest, bytesWritten);
    }
  }

  async flush(): Promise<void> {
    if (!this.readOnly) await fdatasyncAsync(this.#fd);
  }
}

/** The views without their first `count` bytes, which they have. */
function dropBytes(views: Uint8Array[], count: number): Uint8Array[] {
  let first = 0;
  while (first < views.length && count >= views[first]!.length) count -= views[first++]!.length;
  if (first === views.length) return [];
  return [views[first]!.subarray(count), ...views.slice(first + 1)];
}
