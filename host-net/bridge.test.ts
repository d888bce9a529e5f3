import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { GuestNetwork } from "../tests/support/guest-network.ts";
import { MAX_GUEST_MSS, type GuestConnection } from "../tests/support/guest-tcp.ts";
import { SeededRandom } from "../tests/support/seeded-random.ts";
import { GATEWAY_IP, GUEST_IP } from "./network.ts";
import { Policy } from "./policy.ts";
import { formatIpv4 } from "./wire/address.ts";
import { fold, pseudoHeaderSum } from "./wire/checksum.ts";
import { UNREACHABLE_HOST, UNREACHABLE_PROHIBITED } from "./wire/icmp.ts";
import { PROTOCOL_TCP } from "./wire/ipv4.ts";

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
    expect(network.bridge.counters.segmentsRetransmitted > 0).toBe(fault > 0);
  });

  test("of 10 MB to a guest without window scaling and with a small window is byte-exact", async () => {
    network = new GuestNetwork(8);
    const [guest, host] = await connectPair({ scaling: false, windowBytes: 5000, mss: 536 });
    const down = new SeededRandom(3).bytes(MEGABYTE);
    host.socket.end(down);
    await network.until(() => guest.ended, "stream ended");
    expect(sha256(guest.received)).toBe(sha256([down]));
  });

  test("goes on when the link was full", async () => {
    network = new GuestNetwork(9);
    network.link.capacity = 2;
    const [guest, host] = await connectPair();
    const down = new SeededRandom(4).bytes(MEGABYTE);
    host.socket.end(down);
    await network.until(() => guest.ended, "stream ended");
    expect(sha256(guest.received)).toBe(sha256([down]));
    expect(network.bridge.counters.framesRefused).toBeGreaterThan(0);
    expect(network.clock.nowMs()).toBe(1000); // no time-out was needed
  });
});

/** Sends every connection to an address that TCP cannot have. */
class Broadcast extends Policy {
  override resolve(): string {
    return "255.255.255.255";
  }
}

/** Listens, says where, and accepts nothing: the host's kernel takes two connections and then drops SYNs. */
const DEAF_SERVER = `
  const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

describe("a connection attempt", () => {
  test("to a port that nobody listens on is reset", async () => {
    network = new GuestNetwork(10);
    const guest = network.guest.connect(GATEWAY_IP, await network.unusedPort());
    await network.until(() => guest.state === "failed", "refused");
    expect(network.guest.unreachableCodes).toEqual([]);
    expect(network.bridge.counters.connectionsRefused).toBe(1);
    await expectNoConnections();
  });

  test.each([
    ["a port of the gateway that is not allowed", GATEWAY_IP, 81],
    ["another host", OTHER_HOST, 80],
    ["the guest's own network", 0x0a000207, 80],
  ])("to %s is prohibited: ICMP says so, a reset follows, the host hears of it", async (_, ip, port) => {
    const denied: string[] = [];
    network = new GuestNetwork(11, {
      policy: new Policy(["gateway:80"]),
      onDenied: (...destination) => denied.push(destination.join(":")),
    });
    const guest = network.guest.connect(ip, port);
    await network.until(() => guest.state === "failed", "denied");
    expect(network.guest.unreachableCodes).toEqual([UNREACHABLE_PROHIBITED]);
    expect(network.bridge.counters.connectionsDenied).toBe(1);
    expect(denied).toEqual([`${formatIpv4(ip)}:${port}`]);
    expect(network.bridge.connectionCount).toBe(0);
  });

  test("that the host's network cannot carry: ICMP says so, and a reset follows", async () => {
    network = new GuestNetwork(19, { policy: new Broadcast([]) });
    const guest = network.guest.connect(OTHER_HOST, 80);
    await network.until(() => guest.state === "failed", "unreachable");
    expect(network.guest.unreachableCodes).toEqual([UNREACHABLE_HOST]);
    expect(network.bridge.counters.connectionsRefused).toBe(1);
    await expectNoConnections();
  });

  test("that the host does not answer is given up after half a minute", async () => {
    network = new GuestNetwork(27);
    const server = spawn(process.execPath, ["-e", DEAF_SERVER], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = await once(server.stdout, "data");
      const port = Number(String(line));
      const guests = [1, 2, 3, 4, 5].map(() => network.guest.connect(GATEWAY_IP, port));
      const begin = network.clock.nowMs();
      await network.until(() => guests.some((guest) => guest.state === "failed"), "given up");
      expect(network.clock.nowMs() - begin).toBeGreaterThanOrEqual(30_000);
      expect(network.guest.unreachableCodes[0]).toBe(UNREACHABLE_HOST);
    } finally {
      server.kill("SIGKILL");
    }
  });

  test("whose SYN and SYN-ACK are lost now and then succeeds", async () => {
    network = new GuestNetwork(12);
    network.link.faults = { loss: 0.6, duplication: 0.3, reordering: 0 };
    await connectPair();
    expect(network.bridge.counters.connectionsOpened).toBe(1);
  });

  test("from a port whose last connection the guest forgot replaces it", async () => {
    network = new GuestNetwork(13);
    const sockets: HostSide[] = [];
    const port = await network.serve((socket) => sockets.push(new HostSide(socket)));
    const forgotten = network.guest.connect(GATEWAY_IP, port, { initialSeq: 1000 });
    network.link.deliver(); // its host connection is under way
    forgotten.injectSyn(5000);
    await network.until(() => sockets.length === 1, "host connected");
    await network.settle();
    expect(network.bridge.counters.connectionsOpened).toBe(2);
    expect(network.bridge.connectionCount).toBe(1);
  });

  test("from a port whose answer the guest never took replaces the last", async () => {
    network = new GuestNetwork(15);
    const sockets: HostSide[] = [];
    const port = await network.serve((socket) => sockets.push(new HostSide(socket)));
    const { toGuest } = network.link;
    network.link.toGuest = () => undefined;
    const forgotten = network.guest.connect(GATEWAY_IP, port, { initialSeq: 1000 });
    await network.until(() => sockets.length === 1, "first connected");
    await network.settle();
    network.link.toGuest = toGuest;
    forgotten.injectSyn(5000);
    await network.until(() => sockets.length === 2 && sockets[0]!.closed, "first reset, second connected");
    expect(sockets[0]!.error).toBe("ECONNRESET");
  });

  test("from a port in TIME_WAIT opens a new connection", async () => {
    network = new GuestNetwork(16);
    const [guest, host] = await connectPair({ initialSeq: 1000 });
    host.socket.end();
    await network.until(() => guest.ended, "the host has closed first");
    guest.end();
    await network.until(() => guest.drained && host.closed, "closed");
    guest.injectSyn(2000);
    await network.settle();
    expect(network.bridge.counters.connectionsOpened).toBe(2);
  });

  test("from a port that is connected elsewhere is a connection of its own", async () => {
    network = new GuestNetwork(17);
    const [, first] = await connectPair();
    const [, second] = await connectPair();
    const ports = [first, second].map((host) => host.socket.localPort!);
    const guests = ports.map((port) => network.guest.connect(GATEWAY_IP, port, { localPort: 50_000 }));
    await network.until(() => guests.every((guest) => guest.state === "open"), "both connected");
    expect(network.bridge.connectionCount).toBe(4);
    guests[0]!.abort();
    await network.until(() => network.bridge.connectionCount === 3, "one of the two reset");
    const again = network.guest.connect(GATEWAY_IP, ports[0]!, { localPort: 50_000 });
    await network.until(() => again.state === "open", "its port free");
    guests[1]!.write(new Uint8Array(1));
    await network.until(() => guests[1]!.drained, "the other still connected");
  });

  test("takes the place of a connection in TIME_WAIT when there is no other", async () => {
    network = new GuestNetwork(18, { maxConnections: 1 });
    const [guest, host] = await connectPair();
    host.socket.end();
    await network.until(() => guest.ended, "the host has closed first");
    guest.end();
    await network.until(() => guest.drained && host.closed, "closed");
    await connectPair();
    expect(network.bridge.counters.connectionsOverLimit).toBe(0);
  });

  test("over the limit waits until another connection ends", async () => {
    network = new GuestNetwork(14, { maxConnections: 1 });
    const sockets: HostSide[] = [];
    const port = await network.serve((socket) => sockets.push(new HostSide(socket)));
    const first = network.guest.connect(GATEWAY_IP, port);
    await network.until(() => first.state === "open" && sockets.length === 1, "first open");
    const second = network.guest.connect(GATEWAY_IP, port);
    await network.until(() => network.bridge.counters.connectionsOverLimit > 1, "second dropped");
    expect(second.state).toBe("connecting");
    first.abort();
    await network.until(() => second.state === "open", "second open");
  });
});

describe("closing", () => {
  test("the guest's half leaves the host's half open", async () => {
    network = new GuestNetwork(20);
    const [guest, host] = await connectPair();
    guest.write(new Uint8Array([1, 2, 3]));
    guest.end();
    await network.until(() => host.ended, "the host saw the end");
    expect(guest.ended).toBe(false);
    host.socket.write(new Uint8Array([4, 5]));
    await network.until(() => guest.receivedLength === 2, "data after the guest's FIN");
    host.socket.end();
    await network.until(() => guest.ended, "the guest saw the end");
    await expectNoConnections();
    expect(network.bridge.counters.connectionsReset).toBe(0);
  });

  test("the host's half leaves the guest's half open", async () => {
    network = new GuestNetwork(21);
    const [guest, host] = await connectPair();
    host.socket.end(new Uint8Array([9]));
    await network.until(() => guest.ended, "the guest saw the end");
    expect(host.ended).toBe(false);
    guest.write(new Uint8Array([1, 2, 3]));
    await network.until(() => host.receivedLength === 3, "data after the host's FIN");
    guest.end();
    await network.until(() => host.ended, "the host saw the end");
    await expectNoConnections();
    expect(network.bridge.counters.connectionsReset).toBe(0);
  });

  test("both at once, on a link that loses a third, ends in order", async () => {
    network = new GuestNetwork(22);
    const [guest, host] = await connectPair();
    network.link.faults = { loss: 0.33, duplication: 0.2, reordering: 0.2 };
    guest.end();
    host.socket.end();
    await network.until(() => guest.ended && host.ended && guest.drained, "both ended");
    await expectNoConnections();
  });

  test("by a guest's reset resets the host's connection", async () => {
    network = new GuestNetwork(23);
    const [guest, host] = await connectPair();
    guest.abort();
    await network.until(() => host.closed, "host closed");
    expect(host.error).toBe("ECONNRESET");
    await expectNoConnections();
  });

  test("by a host's reset resets the guest's connection", async () => {
    network = new GuestNetwork(24);
    const [guest, host] = await connectPair();
    host.socket.resetAndDestroy();
    await network.until(() => guest.state === "reset", "guest reset");
    await expectNoConnections();
  });

  test("of a host that stops reading and closes resets a guest that goes on sending", async () => {
    network = new GuestNetwork(25);
    const [guest, host] = await connectPair();
    host.socket.pause();
    guest.write(new Uint8Array(MEGABYTE));
    await network.settle();
    host.socket.destroy();
    await network.until(() => guest.state === "reset", "guest reset");
    await expectNoConnections();
  });

  test("the bridge drops every connection and takes no more frames", async () => {
    network = new GuestNetwork(26);
    const [guest, host] = await connectPair();
    network.bridge.close();
    await network.until(() => host.closed, "host closed");
    guest.write(new Uint8Array(10));
    await network.settle();
    expect(network.bridge.connectionCount).toBe(0);
    expect(host.receivedLength).toBe(0);
  });
});

describe("a reset", () => {
  test("in the window but not at its edge is challenged, not obeyed (RFC 5961)", async () => {
    network = new GuestNetwork(30);
    const [guest, host] = await connectPair();
    guest.inject("rst", 100);
    guest.inject("rst", -100);
    guest.inject("syn", 0);
    await network.settle();
    guest.write(new Uint8Array([7]));
    await network.until(() => host.receivedLength === 1, "still connected");
    expect(network.bridge.counters.connectionsReset).toBe(0);
  });

  test("answers a segment of no connection", async () => {
    network = new GuestNetwork(31);
    const [guest] = await connectPair();
    network.bridge.close();
    network.bridge.counters.framesToGuest = 0;
    const other = new GuestNetwork(32);
    network.link.toBridge = (frame) => other.bridge.receive(frame);
    other.link.toGuest = (frame) => network.guest.receive(frame);
    guest.write(new Uint8Array([1]));
    network.link.deliver();
    other.link.deliver();
    expect(guest.state).toBe("reset");
    await other.close();
  });
});

describe("back-pressure", () => {
  test("of a host that does not read closes the guest's window, and opens it again", async () => {
    network = new GuestNetwork(40);
    const [guest, host] = await connectPair();
    host.socket.pause();
    const up = new SeededRandom(5).bytes(20 * MEGABYTE);
    guest.write(up);
    await network.until(() => guest.peerWindow === 0, "window closed");
    const before = network.clock.nowMs();
    await network.until(() => network.clock.nowMs() > before + 60_000, "a minute of probes");
    expect(guest.state).toBe("open");

    host.socket.resume();
    for (let i = 0; i < 100 && guest.peerWindow === 0; i++) await network.settle(); // takes no time: it is told
    expect(guest.peerWindow).toBeGreaterThan(0);
    guest.end();
    await network.until(() => host.ended, "all arrived");
    expect(sha256(host.received)).toBe(sha256([up]));
  });

  test("of a guest with a closed window stops the host, is probed, and ends without loss", async () => {
    network = new GuestNetwork(41);
    const [guest, host] = await connectPair({ windowBytes: 100_000 });
    guest.pause();
    const down = new SeededRandom(6).bytes(20 * MEGABYTE);
    host.socket.end(down);
    await network.until(() => guest.receivedLength === 100_000, "window full");
    const before = network.clock.nowMs();
    await network.until(() => network.clock.nowMs() > before + 600_000, "ten minutes of probes");
    expect(guest.state).toBe("open");
    expect(host.socket.writableLength).toBeGreaterThan(0); // the host's writer waits

    network.link.toGuest = dropOnce(network.link.toGuest);
    guest.resume(); // its window update reaches the bridge; the first segment after it is lost
    await network.until(() => guest.ended, "all arrived");
    expect(sha256(guest.received)).toBe(sha256([down]));
  });

  test("of a stalled host does not hold up another connection", async () => {
    network = new GuestNetwork(42);
    const [stalled, stalledHost] = await connectPair();
    stalledHost.socket.pause();
    stalled.write(new Uint8Array(20 * MEGABYTE));
    await network.until(() => stalled.peerWindow === 0, "window closed");
    const [guest, host] = await connectPair();
    guest.write(new Uint8Array(MEGABYTE));
    await network.until(() => host.receivedLength === MEGABYTE, "the other's bytes");
  });

  test("of a host that never reads what a closed guest has left is given up after a minute", async () => {
    network = new GuestNetwork(43);
    const [guest, host] = await connectPair();
    host.socket.pause();
    host.socket.end();
    // First the host kernel's buffers fill up, then, to stay, the bridge's.
    for (let stuck = 0; stuck < 5; stuck++) {
      if (guest.peerWindow > 150_000) {
        guest.write(new Uint8Array(0x1_0000));
        stuck = 0;
      }
      await network.settle();
    }
    guest.end();
    await network.until(() => guest.drained && guest.ended, "closed for the guest");
    const begin = network.clock.nowMs();
    expect(network.bridge.connectionCount).toBe(1);
    await expectNoConnections();
    expect(network.clock.nowMs() - begin).toBeGreaterThanOrEqual(60_000);
  });
});

function dropOnce(receive: (frame: Uint8Array) => void): (frame: Uint8Array) => void {
  let dropped = false;
  return (frame) => {
    if (dropped) receive(frame);
    dropped = true;
  };
}

test("a guest that vanishes is given up after five minutes", async () => {
  network = new GuestNetwork(50);
  const [, host] = await connectPair();
  network.link.toGuest = () => undefined;
  const begin = network.clock.nowMs();
  host.socket.write(new Uint8Array(10));
  await network.until(() => host.closed, "given up");
  expect(network.clock.nowMs() - begin).toBeGreaterThan(300_000);
  await expectNoConnections();
});

test("a thousand short connections leave nothing behind", async () => {
  network = new GuestNetwork(60, { maxConnections: 64 });
  const port = await network.serve((socket) => {
    socket.on("data", (bytes) => socket.end(bytes)); // as a web server: the host closes first
  });
  for (let round = 0; round < 20; round++) {
    const requests = Array.from({ length: 50 }, (_, i) => network.random.bytes(1 + i));
    const guests = requests.map((request) => {
      const guest = network.guest.connect(GATEWAY_IP, port);
      guest.write(request);
      return guest;
    });
    await network.until(() => guests.every((guest) => guest.ended), "all answered");
    for (const guest of guests) guest.end();
    expect(guests.map((guest) => sha256(guest.received))).toEqual(
      requests.map((request) => sha256([request])),
    );
  }
  await expectNoConnections();
  expect(network.bridge.counters.connectionsOpened).toBe(1000);
  expect(network.clock.pending).toBe(0);
});

test("connections that use the buffers of others have their own bytes in them", async () => {
  network = new GuestNetwork(61);
  const port = await network.serve((socket) => socket.pipe(socket));
  for (let round = 0; round < 3; round++) {
    const requests = Array.from({ length: 8 }, () => network.random.bytes(600_000));
    const guests = requests.map((request) => {
      const guest = network.guest.connect(GATEWAY_IP, port, { mss: MAX_GUEST_MSS });
      guest.write(request);
      guest.end();
      return guest;
    });
    await network.until(() => guests.every((guest) => guest.ended), "all echoed");
    expect(guests.map((guest) => sha256(guest.received))).toEqual(
      requests.map((request) => sha256([request])),
    );
    await expectNoConnections();
  }
});

describe("checksums", () => {
  test.each([
    [false, 0],
    [true, 1],
  ])("with offload %s, of %i frames that hold a wrong one, are taken", async (offload, answers) => {
    network = new GuestNetwork(70, { offload, policy: new Policy([]) });
    const { toBridge } = network.link;
    network.link.toBridge = (frame) => {
      frame[50]! ^= 0xff; // the TCP checksum's high half
      toBridge(frame);
    };
    network.guest.connect(GATEWAY_IP, 80);
    await network.settle();
    expect([network.bridge.counters.connectionsDenied, network.bridge.counters.malformed]).toEqual([
      answers,
      1 - answers,
    ]);
  });

  test("with offload, a segment holds the pseudo-header's sum only", async () => {
    network = new GuestNetwork(71, { offload: true });
    const sums: number[] = [];
    network.link.toGuest = (frame) => sums.push((frame[50]! << 8) | frame[51]!);
    network.guest.connect(GATEWAY_IP, await network.unusedPort());
    await network.settle();
    expect(sums).toEqual([fold(pseudoHeaderSum(GATEWAY_IP, GUEST_IP, PROTOCOL_TCP, 20))]);
  });
});
