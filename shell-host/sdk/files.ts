// Files: the initramfs at /, what the kernel shows of itself at /sys, memory at /tmp, the disk at /data. Paths are whole
// ones. All calls need the capability `files`; errors are -E_*.

import {
  KIND_FOLDER,
  OPEN_CREATE,
  OPEN_TRUNCATE,
  OPEN_WRITE,
  SEEK_SET,
  STAT_BYTES,
  STAT_KIND,
  STAT_MODIFIED,
  STAT_SIZE,
} from "../../guest-kernel/abi/files.ts";
import {
  close,
  fsync,
  mkdir,
  open,
  read,
  readdir,
  rename,
  seek,
  stat,
  truncate,
  unlink,
  write,
} from "./oscortex.ts";
import { decodeWords } from "./words.ts";

export { close, fsync, truncate };

const CHUNK: u32 = 4096;

/** The content of a file or folder, or why there is none. */
export class Result<T> {
  constructor(
    /** 0, or -E_*. */
    public error: i32,
    public content: T,
  ) {}
}

/** What stat tells of a file or folder. */
export class FileStat {
  constructor(
    public isFolder: bool,
    /** Length. */
    public bytes: u64,
    /** Nanoseconds since 1970; 0 if unknown. */
    public modifiedNs: i64,
  ) {}
}

/** Opens a file, for reading or with OPEN_* (guest-kernel/abi/files.ts): a handle, or -E_*. */
export function openFile(path: string, flags: u32 = 0): i32 {
  const bytes = String.UTF8.encode(path);
  return open(changetype<usize>(bytes), bytes.byteLength, flags);
}

/** Makes a file with this text, in place of one that is there. 0, or -E_*. */
export function writeTextFile(path: string, text: string): i32 {
  const handle = openFile(path, OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE);
  if (handle < 0) return handle;
  const bytes = String.UTF8.encode(text);
  const result = writeBytes(handle, changetype<usize>(bytes), bytes.byteLength);
  close(handle);
  return result;
}

/** Makes a file of these bytes, in place of one that is there. 0, or -E_*. */
export function writeFile(path: string, bytes: Uint8Array): i32 {
  const handle = openFile(path, OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE);
  if (handle < 0) return handle;
  const result = writeBytes(handle, bytes.dataStart, bytes.length);
  close(handle);
  return result;
}

/** Writes every byte of a buffer to a file. 0, or -E_*. */
export function writeBytes(handle: i32, buffer: usize, length: u32): i32 {
  while (length > 0) {
    const written = write(handle, buffer, length);
    if (written < 0) return written;
    buffer += written;
    length -= written;
  }
  return 0;
}

/** What is known of a file or folder. */
export function statFile(path: string): Result<FileStat> {
  const bytes = String.UTF8.encode(path);
  const buffer = new ArrayBuffer(<i32>STAT_SIZE);
  const at = changetype<usize>(buffer);
  const error = stat(changetype<usize>(bytes), bytes.byteLength, at);
  const isFolder = load<u32>(at, STAT_KIND) == KIND_FOLDER;
  return new Result(error, new FileStat(isFolder, load<u64>(at, STAT_BYTES), load<i64>(at, STAT_MODIFIED)));
}

/** Moves where a file stands to `position`. The position, or -E_*. */
export function seekTo(handle: i32, position: i64): i64 {
  return seek(handle, position, SEEK_SET);
}

/** Makes a folder. 0, or -E_*. */
export function makeFolder(path: string): i32 {
  const bytes = String.UTF8.encode(path);
  return mkdir(changetype<usize>(bytes), bytes.byteLength);
}

/** Removes a file, or a folder that is empty. 0, or -E_*. */
export function removeFile(path: string): i32 {
  const bytes = String.UTF8.encode(path);
  return unlink(changetype<usize>(bytes), bytes.byteLength);
}

/** Gives a file or folder another path on its file system. 0, or -E_*. */
export function renameFile(from: string, to: string): i32 {
  const source = String.UTF8.encode(from);
  const target = String.UTF8.encode(to);
  return rename(changetype<usize>(source), source.byteLength, changetype<usize>(target), target.byteLength);
}

/** Reads a whole text file. */
export function readTextFile(path: string): Result<string> {
  const handle = openFile(path);
  if (handle < 0) return new Result(handle, "");
  const buffer = memory.data(CHUNK);
  let text = "";
  let bytes = read(handle, buffer, CHUNK);
  for (; bytes > 0; bytes = read(handle, buffer, CHUNK)) text += String.UTF8.decodeUnsafe(buffer, bytes);
  close(handle);
  return new Result(bytes, text);
}

/** Reads a file, `most` bytes of it. */
export function readBytes(path: string, most: i32): Result<ArrayBuffer> {
  const handle = openFile(path);
  if (handle < 0) return new Result(handle, new ArrayBuffer(0));
  let buffer = new ArrayBuffer(min(most, <i32>CHUNK));
  let length = 0;
  let bytes = 0;
  while (length < most) {
    if (length == buffer.byteLength) {
      const larger = new ArrayBuffer(min(most, 2 * length));
      memory.copy(changetype<usize>(larger), changetype<usize>(buffer), length);
      buffer = larger;
    }
    bytes = read(handle, changetype<usize>(buffer) + length, <u32>(buffer.byteLength - length));
    if (bytes <= 0) break;
    length += bytes;
  }
  close(handle);
  return new Result(min(bytes, 0), buffer.slice(0, length));
}

/** The names in a folder; those of folders end in `/`. */
export function readFolder(path: string): Result<string[]> {
  const name = String.UTF8.encode(path);
  let capacity: i32 = CHUNK;
  while (true) {
    const buffer = new ArrayBuffer(capacity);
    const length = readdir(changetype<usize>(name), name.byteLength, changetype<usize>(buffer), capacity);
    if (length < 0) return new Result<string[]>(length, []);
    if (length <= capacity) return new Result(0, decodeWords(changetype<usize>(buffer), length));
    capacity = length;
  }
}
