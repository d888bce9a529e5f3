// Processes in the guest, through system calls: groups, wait and kill, what a spawn gives, limits.
import { describe, expect, test } from "vitest";
import { STATUS_KILLED, STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { TRAP_UNREACHABLE } from "../../guest-kernel/abi/instance.ts";
import { KernelAppGuest } from "../support/kernel-app.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";

describe.skipIf(lacksKvm())("processes", { timeout: BOOT_TIMEOUT_MS }, () => {
  const guest = new KernelAppGuest();

  test("are in their spawner's group or lead one, which ends as a whole", async () => {
    expect(await guest.run("groups")).toEqual([
      "leads its own: 0",
      "a child is in the same: 0",
      "a leader is in its own: 0",
      "so is its child: 0",
      "any of a group with none: CHILD",
      "any of the group, while both live: TIMEDOUT",
      "ended: 2",
      "any of the group is the leader: 0",
      `with status: ${STATUS_KILLED}`,
      "any of the group then: CHILD", // the grandchild is init's
      "the group again: SRCH",
      "the grandchild again: SRCH",
      "the child lives: waited for: TIMEDOUT",
      "init's group: PERM",
      "group 0: SRCH",
      "a negative group: SRCH",
    ]);
  });

  test("that end their own group end with it", async () => {
    expect(await guest.run("own-group")).toEqual([
      `the leader ended with: ${STATUS_KILLED}`,
      "its child: SRCH",
      "the port: CLOSED",
    ]);
  });

  test("are waited for by their parent, once, whatever their end", async () => {
    expect(await guest.run("wait")).toEqual([
      "any, without one: CHILD",
      "one that lives: TIMEDOUT",
      "for 20 ms: TIMEDOUT",
      "shorter than that: 0",
      "with a pointer outside: FAULT",
      "killed: 0",
      "listed as a zombie: 1",
      "killed again: SRCH",
      `its status: ${STATUS_KILLED}`,
      "waited for again: CHILD",
      "listed: 0",
      "one that exits: 7",
      "one that exits with 256 + 7: 7",
      `one that traps: ${STATUS_TRAPPED | TRAP_UNREACHABLE}`,
      "one that ends meanwhile: 9",
    ]);
  });

  test("are waited for by nobody else, and become init's when their parent ends", async () => {
    expect(await guest.run("others-children")).toEqual([
      "init: CHILD",
      "oneself: CHILD",
      "a grandchild: CHILD",
      "a child by its sibling: 13", // CHILD, as an exit status
      "a sibling's kill: 0",
      `the killed one's status: ${STATUS_KILLED}`,
      "the grandchild's parent: 1",
      "a grandchild: CHILD",
      "killed: 0",
      "init itself: PERM",
    ]);
  });

  test("are each told once to who waits for any", async () => {
    expect(await guest.run("any-child")).toEqual(["sum of what three exited with: 6", "a fourth: CHILD"]);
  });

  test("sleep at least as long as they asked, and can be killed meanwhile", async () => {
    expect(await guest.run("sleep-call")).toEqual([
      "woken early: 0",
      "no time at all: 0",
      "less than that: 0",
      "a sleeper waits in call: 4",
      "one that sleeps less ends with: 0",
      "a sleeper is killed long before its time: 1",
      "what it had of the processor is little: 1",
    ]);
  });

  test("have the arguments, environment, handles and capabilities that they were given", async () => {
    expect(await guest.run("given")).toEqual([
      "by default:",
      "arguments [show] [a b] [] [ü]",
      "environment []",
      "handle 3: BADF",
      "handle 4: BADF",
      "handle 5: BADF",
      "a file: 0",
      "a process: 0",
      "ended with: 0",
      "with an environment and handles, without capabilities:",
      "arguments [show-input] [a b] [] [ü]",
      "environment [A=1] [B=] [C=x y]",
      "handle 0: 0123456789",
      "handle 3: BADF",
      "handle 4: from the port",
      "handle 5: BADF",
      "a file: PERM",
      "a process: PERM",
      "ended with: 0",
      "the file is at its end here too: 0",
      "with nothing:",
      "ended with: 0",
    ]);
  });

  test("are not started with what there is not", async () => {
    expect(await guest.run("refused-spawns")).toEqual([
      "an app that is none: NOENT",
      "a program that is none: NOENT",
      "a handle that is none: BADF",
      "priority 9: INVAL",
      "101 per cent: INVAL",
      "65 handles: INVAL",
      "three handles of at most two: LIMIT",
      "5000 bytes of arguments: INVAL",
    ]);
  });

  test("have no more memory than their limit", async () => {
    expect(await guest.run("memory-limit")).toEqual([
      "pages: 40",
      "ended with: 0",
      expect.stringMatching(/^pages: (?:4[4-9]|50)$/), // by sevens
      "ended with: 0",
      "less than it begins with: MEMORY",
    ]);
  });

  test("have no more handles than their limit, 64 at most", async () => {
    expect(await guest.run("handle-limit")).toEqual([
      "opened: 5",
      "then: LIMIT",
      "ended with: 0",
      "opened: 61",
      "then: LIMIT",
      "ended with: 0",
    ]);
  });

  test("give what they start at most what they have", async () => {
    expect(await guest.run("inherited-limits")).toEqual([
      "handles: ABOVE",
      "memory: ABOVE",
      "processor: ABOVE",
      "priority: ABOVE",
      "as much: 0",
      "ended with: 0",
    ]);
  });
});
