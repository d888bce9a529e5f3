// A guest with a screen, whose text shell is in the benchmark's hand.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";

const PROMPT = "oscortex$ ";
const NS_PER_MS = 1e6;

/** Where something is on the screen, in pixels. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The machine in a process of its own. */
export class ScreenGuest {
  readonly #child: ChildProcessWithoutNullStreams;
  #stdout = "";
  #stderr = "";
  #changed: () => void = () => {};

  /** Boots, with a screen of 1280x800 pixels. `stop` it. */
  static async start(repository: string): Promise<ScreenGuest> {
    const guest = new ScreenGuest(repository);
    await guest.#until(() => guest.#stdout.endsWith(PROMPT));
    return guest;
  }

  private constructor(repository: string) {
    const bootstrap = join(SOURCE_ROOT, "vmm/cli/bootstrap.js");
    const options = ["--display", "127.0.0.1:0", "--vnc", "127.0.0.1:0", "--resolution", "1280x800"];
    const args = [bootstrap, "vmm/cli/main.js", ...options, "--repository", repository];
    this.#child = spawn(process.execPath, args);
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#changed();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#changed();
    });
    this.#child.on("close", () => this.#changed());
  }

  /** Where VNC viewers connect: HOST:PORT. */
  get vncEndpoint(): string {
    return /VNC viewers at (\S+)/.exec(this.#stderr)?.[1] ?? "";
  }

  /** Types a line at the text shell; what is printed up to the next prompt. */
  async command(line: string): Promise<string> {
    await this.#until(() => this.#stdout.endsWith(PROMPT));
    const from = this.#stdout.length;
    this.#child.stdin.write(`${line}\n`);
    await this.#until(() => this.#stdout.length > from && this.#stdout.endsWith(PROMPT));
    return this.#stdout.slice(from, -PROMPT.length);
  }

  /** The place of an app's window, once it has one. */
  async windowOf(app: string): Promise<Place> {
    for (;;) {
      const lines = (await this.command("cat /sys/ui/windows")).split("\n");
      const words = lines.map((line) => line.split(" ")).find((line) => line[7] === app);
      const place = words && placeOf(words.slice(2, 6));
      if (place !== undefined) return place;
    }
  }

  /** The place on the screen of something with a role and a label, once it is there (/sys/ui/tree). */
  async placeOf(role: string, label: string): Promise<Place> {
    for (;;) {
      let window: Place | undefined;
      for (const line of (await this.command("cat /sys/ui/tree")).split("\n")) {
        const words = line.trim().split(" ");
        if (words[0] === "window") window = placeOf(words.slice(3, 7));
        const item = line.trim().startsWith(`${role} "${label}" `) ? placeOf(words.slice(-4)) : undefined;
        if (window !== undefined && item !== undefined)
          return { ...item, x: item.x + window.x, y: item.y + window.y };
      }
    }
  }

  /** The counters of /sys/ui/frames. */
  async frames(): Promise<Map<string, number>> {
    const text = await this.command("cat /sys/ui/frames");
    return new Map(
      [...text.matchAll(/^(\w+)[=: ]+(\d+)$/gm)].map(([, name, value]) => [name ?? "", Number(value)]),
    );
  }

  /** Processor time of the machine's living threads so far, in milliseconds, as exact as the scheduler counts. */
  get cpuMs(): number {
    const tasks = `/proc/${this.#child.pid}/task`;
    const spent = readdirSync(tasks).map((task) => {
      const [ns = "0"] = readFileSync(`${tasks}/${task}/schedstat`, "latin1").split(" ");
      return Number(ns) / NS_PER_MS;
    });
    return spent.reduce((sum, ms) => sum + ms, 0);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    await ended;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#child.exitCode !== null) throw new Error(`the guest ended:\n${this.#stderr}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }
}

/** A place from four words; undefined if they are no numbers. */
function placeOf(words: string[]): Place | undefined {
  const [x, y, width, height] = words.map(Number);
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined;
  return [x, y, width, height].every((number) => Number.isInteger(number))
    ? { x, y, width, height }
    : undefined;
}
