import { createHash } from "node:crypto";
import { expect } from "vitest";
import { BOOT_INFO_ELAPSED_NS, BOOT_INFO_TSC_KHZ } from "../../guest-kernel/abi/boot-info.ts";
import { E_AGAIN } from "../../guest-kernel/abi/errors.ts";
import { encodeBundle } from "../../pkg/bundle.ts";
import { encodeCatalog } from "../../pkg/catalog.ts";
import { compileGuest } from "./asc.ts";
import { FakeInstaller } from "./fake-installer.ts";
import { type Answer, FakeTcp } from "./fake-tcp.ts";
import { GuestModule, SCRATCH } from "./guest-module.ts";
import { HTTP_NOT_FOUND, ok } from "./http-answer.ts";
import { seededRandom } from "./mutate.ts";

/** Scratch memory of the tests. */
export const NAME = SCRATCH - 4096;
/** The guest's page frames. */
export const FRAMES = SCRATCH;
export const FRAMES_END = 0x1000000;
export const SERVER_IP = 0x0202000a; // 10.0.2.2
export const SECOND = 1_000_000_000;

const BOOT_INFO = SCRATCH - 8192;
const FIRST_PORT = 8080;

/** A package that the scripted server offers. */
export interface SamplePackage {
  name: string;
  bundle: Uint8Array;
  system?: boolean;
}

/** A package whose module is `size` random bytes. */
export function samplePackage(name: string, size: number, version = "1.0.0"): SamplePackage {
  const random = seededRandom(size);
  const wasm = Uint8Array.from({ length: size }, () => random(256));
  const manifest = { name, version, entry: "main", capabilities: 0, memoryPages: 1 };
  return { name, bundle: encodeBundle({ manifest, wasm }) };
}

/** Where the server has a bundle. */
export function pathOf(bundle: Uint8Array): string {
  return `/pkg/${sha256(bundle).toString("hex")}.osx`;
}

const compiled = await compileGuest("guest-kernel/kernel/pkg/resolver.exports.ts");

/** The kernel's resolver on virtual time, with a scripted TCP server and an app registry that compiles nothing. */
export class ResolverMachine {
  now = SECOND;
  packages: SamplePackage[];
  readonly kernel: GuestModule;
  readonly tcp = new FakeTcp(() => this.kernel.memory);
  readonly installer = new FakeInstaller((address, pages) => this.kernel.call("framesFree", address, pages));
  readonly #freeFrames: number;

  constructor(packages: SamplePackage[]) {
    this.packages = packages;
    this.installer.onStep = () => (this.now += 200_000);
    this.tcp.serve = (path) => this.serve(path);
    this.kernel = new GuestModule(compiled, {
      arch: { rdtsc: () => BigInt(this.now - SECOND) },
      "resolver.exports": { ...this.tcp.imports(), ...this.installer.imports() },
    });
    this.kernel.view.setUint32(BOOT_INFO + BOOT_INFO_TSC_KHZ, 1_000_000, true); // a tick is a nanosecond
    this.kernel.view.setBigUint64(BOOT_INFO + BOOT_INFO_ELAPSED_NS, BigInt(SECOND), true);
    this.kernel.call("clockInit", BOOT_INFO);
    this.kernel.call("framesInit", FRAMES, FRAMES_END);
    this.kernel.call("vfsInit");
    this.kernel.call("registerSysFiles");
    this.kernel.call("bindFakes");
    this.#freeFrames = this.kernel.call("framesFreeCount");
    this.kernel.call("resolverSetServer", SERVER_IP, FIRST_PORT);
  }

  /** The catalog of the packages. */
  catalog(): Uint8Array {
    const entries = this.packages.map(({ name, bundle, system = false }) => ({
      name,
      version: "1.0.0",
      sha256: new Uint8Array(sha256(bundle)),
      sizeBytes: bundle.length,
      system,
    }));
    return encodeCatalog(entries);
  }

  /** What a good server answers. */
  serve(path: string): Answer {
    if (path === "/catalog.bin") return ok(this.catalog());
    const found = this.packages.find(({ bundle }) => pathOf(bundle) === path);
    return found ? ok(found.bundle) : { bytes: HTTP_NOT_FOUND };
  }

  /** From here on the server is good but for what it answers to one kind of path. */
  spoil(kind: "catalog" | "bundle", answer: (good: Uint8Array) => Answer): void {
    this.tcp.serve = (path) => {
      if (path.startsWith("/catalog") !== (kind === "catalog")) return this.serve(path);
      return answer(kind === "catalog" ? this.catalog() : this.packages[0]!.bundle);
    };
  }

  /** One turn of the kernel loop. False if nothing moved. */
  turn(): boolean {
    const progressed = this.kernel.call("resolvePoll", BigInt(this.now)) === 1;
    return this.tcp.deliver() || progressed;
  }

  /** Runs the resolver until it waits for something that only time can bring. */
  settle(): void {
    for (let turns = 0; turns < 100_000; turns++) {
      this.now += 1000;
      if (!this.turn()) return;
    }
    throw new Error("the resolver does not come to rest");
  }

  /** The result of a ticket; lets time pass to the resolver's deadlines while there is none. */
  result(ticket: number, ask = "resolveResult"): number {
    for (let waits = 0; waits < 100; waits++) {
      this.settle();
      const code = this.kernel.call(ask, ticket);
      if (code !== -E_AGAIN) return code;
      const deadline = this.kernel.call("resolverNextDeadline");
      expect(deadline).toBeGreaterThan(this.now);
      expect(deadline).toBeLessThan(this.now + 200 * SECOND);
      this.now = deadline;
    }
    throw new Error("the resolver never answers");
  }

  /** What resolveStart returns. */
  start(name: string): number {
    return this.kernel.call("resolveStart", NAME, this.kernel.putText(NAME, name));
  }

  /** Resolves a name to the end: an app id or -E_*. */
  resolve(name: string): number {
    const code = this.start(name);
    return code === 0 ? this.result(this.kernel.call("resolveTicket")) : code;
  }

  /** Asks for the catalog to the end: how many entries, or -E_*. */
  listCatalog(): number {
    return this.result(this.kernel.call("catalogStart"), "catalogResult");
  }

  /** The text of a file. */
  read(path: string): string {
    const file = this.kernel.call("vfsOpen", NAME, this.kernel.putText(NAME, path));
    const text = this.kernel.text(NAME, this.kernel.call("vfsRead", file, NAME, 4096));
    this.kernel.call("vfsClose", file);
    return text;
  }

  /** The kernel's log so far. */
  kernelLog(): string {
    const ring = this.kernel.call("logRing");
    return this.kernel.text(ring + 4, this.kernel.view.getUint32(ring, true));
  }

  /** What is left once catalog and connection are dropped: the pages of what is installed, nothing more. */
  expectNothingLeft(cached = 0): void {
    expect(this.kernel.call("cacheCount")).toBe(cached);
    expect(this.installer.installs.size).toBe(cached);
    this.kernel.call("resolverSetServer", SERVER_IP, FIRST_PORT);
    expect(this.tcp.open).toBe(0);
    expect(this.kernel.call("framesFreeCount")).toBe(this.#freeFrames - this.installer.pages);
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
