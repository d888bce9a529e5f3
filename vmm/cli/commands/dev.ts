// `oscortex dev`: runs an app, and again whenever its sources change.

import { watch } from "node:fs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "../../api/app.ts";
import { Machine } from "../../api/machine.ts";
import { PkgError } from "../../../pkg/errors.ts";
import { packProject } from "../../../pkg/pack/pack.ts";
import { onePositional, parseCommandLine, print } from "../command-line.ts";
import { UsageError } from "../usage-error.ts";

const USAGE = `Usage: oscortex dev FOLDER [options] [-- ARGUMENT...]

Packs the project in FOLDER and runs it in a machine; when oscortex.json or a source changes, the app is packed and run
again in the same machine. What the compiler refuses is shown, and the app before it runs on. Ends at Ctrl-C.

Options:
  --memory MIB  guest memory (default: 256)
  --allow RULE  what else the guest may reach, as for oscortex run; may be given again
  -h, --help    show this
`;

const SETTLE_MS = 50; // editors write in several steps
const WATCHED = /\.(?:ts|json|png|svg)$/;
const EXIT_INTERRUPTED = 130;

/** Runs the command. @throws UsageError and what the first pack throws */
export async function dev(args: string[]): Promise<number> {
  const end = args.indexOf("--");
  const { values, positionals } = parseCommandLine(end < 0 ? args : args.slice(0, end), {
    memory: { type: "string" },
    allow: { type: "string", multiple: true, default: [] },
  });
  if (values.help) return print(USAGE);
  const folder = onePositional(positionals, "FOLDER");
  const memoryMib = values.memory === undefined ? undefined : Number(values.memory);
  if (memoryMib !== undefined && !(memoryMib >= 64 && memoryMib <= 3072 && memoryMib % 2 === 0))
    throw new UsageError(
      `--memory: expected an even number from 64 to 3072, got ${JSON.stringify(values.memory)}`,
    );
  const repository = mkdtempSync(join(tmpdir(), "oscortex-dev-"));
  try {
    const session = new Session(folder, repository, end < 0 ? [] : args.slice(end + 1));
    await session.pack();
    await using machine = await Machine.create({
      repository,
      allow: values.allow.includes("all") ? "all" : values.allow,
      ...(memoryMib !== undefined && { memoryMib }),
      onOutput: (text) => process.stdout.write(text),
      onLog: (text) => process.stderr.write(text),
    });
    await machine.start();
    return await session.follow(machine);
  } finally {
    rmSync(repository, { recursive: true });
  }
}

/** One app under development. */
class Session {
  readonly #folder: string;
  readonly #repository: string;
  readonly #arguments: readonly string[];
  #name = "";
  #app: App | undefined;

  constructor(folder: string, repository: string, args: readonly string[]) {
    this.#folder = folder;
    this.#repository = repository;
    this.#arguments = args;
  }

  /** @throws PkgError */
  async pack(): Promise<void> {
    const began = performance.now();
    const { manifest, file } = await packProject(this.#folder, { warn: note });
    this.#name = manifest.name;
    writeFileSync(join(this.#repository, "app.osx"), file);
    note(`${manifest.name} packed in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }

  /** Runs the app, and again after each change, until a signal or the machine's end; the exit status. */
  async follow(machine: Machine): Promise<number> {
    await this.#run(machine);
    const changes = new Changes(this.#folder);
    const interrupted = new Promise<number>((resolve) =>
      process.once("SIGINT", () => resolve(EXIT_INTERRUPTED)),
    );
    const ended = Promise.race([interrupted, machine.wait()]);
    try {
      for (;;) {
        const status = await Promise.race([ended, changes.next()]);
        if (status !== undefined) return status;
        await this.#again(machine);
      }
    } finally {
      changes.close();
    }
  }

  async #again(machine: Machine): Promise<void> {
    try {
      await this.pack();
    } catch (error) {
      if (!(error instanceof PkgError)) throw error;
      return note(error.message);
    }
    if (this.#app !== undefined) {
      const gone = this.#app.wait();
      await this.#app.kill().catch(() => {}); // it may have ended by itself
      await gone;
    }
    await machine.shell(`evict ${this.#name}`);
    await this.#run(machine);
  }

  async #run(machine: Machine): Promise<void> {
    try {
      const app = await machine.launch(this.#name, this.#arguments);
      this.#app = app;
      void app
        .wait()
        .then((status) => note(`${this.#name} ended with status ${status}`))
        .catch(() => {}); // the machine ended: `follow` returns
    } catch (error) {
      this.#app = undefined;
      note(error instanceof Error ? error.message : String(error));
    }
  }
}

/** Changes of the files that an app is made of. */
class Changes {
  readonly #watcher;
  #changed: (() => void) | undefined;
  #pending = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.#watcher = watch(folder, { recursive: true }, (_event, name) => {
      if (name === null || !WATCHED.test(name)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#tell(), SETTLE_MS);
    });
  }

  /** Resolves once something has changed since it resolved last. */
  async next(): Promise<undefined> {
    if (!this.#pending) await new Promise<void>((resolve) => (this.#changed = resolve));
    this.#pending = false;
    return undefined;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watcher.close();
  }

  #tell(): void {
    this.#pending = true;
    this.#changed?.();
  }
}

function note(text: string): void {
  process.stderr.write(`oscortex dev: ${text}\n`);
}
