const S_IFREG = 0o100644;
const S_IFDIR = 0o040755;

/** One entry of an archive to build, with fields to spoil. */
export interface CpioEntry {
  name: string;
  data?: Uint8Array;
  mode?: number;
  /** Given instead of the true sizes. */
  nameSize?: number;
  fileSize?: number;
  magic?: string;
}

/** A "newc" cpio archive as `cpio -o -H newc` writes it, ended by its trailer. Names ending in `/` are folders. */
export function cpioArchive(entries: readonly CpioEntry[], trailer = true): Uint8Array {
  const all = trailer ? [...entries, { name: "TRAILER!!!", mode: 0 }] : entries;
  return new Uint8Array(Buffer.concat(all.map(encodeEntry)));
}

function encodeEntry(entry: CpioEntry): Uint8Array {
  const isFolder = entry.name.endsWith("/");
  const name = new TextEncoder().encode(`${isFolder ? entry.name.slice(0, -1) : entry.name}\0`);
  const data = entry.data ?? new Uint8Array(0);
  const fields = Array.from({ length: 13 }, () => 0);
  fields[1] = entry.mode ?? (isFolder ? S_IFDIR : S_IFREG);
  fields[6] = entry.fileSize ?? data.length;
  fields[11] = entry.nameSize ?? name.length;
  const head =
    (entry.magic ?? "070701") + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  const dataAt = align(110 + name.length);
  const bytes = new Uint8Array(dataAt + align(data.length));
  bytes.set(new TextEncoder().encode(head));
  bytes.set(name, 110);
  bytes.set(data, dataAt);
  return bytes;
}

function align(size: number): number {
  return (size + 3) & ~3;
}
