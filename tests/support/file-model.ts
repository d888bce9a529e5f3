// What a file system should do, as simply as it can be said, and random operations for it.
import { E_EXIST, E_INVAL, E_ISDIR, E_NOENT, E_NOTDIR, E_NOTEMPTY } from "../../guest-kernel/abi/errors.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A folder, by name; or a file's bytes. */
export type ModelNode = Map<string, ModelNode> | Uint8Array;

const isFolder = (node: ModelNode | undefined): node is Map<string, ModelNode> => node instanceof Map;

/** A tree of files. Paths are like `/a/b`; results are 0 or -E_*. */
export class FileModel {
  readonly root = new Map<string, ModelNode>();

  /** What is at a path; undefined if nothing. */
  find(path: string): ModelNode | undefined {
    let node: ModelNode | undefined = this.root;
    for (const name of parts(path)) node = isFolder(node) ? node.get(name) : undefined;
    return node;
  }

  /** The folder that a path is in, or the error of a path that is in none. */
  #parent(path: string): Map<string, ModelNode> | number {
    let node: ModelNode | undefined = this.root;
    for (const name of parts(path).slice(0, -1)) {
      if (node === undefined) return -E_NOENT;
      if (!isFolder(node)) return -E_NOTDIR;
      node = node.get(name);
    }
    if (node === undefined) return -E_NOENT;
    return isFolder(node) ? node : -E_NOTDIR;
  }

  mkdir(path: string): number {
    const parent = this.#parent(path);
    if (typeof parent === "number") return parent;
    if (parent.has(leaf(path))) return -E_EXIST;
    parent.set(leaf(path), new Map());
    return 0;
  }

  /** Whether a file can be opened for writing; makes it if it is not there. */
  create(path: string): number {
    const parent = this.#parent(path);
    if (typeof parent === "number") return parent;
    const node = parent.get(leaf(path));
    if (isFolder(node)) return -E_ISDIR;
    if (node === undefined) parent.set(leaf(path), new Uint8Array(0));
    return 0;
  }

  /** Puts bytes into a file that is there. */
  write(path: string, position: number, bytes: Uint8Array): void {
    const old = this.#file(path);
    const fresh = new Uint8Array(Math.max(old.length, position + bytes.length));
    fresh.set(old);
    fresh.set(bytes, position);
    this.#set(path, fresh);
  }

  truncate(path: string, size: number): void {
    const fresh = new Uint8Array(size);
    fresh.set(this.#file(path).subarray(0, size));
    this.#set(path, fresh);
  }

  #file(path: string): Uint8Array {
    const node = this.find(path);
    if (!(node instanceof Uint8Array)) throw new Error(`${path} is no file`);
    return node;
  }

  #set(path: string, bytes: Uint8Array): void {
    const parent = this.#parent(path);
    if (typeof parent !== "number") parent.set(leaf(path), bytes);
  }

  remove(path: string): number {
    const parent = this.#parent(path);
    if (typeof parent === "number") return parent;
    const node = parent.get(leaf(path));
    if (node === undefined) return -E_NOENT;
    if (isFolder(node) && node.size > 0) return -E_NOTEMPTY;
    parent.delete(leaf(path));
    return 0;
  }

  /** The results that a rename may have: where more than one thing is wrong, any of them is told. */
  rename(from: string, to: string): number[] {
    const source = this.#parent(from);
    const target = this.#parent(to);
    const node = typeof source === "number" ? undefined : source.get(leaf(from));
    const old = typeof target === "number" ? undefined : target.get(leaf(to));
    const errors: number[] = [source, target].filter((parent) => typeof parent === "number");
    if (node === undefined && typeof source !== "number") errors.push(-E_NOENT);
    if (to.startsWith(`${from}/`)) errors.push(-E_INVAL);
    if (node !== undefined && old !== undefined && node !== old) {
      if (!isFolder(node) && isFolder(old)) errors.push(-E_ISDIR);
      if (isFolder(node) && !isFolder(old)) errors.push(-E_NOTDIR);
      if (isFolder(node) && isFolder(old) && old.size > 0) errors.push(-E_NOTEMPTY);
    }
    if (errors.length > 0 || node === undefined || typeof source === "number" || typeof target === "number")
      return errors;
    if (node === old) return [0];
    source.delete(leaf(from));
    target.set(leaf(to), node);
    return [0];
  }

  /** Every path with what is there, parents first. */
  *all(folder: ModelNode = this.root, path = ""): Generator<[path: string, node: ModelNode]> {
    if (!isFolder(folder)) return;
    for (const [name, node] of folder) {
      yield [`${path}/${name}`, node];
      yield* this.all(node, `${path}/${name}`);
    }
  }
}

function parts(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function leaf(path: string): string {
  return parts(path).at(-1) ?? "";
}

/** A path of one to three short names, few enough that operations meet. */
export function randomPath(random: SeededRandom): string {
  const depth = 1 + random.below(3);
  return Array.from({ length: depth }, () => `/${"abcd"[random.below(4)]}`).join("");
}

/** Where a write or cut is: most often near the start, sometimes behind the blocks that have an indirect pointer. */
export function randomPosition(random: SeededRandom, limit: number): number {
  const near = random.chance(0.8) ? Math.min(limit, 100_000) : limit;
  return random.below(near);
}
