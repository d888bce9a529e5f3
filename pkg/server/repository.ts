// A folder of .osx files as a catalog and the bundles it names. Optional beside them: repository.json,
//
//   { "system": ["org.oscortex.shell"] }     packages that the guest pins

import { CAP_SURFACES } from "../../guest-kernel/abi/capabilities.ts";
import { open, readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { decodeBundle } from "../bundle.ts";
import { type CatalogEntry, encodeCatalog } from "../catalog.ts";
import { digestHex, digestOf } from "../digest.ts";
import { PkgError, RepositoryError } from "../errors.ts";
import { parseJsonObject } from "../json-object.ts";

const SETTINGS_FILE = "repository.json";
const BUNDLE_SUFFIX = ".osx";

/** How a repository is served. */
export interface RepositoryOptions {
  folder: string;
  /** Names to pin, besides those in repository.json. */
  system?: readonly string[] | undefined;
  /** Told of every file that is left out of the catalog, and why, once for each state of the file. */
  onWarning?: ((message: string) => void) | undefined;
}

/** A catalog and where its bundles are, as of one scan. */
export interface Snapshot {
  entries: readonly CatalogEntry[];
  /** The encoded catalog. */
  catalog: Uint8Array;
  /** Changes when the catalog does. */
  etag: string;
}

/** What is known of a file, valid as long as its stamp. */
interface ScannedFile {
  path: string;
  /** Size and time of the last change. */
  stamp: string;
  /** Undefined if the file is not a bundle. */
  entry: Omit<CatalogEntry, "system"> | undefined;
}

/** A folder of bundles. Files may come, change and go at any time: `scan` follows, reading only what changed. */
export class Repository {
  readonly #options: RepositoryOptions;
  #files = new Map<string, ScannedFile>();
  #byDigest = new Map<string, ScannedFile>();
  #settingsStamp = "";
  #system: ReadonlySet<string>;
  #snapshot: Snapshot | undefined;
  #lastScan: Promise<unknown> = Promise.resolve();

  constructor(options: RepositoryOptions) {
    this.#options = options;
    this.#system = new Set(options.system);
  }

  /** Begins the first scan, and does not wait for it. @throws RepositoryError if the folder or its settings cannot be read */
  async open(): Promise<void> {
    await this.#list();
    await this.#readSettings();
    this.scan().catch(() => {}); // who asks for the catalog learns of it
  }

  /** The catalog of what the folder holds. @throws RepositoryError if the folder cannot be read */
  scan(): Promise<Snapshot> {
    // One after the other: a slow scan must not publish over a later one.
    const scan = this.#lastScan.then(() => this.#scan());
    this.#lastScan = scan.catch(() => {}); // its caller learns of the failure
    return scan;
  }

  async #scan(): Promise<Snapshot> {
    const names = await this.#list();
    const settingsChanged = await this.#readSettings();
    const files = new Map<string, ScannedFile>();
    let changed = settingsChanged || names.length !== this.#files.size;
    for (const name of names) {
      const known = this.#files.get(name);
      const file = await this.#scanFile(name, known);
      if (file !== known) changed = true;
      if (file !== undefined) files.set(name, file);
    }
    if (changed || this.#snapshot === undefined) this.#publish(files);
    return this.#snapshot!; // published just now, or earlier
  }

  /**
   * The bytes of the bundle with a digest; undefined if the last scan finds none, or the file has changed since.
   *
   * `hex` is only ever looked up, never made into a path.
   */
  async readBundle(hex: string): Promise<Uint8Array | undefined> {
    await this.#lastScan;
    const known = this.#byDigest.get(hex);
    if (known === undefined) return undefined;
    try {
      return await readUnchanged(known);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #list(): Promise<string[]> {
    try {
      const names = await readdir(this.#options.folder);
      return names.filter((name) => name.endsWith(BUNDLE_SUFFIX)).toSorted();
    } catch (cause) {
      throw new RepositoryError(`${this.#options.folder}: cannot be read`, { cause });
    }
  }

  /** What is in a file: `known` itself if it has not changed; undefined if it has gone since it was listed. */
  async #scanFile(name: string, known: ScannedFile | undefined): Promise<ScannedFile | undefined> {
    const path = join(this.#options.folder, name);
    try {
      const stamp = stampOf(await stat(path, { bigint: true }));
      if (stamp === known?.stamp) return known;
      return { path, stamp, entry: this.#readEntry(path, await readFile(path)) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #readEntry(path: string, bytes: Uint8Array): ScannedFile["entry"] {
    try {
      const { name, version, capabilities } = decodeBundle(bytes).manifest;
      const window = (capabilities & CAP_SURFACES) !== 0;
      return { name, version, sha256: digestOf(bytes), sizeBytes: bytes.length, ...(window && { window }) };
    } catch (error) {
      if (!(error instanceof PkgError)) throw error;
      this.#options.onWarning?.(`${path}: not a bundle: ${error.message}`);
      return undefined;
    }
  }

  /** Reads repository.json again if it changed; true if it did. */
  async #readSettings(): Promise<boolean> {
    const path = join(this.#options.folder, SETTINGS_FILE);
    let stamp = "";
    let system: string[] = [];
    try {
      stamp = stampOf(await stat(path, { bigint: true }));
      if (stamp === this.#settingsStamp) return false;
      system = parseSettings(path, await readFile(path, "utf8"));
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (this.#settingsStamp === "") return false;
    }
    this.#settingsStamp = stamp;
    this.#system = new Set([...system, ...(this.#options.system ?? [])]);
    return true;
  }

  #publish(files: Map<string, ScannedFile>): void {
    const byName = new Map<string, ScannedFile>();
    const entries: CatalogEntry[] = [];
    for (const file of files.values()) {
      if (file.entry === undefined) continue;
      const { name } = file.entry;
      const first = byName.get(name);
      if (first) {
        this.#options.onWarning?.(`${file.path}: ${name} is already in ${first.path}`);
        continue;
      }
      byName.set(name, file);
      entries.push({ ...file.entry, system: this.#system.has(name) });
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const catalog = encodeCatalog(entries);
    this.#files = files;
    this.#byDigest = new Map(Array.from(byName.values(), (file) => [digestHex(file.entry!.sha256), file]));
    this.#snapshot = { entries, catalog, etag: `"${digestHex(digestOf(catalog))}"` };
  }
}

async function readUnchanged({ path, stamp }: ScannedFile): Promise<Uint8Array | undefined> {
  const file = await open(path);
  try {
    return stampOf(await file.stat({ bigint: true })) === stamp ? await file.readFile() : undefined;
  } finally {
    await file.close();
  }
}

function parseSettings(path: string, text: string): string[] {
  const fields = parseJsonObject(text);
  const system = fields?.get("system") ?? [];
  if (fields === undefined || !Array.isArray(system) || !system.every((name) => typeof name === "string"))
    throw new RepositoryError(`${path}: expected { "system": [names] }`);
  return system;
}

function stampOf({ size, mtimeNs, ino }: { size: bigint; mtimeNs: bigint; ino: bigint }): string {
  return `${size}:${mtimeNs}:${ino}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
