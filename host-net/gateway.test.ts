// What the gateway answers itself: ARP, DHCP, ICMP echo, and UDP with a refusal.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { frameOf, hexOf } from "../tests/support/frame.ts";
import { FaultyLink } from "../tests/support/faulty-link.ts";
import { SeededRandom } from "../tests/support/seeded-random.ts";
import { Bridge } from "./bridge.ts";
import { GATEWAY_IP, GATEWAY_MAC, GUEST_IP } from "./network.ts";
import { Policy } from "./policy.ts";
import { IPV4_BROADCAST, MAC_BROADCAST } from "./wire/address.ts";
import {
  DHCPACK,
  DHCPDECLINE,
  DHCPDISCOVER,
  DHCPINFORM,
  DHCPNAK,
  DHCPOFFER,
  DHCPRELEASE,
  DHCPREQUEST,
  DhcpPacket,
  DhcpReplyRepr,
  DhcpRequestRepr,
} from "./wire/dhcp.ts";
import { EthernetPacket, EthernetRepr, ETHERTYPE_IPV4 } from "./wire/ethernet.ts";
import { FrameBuffer, MAX_FRAME_LEN } from "./wire/frame-buffer.ts";
import { IcmpPacket, IcmpRepr, ICMP_ECHO, ICMP_ECHO_REPLY } from "./wire/icmp.ts";
import { Ipv4Packet, Ipv4Repr, PROTOCOL_ICMP, PROTOCOL_UDP } from "./wire/ipv4.ts";
import { UdpPacket, UdpRepr } from "./wire/udp.ts";

const GUEST_MAC = 0x5254_0012_3456;
const ARP_REQUEST_FRAME = `ffffffffffff 525400123456 0806
  0001 0800 06 04 0001 525400123456 0a00020f 000000000000 0a000202`;
const L4 = 34;

let bridge: Bridge;
let sent: FrameBuffer[];

beforeEach(() => {
  const link = new FaultyLink(new SeededRandom(1));
  sent = [];
  link.send = (frame) => sent.push(frameOf(hexOf(frame))) > 0;
  bridge = new Bridge({ link, policy: new Policy([]) });
});

afterEach(() => {
  bridge.close();
});

/** Gives the bridge an IPv4 packet whose payload lies from `L4` to the end of the frame. */
function receiveIpv4(frame: FrameBuffer, protocol: number, src: number, dst: number): void {
  const end = frame.bytes.length;
  const ipv4 = new Ipv4Repr();
  Object.assign(ipv4, { protocol, src, dst, payloadLength: end - L4 });
  ipv4.emit(new Ipv4Packet().at(frame, 14, end));
  const ethernet = new EthernetRepr();
  Object.assign(ethernet, { dst: GATEWAY_MAC, src: GUEST_MAC, type: ETHERTYPE_IPV4 });
  ethernet.emit(new EthernetPacket().at(frame, 0, end));
  bridge.receive(frame.bytes);
}

/** The header of the only frame sent. */
function onlyIpv4(): Ipv4Repr {
  expect(sent.length).toBe(1);
  const packet = new Ipv4Packet().at(sent[0]!, 14, sent[0]!.bytes.length);
  const repr = new Ipv4Repr();
  expect([packet.check(), repr.parse(packet)]).toEqual([true, true]);
  return repr;
}

describe("ARP", () => {
  test("for the gateway is answered to whoever asks", () => {
    bridge.receive(frameOf(ARP_REQUEST_FRAME).bytes);
    const reply = `525400123456 52550a000202 0806
      0001 0800 06 04 0002 52550a000202 0a000202 525400123456 0a00020f`;
    expect(sent.map((frame) => hexOf(frame.bytes))).toEqual([hexOf(frameOf(reply).bytes)]);
  });

  test.each([
    ["for another address", ARP_REQUEST_FRAME.replace(/0a000202$/, "0a000203")],
    ["that is a reply", ARP_REQUEST_FRAME.replace("06 04 0001", "06 04 0002")],
    ["to another station", ARP_REQUEST_FRAME.replace("ffffffffffff", "525400000001")],
  ])("%s is not answered", (_, hex) => {
    bridge.receive(frameOf(hex).bytes);
    expect([sent.length, bridge.counters.unserved]).toEqual([0, 1]);
  });
});

describe("ICMP", () => {
  test("echo to the gateway is answered with the same data, up to the MTU", () => {
    const frame = new FrameBuffer(MAX_FRAME_LEN);
    frame.bytes.set(new SeededRandom(2).bytes(frame.bytes.length - L4 - 8), L4 + 8);
    const icmp = new IcmpPacket().at(frame, L4, frame.bytes.length);
    icmp.fill(ICMP_ECHO, 0, 0x1234_0001);
    receiveIpv4(frame, PROTOCOL_ICMP, GUEST_IP, GATEWAY_IP);

    expect(onlyIpv4()).toMatchObject({ protocol: PROTOCOL_ICMP, src: GATEWAY_IP, dst: GUEST_IP });
    const answer = sent[0]!;
    const packet = new IcmpPacket().at(answer, L4, answer.bytes.length);
    const repr = new IcmpRepr();
    expect([packet.check(), repr.parse(packet)]).toEqual([true, true]);
    expect(repr).toEqual({ type: ICMP_ECHO_REPLY, code: 0, rest: 0x1234_0001 });
    expect(hexOf(answer.bytes.subarray(L4 + 8))).toBe(hexOf(frame.bytes.subarray(L4 + 8)));
    expect(new EthernetPacket().at(answer, 0, 14).dst).toBe(GUEST_MAC);
  });

  test.each([
    ["to another host", GUEST_IP, 0x0808_0808],
    ["from another host", 0x0a00_0210, GATEWAY_IP],
  ])("echo %s is not answered", (_, src, dst) => {
    const frame = new FrameBuffer(L4 + 16);
    new IcmpPacket().at(frame, L4, L4 + 16).fill(ICMP_ECHO, 0, 0);
    receiveIpv4(frame, PROTOCOL_ICMP, src, dst);
    expect([sent.length, bridge.counters.unserved]).toEqual([0, 1]);
  });
});

test("UDP that nothing serves is refused with ICMP port unreachable, quoting it", () => {
  const frame = new FrameBuffer(L4 + 8 + 5);
  const udp = new UdpRepr();
  Object.assign(udp, { srcPort: 5000, dstPort: 53 });
  udp.emit(new UdpPacket().at(frame, L4, frame.bytes.length), GUEST_IP, GATEWAY_IP);
  receiveIpv4(frame, PROTOCOL_UDP, GUEST_IP, GATEWAY_IP);

  expect(onlyIpv4().protocol).toBe(PROTOCOL_ICMP);
  const answer = sent[0]!;
  expect(new IcmpPacket().at(answer, L4, answer.bytes.length).check()).toBe(true);
  expect(hexOf(answer.bytes.subarray(L4, L4 + 2))).toBe("0303");
  expect(hexOf(answer.bytes.subarray(L4 + 8))).toBe(hexOf(frame.bytes.subarray(14, L4 + 8)));
});

describe("DHCP", () => {
  /** Sends a request as a client does; returns the reply, or undefined. */
  function ask(fields: Partial<DhcpRequestRepr>): DhcpReplyRepr | undefined {
    const frame = new FrameBuffer(L4 + 8 + 300);
    const request = new DhcpRequestRepr();
    Object.assign(request, { xid: 77, clientMac: GUEST_MAC, ...fields });
    request.emit(new DhcpPacket().at(frame, L4 + 8, frame.bytes.length));
    const udp = new UdpRepr();
    Object.assign(udp, { srcPort: 68, dstPort: 67 });
    const src = request.clientIp;
    const dst = src === 0 ? IPV4_BROADCAST : GATEWAY_IP;
    udp.emit(new UdpPacket().at(frame, L4, frame.bytes.length), src, dst);
    receiveIpv4(frame, PROTOCOL_UDP, src, dst);
    const answer = sent[0];
    if (answer === undefined) return undefined;
    const packet = new UdpPacket().at(answer, L4, answer.bytes.length);
    const { src: from, dst: to } = onlyIpv4();
    expect([packet.check(), packet.verify(from, to), packet.srcPort, packet.dstPort]).toEqual([
      true,
      true,
      67,
      68,
    ]);
    const dhcp = new DhcpPacket().at(answer, packet.payloadStart, packet.payloadEnd);
    const reply = new DhcpReplyRepr();
    expect([dhcp.check(), reply.parse(dhcp)]).toEqual([true, true]);
    return reply;
  }

  test("is not served to a source address that nobody leased", () => {
    expect(ask({ messageType: DHCPREQUEST, clientIp: GUEST_IP + 1 })).toBeUndefined();
  });

  const LEASE = {
    messageType: DHCPOFFER,
    xid: 77,
    broadcast: false,
    clientIp: 0,
    yourIp: GUEST_IP,
    clientMac: GUEST_MAC,
    serverId: GATEWAY_IP,
    leaseSeconds: 86_400,
    subnetMask: 0xffff_ff00,
    router: GATEWAY_IP,
    mtu: 65_520,
  };
  const NO_LEASE = { yourIp: 0, leaseSeconds: 0, subnetMask: 0, router: 0, mtu: 0 };

  test("DISCOVER is answered with an offer to the client's own MAC address", () => {
    expect(ask({ messageType: DHCPDISCOVER })).toEqual(LEASE);
    expect(onlyIpv4().dst).toBe(GUEST_IP);
    expect(new EthernetPacket().at(sent[0]!, 0, 14).dst).toBe(GUEST_MAC);
  });

  test("DISCOVER of a client that cannot take unicast is answered to all", () => {
    ask({ messageType: DHCPDISCOVER, broadcast: true });
    expect(onlyIpv4().dst).toBe(IPV4_BROADCAST);
    expect(new EthernetPacket().at(sent[0]!, 0, 14).dst).toBe(MAC_BROADCAST);
  });

  test.each([
    ["that takes the offer", { requestedIp: GUEST_IP, serverId: GATEWAY_IP }],
    ["after a reboot", { requestedIp: GUEST_IP }],
  ])("REQUEST %s is acknowledged", (_, fields) => {
    expect(ask({ messageType: DHCPREQUEST, ...fields })).toEqual({ ...LEASE, messageType: DHCPACK });
  });

  test("REQUEST that renews is acknowledged to the client's address", () => {
    const reply = ask({ messageType: DHCPREQUEST, clientIp: GUEST_IP });
    expect(reply).toEqual({ ...LEASE, messageType: DHCPACK, clientIp: GUEST_IP });
    expect(onlyIpv4().dst).toBe(GUEST_IP);
  });

  test("REQUEST for another address is refused, to all", () => {
    const reply = ask({ messageType: DHCPREQUEST, requestedIp: GUEST_IP + 1 });
    expect(reply).toEqual({ ...LEASE, ...NO_LEASE, messageType: DHCPNAK });
    expect(onlyIpv4().dst).toBe(IPV4_BROADCAST);
  });

  test("INFORM is answered with the parameters, without a lease", () => {
    const reply = ask({ messageType: DHCPINFORM, clientIp: GUEST_IP });
    const expected = { ...LEASE, messageType: DHCPACK, clientIp: GUEST_IP, yourIp: 0, leaseSeconds: 0 };
    expect(reply).toEqual(expected);
  });

  test.each([
    [
      "REQUEST for another server's offer",
      { messageType: DHCPREQUEST, requestedIp: 1, serverId: GATEWAY_IP + 1 },
    ],
    ["RELEASE", { messageType: DHCPRELEASE }],
    ["DECLINE", { messageType: DHCPDECLINE }],
  ])("%s is not answered", (_, fields) => {
    expect(ask(fields)).toBeUndefined();
  });
});
