import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { GuestNetwork } from "../tests/support/guest-network.ts";
import { MAX_GUEST_MSS, type GuestConnection } from "../tests/support/guest-tcp.ts";
import { SeededRandom } from "../tests/support/seeded-random.ts";
import { GATEWAY_IP } from "./network.ts";
import { Policy } from "./policy.ts";
import { UNREACHABLE_PROHIBITED } from "./wire/icmp.ts";

const MEGABYTE = 1_000_000;
const OTHER_HOST = 0x5db8d822; // 93.184.216.34

let network: GuestNetwork;

afterEach(async () => {
  await network.close();
});

function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

/** What a server of the host gets to see of one connection. */
class HostSide {
  readonly received: Uint8Array[] = [];
  receivedLength = 0;
  ended = false;
  closed = false;
  error = "";
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.received.push(bytes);
      this.receivedLength += bytes.length;
    });
    socket.on("end", () => (this.ended = true));
    socket.on("close", () => (this.closed = true));
    socket.on("error", (error: NodeJS.ErrnoException) => (this.error = error.code ?? error.message));
  }
}

/** Connects the guest to a server of the host that records what it gets. */
async function connectPair(options: object = {}): Promise<[GuestConnection, HostSide]> {
  let host: HostSide | undefined;
  const port = await network.serve((socket) => (host = new HostSide(socket)));
  const guest = network.guest.connect(GATEWAY_IP, port, options);
  await network.until(() => guest.state === "open" && host !== undefined, "connected");
  return [guest, host!];
}

async function expectNoConnections(): Promise<void> {
  await network.until(() => network.bridge.connectionCount === 0, "all connections released");
}

describe("a transfer", () => {
  test.each([
    ["on a perfect link", 1460, 0, false],
    ["with the largest segments", MAX_GUEST_MSS, 0, false],
    ["with checksum offload", MAX_GUEST_MSS, 0, true],
    ["on a link that loses, repeats and reorders 2 %", 1460, 0.02, false],
    ["with large segments on a link that loses, repeats and reorders 10 %", 16_000, 0.1, false],
  ])("of 10 MB each way %s is byte-exact", async (_, mss, fault, offload) => {
    network = new GuestNetwork(7, { offload });
    network.link.faults = { loss: fault, duplication: fault, reordering: fault };
    const [guest, host] = await connectPair({ mss });
    const up = new SeededRandom(1).bytes(10 * MEGABYTE);
    const down = new SeededRandom(2).bytes(10 * MEGABYTE);

    guest.write(up);
    guest.end();
    host.socket.end(down);
    await network.until(() => guest.ended && host.ended && guest.drained, "both streams ended");

    expect([guest.receivedLength, host.receivedLength]).toEqual([down.length, up.length]);
    expect([sha256(guest.received), sha256(host.received)]).toEqual([sha256([down]), sha256([up])]);
    await expectNoConnections();
  });
});
