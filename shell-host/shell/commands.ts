// The shell's commands: a flat list. Each takes its words, without its own name, and returns an exit status.

import { HANDLE_STDOUT } from "../../guest-kernel/abi/syscall.ts";
import { parseCount } from "../sdk/args.ts";
import { print, printError, writeAll, writeText } from "../sdk/console.ts";
import { errorText } from "../sdk/error-text.ts";
import { close, openFile, readFolder } from "../sdk/files.ts";
import { read } from "../sdk/oscortex.ts";
import { catalog, evict, resolve } from "../sdk/packages.ts";
import { kill } from "../sdk/process.ts";
import { run, RUN_USAGE } from "./run.ts";
import { STATUS_NO_COMMAND, STATUS_USAGE, statusOfError } from "./status.ts";

const CLEAR_SCREEN = "\x1b[H\x1b[2J";
const PROCESS_LIST = "/sys/proc/list";
const CHUNK: u32 = 4096;

let leaving: bool = false;

/** True once `exit` was asked for. */
export function exitAsked(): bool {
  return leaving;
}

/** Does a command; `words` holds its name at least. Returns its exit status. */
export function execute(words: string[]): i32 {
  const name = words[0];
  const rest = words.slice(1);
  if (name == "help") return help();
  if (name == "ls") return list(rest);
  if (name == "cat") return concatenate(rest);
  if (name == "ps") return copyFile("ps", PROCESS_LIST);
  if (name == "run") return run(rest);
  if (name == "kill") return killProcess(rest);
  if (name == "catalog") return showCatalog();
  if (name == "evict") return evictPackage(rest);
  if (name == "echo") return echo(rest);
  if (name == "clear") return clear();
  if (name == "exit" || name == "poweroff") return exit(rest);
  printError("sh: " + name + ": no such command; `help` lists them");
  return STATUS_NO_COMMAND;
}

function help(): i32 {
  print("ls [FOLDER]        names in a folder");
  print("cat FILE...        contents of files, such as /sys/pkg/cache");
  print("ps                 processes");
  print(RUN_USAGE);
  print("                   fetch an app, check it, run it; & at the end: in the background");
  print("kill PID           end a process");
  print("catalog            packages that the server offers");
  print("evict NAME         drop a package from the cache");
  print("echo [WORD...]     print words");
  print("clear              clear the screen");
  print("exit [STATUS]      end the machine; also: poweroff");
  return 0;
}

function list(words: string[]): i32 {
  if (words.length > 1) return usage("ls [FOLDER]");
  const path = words.length == 0 ? "/" : words[0];
  const folder = readFolder(absolute(path));
  if (folder.error < 0) return failed("ls", path, folder.error);
  for (let i = 0; i < folder.content.length; i++) print(folder.content[i]);
  return 0;
}

function concatenate(words: string[]): i32 {
  if (words.length == 0) return usage("cat FILE...");
  let status = 0;
  for (let i = 0; i < words.length; i++) status = max(status, copyFile("cat", words[i]));
  return status;
}

/** Copies a file's bytes to stdout. */
function copyFile(command: string, path: string): i32 {
  const handle = openFile(absolute(path));
  if (handle < 0) return failed(command, path, handle);
  const buffer = memory.data(CHUNK);
  let bytes = read(handle, buffer, CHUNK);
  while (bytes > 0 && writeAll(HANDLE_STDOUT, buffer, bytes)) bytes = read(handle, buffer, CHUNK);
  close(handle);
  return bytes < 0 ? failed(command, path, bytes) : 0;
}

/** A path from the root on; the shell is always in the root. */
function absolute(path: string): string {
  return path.startsWith("/") ? path : "/" + path;
}

function killProcess(words: string[]): i32 {
  const pid = words.length == 1 ? parseCount(words[0]) : -1;
  if (pid < 1) return usage("kill PID");
  const result = kill(pid);
  return result < 0 ? failed("kill", words[0], result) : 0;
}

function showCatalog(): i32 {
  const listing = catalog();
  if (listing.error < 0) return failed("catalog", "", listing.error);
  for (let i = 0; i < listing.content.length; i++) {
    const entry = listing.content[i];
    const size = entry.sizeBytes.toString().padStart(9);
    print(entry.name.padEnd(32) + entry.version.padEnd(12) + size + (entry.system ? "  system" : ""));
  }
  return 0;
}

function evictPackage(words: string[]): i32 {
  if (words.length != 1) return usage("evict NAME");
  const appId = resolve(words[0]); // the id of a package that is in the cache
  const result = appId < 0 ? appId : evict(appId);
  return result < 0 ? failed("evict", words[0], result) : 0;
}

function echo(words: string[]): i32 {
  print(words.join(" "));
  return 0;
}

function clear(): i32 {
  writeText(HANDLE_STDOUT, CLEAR_SCREEN);
  return 0;
}

function exit(words: string[]): i32 {
  const status = words.length == 0 ? 0 : parseCount(words[0]);
  if (words.length > 1 || status < 0 || status > 255) return usage("exit [STATUS 0..255]");
  leaving = true;
  return status;
}

function usage(text: string): i32 {
  printError("usage: " + text);
  return STATUS_USAGE;
}

function failed(command: string, subject: string, result: i32): i32 {
  printError(command + ": " + (subject.length == 0 ? "" : subject + ": ") + errorText(result));
  return statusOfError(result);
}
