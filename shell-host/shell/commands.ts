// The shell's commands: a flat list. Each takes its words, without its own name, and returns an exit status.

import { HANDLE_STDOUT } from "../../guest-kernel/abi/syscall.ts";
import { PRIORITY_MAX } from "../../guest-kernel/abi/spawn.ts";
import { parseCount } from "../sdk/args.ts";
import { print, printError, writeText } from "../sdk/console.ts";
import { catalog, evict, resolve } from "../sdk/packages.ts";
import { readTextFile } from "../sdk/files.ts";
import { killGroup, setPriority } from "../sdk/launch.ts";
import { kill } from "../sdk/process.ts";
import { failed, usage } from "./complaints.ts";
import {
  concatenate,
  copy,
  list,
  makeFolders,
  move,
  remove,
  showFile,
  showStat,
  sync,
  writeWords,
} from "./file-commands.ts";
import { listJobs } from "./jobs.ts";
import { run, runAt, RUN_USAGE } from "./run.ts";
import { STATUS_NO_COMMAND } from "./status.ts";

const CLEAR_SCREEN = "\x1b[H\x1b[2J";
const KILL_USAGE = "kill PID...|%PID...";
const NICE_USAGE = "nice PRIORITY run NAME...|PID";
const PROCESS_LIST = "/sys/proc/list";
const APPS = "/sys/pkg/apps";

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
  if (name == "write") return writeWords(rest);
  if (name == "cp") return copy(rest);
  if (name == "mv") return move(rest);
  if (name == "rm") return remove(rest);
  if (name == "mkdir") return makeFolders(rest);
  if (name == "stat") return showStat(rest);
  if (name == "sync") return sync(rest);
  if (name == "ps") return showFile("ps", PROCESS_LIST);
  if (name == "run") return run(rest);
  if (name == "kill") return killProcess(rest);
  if (name == "jobs") return listJobs();
  if (name == "nice") return nice(rest);
  if (name == "catalog") return showCatalog();
  if (name == "fetch") return fetchPackage(rest);
  if (name == "evict") return evictPackage(rest);
  if (name == "info") return showPackage(rest);
  if (name == "caps") return showCapabilities(rest);
  if (name == "echo") return echo(rest);
  if (name == "clear") return clear();
  if (name == "exit" || name == "poweroff") return exit(rest);
  printError("sh: " + name + ": no such command; `help` lists them");
  return STATUS_NO_COMMAND;
}

function help(): i32 {
  print("ls [FOLDER]        names in a folder");
  print("cat FILE...        contents of files, such as /sys/pkg/cache");
  print("write FILE WORD... make a file with these words; -a at the front: append them");
  print("cp FILE FILE       copy a file");
  print("mv PATH PATH       give a file or folder another path");
  print("rm PATH...         remove files, and folders that are empty");
  print("mkdir FOLDER...    make folders");
  print("stat PATH...       what is known of files and folders");
  print("sync FILE...       wait until a file is safe on the disk");
  print("ps                 processes");
  print(RUN_USAGE);
  print("                   fetch an app, check it, run it; & at the end: in the background");
  print("kill PID...        end processes; %PID: a job, with all that it has started");
  print("jobs               apps that run in the background");
  print("nice PRIORITY run ...  run at a priority of 1 to 8; nice PRIORITY PID: set that of a process");
  print("catalog            packages that the server offers");
  print("info NAME          fetch a package if need be, and show what it asks for");
  print("caps PID           what a process may do");
  print("fetch NAME         fetch an app and check it, without running it");
  print("evict NAME         drop a package from the cache");
  print("echo [WORD...]     print words; $?: the status of the last command");
  print("clear              clear the screen");
  print("exit [STATUS]      end the machine; also: poweroff");
  return 0;
}

function killProcess(words: string[]): i32 {
  if (words.length == 0) return usage(KILL_USAGE);
  let status = 0;
  for (let i = 0; i < words.length; i++) {
    const isJob = words[i].startsWith("%");
    const pid = parseCount(isJob ? words[i].slice(1) : words[i]);
    if (pid < 1) return usage(KILL_USAGE);
    const result = isJob ? killGroup(pid) : kill(pid);
    if (result < 0) status = failed("kill", words[i], result);
  }
  return status;
}

/** nice PRIORITY run ..., nice PRIORITY PID */
function nice(words: string[]): i32 {
  const priority = words.length < 2 ? -1 : parseCount(words[0]);
  if (priority < 1 || priority > <i32>PRIORITY_MAX) return usage(NICE_USAGE);
  if (words[1] == "run") return runAt(priority, words.slice(2));
  const pid = words.length == 2 ? parseCount(words[1]) : -1;
  if (pid < 1) return usage(NICE_USAGE);
  const result = setPriority(pid, priority);
  return result < 0 ? failed("nice", words[1], result) : 0;
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

function showPackage(words: string[]): i32 {
  if (words.length != 1) return usage("info NAME");
  const appId = resolve(words[0]);
  if (appId < 0) return failed("info", words[0], appId);
  const apps = readTextFile(APPS);
  if (apps.error < 0) return failed("info", words[0], apps.error);
  const blocks = apps.content.split("\n\n");
  for (let i = 0; i < blocks.length; i++) {
    if (blocks[i].startsWith("name=" + words[0] + "\n")) print(blocks[i].trimEnd());
  }
  return 0;
}

function showCapabilities(words: string[]): i32 {
  const pid = words.length == 1 ? parseCount(words[0]) : -1;
  if (pid < 1) return usage("caps PID");
  return showFile("caps", "/sys/proc/" + pid.toString() + "/caps");
}

function fetchPackage(words: string[]): i32 {
  if (words.length != 1) return usage("fetch NAME");
  const appId = resolve(words[0]);
  return appId < 0 ? failed("fetch", words[0], appId) : 0;
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
