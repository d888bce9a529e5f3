// The shell's commands on files and folders.

import { OPEN_APPEND, OPEN_CREATE, OPEN_TRUNCATE, OPEN_WRITE } from "../../guest-kernel/abi/files.ts";
import { HANDLE_STDOUT } from "../../guest-kernel/abi/syscall.ts";
import { timeText } from "../sdk/clock.ts";
import { print, writeAll } from "../sdk/console.ts";
import {
  close,
  fsync,
  makeFolder,
  openFile,
  readFolder,
  removeFile,
  renameFile,
  statFile,
  writeBytes,
} from "../sdk/files.ts";
import { read } from "../sdk/oscortex.ts";
import { failed, usage } from "./complaints.ts";

const CHUNK: u32 = 65536;

/** `ls [FOLDER]` */
export function list(words: string[]): i32 {
  if (words.length > 1) return usage("ls [FOLDER]");
  const path = words.length == 0 ? "/" : words[0];
  const folder = readFolder(absolute(path));
  if (folder.error < 0) return failed("ls", path, folder.error);
  for (let i = 0; i < folder.content.length; i++) print(folder.content[i]);
  return 0;
}

/** `cat FILE...` */
export function concatenate(words: string[]): i32 {
  if (words.length == 0) return usage("cat FILE...");
  let status = 0;
  for (let i = 0; i < words.length; i++) status = max(status, showFile("cat", words[i]));
  return status;
}

/** Copies a file's bytes to stdout. */
export function showFile(command: string, path: string): i32 {
  const handle = openFile(absolute(path));
  if (handle < 0) return failed(command, path, handle);
  const buffer = memory.data(CHUNK);
  let bytes = read(handle, buffer, CHUNK);
  while (bytes > 0 && writeAll(HANDLE_STDOUT, buffer, bytes)) bytes = read(handle, buffer, CHUNK);
  close(handle);
  return bytes < 0 ? failed(command, path, bytes) : 0;
}

/** `write [-a] FILE WORD...` */
export function writeWords(words: string[]): i32 {
  const append = words.length != 0 && words[0] == "-a";
  if (append) words.shift();
  if (words.length == 0) return usage("write [-a] FILE WORD...");
  const path = words.shift();
  const handle = openFile(absolute(path), OPEN_WRITE | OPEN_CREATE | (append ? OPEN_APPEND : OPEN_TRUNCATE));
  if (handle < 0) return failed("write", path, handle);
  const text = String.UTF8.encode(words.join(" ") + "\n");
  const result = writeBytes(handle, changetype<usize>(text), text.byteLength);
  close(handle);
  return result < 0 ? failed("write", path, result) : 0;
}

/** `cp FILE FILE` */
export function copy(words: string[]): i32 {
  if (words.length != 2) return usage("cp FILE FILE");
  if (absolute(words[0]) == absolute(words[1])) return usage("cp FILE OTHER-FILE");
  const source = openFile(absolute(words[0]));
  if (source < 0) return failed("cp", words[0], source);
  const target = openFile(absolute(words[1]), OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE);
  if (target < 0) {
    close(source);
    return failed("cp", words[1], target);
  }
  const buffer = memory.data(CHUNK);
  let bytes = read(source, buffer, CHUNK);
  let result = 0;
  for (; bytes > 0 && result == 0; bytes = read(source, buffer, CHUNK))
    result = writeBytes(target, buffer, bytes);
  close(source);
  close(target);
  if (bytes < 0) return failed("cp", words[0], bytes);
  return result < 0 ? failed("cp", words[1], result) : 0;
}

/** `mv PATH PATH` */
export function move(words: string[]): i32 {
  if (words.length != 2) return usage("mv PATH PATH");
  const result = renameFile(absolute(words[0]), absolute(words[1]));
  return result < 0 ? failed("mv", words[0], result) : 0;
}

/** `rm PATH...` */
export function remove(words: string[]): i32 {
  return forEach("rm", words, removeFile);
}

/** `mkdir FOLDER...` */
export function makeFolders(words: string[]): i32 {
  return forEach("mkdir", words, makeFolder);
}

/** `sync FILE...` */
export function sync(words: string[]): i32 {
  return forEach("sync", words, syncFile);
}

function syncFile(path: string): i32 {
  const handle = openFile(path);
  if (handle < 0) return handle;
  const result = fsync(handle);
  close(handle);
  return result;
}

function forEach(command: string, paths: string[], act: (path: string) => i32): i32 {
  if (paths.length == 0) return usage(command + " PATH...");
  let status = 0;
  for (let i = 0; i < paths.length; i++) {
    const result = act(absolute(paths[i]));
    if (result < 0) status = max(status, failed(command, paths[i], result));
  }
  return status;
}

/** `stat PATH...` */
export function showStat(words: string[]): i32 {
  if (words.length == 0) return usage("stat PATH...");
  let status = 0;
  for (let i = 0; i < words.length; i++) {
    const found = statFile(absolute(words[i]));
    if (found.error < 0) {
      status = max(status, failed("stat", words[i], found.error));
      continue;
    }
    const what = found.content;
    const kind = what.isFolder ? "folder " : "file ";
    print(kind + what.bytes.toString() + " " + timeText(what.modifiedNs) + " " + words[i]);
  }
  return status;
}

/** A path from the root on; the shell is always in the root. */
function absolute(path: string): string {
  return path.startsWith("/") ? path : "/" + path;
}
