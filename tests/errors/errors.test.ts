// Every error that the reference documents for a system call happens, and no call returns another.
import { beforeAll, describe, expect, test } from "vitest";
import { CAP_ALL } from "../../guest-kernel/abi/capabilities.ts";
import * as errors from "../../guest-kernel/abi/errors.ts";
import { SYSCALL_SLOTS } from "../../guest-kernel/abi/syscall-table.ts";
import { SYS_POWEROFF } from "../../guest-kernel/abi/syscall.ts";
import { SYSCALL_RULES } from "../../guest-kernel/image/syscall-rules.ts";
import { compileKernel } from "../support/kernel-machine.ts";
import { type Argument, BUFFER, type ErrorCase, make } from "./cases.ts";
import { DISK_CASES } from "./disk-cases.ts";
import { FILE_CASES } from "./file-cases.ts";
import { NETWORK_CASES } from "./network-cases.ts";
import { PACKAGE_CASES } from "./package-cases.ts";
import { PORT_CASES } from "./port-cases.ts";
import { PROCESS_CASES } from "./process-cases.ts";
import { WINDOW_CASES } from "./window-cases.ts";
import { CaseWorld } from "./world.ts";

beforeAll(compileKernel, 60_000);

/** Each call that needs a capability, without it. */
const PERM_CASES = SYSCALL_SLOTS.flatMap((slot): ErrorCase[] => {
  const [name = "", type = ""] = slot.split(" ");
  const { capability } = SYSCALL_RULES.get(name)!; // every call has a rule
  if (capability === 0 || name === "poweroff") return [];
  const args = Array.from(type.split(">")[0] ?? "", (letter): Argument => (letter === "I" ? 0n : BUFFER));
  const plausible = name === "pkg_resolve" ? ["name"] : name === "spawn_with" ? [0, BUFFER, 0] : args;
  return [[name, "PERM", plausible, { capabilities: CAP_ALL & ~capability }]];
});

const CASES: ErrorCase[] = [
  ...PERM_CASES,
  ...PROCESS_CASES,
  ...FILE_CASES,
  ...DISK_CASES,
  ...NETWORK_CASES,
  ...PACKAGE_CASES,
  ...PORT_CASES,
  ...WINDOW_CASES,
];

const NAMES = new Map(Object.entries(errors).map(([name, number]) => [number, name.slice(2)]));

/** What the call of a case returned: an error's name, or the number. */
async function outcome([call, , how, options = {}]: ErrorCase): Promise<string | number | undefined> {
  let result: number | undefined;
  await CaseWorld.run(options, function* (p, world) {
    const args = typeof how === "function" ? yield* how(p, world) : how;
    result = yield* make(p, world, call, ...args);
  });
  return result === undefined ? undefined : (NAMES.get(-result) ?? result);
}

describe("the errors of system calls", () => {
  test.each(CASES)("%s: %s", async (...line) => {
    const [call, error] = line;
    expect(await outcome(line)).toBe(error);
    expect(SYSCALL_RULES.get(call)?.errors).toContain(error);
  });

  test("poweroff: PERM, where it comes back", async () => {
    const args = [SYS_POWEROFF, 0n, 0n, 0n, 0n, 0n];
    expect(await outcome(["syscall", "PERM", args, { capabilities: 0 }])).toBe("PERM");
  });

  test("that are documented have all a case here", () => {
    const provoked = new Set(CASES.map(([call, error]) => `${call} ${error}`));
    const documented = [...SYSCALL_RULES].flatMap(([call, { errors: names }]) =>
      names.map((name) => `${call} ${name}`),
    );
    expect(documented.filter((line) => !provoked.has(line) && line !== "poweroff PERM")).toEqual([]);
  });
});
