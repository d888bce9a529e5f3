// The files of a module as debug information numbers them, and which of them a function is from.

import { type LineTable, lineFiles } from "../lines.ts";

/** Where debuggers find asc's standard library, from a checkout. */
const LIBRARY_FOLDER = "node_modules/assemblyscript/std/assembly/";
const LIBRARY_PREFIX = "~lib/";
const EXTENSION = ".ts";

/** Files by number, from 1. Functions are called FILE/NAME by asc, without the extension. */
export class SourceFiles {
  readonly #paths: string[];
  readonly #index: ReadonlyMap<string, number>;

  constructor(lines: LineTable) {
    this.#paths = lineFiles(lines);
    this.#index = new Map(this.#paths.map((path, index) => [path, index + 1]));
  }

  /** As debuggers open them; number 0 is the unit's own, here the same as 1. */
  get names(): string[] {
    return [...this.#paths.slice(0, 1), ...this.#paths].map((path) =>
      path.startsWith(LIBRARY_PREFIX) ? LIBRARY_FOLDER + path.slice(LIBRARY_PREFIX.length) : path,
    );
  }

  /** The number of a file of the table. */
  indexOf(path: string): number {
    return this.#index.get(path) ?? 0;
  }

  /** The file of a function and its name there; undefined if it is from none of the files. */
  ofFunction(name: string): { file: number; shortName: string } | undefined {
    const type = name.search(/[<(]/); // type arguments hold paths too
    for (let end = type < 0 ? name.length : type; (end = name.lastIndexOf("/", end - 1)) > 0;) {
      const file = this.#index.get(name.slice(0, end) + EXTENSION);
      if (file !== undefined) return { file, shortName: name.slice(end + 1) };
    }
    return undefined;
  }

  /** The name of a function or global without its file. */
  shortName(name: string): string {
    return this.ofFunction(name)?.shortName ?? name.slice(name.lastIndexOf("/") + 1);
  }
}
