import { setImmediate as turn } from "node:timers/promises";
import { Bridge, type BridgeOptions } from "../../host-net/bridge.ts";
import { Policy } from "../../host-net/policy.ts";
import { FaultyLink } from "./faulty-link.ts";
import { GuestTcp } from "./guest-tcp.ts";
import { LoopbackServers } from "./loopback-servers.ts";
import { SeededRandom } from "./seeded-random.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Turns of the event loop without a frame after which only time can help. */
const IDLE_TURNS = 12;
const MAX_TURNS = 2_000_000;

/** A bridge between real sockets of this host and a fake guest, on virtual time. */
export class GuestNetwork extends LoopbackServers {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly link: FaultyLink;
  readonly bridge: Bridge;
  readonly guest: GuestTcp;

  constructor(seed: number, options: Partial<BridgeOptions> & { offload?: boolean } = {}) {
    super();
    const { offload = false, ...rest } = options;
    this.random = new SeededRandom(seed);
    this.link = new FaultyLink(this.random, offload);
    this.bridge = new Bridge({
      link: this.link,
      policy: new Policy(["gateway:*"]),
      clock: this.clock,
      randomUint32: () => this.random.uint32(),
      ...rest,
    });
    this.guest = new GuestTcp(this.clock, (frame) => this.link.sendToBridge(frame));
    this.guest.verifyChecksums = !offload;
    this.link.toBridge = (frame) => this.bridge.receive(frame);
    this.link.toGuest = (frame) => this.guest.receive(frame);
  }

  /** Moves frames, and time when nothing else moves, until the condition holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    let idle = 0;
    for (let turns = 0; !condition(); turns++) {
      if (turns > MAX_TURNS) throw new Error(`never: ${what}`);
      idle = this.link.deliver() ? 0 : idle + 1;
      await turn();
      if (idle < IDLE_TURNS) continue;
      if (!this.clock.advanceToNext() && idle > 1000 * IDLE_TURNS) throw new Error(`stuck before: ${what}`);
      if (this.clock.pending > 0) idle = 0;
    }
  }

  /** Moves frames until all is quiet, and no time. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < IDLE_TURNS; idle = this.link.deliver() ? 0 : idle + 1) await turn();
  }

  async close(): Promise<void> {
    this.bridge.close();
    await this.closeServers();
  }
}
