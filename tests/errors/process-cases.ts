// Errors of calls about processes and the caller itself.
import { POLL_MAX } from "../../guest-kernel/abi/poll.ts";
import {
  SPAWN_HANDLE_COUNT,
  SPAWN_HANDLES,
  SPAWN_MEMORY_PAGES,
  SPAWN_OPTIONS_SIZE,
  SPAWN_PRIORITY,
} from "../../guest-kernel/abi/spawn.ts";
import type { ScriptedProcess } from "../support/kernel-machine.ts";
import type { Steps } from "../support/kernel-world.ts";
import { BUFFER, type ErrorCase, exhaust, must, OUTSIDE } from "./cases.ts";
import { type CaseWorld, MEMORY_PAGES, type WorldOptions } from "./world.ts";

const NOBODY = 999;
const OPTIONS = BUFFER + 0x400;

/** Writes options of spawn_with, by their offsets. */
function options(p: ScriptedProcess, values: [offset: number, value: number][]): void {
  const view = new DataView(new ArrayBuffer(SPAWN_OPTIONS_SIZE));
  for (const [offset, value] of values) view.setInt32(offset, value, true);
  p.write(OPTIONS, new Uint8Array(view.buffer));
}

/** Both spawns of /bin/child, without arguments and options, once something was prepared. */
function spawning(
  error: string,
  prepare: (p: ScriptedProcess, world: CaseWorld) => Steps,
  world: WorldOptions = {},
): ErrorCase[] {
  return ["spawn", "spawn_with"].map((call): ErrorCase => [
    call,
    error,
    function* (p, inside) {
      const child = yield* must(p, inside, "pkg_resolve", "/bin/child");
      yield* prepare(p, inside);
      return [child, 0, 0];
    },
    world,
  ]);
}

/** spawn_with of /bin/child with these options. */
function withOptions(
  error: string,
  world: WorldOptions,
  ...values: [offset: number, value: number][]
): ErrorCase {
  return [
    "spawn_with",
    error,
    function* (p, inside) {
      const child = yield* must(p, inside, "pkg_resolve", "/bin/child");
      p.write(BUFFER, new Uint8Array(Int32Array.of(77).buffer)); // what SPAWN_HANDLES may point to
      options(p, values);
      return [child, OPTIONS, SPAWN_OPTIONS_SIZE];
    },
    world,
  ];
}

export const PROCESS_CASES: ErrorCase[] = [
  ["random", "INVAL", [BUFFER, 65537]],
  ["random", "FAULT", [OUTSIDE, 1]],
  ["args", "FAULT", [OUTSIDE, 100], { commandLine: ["--", "word"] }],
  ["env", "FAULT", [OUTSIDE, 100]],
  ["syscall", "BADCALL", [0x777, 0n, 0n, 0n, 0n, 0n]],
  ["poll", "INVAL", [BUFFER, POLL_MAX + 1, 0n]],
  ["poll", "FAULT", [OUTSIDE, 1, 0n]],
  ["spawn", "INVAL", [0x40000000, BUFFER, 5000]],
  ["spawn", "FAULT", [0x40000000, OUTSIDE, 4]],
  ["spawn", "NOENT", [12345, 0, 0]],
  ["spawn_with", "INVAL", [0x40000000, OPTIONS, 2]],
  ["spawn_with", "FAULT", [0x40000000, OUTSIDE, 4]],
  ["spawn_with", "NOENT", [12345, 0, 0]],
  ...spawning("NOMEM", exhaust),
  ...spawning(
    "LIMIT",
    function* (p) {
      // The table of processes: those that have ended, and were not waited for, are in it.
      while ((yield* p.spawn("/bin/child")) > 0);
    },
    { ramBytes: 0x20000000, childModule: {} },
  ),
  ...spawning("PKG_MODULE", function* () {}, { childModule: { data: [[0x10000, [1]]] } }),
  [
    "spawn",
    "MEMORY",
    function* (p, world) {
      return [yield* must(p, world, "pkg_resolve", "/bin/large"), 0, 0];
    },
    { byChild: { memoryPages: MEMORY_PAGES } },
  ],
  withOptions("MEMORY", {}, [SPAWN_MEMORY_PAGES, 1]),
  withOptions("BADF", {}, [SPAWN_HANDLES, BUFFER], [SPAWN_HANDLE_COUNT, 1]),
  withOptions("ABOVE", { byChild: { priority: 3 } }, [SPAWN_PRIORITY, 4]),
  ["set_priority", "ABOVE", [1, 2], { byChild: { priority: 3 } }],
  ["wait", "FAULT", [0, OUTSIDE, 0n]],
  ["wait", "CHILD", [0, BUFFER, 0n]],
  [
    "wait",
    "TIMEDOUT",
    function* (p) {
      yield* p.spawn("/bin/child");
      return [0, BUFFER, 1_000_000n];
    },
    {
      *child(p, world) {
        yield* must(p, world, "sleep", 1_000_000_000n);
      },
    },
  ],
  ["kill", "SRCH", [NOBODY]],
  ["kill", "PERM", [1]],
  ["kill_group", "SRCH", [NOBODY]],
  ["kill_group", "PERM", [1]],
  ["set_priority", "INVAL", [1, 9]],
  ["set_priority", "SRCH", [NOBODY, 1]],
];
