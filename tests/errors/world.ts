// Machines in which system calls fail: a kernel in V8 with what a case needs of disk, network and screen.
import { FramebufferDevice } from "../../devices/framebuffer/device.ts";
import { GuestMemory } from "../../devices/guest-memory.ts";
import { CAP_ALL } from "../../guest-kernel/abi/capabilities.ts";
import { EVENT_BIT_SCREEN } from "../../guest-kernel/abi/event-page.ts";
import { FRAMEBUFFER_SIZE } from "../../guest-kernel/abi/framebuffer.ts";
import { FRAMEBUFFER_GPA } from "../../guest-kernel/abi/memory-map.ts";
import type { Scopes } from "../../pkg/scopes.ts";
import { ImageFolder, MIB } from "../support/disk-image.ts";
import { FakeDisk } from "../support/fake-disk.ts";
import { KernelMachine, type Script, type ScriptedProcess } from "../support/kernel-machine.ts";
import { rest, type Steps } from "../support/kernel-world.ts";
import { NetPeer } from "../support/net-peer.ts";
import { type SpawnOptions, spawnWith } from "../support/spawn-with.ts";
import { tinyBundle, type TinyModule } from "../support/tiny-wasm.ts";

/** Pages of 64 KiB that every process has. */
export const MEMORY_PAGES = 8;
const TEXTS = 0x20000; // where the texts of arguments go
const TEXT_ROOM = 0x400; // for each
const LAST_TEXT = 0x40000;

/** What a case needs besides /init. */
export interface WorldOptions {
  /** A disk with an empty file system at /data. */
  disk?: boolean;
  /** Changes the disk's image before the machine boots. */
  image?: (image: Uint8Array) => void;
  /** What is at the other end of the link. */
  net?: (peer: NetPeer) => void;
  screen?: boolean;
  scopes?: Scopes;
  capabilities?: number;
  commandLine?: string[];
  /** What /bin/child does. */
  child?: (p: ScriptedProcess, world: CaseWorld) => Steps;
  /** It is /bin/child, started so, that makes the calls. */
  byChild?: SpawnOptions;
  /** The module of /bin/child, if it needs another. */
  childModule?: TinyModule;
  files?: Record<string, Uint8Array>;
  /** Pages of 64 KiB that /init has. */
  memoryPages?: number;
  ramBytes?: number;
}

/** One machine, and the process that makes the calls. */
export class CaseWorld {
  readonly machine: KernelMachine;
  readonly disk: FakeDisk | undefined;
  readonly peer: NetPeer | undefined;
  #text = TEXTS;

  private constructor(machine: KernelMachine, disk: FakeDisk | undefined, peer: NetPeer | undefined) {
    this.machine = machine;
    this.disk = disk;
    this.peer = peer;
  }

  /** Boots a machine until it has nothing to do; /init makes `steps`. */
  static async run(
    options: WorldOptions,
    steps: (p: ScriptedProcess, world: CaseWorld) => Steps,
  ): Promise<void> {
    let world: CaseWorld | undefined;
    const script = (run: (p: ScriptedProcess, inside: CaseWorld) => Steps): Script =>
      function* (p) {
        yield* run(p, world!); // SAFETY: set before the boot
      };
    const bundle = (name: string, module: TinyModule, scopes?: Scopes): Uint8Array =>
      tinyBundle(
        module,
        {
          name: `org.test.${name}`,
          capabilities: options.capabilities ?? CAP_ALL,
          memoryPages: Math.max(2 * MEMORY_PAGES, options.memoryPages ?? 0),
        },
        scopes,
      );
    const peer = options.net === undefined ? undefined : new NetPeer();
    if (peer !== undefined) options.net?.(peer);
    const screen =
      options.screen === true ? new FramebufferDevice({ width: 640, height: 480, scale: 100 }) : undefined;
    let disk: FakeDisk | undefined;
    const machine = await KernelMachine.load({
      ramBytes: options.ramBytes ?? 0x6000000,
      commandLine: options.commandLine ?? [],
      files: options.files ?? {},
      programs: {
        "/init": {
          bundle: bundle("init", { memory: [options.memoryPages ?? MEMORY_PAGES] }, options.scopes),
          script: script(function* (p, inside) {
            if (options.byChild === undefined) yield* steps(p, inside);
            else yield* spawnWith(p, "/bin/child", options.byChild);
            yield* rest(p);
          }),
        },
        "/bin/child": {
          bundle: bundle("child", options.childModule ?? { memory: [MEMORY_PAGES] }),
          script: script(options.byChild === undefined ? (options.child ?? ends) : steps),
        },
        "/bin/large": { bundle: bundle("large", { memory: [2 * MEMORY_PAGES] }) },
      },
      devices: (view) => {
        if (options.disk !== true) return [];
        const image = emptyDisk();
        options.image?.(image);
        disk = new FakeDisk(view, image);
        return [disk];
      },
      registers: [
        ...(peer === undefined ? [] : [peer.registers]),
        ...(screen === undefined
          ? []
          : [
              {
                gpa: FRAMEBUFFER_GPA,
                size: FRAMEBUFFER_SIZE,
                readMmio: (offset: number, bytes: number) => screen.readMmio(offset, bytes),
                writeMmio: (offset: number, value: number) => screen.writeMmio(offset, value),
              },
            ]),
      ],
    });
    world = new CaseWorld(machine, disk, peer);
    screen?.connect(new GuestMemory(machine.bytes.buffer), () => machine.raise(1 << EVENT_BIT_SCREEN));
    if (disk !== undefined) disk.raise = () => machine.raise(1);
    peer?.connect(machine);
    machine.boot();
  }

  /** Puts text into the process's memory, where no other is: its address and its length. */
  text(p: ScriptedProcess, text: string): [address: number, length: number] {
    const address = this.#text;
    this.#text = address + TEXT_ROOM < LAST_TEXT ? address + TEXT_ROOM : TEXTS;
    return [address, p.write(address, text)];
  }

  /** Empties the page cache but for what is pinned in it. */
  forgetPages(): void {
    this.machine.call("pageCacheStamp"); // what the last operation used may go, too
    this.machine.call("pageReserve", 0x10000);
  }

  /** Takes every frame that there is, and those that the page cache could give back. */
  exhaust(): void {
    do {
      this.leaveFrames(0);
      this.forgetPages();
    } while (this.machine.call("framesFreeCount") > 0);
  }

  /** Takes all frames but so many. */
  leaveFrames(count: number): void {
    while (this.machine.call("framesFreeCount") > count) this.machine.call("framesAlloc", 1);
  }
}

function* ends(): Steps {}

let formatted: Uint8Array | undefined;

/** The image of a new file system of 8 MiB. */
function emptyDisk(): Uint8Array {
  if (formatted === undefined) {
    const folder = new ImageFolder();
    folder.format(8 * MIB);
    formatted = folder.read();
    folder.remove();
  }
  return formatted.slice();
}
