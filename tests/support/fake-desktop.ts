// The system calls that the desktop and its apps use, in JavaScript: files, processes and packages as the test sets them.

import {
  CATALOG_ENTRY_SIZE,
  CATALOG_FLAGS,
  CATALOG_SIZE_BYTES,
  CATALOG_VERSION,
} from "../../guest-kernel/abi/catalog.ts";
import { E_EXIST, E_NOENT, E_NOTEMPTY } from "../../guest-kernel/abi/errors.ts";
import {
  KIND_FILE,
  KIND_FOLDER,
  STAT_BYTES,
  STAT_KIND,
  STAT_MODIFIED,
} from "../../guest-kernel/abi/files.ts";
import {
  SCREEN_HEIGHT,
  SCREEN_SCALE,
  SCREEN_THEME,
  SCREEN_WIDTH,
  THEME_DARK,
  WINDOW_INFO_APP,
  WINDOW_INFO_ID,
  WINDOW_INFO_PID,
  WINDOW_INFO_SIZE,
  WINDOW_INFO_STATE,
  WINDOW_INFO_TITLE,
} from "../../guest-kernel/abi/window.ts";

/** A package of the catalog. */
export interface OfferedPackage {
  name: string;
  version: string;
  sizeBytes: number;
  flags: number;
}

/** A window of window_list. */
export interface ListedWindow {
  id: number;
  pid: number;
  state: number;
  title: string;
  app: string;
}

const FIRST_PID = 100;
const FIRST_HANDLE = 10;
const FIRST_PORT = 500;
const APP_ID = 7;
const NOW_NS = 1_796_024_570_000_000_000n; // 30 November 2026, 07:42:50

/** Everything that is not set is missing: calls on it fail as the kernel's would. */
export class FakeDesktop {
  /** By path; what ends in a slash is an empty folder. */
  readonly files = new Map<string, Uint8Array>();
  readonly packages: OfferedPackage[] = [];
  readonly windows: ListedWindow[] = [];
  /** The arguments of each process that was started. */
  readonly started: string[][] = [];
  readonly killed: number[] = [];
  /** What windows were asked to do: `ID ACTION`. */
  readonly managed: string[] = [];
  nowNs = NOW_NS;
  #handles = new Map<number, { path: string; at: number }>();
  #nextHandle = FIRST_HANDLE;
  #nextPort = FIRST_PORT;
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  addText(path: string, text: string): void {
    this.files.set(path, Buffer.from(text));
  }

  /** The module `oscortex`; what a module imports beyond it fails with -E_NOENT. */
  imports(module: WebAssembly.Module): Record<string, (...args: never[]) => unknown> {
    const calls: Record<string, (...args: never[]) => unknown> = {
      clock_realtime: () => this.nowNs,
      clock_monotonic: () => this.nowNs - NOW_NS,
      getpid: () => 1,
      pkg_resolve: () => APP_ID,
      pkg_catalog: (at: number, length: number) => this.#catalog(at, length),
      spawn: (_app: number, at: number, length: number) => this.#spawn(this.#text(at, length)),
      kill: (pid: number) => (this.killed.push(pid), 0),
      window_list: (at: number, capacity: number) => this.#listWindows(at, capacity),
      window_manage: (id: number, action: number) => (this.managed.push(`${id} ${action}`), 0),
      screen_info: (at: number) => this.#screenInfo(at),
      open: (at: number, length: number) => this.#open(this.#text(at, length)),
      read: (handle: number, at: number, length: number) => this.#read(handle, at, length),
      write: (handle: number, at: number, length: number) => this.#write(handle, at, length),
      close: (handle: number) => (this.#handles.delete(handle), 0),
      stat: (at: number, length: number, to: number) => this.#stat(this.#text(at, length), to),
      readdir: (at: number, length: number, to: number, capacity: number) =>
        this.#list(this.#text(at, length), to, capacity),
      mkdir: (at: number, length: number) => this.#makeFolder(this.#text(at, length)),
      unlink: (at: number, length: number) => this.#remove(this.#text(at, length)),
      rename: (from: number, fromLength: number, to: number, toLength: number) =>
        this.#rename(this.#text(from, fromLength), this.#text(to, toLength)),
      port_pair: (at: number) => this.#portPair(at),
      spawn_with: () => FIRST_PID,
    };
    for (const { module: from, name } of WebAssembly.Module.imports(module))
      if (from === "oscortex") calls[name] ??= () => -E_NOENT;
    return calls;
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  get #view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  #text(at: number, length: number): string {
    return Buffer.from(this.#bytes(at, length)).toString();
  }

  #spawn(words: string): number {
    this.started.push(words.split("\0").slice(0, -1));
    return FIRST_PID + this.started.length - 1;
  }

  #catalog(at: number, length: number): number {
    this.packages.forEach(({ name, version, sizeBytes, flags }, index) => {
      const entry = at + index * CATALOG_ENTRY_SIZE;
      if (entry + CATALOG_ENTRY_SIZE > at + length) return;
      this.#bytes(entry, CATALOG_ENTRY_SIZE).fill(0);
      this.#bytes(entry, name.length).set(Buffer.from(name));
      this.#bytes(entry + CATALOG_VERSION, version.length).set(Buffer.from(version));
      this.#view.setUint32(entry + CATALOG_SIZE_BYTES, sizeBytes, true);
      this.#view.setUint32(entry + CATALOG_FLAGS, flags, true);
    });
    return this.packages.length;
  }

  #listWindows(at: number, capacity: number): number {
    const size = this.windows.length * WINDOW_INFO_SIZE;
    if (size > capacity) return size;
    this.#bytes(at, size).fill(0);
    this.windows.forEach(({ id, pid, state, title, app }, index) => {
      const entry = at + index * WINDOW_INFO_SIZE;
      this.#view.setUint32(entry + WINDOW_INFO_ID, id, true);
      this.#view.setUint32(entry + WINDOW_INFO_PID, pid, true);
      this.#view.setUint32(entry + WINDOW_INFO_STATE, state, true);
      this.#bytes(entry + WINDOW_INFO_TITLE, title.length).set(Buffer.from(title));
      this.#bytes(entry + WINDOW_INFO_APP, app.length).set(Buffer.from(app));
    });
    return size;
  }

  #screenInfo(at: number): number {
    this.#view.setUint32(at + SCREEN_WIDTH, 1280, true);
    this.#view.setUint32(at + SCREEN_HEIGHT, 800, true);
    this.#view.setUint32(at + SCREEN_SCALE, 100, true);
    this.#view.setUint32(at + SCREEN_THEME, THEME_DARK, true);
    return 0;
  }

  // ---- files

  #open(path: string): number {
    if (!this.files.has(path)) return -E_NOENT;
    this.#handles.set(this.#nextHandle, { path, at: 0 });
    return this.#nextHandle++;
  }

  #read(handle: number, at: number, length: number): number {
    const open = this.#handles.get(handle);
    if (open === undefined) return -E_NOENT;
    const part = (this.files.get(open.path) ?? new Uint8Array(0)).subarray(open.at, open.at + length);
    this.#bytes(at, part.length).set(part);
    open.at += part.length;
    return part.length;
  }

  #write(handle: number, at: number, length: number): number {
    const open = this.#handles.get(handle);
    if (open === undefined) return length; // the console
    const before = this.files.get(open.path) ?? new Uint8Array(0);
    this.files.set(open.path, Buffer.concat([before.subarray(0, open.at), this.#bytes(at, length)]));
    open.at += length;
    return length;
  }

  #isFolder(path: string): boolean {
    const below = path === "/" ? "/" : `${path}/`;
    return [...this.files.keys()].some((key) => key.startsWith(below));
  }

  #stat(path: string, to: number): number {
    const file = this.files.get(path);
    if (file === undefined && !this.#isFolder(path)) return -E_NOENT;
    this.#view.setUint32(to + STAT_KIND, file === undefined ? KIND_FOLDER : KIND_FILE, true);
    this.#view.setBigUint64(to + STAT_BYTES, BigInt(file?.length ?? 0), true);
    this.#view.setBigInt64(to + STAT_MODIFIED, NOW_NS, true);
    return 0;
  }

  #list(path: string, to: number, capacity: number): number {
    const below = path === "/" ? "/" : `${path}/`;
    const names = new Set<string>();
    for (const key of this.files.keys()) {
      if (!key.startsWith(below) || key === below) continue;
      const rest = key.slice(below.length);
      const slash = rest.indexOf("/");
      names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
    }
    const list = Buffer.from([...names].map((name) => `${name}\0`).join(""));
    if (list.length <= capacity) this.#bytes(to, list.length).set(list);
    return list.length;
  }

  #makeFolder(path: string): number {
    if (this.files.has(path) || this.#isFolder(path)) return -E_EXIST;
    this.files.set(`${path}/`, new Uint8Array(0));
    return 0;
  }

  #remove(path: string): number {
    if (this.files.delete(path)) return 0;
    const inside = [...this.files.keys()].filter((key) => key.startsWith(`${path}/`));
    if (inside.length === 0) return -E_NOENT;
    if (inside.some((key) => key !== `${path}/`)) return -E_NOTEMPTY;
    this.files.delete(`${path}/`);
    return 0;
  }

  #rename(from: string, to: string): number {
    const file = this.files.get(from);
    if (file === undefined) return -E_NOENT;
    this.files.delete(from);
    this.files.set(to, file);
    return 0;
  }

  #portPair(at: number): number {
    this.#view.setInt32(at, this.#nextPort++, true);
    this.#view.setInt32(at + 4, this.#nextPort++, true);
    return 0;
  }
}
