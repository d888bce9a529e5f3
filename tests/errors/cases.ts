// How a system call is made to fail: a line of a table.
import type { ScriptedProcess } from "../support/kernel-machine.ts";
import type { Steps } from "../support/kernel-world.ts";
import type { CaseWorld, WorldOptions } from "./world.ts";

/** An argument; a text stands for its address and its length. */
export type Argument = number | bigint | string;

/** What has to be done first, and with what arguments the call fails then. */
export type Preparation = (p: ScriptedProcess, world: CaseWorld) => Steps<Argument[]>;

/** A call by its name, the name of the error that it returns, the arguments with which it does, and in which world. */
export type ErrorCase = [call: string, error: string, how: Argument[] | Preparation, world?: WorldOptions];

/** An address outside of every process's memory here. */
export const OUTSIDE = 0x7fff_0000;
/** An address where calls may write. */
export const BUFFER = 0x10000;

/** The name of the handler of a call. */
export function handlerOf(call: string): string {
  return `sys_${call}`.replaceAll(/_(?<letter>[a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Makes a call. */
export function* make(
  p: ScriptedProcess,
  world: CaseWorld,
  call: string,
  ...args: Argument[]
): Steps<number> {
  const expanded = args.flatMap((arg) => (typeof arg === "string" ? world.text(p, arg) : [arg]));
  return yield* p.call(handlerOf(call), ...expanded);
}

/** Makes a call that must succeed: its result. */
export function* must(
  p: ScriptedProcess,
  world: CaseWorld,
  call: string,
  ...args: Argument[]
): Steps<number> {
  const result = yield* make(p, world, call, ...args);
  if (result < 0) throw new Error(`${call}(${args.join(", ")}): ${result}`);
  return result;
}

/** Makes a port: the handles of its ends. */
export function* port(p: ScriptedProcess, world: CaseWorld): Steps<[first: number, second: number]> {
  yield* must(p, world, "port_pair", BUFFER);
  return [p.word(BUFFER), p.word(BUFFER + 4)];
}

/** Takes all handles that the process can have; the last of them. */
export function* allHandles(p: ScriptedProcess, world: CaseWorld): Steps<number> {
  let handle = yield* must(p, world, "open", "/sys/mem", 0);
  for (let next = handle; next >= 0; next = yield* make(p, world, "duplicate", handle)) handle = next;
  return handle;
}

/** Takes all memory, when a call has shown that all is well. */
export function* exhaust(p: ScriptedProcess, world: CaseWorld): Steps {
  yield* must(p, world, "null");
  world.exhaust();
}
