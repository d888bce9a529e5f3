// A shell in a process of its own, joined by two ports: what is typed goes in by the one, what it prints comes by the other.

import { E_AGAIN } from "../../../guest-kernel/abi/errors.ts";
import { Watch, unwatch, watch } from "../../engine/app/event-loop.ts";
import { Action, on } from "../../engine/foundation/action.ts";
import { readTextFile } from "../../sdk/files.ts";
import { kill } from "../../sdk/oscortex.ts";
import { close, makePort, sendText, tryReceive } from "../../sdk/ports.ts";
import { resolve } from "../../sdk/packages.ts";
import { LaunchOptions, launch } from "../../sdk/launch.ts";
import { AnsiParser } from "./ansi-parser.ts";

const SHELL = "/bin/sh";
const PROCESSES_FILE = "/sys/proc/list";
const MESSAGES_AT_ONCE: i32 = 64; // so that a program that prints without an end leaves time to draw

/** A shell that runs. */
export class Session {
  /** Of the shell; negative if it could not be started: -E_*. */
  pid: i32 = 0;
  private input: i32 = -1;
  private output: i32 = -1;
  private watched: Watch | null = null;

  constructor(
    private parser: AnsiParser,
    /** Called when something was printed. */
    private onOutput: Action,
    /** Called when the shell and all that it started have closed their output. */
    private onEnd: Action,
  ) {}

  /** Starts the shell with arguments. 0, or -E_*. */
  start(args: string[]): i32 {
    const appId = resolve(SHELL);
    const typed = makePort();
    const printed = makePort();
    if (appId < 0 || typed.first < 0 || printed.first < 0) return min(appId, min(typed.first, printed.first));
    const options = new LaunchOptions();
    options.args = args;
    options.newGroup = true;
    options.handles = [typed.second, printed.second, printed.second];
    this.pid = launch(appId, options);
    close(typed.second);
    close(printed.second);
    this.input = typed.first;
    this.output = printed.first;
    if (this.pid < 0) this.close();
    else
      this.watched = watch(
        this.output,
        on<Session>(this, (self) => self.receive()),
      );
    return min(0, this.pid);
  }

  /** Gives the shell a line. */
  sendLine(line: string): void {
    if (this.input >= 0) sendText(this.input, line + "\n");
  }

  /** There is nothing more to type. */
  endInput(): void {
    if (this.input >= 0) close(this.input);
    this.input = -1;
  }

  /** Ends what the shell has started. */
  interrupt(): void {
    const lines = readTextFile(PROCESSES_FILE).content.split("\n");
    for (let i = 1; i < lines.length; i++) {
      const words = lines[i].split(" ").filter((word) => word.length > 0);
      if (words.length > 1 && <i32>parseInt(words[1]) == this.pid) kill(<i32>parseInt(words[0]));
    }
  }

  /** Ends the shell. */
  close(): void {
    const watched = this.watched;
    if (watched !== null) unwatch(watched);
    this.watched = null;
    this.endInput();
    if (this.output >= 0) close(this.output);
    this.output = -1;
    if (this.pid > 0) {
      this.interrupt();
      kill(this.pid);
    }
    this.pid = 0;
  }

  private receive(): void {
    for (let i = 0; i < MESSAGES_AT_ONCE && this.output >= 0; i++) {
      const message = tryReceive(this.output);
      if (message.length == -E_AGAIN) break;
      if (message.length <= 0) {
        this.pid = 0;
        this.close();
        this.onEnd.run();
        return;
      }
      this.parser.feed(changetype<usize>(message.bytes), message.length);
    }
    this.onOutput.run();
  }
}
