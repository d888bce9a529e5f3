// Real gdb against the real command.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type RunningCommand, startCommand, startOscortex } from "./oscortex-command.ts";
import { pathOf } from "./programs.ts";

const PROMPT = "(gdb) ";
/** The kernel image of optimised builds. */
export const KERNEL_ELF = "build/kernel.elf";
const OPTIONS = ["set confirm off", "set pagination off", "set width 0", "set breakpoint pending on"];

// Errors in their order among the rest
const BOTH_OUTPUTS = ["sh", "-c", 'exec "$@" 2>&1', "sh"];

/** gdb with a kernel's symbols, a command at a time. */
export class Gdb {
  readonly #command: RunningCommand;

  /** `commands` come first. */
  constructor(kernel = KERNEL_ELF, ...commands: string[]) {
    const options = [...OPTIONS, ...commands].flatMap((option) => ["-ex", option]);
    this.#command = startCommand([...BOTH_OUTPUTS, pathOf("gdb"), "-nx", "-q", ...options, kernel]);
  }

  /** Gives a command, and waits until gdb takes the next: what it printed, errors too. */
  async ask(command: string): Promise<string> {
    await this.#ready();
    const out = this.#command.stdout.length;
    this.#command.type(`${command}\n`);
    await this.#command.until(() => this.#command.stdout.length > out && this.#atPrompt());
    return this.#command.stdout.slice(out, -PROMPT.length);
  }

  /** Lets the guest run, and interrupts it once `when` has settled. */
  continueUntil(when: () => Promise<unknown>): Promise<string> {
    return this.interrupted("continue", when);
  }

  /** Gives a command that lets the guest run, and interrupts it once `when` has settled: what gdb printed. */
  interrupted(command: string, when: () => Promise<unknown>): Promise<string> {
    return this.during(command, async () => {
      await when();
      this.#command.signal("SIGINT");
    });
  }

  /** Gives a command that lets the guest run, does `action`, and waits for the guest to stop: what gdb printed. */
  async during(command: string, action: () => Promise<unknown>): Promise<string> {
    await this.#ready();
    const out = this.#command.stdout.length;
    this.#command.type(`${command}\n`);
    await action();
    await this.#command.until(() => this.#command.stdout.length > out && this.#atPrompt());
    return this.#command.stdout.slice(out, -PROMPT.length);
  }

  /** Ends gdb. */
  async quit(): Promise<void> {
    await this.#ready();
    this.#command.type("quit\n");
    await this.#command.ended;
  }

  #ready(): Promise<void> {
    return this.#command.until(() => this.#atPrompt());
  }

  #atPrompt(): boolean {
    return this.#command.stdout.endsWith(PROMPT);
  }
}

/** A guest that gdb can reach at `address`. */
export interface DebuggedGuest {
  guest: RunningCommand;
  /** As `target remote` takes it. */
  address: string;
}

/** Starts the command, which listens for gdb on TCP. */
export async function startDebuggedTcp(...args: string[]): Promise<DebuggedGuest> {
  const guest = startOscortex(["--gdb=127.0.0.1:0", ...args]);
  await guest.until(() => /gdb: target remote \S+\n/.test(guest.stderr));
  return { guest, address: /gdb: target remote (\S+)/.exec(guest.stderr)![1]! };
}

/** Starts the command, which listens for gdb on a Unix socket. */
export async function startDebugged(...args: string[]): Promise<DebuggedGuest> {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-gdb-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const address = join(folder, "gdb.sock");
  const guest = startOscortex([`--gdb=${address}`, ...args]);
  await guest.until(() => guest.stderr.includes("gdb: target remote"));
  return { guest, address };
}
