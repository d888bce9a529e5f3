// Writes and reads cpio archives in "newc" format (man 5 cpio; Linux Documentation/driver-api/early-userspace/buffer-format.rst):
// an initramfs as the guest kernel reads it.

/** A file to put into an archive. */
export interface CpioFile {
  /** Relative, without `.` and `..`: `bin/sh`. Its folders are added before it. */
  path: string;
  contents: Uint8Array;
  /** Executable files are mode 755, others 644. */
  executable?: boolean;
}

const MAGIC = "070701";
const TRAILER = "TRAILER!!!";
const ALIGN = 4;
const HEADER = /^070701[0-9A-Fa-f]{104}$/;
const HEADER_SIZE = 110;
const MODE_FIELD = 1;
const SIZE_FIELD = 6;
const NAME_SIZE_FIELD = 11;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

/** An archive of files, in the order given. Equal files give equal bytes: owner and times are 0. */
export function encodeCpio(files: readonly CpioFile[]): Uint8Array {
  const records: Buffer[] = [];
  const folders = new Set<string>();
  const add = (path: string, mode: number, contents: Uint8Array): void => {
    records.push(encodeRecord(path, records.length + 1, mode, contents));
  };
  for (const { path, contents, executable = false } of files) {
    for (const folder of foldersOf(path)) {
      if (!folders.has(folder)) add(folder, S_IFDIR | 0o755, new Uint8Array(0));
      folders.add(folder);
    }
    add(path, S_IFREG | (executable ? 0o755 : 0o644), contents);
  }
  records.push(encodeRecord(TRAILER, 0, 0, new Uint8Array(0)));
  return Buffer.concat(records);
}

/** The bytes are no archive in this format. */
export class CpioError extends Error {
  override readonly name = "CpioError";
}

/** The regular files of an archive by their paths, without what they begin with: `bin/sh`. @throws CpioError */
export function decodeCpio(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; ;) {
    const { mode, size, name, contentsAt } = decodeRecord(archive, at);
    if (name === TRAILER) return files;
    at = align(contentsAt + size);
    if (contentsAt + size > archive.length) throw new CpioError(`${name}: ${size} bytes beyond the end`);
    if ((mode & S_IFMT) === S_IFREG)
      files.set(name.replace(/^\.?\/+/, ""), archive.subarray(contentsAt, contentsAt + size));
  }
}

function decodeRecord(
  archive: Uint8Array,
  at: number,
): { mode: number; size: number; name: string; contentsAt: number } {
  const header = Buffer.from(archive.subarray(at, at + HEADER_SIZE)).toString("latin1");
  if (!HEADER.test(header)) throw new CpioError(`no header at ${at}`);
  const field = (index: number): number => parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16);
  const nameEnd = at + HEADER_SIZE + field(NAME_SIZE_FIELD);
  if (nameEnd > archive.length) throw new CpioError(`no name at ${at}`);
  const name = Buffer.from(archive.subarray(at + HEADER_SIZE, nameEnd))
    .toString()
    .replace(/\0.*$/s, "");
  return { mode: field(MODE_FIELD), size: field(SIZE_FIELD), name, contentsAt: align(nameEnd) };
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function encodeRecord(path: string, inode: number, mode: number, contents: Uint8Array): Buffer {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  // inode mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, links, 0, contents.length, 0, 0, 0, 0, name.length, 0];
  const header = MAGIC + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(contents)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], align(bytes.length));
}

function align(size: number): number {
  return Math.ceil(size / ALIGN) * ALIGN;
}
