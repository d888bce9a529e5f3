import { closeSync, openSync, writeSync } from "node:fs";
import { flameGraph } from "../profile/flame-graph.ts";
import { type ProfiledMachine, Profiler } from "../profile/profiler.ts";
import type { SamplePort } from "../profile/sample-port.ts";
import type { Machine } from "../machine.ts";

const HERTZ = 250;

/** A profile of a run, written to a file at its end. */
export class ProfileFile {
  readonly #path: string;
  readonly #fd: number;
  readonly #profiler: Profiler;

  /** Throws the host's error if the file cannot be made. `kernel` is its image, `folders` have NAME.elf of packages. */
  constructor(path: string, kernel: Uint8Array, folders: readonly string[]) {
    this.#path = path;
    this.#fd = openSync(path, "w");
    this.#profiler = new Profiler(kernel, folders);
  }

  get samples(): SamplePort {
    return this.#profiler.port;
  }

  start(machine: Machine): void {
    const profiled: ProfiledMachine = {
      ram: machine.ram.view,
      get idle() {
        return machine.idle;
      },
      kick: () => machine.kick(),
    };
    this.#profiler.start(profiled, HERTZ);
  }

  /** Samples no more, and writes what there is. */
  write(): void {
    this.#profiler.stop();
    const { stacks } = this.#profiler;
    const title = `${stacks.root.count} samples at ${HERTZ} Hz`;
    writeSync(this.#fd, this.#path.endsWith(".svg") ? flameGraph(stacks.root, title) : stacks.folded());
    closeSync(this.#fd);
  }
}
