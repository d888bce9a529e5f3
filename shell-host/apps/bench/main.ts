// org.oscortex.bench [SUBJECT...]: measures the kernel from inside. Subjects: syscall, resolve-hit, resolve-miss; all by
// default. `--package NAME` names the package to resolve, `--rounds N` how often resolve-miss fetches it.
// A line each: `name count p50 p90 p99 min`, nanoseconds per operation.

import { parseCount, programArguments } from "../../sdk/args.ts";
import { printError } from "../../sdk/console.ts";
import { measureResolveHit, measureResolveMiss } from "./resolve.ts";
import { measureSyscalls } from "./syscalls.ts";

const USAGE: i32 = 2;

let packageName: string = "org.oscortex.ballast";
let rounds: i32 = 50;
const subjects = new Array<string>();

export function main(): i32 {
  if (!readOptions()) {
    printError("usage: bench [--package NAME] [--rounds N] [syscall] [resolve-hit] [resolve-miss]");
    return USAGE;
  }
  let status = 0;
  if (wanted("syscall")) measureSyscalls();
  if (wanted("resolve-hit")) status |= measureResolveHit(packageName);
  if (wanted("resolve-miss")) status |= measureResolveMiss(packageName, rounds);
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
    } else if (word == "syscall" || word == "resolve-hit" || word == "resolve-miss") {
      subjects.push(word);
    } else {
      return false;
    }
  }
  return true;
}
