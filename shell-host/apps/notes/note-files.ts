// Notes are text files in a folder: on the disk if there is one.

import {
  makeFolder,
  readFolder,
  readTextFile,
  removeFile,
  statFile,
  writeTextFile,
} from "../../sdk/files.ts";

const SUFFIX = ".md";
const UNTITLED = "New note";

/** Where the notes are. */
export function notesFolder(): string {
  const root = statFile("/data").error == 0 ? "/data" : "/tmp";
  const folder = root + "/notes";
  if (statFile(folder).error < 0) makeFolder(folder);
  return folder;
}

/** The names of all notes, in order. */
export function listNotes(folder: string): string[] {
  const names: string[] = [];
  const files = readFolder(folder).content;
  for (let i = 0; i < files.length; i++)
    if (files[i].endsWith(SUFFIX)) names.push(files[i].slice(0, files[i].length - SUFFIX.length));
  names.sort();
  return names;
}

export function readNote(folder: string, name: string): string {
  return readTextFile(pathOf(folder, name)).content;
}

/** 0, or -E_*. */
export function writeNote(folder: string, name: string, text: string): i32 {
  return writeTextFile(pathOf(folder, name), text);
}

/** 0, or -E_*. */
export function removeNote(folder: string, name: string): i32 {
  return removeFile(pathOf(folder, name));
}

/** A name that no note has. */
export function freeName(names: string[]): string {
  if (!names.includes(UNTITLED)) return UNTITLED;
  let number = 2;
  while (names.includes(UNTITLED + " " + number.toString())) number++;
  return UNTITLED + " " + number.toString();
}

/** True if a file can be called so. */
export function isName(name: string): bool {
  return name.length > 0 && name.length <= 80 && !name.includes("/") && !name.startsWith(".");
}

export function pathOf(folder: string, name: string): string {
  return folder + "/" + name + SUFFIX;
}
