// Disk images of the command line: opened, locked, created.
import { closeSync, fstatSync, ftruncateSync, openSync, unlinkSync } from "node:fs";
import { basename } from "node:path";
import { VIRTIO_BLK_SECTOR_SIZE } from "../../guest-kernel/abi/virtio-blk.ts";
import { FileDisk } from "../../devices/blk/file.ts";
import { type Libc, LOCK_EX, LOCK_NB, LOCK_SH, SysError } from "../kvm/libc.ts";
import { formatExt2 } from "./ext2-format.ts";

/** The image cannot be used. The message says why. */
export class DiskError extends Error {
  override readonly name = "DiskError";
}

/** Which image, and what to do when it is missing. */
export interface DiskRequest {
  readonly path: string;
  readonly readOnly: boolean;
  /** Create and format a missing image of this size; undefined: it must be there. */
  readonly createBytes: number | undefined;
}

/**
 * A raw image, locked: one writer, or any number of readers. The lock is the kernel's (`flock`), so nothing is left
 * of it when the process dies.
 */
export class DiskImage {
  readonly backend: FileDisk;
  readonly #fd: number;

  /** Throws DiskError. */
  static open(request: DiskRequest, libc: Pick<Libc, "flock">): DiskImage {
    const { path, readOnly, createBytes } = request;
    const opened = openFile(path, readOnly, createBytes !== undefined);
    try {
      lock(opened.fd, path, readOnly, libc);
      if (opened.created && createBytes !== undefined) create(opened.fd, createBytes);
      return new DiskImage(opened.fd, request);
    } catch (error) {
      closeSync(opened.fd);
      if (opened.created) unlinkSync(path);
      throw error instanceof DiskError
        ? error
        : new DiskError(`${path}: ${messageOf(error)}`, { cause: error });
    }
  }

  private constructor(fd: number, { path, readOnly }: DiskRequest) {
    const file = fstatSync(fd);
    if (!file.isFile()) throw new DiskError(`${path}: not a file`);
    const capacityBytes = file.size - (file.size % VIRTIO_BLK_SECTOR_SIZE);
    const serial = basename(path)
      .replaceAll(/[^\x21-\x7e]/g, "_")
      .slice(0, 20);
    this.#fd = fd;
    this.backend = new FileDisk({ fd, capacityBytes, readOnly, serial });
  }

  /** Lets go of the file, once nothing uses the backend any more. */
  close(): void {
    closeSync(this.#fd);
  }
}

function openFile(path: string, readOnly: boolean, mayCreate: boolean): { fd: number; created: boolean } {
  try {
    return { fd: openSync(path, readOnly ? "r" : "r+"), created: false };
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!missing) throw new DiskError(`${path}: ${messageOf(error)}`, { cause: error });
    if (!mayCreate)
      throw new DiskError(`${path}: no such file; --disk-size 64M creates it`, { cause: error });
  }
  try {
    return { fd: openSync(path, "wx+"), created: true };
  } catch (error) {
    throw new DiskError(`${path}: ${messageOf(error)}`, { cause: error });
  }
}

function lock(fd: number, path: string, readOnly: boolean, libc: Pick<Libc, "flock">): void {
  try {
    libc.flock(fd, (readOnly ? LOCK_SH : LOCK_EX) | LOCK_NB);
  } catch (error) {
    const taken = error instanceof SysError && error.code === "EAGAIN";
    throw new DiskError(`${path}: ${taken ? "in use by another machine" : messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A sparse file with an empty file system. */
function create(fd: number, bytes: number): void {
  ftruncateSync(fd, bytes);
  formatExt2(fd, bytes, { now: new Date() });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
