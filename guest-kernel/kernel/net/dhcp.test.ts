import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileKernelNet } from "../../../tests/support/kernel-net.ts";
import {
  dhcpMessage,
  dhcpOptions,
  KERNEL_IP,
  PEER_ADDRESS,
  ScriptedPeer,
} from "../../../tests/support/scripted-peer.ts";
import { E_NETDOWN } from "../../abi/errors.ts";

const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const ACK = 5;
const NAK = 6;
const SECOND = 1_000_000_000n;

let module: WebAssembly.Module;
let peer: ScriptedPeer;

beforeAll(async () => {
  module = await compileKernelNet();
}, 60_000);

beforeEach(() => {
  peer = new ScriptedPeer(module);
});

/** Runs timers until the kernel has sent something. */
function nextMessage(): ReturnType<ScriptedPeer["takeDhcp"]> {
  while (peer.frames.length === 0) if (!peer.kernel.runTimer()) throw new Error("no timer");
  return peer.takeDhcp();
}

describe("the DHCP client", () => {
  test("discovers, requests what was offered, and has the address", () => {
    peer.kernel.poll();
    const discover = peer.takeDhcp();
    expect([discover.type, discover.broadcast]).toEqual([DISCOVER, true]);
    peer.dhcpReply(OFFER, discover);
    const request = peer.takeDhcp();
    expect(request.type).toBe(REQUEST);
    expect([...request.options.get(50)!]).toEqual(KERNEL_IP);
    expect(request.xid).toEqual(discover.xid);
    peer.dhcpReply(ACK, request);
    expect(peer.kernel.ready).toBe(true);
  });

  test("asks again, ever more slowly, up to once a minute", () => {
    const waits: number[] = [];
    peer.kernel.poll();
    for (let i = 0; i < 10; i++) {
      const before = peer.kernel.now;
      peer.takeDhcp();
      peer.kernel.runTimer();
      waits.push(Number(peer.kernel.now - before) / 1e9);
    }
    for (const [i, wait] of waits.entries()) {
      const expected = Math.min(2 ** i, 64);
      expect(wait).toBeGreaterThanOrEqual(expected * 0.87);
      expect(wait).toBeLessThanOrEqual(expected * 1.13);
    }
  });

  test("starts over when the server that offered is silent", () => {
    peer.kernel.poll();
    peer.dhcpReply(OFFER, peer.takeDhcp());
    const types = Array.from({ length: 5 }, () => nextMessage().type);
    expect(types).toEqual([REQUEST, REQUEST, REQUEST, REQUEST, DISCOVER]);
  });

  test("starts over when it is refused", () => {
    peer.kernel.poll();
    peer.dhcpReply(OFFER, peer.takeDhcp());
    peer.dhcpReply(NAK, peer.takeDhcp());
    expect(peer.kernel.ready).toBe(false);
    expect(nextMessage().type).toBe(DISCOVER);
  });

  test("renews at half of the lease, and keeps its connections", () => {
    peer.configure(1000);
    const started = peer.kernel.now;
    const socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.now = started + 499n * SECOND;
    peer.kernel.poll();
    peer.frames.length = 0;
    const before = peer.kernel.call("tcpState", socket);
    peer.kernel.now = started + 500n * SECOND;
    peer.kernel.poll(); // asks for the server's hardware address again: its entry is too old
    const renewal = nextMessage();
    expect([renewal.type, renewal.clientIp, renewal.broadcast]).toEqual([REQUEST, KERNEL_IP, false]);
    expect(peer.kernel.now).toBeLessThanOrEqual(started + 501n * SECOND);
    peer.dhcpReply(ACK, renewal, 1000);
    expect(peer.kernel.ready).toBe(true);
    expect(peer.kernel.call("tcpState", socket)).toBe(before);
  });

  test("gives the address and the connections up when the lease is over", () => {
    peer.configure(1000);
    const socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.now += 1000n * SECOND;
    peer.kernel.poll();
    expect(peer.kernel.ready).toBe(false);
    expect(peer.kernel.call("tcpError", socket)).toBe(-E_NETDOWN);
    expect(peer.kernel.call("tcpConnect", PEER_ADDRESS, 80)).toBe(-E_NETDOWN);
    expect(nextMessage().type).toBe(DISCOVER);
  });

  test("gives the address up when the link goes, and asks again when it is back", () => {
    peer.configure();
    peer.kernel.device.linkUp = false;
    peer.kernel.poll();
    expect(peer.kernel.ready).toBe(false);
    expect(peer.kernel.deadline).toBeUndefined();
    peer.kernel.advance(2000);
    peer.kernel.device.linkUp = true;
    peer.kernel.poll();
    expect(nextMessage().type).toBe(DISCOVER);
  });

  const good = dhcpOptions(OFFER, 3600);
  const other = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const hostile: [string, (xid: Uint8Array) => Uint8Array][] = [
    [
      "of another transaction",
      (xid) =>
        dhcpMessage(
          xid.map((byte) => byte ^ 1),
          good,
        ),
    ],
    ["to another machine", (xid) => dhcpMessage(xid, good, KERNEL_IP, other)],
    ["with no address", (xid) => dhcpMessage(xid, good, [0, 0, 0, 0])],
    ["with a group's address", (xid) => dhcpMessage(xid, good, [224, 0, 0, 1])],
    ["with a loopback address", (xid) => dhcpMessage(xid, good, [127, 0, 0, 1])],
    ["with the broadcast address", (xid) => dhcpMessage(xid, good, [10, 0, 2, 255])],
    ["without a server", (xid) => dhcpMessage(xid, [53, 1, OFFER, 51, 4, 0, 0, 1, 0, 255])],
    ["without a lease", (xid) => dhcpMessage(xid, [53, 1, OFFER, 54, 4, 10, 0, 2, 2, 255])],
    ["with a mask full of holes", (xid) => dhcpMessage(xid, [1, 4, 255, 0, 255, 0, ...good])],
    ["with a short mask", (xid) => dhcpMessage(xid, [1, 3, 255, 255, 255, ...good])],
    ["with an option past the end", (xid) => dhcpMessage(xid, [...good.slice(0, -1), 43, 200, 1])],
    ["with an option without a length", (xid) => dhcpMessage(xid, [...good.slice(0, -1), 43])],
    ["cut off in the header", (xid) => dhcpMessage(xid, good).subarray(0, 200)],
    ["without the cookie", (xid) => dhcpMessage(xid, good).map((byte, i) => (i === 236 ? 0 : byte))],
    ["that is a request", (xid) => dhcpMessage(xid, good).map((byte, i) => (i === 0 ? 1 : byte))],
    ["on other hardware", (xid) => dhcpMessage(xid, good).map((byte, i) => (i === 2 ? 16 : byte))],
  ];
  test.each(hostile)("ignores an offer %s", (_, message) => {
    peer.kernel.poll();
    const discover = peer.takeDhcp();
    peer.sendDhcp(message(discover.xid));
    expect(peer.frames).toHaveLength(0);
    peer.dhcpReply(OFFER, discover);
    expect(peer.takeDhcp().type).toBe(REQUEST);
  });
});
