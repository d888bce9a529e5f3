// gdb's machine interface, as editors drive it.

import { KERNEL_ELF } from "./gdb.ts";
import { type RunningCommand, startCommand } from "./oscortex-command.ts";
import { pathOf } from "./programs.ts";

/** gdb in its machine interface, GDB manual chapter "GDB/MI". */
export class GdbMi {
  readonly #command: RunningCommand;
  #token = 0;
  #read = 0;

  constructor(program = KERNEL_ELF) {
    this.#command = startCommand([pathOf("gdb"), "-nx", "-q", "--interpreter=mi", program]);
  }

  /** Gives a command; its result record, without the token. Throws gdb's error. */
  async ask(command: string): Promise<string> {
    const token = String(++this.#token);
    this.#command.type(`${token}${command}\n`);
    const pattern = new RegExp(`^${token}\\^(.*)\n`, "m");
    await this.#command.until(() => pattern.test(this.#command.stdout));
    const result = pattern.exec(this.#command.stdout)![1]!;
    if (result.startsWith("error")) throw new Error(`${command}: ${result}`);
    return result;
  }

  /** Waits for the guest to stop once more: the record that says why. */
  async stopped(): Promise<string> {
    const pattern = /^\*stopped,(.*)\n/gm;
    for (;;) {
      pattern.lastIndex = this.#read;
      const found = pattern.exec(this.#command.stdout);
      if (found !== null) {
        this.#read = pattern.lastIndex;
        return found[1]!;
      }
      const seen = this.#command.stdout.length;
      await this.#command.until(() => this.#command.stdout.length > seen);
    }
  }

  /** Ends gdb. */
  async quit(): Promise<void> {
    this.#command.type("-gdb-exit\n");
    await this.#command.ended;
  }
}
