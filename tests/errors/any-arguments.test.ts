// Calls with arguments that make no sense: whatever they return is documented (the script checks it), and the kernel
// goes on.
import { beforeAll, expect, test } from "vitest";
import { SYSCALL_SLOTS } from "../../guest-kernel/abi/syscall-table.ts";
import { compileKernel, type ScriptedProcess } from "../support/kernel-machine.ts";
import type { Steps } from "../support/kernel-world.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type Argument, BUFFER, handlerOf, make } from "./cases.ts";
import { CaseWorld, MEMORY_PAGES } from "./world.ts";

const CALLS = 400;
const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);
const MEMORY = MEMORY_PAGES * 0x10000;

// What ends or stops the caller, by itself or because it may wait for something that does not come.
const LEFT_OUT = new Set([
  "exit",
  "poweroff",
  "syscall",
  "sleep",
  "read",
  "port_receive",
  "port_call",
  "port_send",
]);
const PATHS = [
  "/",
  "/bin",
  "/init",
  "/sys/mem",
  "/tmp/a",
  "/tmp/a/b",
  "/data/a",
  "/data/a/b",
  "name",
  "",
  "/data",
];

const slots = SYSCALL_SLOTS.map((slot) => slot.split(/[ >]/)).filter(([name = ""]) => !LEFT_OUT.has(name));

beforeAll(compileKernel, 60_000);

/** A number that may mean something: a handle, a pid, a length, an address, an edge. */
function someNumber(random: SeededRandom): number {
  const small = random.below(16);
  return [small, -small, BUFFER + small, MEMORY - small, MEMORY + small, random.below(0x1000), 0x7fff_ffff][
    random.below(7)
  ]!;
}

function someArguments(
  p: ScriptedProcess,
  world: CaseWorld,
  types: string,
  random: SeededRandom,
): Argument[] {
  const args = Array.from(types, (type): Argument =>
    // Time-outs are 0, or long ago; of offsets, some make sense.
    type === "I" ? BigInt(random.below(3)) * -1n : someNumber(random),
  );
  if (!types.startsWith("ii") || random.below(2) === 0) return args;
  return [...world.text(p, PATHS[random.below(PATHS.length)]!), ...args.slice(2)];
}

test.each(SEEDS)("seed %i", async (seed) => {
  const random = new SeededRandom(seed);
  const made: string[] = [];
  await CaseWorld.run({ disk: true, screen: true }, function* (p, world): Steps {
    world.machine.until = 2n ** 60n; // each resolve waits for a network that is not there
    for (let i = 0; i < CALLS; i++) {
      const [name = "", types = ""] = slots[random.below(slots.length)]!;
      if (name === "wait" || name === "poll") continue; // negative time-outs are endless
      // The caller itself stays.
      const args = name.startsWith("kill") ? [900] : someArguments(p, world, types, random);
      made.push(handlerOf(name));
      yield* make(p, world, name, ...args);
    }
    made.push("the end");
  });
  expect(made.at(-1)).toBe("the end");
});
