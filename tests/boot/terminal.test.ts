// `npm start` on a terminal: a pseudo-terminal that `script` (util-linux) makes.

import { describe, expect, test } from "vitest";
import { lacksKvm } from "../support/kvm.ts";
import {
  BOOT_TIMEOUT_MS,
  COMMAND,
  PROMPT,
  type RunningCommand,
  startCommand,
} from "../support/oscortex-command.ts";
import { lacksProgram } from "../support/programs.ts";

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const ESCAPE_SEQUENCES = /\x1b\[[\d;]*m/g; // oxlint-disable-line no-control-regex -- they are what is looked for

/** Starts the command on a terminal of its own, between two lines with that terminal's settings. */
function startOnTerminal(): RunningCommand {
  const quoted = COMMAND.map((word) => `'${word}'`).join(" ");
  const commands = ["trap : INT", "stty -g", quoted, 'echo "status $?"', "stty -g"];
  return startCommand(["script", "--quiet", "--command", commands.join("; "), "/dev/null"]);
}

/** What the terminal shows. */
function screen({ stdout }: RunningCommand): string {
  return stdout.replaceAll(ESCAPE_SEQUENCES, "").replaceAll("\r\n", "\n");
}

/** Types keys when the shell waits at its `count`th prompt. */
async function atPrompt(terminal: RunningCommand, count: number, keys: string): Promise<void> {
  await terminal.until(() => screen(terminal).split(PROMPT).length > count);
  terminal.type(keys);
}

/** Waits for the end, and checks that the terminal is as it was: the exit status of the command. */
async function finish(terminal: RunningCommand): Promise<number> {
  await terminal.ended;
  const lines = screen(terminal).trimEnd().split("\n");
  expect(lines.at(-1)).toMatch(/^[\da-f]+(:[\da-f]+)+$/);
  expect(lines.at(-1)).toBe(lines[0]);
  expect(terminal.processes()).toEqual([]);
  return Number(/status (\d+)$/.exec(lines.at(-2) ?? "")?.[1]);
}

const skips = lacksKvm() || lacksProgram("script");

describe.skipIf(skips)("on a terminal", { timeout: BOOT_TIMEOUT_MS }, () => {
  test("a user runs an app, looks around, and leaves", async () => {
    const terminal = startOnTerminal();
    await atPrompt(terminal, 1, "run org.oscortex.hello 'a b'\n");
    await atPrompt(terminal, 2, "cat /sys/pkg/cache\n");
    await atPrompt(terminal, 3, "ps\n");
    await atPrompt(terminal, 4, "exit 3\n");
    expect(await finish(terminal)).toBe(3);
    const shown = screen(terminal);
    expect(shown).toContain("Oscortex. `help` lists the commands.\n");
    expect(shown).toContain("run org.oscortex.hello 'a b'\n");
    expect(shown).toContain("Hello from Oscortex\na b\noscortex$ ");
    expect(shown).toContain("oscortex$ cat /sys/pkg/cache\nslots=1/16\npinned=0\nephemeral=1\noscortex$ ");
    expect(shown).toMatch(/^ +\d+ +1 +\d+ +8 run +\d+ +\d+ org\.oscortex\.shell$/m);
  });

  test("Ctrl-C ends it at the prompt", async () => {
    const terminal = startOnTerminal();
    await atPrompt(terminal, 1, `half a line${CTRL_C}`);
    expect(await finish(terminal)).toBe(130);
  });

  test("Ctrl-C ends it while an app computes", async () => {
    const terminal = startOnTerminal();
    await atPrompt(terminal, 1, "run org.oscortex.spin\n");
    await terminal.until(() => terminal.stdout.includes("spin: resolved in"));
    terminal.type(CTRL_C);
    expect(await finish(terminal)).toBe(130);
  });

  test("Ctrl-D ends it", async () => {
    const terminal = startOnTerminal();
    await atPrompt(terminal, 1, "echo on\n");
    await atPrompt(terminal, 2, CTRL_D);
    expect(await finish(terminal)).toBe(0);
  });
});
