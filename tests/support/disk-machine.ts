// The guest's file systems in V8, with a disk that the test is: it answers when it is asked, in any order, and loses
// what was not flushed when its power is cut.
import { BOOT_INFO_TSC_KHZ, BOOT_INFO_WALL_CLOCK_NS } from "../../guest-kernel/abi/boot-info.ts";
import { E_AGAIN } from "../../guest-kernel/abi/errors.ts";
import { STAT_BYTES, STAT_KIND, STAT_LINKS, STAT_SIZE } from "../../guest-kernel/abi/files.ts";
import { compileGuest } from "./asc.ts";
import { cpioArchive } from "./cpio.ts";
import { GuestModule } from "./guest-module.ts";

const PAGE = 4096;
const WASM_PAGE = 65536;
const STATIC_PAGES = 256;
const ARCHIVE = STATIC_PAGES * WASM_PAGE - 0x1000;
const PATH = ARCHIVE - 0x1000;
const PATH2 = PATH - 0x1000;
const STAT = PATH2 - 0x1000;
const BUFFER = 0x800000; // up to PATH2
const FRAMES = STATIC_PAGES * WASM_PAGE;
const MAX_TRIES = 100_000;

const READ = 0;
const WRITE = 1;
const FLUSH = 4;
const FAILED = 0x100;

interface Request {
  slot: number;
  kind: number;
  page: number;
  frames: number[];
}

/** A disk in memory. */
export class MemoryDisk {
  /** What has been written, flushed or not. */
  readonly image: Uint8Array;
  /** Requests from this number on fail. */
  failFrom = Infinity;
  requests = 0;
  flushes = 0;
  readOnly = false;
  /** Called before each request is performed. */
  onRequest: (number: number) => void = () => undefined;
  readonly #safe: Uint8Array;
  #unsafe: { page: number; bytes: Uint8Array }[] = [];
  #queue: Request[] = [];
  readonly #random: () => number;

  /** `random` gives numbers in [0, 1): the order of answers. */
  constructor(image: Uint8Array, random: () => number = () => 0) {
    this.image = image;
    this.#safe = image.slice();
    this.#random = random;
  }

  submit(request: Request): void {
    this.#queue.push(request);
  }

  /** Performs a request that waits; its slot and whether it failed, as diskNext returns it. */
  next(memory: Uint8Array): number {
    if (this.#queue.length === 0) return -1;
    const [request] = this.#queue.splice(Math.floor(this.#random() * this.#queue.length), 1);
    const { slot, kind, page, frames } = request!; // SAFETY: the queue is not empty
    const number = this.requests++;
    this.onRequest(number);
    if (number >= this.failFrom) return slot | FAILED;
    if (kind === FLUSH) this.#flush();
    frames.forEach((frame, i) => {
      const at = (page + i) * PAGE;
      if (kind === READ) memory.set(this.image.subarray(at, at + PAGE), frame);
      if (kind === WRITE) this.#write(page + i, memory.slice(frame, frame + PAGE));
    });
    return slot;
  }

  #write(page: number, bytes: Uint8Array): void {
    if (this.readOnly) throw new Error(`page ${page} of a read-only disk is written`);
    this.image.set(bytes, page * PAGE);
    this.#unsafe.push({ page, bytes });
  }

  #flush(): void {
    this.flushes++;
    for (const { page, bytes } of this.#unsafe) this.#safe.set(bytes, page * PAGE);
    this.#unsafe = [];
  }

  /** What is on the disk after a power cut at this moment: of what was not flushed, any part. */
  cut(random: () => number): Uint8Array {
    const image = this.#safe.slice();
    for (const { page, bytes } of this.#unsafe) if (random() < 0.5) image.set(bytes, page * PAGE);
    return image;
  }
}

/** How big the machine is. */
export interface DiskMachineOptions {
  /** For page frames; a quarter of it becomes the page cache. */
  ramBytes?: number;
}

const compiled = await compileGuest("guest-kernel/kernel/vfs/ext2/ext2.exports.ts", {
  initialPages: STATIC_PAGES,
  flags: ["--use", "DISK_IMPORTED=1"],
});

/** A file's kind, names and length. */
export interface Stat {
  kind: number;
  links: number;
  bytes: number;
}

/** The VFS of a machine whose disk is mounted at /data. Calls wait for the disk; errors are negative results. */
export class DiskMachine {
  readonly kernel: GuestModule;
  readonly disk: MemoryDisk;

  private constructor(module: WebAssembly.Module, disk: MemoryDisk, ramBytes: number) {
    this.disk = disk;
    const disks = {
      disk_submit: (slot: number, kind: number, page: number, count: number, frames: number) => {
        const addresses = Array.from({ length: count }, (_, i) =>
          this.kernel.view.getUint32(frames + 4 * i, true),
        );
        disk.submit({ slot, kind, page, frames: addresses });
      },
      disk_next: () => disk.next(this.kernel.memory),
      disk_pages: () => Math.floor(disk.image.length / PAGE),
      disk_read_only: () => Number(disk.readOnly),
    };
    const arch = { rdtsc: () => BigInt(disk.requests) * 1000n, pause: () => undefined };
    const ramPages = STATIC_PAGES + ramBytes / WASM_PAGE;
    this.kernel = new GuestModule(module, { arch, disk: disks }, STATIC_PAGES, ramPages);
    this.kernel.view.setUint32(BUFFER + BOOT_INFO_TSC_KHZ, 1_000_000, true);
    this.kernel.view.setBigUint64(BUFFER + BOOT_INFO_WALL_CLOCK_NS, 1_700_000_000_000_000_000n, true);
    this.kernel.call("clockInit", BUFFER);
    this.kernel.call("framesInit", FRAMES, FRAMES + ramBytes);
    const archive = cpioArchive([]);
    this.kernel.put(ARCHIVE, archive);
    this.kernel.call("initramfsMount", ARCHIVE, archive.length);
    this.kernel.call("vfsInit");
  }

  /** A machine whose disk is not mounted yet. */
  static create(disk: MemoryDisk, options: DiskMachineOptions = {}): DiskMachine {
    return new DiskMachine(compiled, disk, options.ramBytes ?? 32 * 1024 * 1024);
  }

  /** Mounts the disk; what ext2Mount returns. */
  mount(): number {
    const result = this.kernel.call("ext2Mount");
    if (this.kernel.call("ext2Mounted") !== 0) this.kernel.call("vfsMountDisk");
    return result;
  }

  unmount(): number {
    return this.kernel.call("ext2Unmount");
  }

  /** Lets the disk answer once, and the cache give memory back, as a turn of the kernel's loop does. */
  poll(): void {
    this.kernel.call("ext2Poll");
    this.kernel.call("pageCacheRelieve");
  }

  /** Takes memory until so many frames are left. */
  leaveFrames(count: number): void {
    while (this.kernel.call("framesFreeCount") > count) this.kernel.call("framesAlloc", 1);
  }

  #wait(call: () => number): number {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const result = call();
      if (result !== -E_AGAIN) return result;
      this.poll();
    }
    throw new Error("a call waits for ever");
  }

  #path(name: string, path: string, ...rest: number[]): number {
    return this.#wait(() => this.kernel.call(name, PATH, this.kernel.putText(PATH, path), ...rest));
  }

  open(path: string, flags = 0): number {
    return this.#path("vfsOpen", path, flags);
  }

  close(file: number): number {
    return this.kernel.call("vfsClose", file);
  }

  mkdir(path: string): number {
    return this.#path("vfsMkdir", path);
  }

  remove(path: string): number {
    return this.#path("vfsRemove", path);
  }

  rename(from: string, to: string): number {
    return this.#wait(() => {
      const length = this.kernel.putText(PATH, from);
      return this.kernel.call("vfsRename", PATH, length, PATH2, this.kernel.putText(PATH2, to));
    });
  }

  stat(path: string): Stat | number {
    const result = this.#path("vfsStat", path, STAT);
    return result < 0 ? result : this.#readStat();
  }

  statOpen(file: number): Stat | number {
    const result = this.#wait(() => this.kernel.call("vfsStatOpen", file, STAT));
    return result < 0 ? result : this.#readStat();
  }

  #readStat(): Stat {
    const view = new DataView(this.kernel.view.buffer, STAT, STAT_SIZE);
    return {
      kind: view.getUint32(STAT_KIND, true),
      links: view.getUint32(STAT_LINKS, true),
      bytes: Number(view.getBigUint64(STAT_BYTES, true)),
    };
  }

  /** A folder's names, sorted. */
  list(path: string): string[] | number {
    const result = this.#path("vfsReaddir", path, BUFFER, 0x400000);
    if (result < 0) return result;
    return this.kernel.text(BUFFER, result).split("\0").slice(0, -1).toSorted();
  }

  /** Reads up to `length` bytes where the file stands. */
  read(file: number, length: number): Uint8Array | number {
    const result = this.#wait(() => this.kernel.call("vfsRead", file, BUFFER, length));
    return result < 0 ? result : this.kernel.memory.slice(BUFFER, BUFFER + result);
  }

  /** Writes all of the bytes, in as many calls as it takes; how many, or the error of the first call. */
  write(file: number, bytes: Uint8Array): number {
    let done = 0;
    while (done < bytes.length) {
      const length = this.kernel.put(BUFFER, bytes.subarray(done, done + 0x400000));
      const result = this.#wait(() => this.kernel.call("vfsWrite", file, BUFFER, length));
      if (result < 0) return done === 0 ? result : done;
      done += result;
    }
    return done;
  }

  seek(file: number, offset: number, whence = 0): number {
    return this.#wait(() => this.kernel.call("vfsSeek", file, BigInt(offset), whence));
  }

  truncate(file: number, size: number): number {
    return this.#wait(() => this.kernel.call("vfsTruncate", file, BigInt(size)));
  }

  fsync(file: number): number {
    const wanted = this.kernel.call("vfsSync", file);
    return wanted <= 0 ? wanted : this.#wait(() => this.kernel.call("vfsSynced", wanted));
  }

  /** Begins to write back, as time does. */
  writeBack(): void {
    this.kernel.call("commitStart");
  }

  /** A whole file, or the error of opening it. */
  readFile(path: string): Uint8Array | number {
    const file = this.open(path);
    if (file < 0) return file;
    const parts: Uint8Array[] = [];
    for (;;) {
      const part = this.read(file, 0x400000);
      if (typeof part === "number") return part;
      if (part.length === 0) break;
      parts.push(part);
    }
    this.close(file);
    return Buffer.concat(parts);
  }
}
