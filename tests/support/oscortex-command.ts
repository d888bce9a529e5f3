// The command as users run it: `npm start`, in a process of its own.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { TIME_FACTOR } from "./time-factor.ts";

/** Enough for a boot on a host that is busy with something else. */
export const BOOT_TIMEOUT_MS = 60_000 * TIME_FACTOR;

/** What `npm start` runs, without its arguments. */
export const COMMAND: readonly string[] = [process.execPath, "vmm/cli/bootstrap.js", "vmm/cli/main.js"];

/** The sample apps as bundles. */
export const REPOSITORY = join(SOURCE_ROOT, "build/repository");

/** What the shell prints when it waits for a line. */
export const PROMPT = "oscortex$ ";

const QUIT_MS = 3000; // what a command gets to show where it is
const MARK = "OSCORTEX_TEST_COMMAND";

/** How a process ended. */
export interface Outcome {
  /** Undefined if a signal ended it. */
  status: number | undefined;
  stdout: string;
  stderr: string;
}

/** A command that runs, with its input in the test's hand. */
export class RunningCommand {
  stdout = "";
  stderr = "";
  /** Settles when the process has ended and all of its output is here. */
  readonly ended: Promise<Outcome>;
  readonly #command: readonly string[];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #mark = randomUUID();
  #running = true;
  #waiting: (() => void)[] = []; // for more output, or the end

  constructor(command: readonly string[], environment: Record<string, string> = {}) {
    this.#command = command;
    const [program = "", ...args] = command;
    const env = { ...process.env, ...environment, [MARK]: this.#mark };
    this.#child = spawn(program, args, { cwd: SOURCE_ROOT, env });
    this.#child.stdin.on("error", () => {}); // the program may end without reading everything
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.ended = this.#end();
  }

  /** Kills what is left of it. */
  dispose(): void {
    for (const pid of this.processes()) process.kill(pid, "SIGKILL");
  }

  /** Types text. */
  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Reads no more of stdout: writes to it fail. */
  closeOutput(): void {
    this.#child.stdout.destroy();
  }

  /** Ends the input. */
  endInput(): void {
    this.#child.stdin.end();
  }

  /** Types a line at the shell's prompt, and waits for the next prompt: what was printed in between. */
  async command(line: string): Promise<string> {
    await this.until(() => this.stdout.endsWith(PROMPT));
    const from = this.stdout.length;
    this.type(`${line}\n`);
    await this.until(() => this.stdout.length > from && this.stdout.endsWith(PROMPT));
    return this.stdout.slice(from, -PROMPT.length);
  }

  /**
   * Types a line that starts an app in the background, and waits for the prompt and for what the app prints, in either
   * order: everything that was printed.
   */
  async background(line: string, printed: RegExp): Promise<string> {
    await this.until(() => this.stdout.endsWith(PROMPT));
    const from = this.stdout.length;
    const output = (): string => this.stdout.slice(from);
    this.type(`${line}\n`);
    await this.until(() => output().includes(PROMPT) && printed.test(output()));
    if (!this.stdout.endsWith(PROMPT)) this.type("\n"); // the next command waits for a prompt
    return output();
  }

  /** Waits until the output so far fulfils a condition. Throws, with that output, if it ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (!this.#running) throw new Error(`ended early:\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Sends a signal to the program itself. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What lives of the program and all that it started, wherever that went: its environment tells. */
  processes(): number[] {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.filter((pid) => environmentOf(pid).includes(`${MARK}=${this.#mark}`)).map(Number);
  }

  /** For whoever reads why a test failed: what a command that still runs has printed, and where its guest is. */
  async showState(): Promise<void> {
    if (!this.#running) return;
    this.signal("SIGQUIT");
    await Promise.race([this.ended, delay(QUIT_MS)]);
    console.error(
      `still running: ${this.#command.join(" ")}\nstdout: ${this.stdout}\nstderr: ${this.stderr}`,
    );
  }

  async #end(): Promise<Outcome> {
    await once(this.#child, "close");
    this.#running = false;
    this.#wake();
    const status = this.#child.exitCode ?? undefined;
    return { status, stdout: this.stdout, stderr: this.stderr };
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** The variables of a process; none if it has ended. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    return []; // gone, or someone else's
  }
}

/** Starts a program for one test, which ends with the test. */
export function startCommand(
  command: readonly string[],
  environment: Record<string, string> = {},
): RunningCommand {
  const running = new RunningCommand(command, environment);
  endWithTest(running, true);
  return running;
}

/** Starts the command for one test; without a screen, unless an option asks for one. */
export function startOscortex(
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): RunningCommand {
  return startCommand(commandLine(args), environment);
}

/** A guest that the tests of a suite share: `beforeAll(() => shared.start(...))`. */
export class SharedOscortex {
  #running: RunningCommand | undefined;

  /** Starts the command, as `startOscortex` does; what ends it. */
  start(args: readonly string[] = []): () => void {
    const running = new RunningCommand(commandLine(args));
    this.#running = running;
    return () => running.dispose();
  }

  /** The command, for the test that runs now. */
  get shell(): RunningCommand {
    const running = this.#running;
    if (running === undefined) throw new Error("not started");
    endWithTest(running, false);
    return running;
  }
}

/** When the test is over: shows the state if it failed, and ends the command if it is the test's alone. */
function endWithTest(running: RunningCommand, alone: boolean): void {
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") await running.showState();
    if (alone) running.dispose();
  });
}

function commandLine(args: readonly string[]): string[] {
  const screen = args.some((word) => /^--(display|vnc|screenshot|no-display)/.test(word))
    ? []
    : ["--no-display"];
  const at = args.indexOf("--"); // what follows is the app's
  const [own, rest] = at < 0 ? [args, []] : [args.slice(0, at), args.slice(at)];
  return [...COMMAND, ...own, ...screen, ...rest];
}

/** Runs the command to its end, without input. */
export function runOscortex(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const running = startOscortex(args, environment);
  running.endInput();
  return running.ended;
}

/** Runs one app to its end, without a shell: `name`, options of the command, `--`, arguments of the app. */
export function runApp(name: string, ...args: string[]): Promise<Outcome> {
  return runOscortex(["--headless", "--run", name, ...args]);
}
