// org.oscortex.bench [SUBJECT...]: measures the kernel from inside. Subjects: syscall, resolve-hit, resolve-miss, files, kernel,
// memory, cycles, alive, messages; the first three by default. `--package NAME` names the package to resolve, `--rounds N` how often resolve-miss fetches it;
// `--server ADDRESS:PORT` makes resolve-miss set that server each time, so that it connects anew.
// A line each: `name count p50 p90 p99 min`, nanoseconds per operation.

import { parseCount, programArguments } from "../../sdk/args.ts";
import { printError } from "../../sdk/console.ts";
import { NO_ADDRESS, parseAddress } from "../../sdk/net.ts";
import { measureFiles } from "./files.ts";
import { measureAlive, measureCycles } from "./lives.ts";
import { Endpoint, measureResolveHit, measureResolveMiss } from "./resolve.ts";
import {
  checkMessagesWithPeer,
  measureKernel,
  measureMemoryWithPeers,
  PEER,
  servePeer,
} from "./processes.ts";
import { measureSyscalls } from "./syscalls.ts";

const USAGE: i32 = 2;
const SUBJECTS = [
  "syscall",
  "resolve-hit",
  "resolve-miss",
  "files",
  "kernel",
  "memory",
  "cycles",
  "alive",
  "messages",
];

let packageName: string = "org.oscortex.ballast";
let rounds: i32 = 50;
let server: Endpoint | null = null;
const subjects = new Array<string>();

export function main(): i32 {
  const words = programArguments();
  if (words.length == 2 && words[0] == PEER) return servePeer(words[1]);
  if (!readOptions()) {
    printError(
      "usage: bench [--package NAME] [--rounds N] [--server ADDRESS:PORT] [syscall] [resolve-hit] [resolve-miss] [files] [kernel] [memory] [cycles] [alive] [messages]",
    );
    return USAGE;
  }
  let status = 0;
  if (wanted("syscall")) measureSyscalls();
  if (wanted("resolve-hit")) status |= measureResolveHit(packageName);
  if (subjects.includes("cycles")) status |= measureCycles(rounds);
  if (subjects.includes("alive")) status |= measureAlive(rounds);
  if (subjects.includes("messages")) status |= checkMessagesWithPeer(rounds);
  if (subjects.includes("memory")) status |= measureMemoryWithPeers(rounds);
  if (subjects.includes("kernel")) status |= measureKernel();
  if (subjects.includes("files")) status |= measureFiles(rounds);
  if (wanted("resolve-miss")) status |= measureResolveMiss(packageName, rounds, server);
  return status;
}

function wanted(subject: string): bool {
  return subjects.length == 0 || subjects.includes(subject);
}

function readOptions(): bool {
  const words = programArguments();
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word == "--package" && i + 1 < words.length) {
      packageName = words[++i];
    } else if (word == "--rounds" && i + 1 < words.length) {
      rounds = parseCount(words[++i]);
      if (rounds < 1) return false;
    } else if (word == "--server" && i + 1 < words.length) {
      server = parseEndpoint(words[++i]);
      if (server === null) return false;
    } else if (SUBJECTS.includes(word)) {
      subjects.push(word);
    } else {
      return false;
    }
  }
  return true;
}

function parseEndpoint(text: string): Endpoint | null {
  const parts = text.split(":");
  if (parts.length != 2) return null;
  const address = parseAddress(parts[0]);
  const port = parseCount(parts[1]);
  return address == NO_ADDRESS || port < 1 || port > 0xffff ? null : new Endpoint(<u32>address, port);
}
