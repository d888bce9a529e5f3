// A folder of the file system, as the browser shows it.

import { readFolder, statFile } from "../../sdk/files.ts";

/** A file or folder. */
export class FolderEntry {
  constructor(
    readonly name: string,
    readonly isFolder: bool,
    readonly bytes: u64,
    /** Nanoseconds since 1970; 0 if unknown. */
    readonly modifiedNs: i64,
  ) {}

  /** The end of the name in lower case, without the dot; empty if there is none. */
  get extension(): string {
    const dot = this.name.lastIndexOf(".");
    return dot <= 0 ? "" : this.name.slice(dot + 1).toLowerCase();
  }

  get isPicture(): bool {
    return !this.isFolder && this.extension == "png";
  }
}

/** What is in a folder: folders first, then files, by name. */
export class FolderContent {
  entries: FolderEntry[] = [];
  /** 0, or why it cannot be read: -E_*. */
  error: i32 = 0;

  constructor(path: string) {
    const names = readFolder(path);
    this.error = names.error;
    for (let i = 0; i < names.content.length; i++) this.entries.push(entryOf(path, names.content[i]));
    this.entries.sort((a, b) => compare(a, b));
  }
}

function entryOf(folder: string, listed: string): FolderEntry {
  const isFolder = listed.endsWith("/");
  const name = isFolder ? listed.slice(0, listed.length - 1) : listed;
  const stat = statFile(join(folder, name));
  if (stat.error < 0) return new FolderEntry(name, isFolder, 0, 0);
  return new FolderEntry(name, isFolder, stat.content.bytes, stat.content.modifiedNs);
}

function compare(a: FolderEntry, b: FolderEntry): i32 {
  if (a.isFolder != b.isFolder) return a.isFolder ? -1 : 1;
  const first = a.name.toLowerCase();
  const second = b.name.toLowerCase();
  return first < second ? -1 : first > second ? 1 : 0;
}

/** The path of a name in a folder. */
export function join(folder: string, name: string): string {
  return folder == "/" ? "/" + name : folder + "/" + name;
}

/** The folder that a path is in; `/` is in itself. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}
