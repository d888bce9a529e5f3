import { setImmediate as turn } from "node:timers/promises";
import { Bridge } from "../../host-net/bridge.ts";
import { Policy } from "../../host-net/policy.ts";
import { FaultyLink } from "./faulty-link.ts";
import { KernelNet, type KernelNetOptions } from "./kernel-net.ts";
import { LoopbackServers } from "./loopback-servers.ts";
import { SeededRandom } from "./seeded-random.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** 10.0.2.2 as the kernel writes it: the first octet in the lowest byte. */
export const GATEWAY = 0x0202000a;

const IDLE_TURNS = 12; // turns of the event loop without a frame after which only time can help
const MAX_TURNS = 2_000_000;

/** The kernel's network and the bridge, on a faulty link and virtual time, with real sockets behind the bridge. */
export class KernelBridge extends LoopbackServers {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly link: FaultyLink;
  readonly bridge: Bridge;
  readonly kernel: KernelNet;

  constructor(module: WebAssembly.Module, seed: number, options: KernelNetOptions = {}) {
    super();
    this.random = new SeededRandom(seed);
    this.link = new FaultyLink(this.random, options.offload ?? true);
    this.kernel = new KernelNet(module, { seed, ...options });
    this.bridge = new Bridge({
      link: this.link,
      policy: new Policy(["gateway:*"]),
      clock: this.clock,
      randomUint32: () => this.random.uint32(),
    });
    this.link.toBridge = (frame) => this.bridge.receive(frame);
    this.link.toGuest = (frame) => this.kernel.device.send(frame);
    this.kernel.device.backend = { receive: (frame) => this.link.sendToBridge(frame) };
  }

  /** Moves frames, polls the kernel, and moves time when nothing else moves, until the condition holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    let idle = 0;
    for (let turns = 0; !condition(); turns++) {
      if (turns > MAX_TURNS) throw new Error(`never: ${what}`);
      idle = this.#step() ? 0 : idle + 1;
      await turn();
      if (idle < IDLE_TURNS) continue;
      if (!this.#advance() && idle > 1000 * IDLE_TURNS) throw new Error(`stuck before: ${what}`);
    }
  }

  /** Moves frames until all is quiet, and no time. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < IDLE_TURNS; idle = this.#step() ? 0 : idle + 1) await turn();
  }

  async close(): Promise<void> {
    this.bridge.close();
    await this.closeServers();
  }

  #step(): boolean {
    this.kernel.now = BigInt(Math.round(this.clock.nowMs() * 1e6));
    const busy = this.kernel.poll();
    return this.link.deliver() || busy;
  }

  /** On to the next timer of either side. False: there is none. */
  #advance(): boolean {
    const { deadline } = this.kernel;
    if (deadline !== undefined) {
      this.clock.after(Math.max(0, Number(deadline) / 1e6 - this.clock.nowMs()), () => undefined);
    }
    return this.clock.advanceToNext();
  }
}
