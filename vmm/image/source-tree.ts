import { createHash } from "node:crypto";
import { type Dirent, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const LEFT_OUT = /\.test\.ts$|(?:^|\/)(?:node_modules|\.[^/]*)(?:\/|$)/;

/** The state of some files: `quick` from sizes and times, `digest` from their bytes. */
export interface TreeState {
  quick: string;
  digest(): string;
}

/** Files below a root, each looked at once: create one for each look at the disk. */
export class SourceTree {
  readonly #root: string;
  readonly #listings = new Map<string, readonly string[]>();
  readonly #digests = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** The state of files and folders, paths relative to the root. What does not exist counts as such. */
  state(paths: readonly string[]): TreeState {
    const files = paths.flatMap((path) => this.#list(path));
    return {
      quick: hashOf(files.join("\n")),
      digest: () => hashOf(files.map((file) => this.#digestOf(file.split("\0", 1)[0]!)).join("\n")),
    };
  }

  /** Every file at or below a path as "path NUL size NUL time". */
  #list(path: string): readonly string[] {
    const known = this.#listings.get(path);
    if (known) return known;
    const listing = readTree(this.#root, path).toSorted();
    this.#listings.set(path, listing);
    return listing;
  }

  #digestOf(file: string): string {
    let digest = this.#digests.get(file);
    if (digest === undefined) {
      digest = `${file}\0${hashOf(readIfThere(join(this.#root, file)))}`;
      this.#digests.set(file, digest);
    }
    return digest;
  }
}

function readTree(root: string, path: string): string[] {
  if (LEFT_OUT.test(path)) return [];
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return [`${path}\0absent`];
  if (!stats.isDirectory()) return [`${path}\0${stats.size}\0${stats.mtimeMs}`];
  const entries: Dirent[] = readdirSync(join(root, path), { withFileTypes: true });
  return entries.flatMap((entry) => readTree(root, `${path}/${entry.name}`));
}

function readIfThere(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array(0); // gone since it was listed: the next look sees that
  }
}

function hashOf(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("base64");
}
