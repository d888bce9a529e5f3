// Errors of calls on files of the disk: one that fails, one that is full, one whose pages find no memory.
import {
  BG_INODE_TABLE,
  EXT2_GOOD_OLD_INODE_SIZE,
  EXT2_LINK_MAX,
  I_LINKS_COUNT,
} from "../../guest-kernel/abi/ext2.ts";
import { OPEN_CREATE, OPEN_WRITE, SEEK_END, SEEK_SET } from "../../guest-kernel/abi/files.ts";
import type { ScriptedProcess } from "../support/kernel-machine.ts";
import type { Steps } from "../support/kernel-world.ts";
import { type Argument, BUFFER, type ErrorCase, make, must } from "./cases.ts";
import type { CaseWorld } from "./world.ts";

const CREATE = OPEN_WRITE | OPEN_CREATE;
const BLOCK = 4096;
const CHUNK = 0x10000;
const DIRECT_BLOCKS = 12; // of an inode; those behind hang on a block of their own
const NAMES_IN_BLOCK = 16; // of 240 bytes
const disk = { disk: true };

/** The file system has a folder, and in it a file of some blocks; all is on the disk, and none of it in memory. */
function* prepared(p: ScriptedProcess, world: CaseWorld): Steps<number> {
  yield* must(p, world, "mkdir", "/data/folder");
  const file = yield* must(p, world, "open", "/data/folder/file", CREATE);
  for (let done = 0; done < (DIRECT_BLOCKS + 4) * BLOCK;)
    done += yield* must(p, world, "write", file, BUFFER, BLOCK);
  yield* must(p, world, "fsync", file);
  return file;
}

/** Calls that begin with a handle of a file of the disk, and the arguments behind it. */
const HANDLE_CALLS: [call: string, rest: Argument[]][] = [
  ["read", [BUFFER, 10]],
  ["write", [BUFFER, 10]],
  ["seek", [0n, SEEK_END]],
  ["truncate", [1n]],
  ["fstat", [BUFFER]],
];

const PATH_CALLS: [call: string, args: Argument[]][] = [
  ["open", ["/data/folder/file", 0]],
  ["readdir", ["/data/folder", BUFFER, 100]],
  ["stat", ["/data/folder/file", BUFFER]],
  ["mkdir", ["/data/folder/new"]],
  ["unlink", ["/data/folder/file"]],
  ["rename", ["/data/folder/file", "/data/folder/new"]],
];

/** Each of the calls, on the file from its thirteenth block on, once `spoil` has been done. */
function spoiled(error: string, spoil: (world: CaseWorld) => void): ErrorCase[] {
  const onHandle = HANDLE_CALLS.map(([call, rest]): ErrorCase => [
    call,
    error,
    function* (p, world) {
      const file = yield* prepared(p, world);
      yield* must(p, world, "seek", file, BigInt(DIRECT_BLOCKS * BLOCK), SEEK_SET);
      spoil(world);
      return [file, ...rest];
    },
    disk,
  ]);
  const onPath = PATH_CALLS.map(([call, args]): ErrorCase => [
    call,
    error,
    function* (p, world) {
      yield* prepared(p, world);
      spoil(world);
      return args;
    },
    disk,
  ]);
  return [...onHandle, ...onPath];
}

/** Writes a file until nothing more fits. */
function* fill(p: ScriptedProcess, world: CaseWorld): Steps<number> {
  const file = yield* must(p, world, "open", "/data/filler", CREATE);
  for (let length = CHUNK; length >= BLOCK; length /= 2)
    while ((yield* make(p, world, "write", file, BUFFER, length)) > 0);
  return file;
}

/** A folder whose block has no room for another long name; a file of the disk that is not in it. */
function* crowded(p: ScriptedProcess, world: CaseWorld): Steps {
  yield* must(p, world, "mkdir", "/data/crowd");
  for (let i = 0; i < NAMES_IN_BLOCK; i++) {
    const file = yield* must(p, world, "open", longName(i), CREATE);
    yield* must(p, world, "close", file);
  }
}

/** Of 240 bytes, in the crowded folder. */
function longName(number: number): string {
  return `/data/crowd/${String(number).padStart(240, "x")}`;
}

/** Says of the root folder of an image that it has as many names as an inode can have. */
function fullOfLinks(image: Uint8Array): void {
  const view = new DataView(image.buffer);
  const table = view.getUint32(BLOCK + BG_INODE_TABLE, true);
  const root = table * BLOCK + EXT2_GOOD_OLD_INODE_SIZE; // inode 2, of those that count from 1
  view.setUint16(root + I_LINKS_COUNT, EXT2_LINK_MAX, true);
}

export const DISK_CASES: ErrorCase[] = [
  ...spoiled("IO", (world) => {
    world.forgetPages();
    world.disk!.failing = true; // SAFETY: the world has one
  }),
  ...spoiled("NOMEM", (world) => world.exhaust()),
  [
    "fsync",
    "IO",
    function* (p, world) {
      const file = yield* prepared(p, world);
      yield* must(p, world, "write", file, BUFFER, BLOCK);
      world.disk!.failing = true;
      return [file];
    },
    disk,
  ],
  [
    "write",
    "NOSPC",
    function* (p, world) {
      return [yield* fill(p, world), BUFFER, BLOCK];
    },
    disk,
  ],
  [
    "open",
    "NOSPC",
    function* (p, world) {
      yield* crowded(p, world);
      yield* fill(p, world);
      return [longName(99), CREATE];
    },
    disk,
  ],
  [
    "mkdir",
    "NOSPC",
    function* (p, world) {
      yield* fill(p, world);
      return ["/data/folder"];
    },
    disk,
  ],
  [
    "rename",
    "NOSPC",
    function* (p, world) {
      yield* crowded(p, world);
      yield* fill(p, world);
      return ["/data/filler", longName(99)];
    },
    disk,
  ],
  [
    "rename",
    "LIMIT",
    function* (p, world) {
      yield* must(p, world, "mkdir", "/data/lost+found/folder");
      return ["/data/lost+found/folder", "/data/folder"];
    },
    { disk: true, image: fullOfLinks },
  ],
];
