// Errors of calls on files that need no disk.
import { OPEN_CREATE, OPEN_EXCLUSIVE, OPEN_WRITE, SEEK_SET } from "../../guest-kernel/abi/files.ts";
import type { Scopes } from "../../pkg/scopes.ts";
import { allHandles, BUFFER, type ErrorCase, exhaust, make, must, OUTSIDE, port } from "./cases.ts";

const CREATE = OPEN_WRITE | OPEN_CREATE;
const TMPFS_END = 2n ** 32n; // kernel/vfs/tmpfs.ts, MAX_BYTES
const TMPFS_RESERVE = 2048; // frames that it leaves to others

/** Nothing but /sys may be read. */
const scopes: Scopes = { files: [{ path: "/sys", write: false }], hosts: [] };

/** Calls that begin with a path: the arguments behind it, and whether they change something. */
const PATH_CALLS: [call: string, rest: (number | string)[], changes: boolean][] = [
  ["open", [0], false],
  ["readdir", [BUFFER, 100], false],
  ["stat", [BUFFER], false],
  ["mkdir", [], true],
  ["unlink", [], true],
  ["rename", ["/tmp/to"], true],
];

const pathCases = PATH_CALLS.flatMap(([call, rest, changes]): ErrorCase[] => [
  [call, "SCOPE", ["/tmp/file", ...rest], { scopes }],
  [call, "FAULT", [OUTSIDE, 4, ...rest]],
  [call, "INVAL", ["relative", ...rest]],
  [call, "NOENT", ["/tmp/none/file", ...rest]],
  [
    call,
    "NOTDIR",
    function* (p, world) {
      yield* must(p, world, "open", "/tmp/file", CREATE);
      return ["/tmp/file/below", ...rest];
    },
  ],
  ...(changes ? [[call, "ROFS", ["/sys/mem", ...rest.map(() => "/sys/to")]] as ErrorCase] : []),
]);

export const FILE_CASES: ErrorCase[] = [
  ...pathCases,
  ["open", "ISDIR", ["/bin", 0]],
  ["open", "ROFS", ["/init", OPEN_WRITE]],
  ["open", "INVAL", ["/init", 32]],
  ["open", "NOMEM", withoutMemory(["/sys/mem", 0])],
  ["stat", "NOMEM", withoutMemory(["/sys/mem", BUFFER])],
  ["readdir", "NOMEM", withoutMemory(["/bin", BUFFER, 100])],
  [
    "open",
    "EXIST",
    function* (p, world) {
      yield* must(p, world, "open", "/tmp/file", CREATE);
      return ["/tmp/file", CREATE | OPEN_EXCLUSIVE];
    },
  ],
  [
    "open",
    "LIMIT",
    function* (p, world) {
      yield* allHandles(p, world);
      return ["/sys/mem", 0];
    },
  ],
  ["mkdir", "EXIST", ["/tmp"]],
  [
    "mkdir",
    "LIMIT",
    function* (p, world) {
      let made = 0;
      for (let i = 0; made >= 0; i++) made = yield* make(p, world, "mkdir", `/tmp/${i}`);
      return ["/tmp/one-more"];
    },
  ],
  [
    "unlink",
    "NOTEMPTY",
    function* (p, world) {
      yield* must(p, world, "mkdir", "/tmp/folder");
      yield* must(p, world, "mkdir", "/tmp/folder/below");
      return ["/tmp/folder"];
    },
  ],
  [
    "rename",
    "NOTEMPTY",
    function* (p, world) {
      yield* must(p, world, "mkdir", "/tmp/folder");
      yield* must(p, world, "mkdir", "/tmp/full");
      yield* must(p, world, "mkdir", "/tmp/full/below");
      return ["/tmp/folder", "/tmp/full"];
    },
  ],
  [
    "rename",
    "ISDIR",
    function* (p, world) {
      yield* must(p, world, "mkdir", "/tmp/folder");
      yield* must(p, world, "open", "/tmp/file", CREATE);
      return ["/tmp/file", "/tmp/folder"];
    },
  ],
  ["rename", "XDEV", ["/init", "/tmp/init"]],
  ["close", "BADF", [77]],
  ["duplicate", "BADF", [77]],
  [
    "duplicate",
    "LIMIT",
    function* (p, world) {
      return [yield* allHandles(p, world)];
    },
  ],
  ["read", "FAULT", [0, OUTSIDE, 1]],
  ["read", "BADF", [2, BUFFER, 1]], // the log is for writing
  [
    "read",
    "INVAL",
    function* (p, world) {
      return [yield* must(p, world, "port_register", "name"), BUFFER, 1]; // a named port is no stream
    },
  ],
  ["write", "FAULT", [1, OUTSIDE, 1]],
  ["write", "BADF", [77, BUFFER, 1]],
  [
    "write",
    "INVAL",
    function* (p, world) {
      return [yield* must(p, world, "port_register", "name"), BUFFER, 1];
    },
  ],
  [
    "write",
    "CLOSED",
    function* (p, world) {
      const [first, second] = yield* port(p, world);
      yield* must(p, world, "close", second);
      return [first, BUFFER, 1];
    },
  ],
  [
    "write",
    "NOMEM",
    function* (p, world) {
      const [first] = yield* port(p, world);
      world.exhaust();
      return [first, BUFFER, 1]; // the other end's queue has no memory yet
    },
  ],
  [
    "write",
    "NOSPC",
    function* (p, world) {
      const file = yield* must(p, world, "open", "/tmp/file", CREATE);
      world.leaveFrames(TMPFS_RESERVE - 1);
      return [file, BUFFER, 1];
    },
  ],
  [
    "write",
    "FBIG",
    function* (p, world) {
      const file = yield* must(p, world, "open", "/tmp/file", CREATE);
      yield* must(p, world, "seek", file, TMPFS_END, SEEK_SET);
      return [file, BUFFER, 1];
    },
  ],
  ["seek", "BADF", [1, 0n, SEEK_SET]],
  [
    "seek",
    "INVAL",
    function* (p, world) {
      return [yield* must(p, world, "open", "/init", 0), -1n, SEEK_SET];
    },
  ],
  ["truncate", "BADF", [1, 0n]],
  [
    "truncate",
    "INVAL",
    function* (p, world) {
      return [yield* must(p, world, "open", "/tmp/file", CREATE), -1n];
    },
  ],
  [
    "truncate",
    "FBIG",
    function* (p, world) {
      return [yield* must(p, world, "open", "/tmp/file", CREATE), TMPFS_END + 1n];
    },
  ],
  ["fsync", "BADF", [1]],
  ["fstat", "BADF", [1, BUFFER]],
  ["fstat", "FAULT", [1, OUTSIDE]],
];

function withoutMemory(args: (number | string)[]): ErrorCase[2] {
  return function* (p, world) {
    yield* exhaust(p, world);
    return args;
  };
}
