// Files, read only: the initramfs and what the kernel shows of itself under /sys.

import { close, open, read, readdir } from "./oscortex.ts";
import { decodeWords } from "./words.ts";

export { close };

const CHUNK: u32 = 4096;

/** The content of a file or folder, or why there is none. */
export class Result<T> {
  constructor(
    /** 0, or -E_*. */
    public error: i32,
    public content: T,
  ) {}
}

/** Opens a file for reading: a handle, or -E_*. Needs `files`. */
export function openFile(path: string): i32 {
  const bytes = String.UTF8.encode(path);
  return open(changetype<usize>(bytes), bytes.byteLength);
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
