import { describe, expect, test } from "vitest";
import { frameOf } from "../../tests/support/frame.ts";
import {
  DHCPACK,
  DHCPDISCOVER,
  DHCPREQUEST,
  DHCP_OPTIONS,
  DHCP_REPLY_LEN,
  DhcpPacket,
  DhcpReplyRepr,
  DhcpRequestRepr,
} from "./dhcp.ts";
import { FrameBuffer } from "./frame-buffer.ts";

const COOKIE = "63825363";
// op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file
const FIXED = `01 01 06 00 00003d1d 0000 0000 00000000 00000000 00000000 00000000
  000b8201fc42 00000000000000000000 ${"00".repeat(192)}`;

// The options of a DISCOVER seen on a real network: type, client identifier, requested address 0.0.0.0, parameters.
const DISCOVER = `${FIXED} ${COOKIE} 350101 3d0701000b8201fc42 320400000000 370401032a06 ff`;

function packetOf(hex: string): DhcpPacket {
  const frame = frameOf(hex);
  return new DhcpPacket().at(frame, 0, frame.bytes.length);
}

test("a DISCOVER is read", () => {
  const packet = packetOf(DISCOVER);
  const repr = new DhcpRequestRepr();
  expect([packet.check(), repr.parse(packet)]).toEqual([true, true]);
  expect(repr).toEqual({
    messageType: DHCPDISCOVER,
    xid: 0x3d1d,
    broadcast: false,
    clientIp: 0,
    clientMac: 0x000b_8201_fc42,
    requestedIp: 0,
    serverId: 0,
  });
});

test("a request is written, and read back", () => {
  const repr = new DhcpRequestRepr();
  repr.messageType = DHCPREQUEST;
  repr.xid = 0xdead_beef;
  repr.broadcast = true;
  repr.clientMac = 0x5254_0012_3456;
  repr.requestedIp = 0x0a00_020f;
  repr.serverId = 0x0a00_0202;
  const packet = new DhcpPacket().at(new FrameBuffer(DHCP_REPLY_LEN), 0, DHCP_REPLY_LEN);
  repr.emit(packet);
  const back = new DhcpRequestRepr();
  expect([packet.check(), back.parse(packet)]).toEqual([true, true]);
  expect(back).toEqual(repr);
});

test("a reply is written, and read back", () => {
  const repr = new DhcpReplyRepr();
  Object.assign(repr, { messageType: DHCPACK, xid: 7, yourIp: 0x0a00_020f, clientMac: 0x5254_0012_3456 });
  Object.assign(repr, { serverId: 0x0a00_0202, router: 0x0a00_0202, subnetMask: 0xffff_ff00, mtu: 65520 });
  repr.leaseSeconds = 86_400;
  const packet = new DhcpPacket().at(new FrameBuffer(DHCP_REPLY_LEN), 0, DHCP_REPLY_LEN);
  repr.emit(packet);
  const back = new DhcpReplyRepr();
  expect([packet.check(), back.parse(packet)]).toEqual([true, true]);
  expect(back).toEqual(repr);
});

test.each([
  ["without the magic cookie", DISCOVER.replace(COOKIE, "63825364")],
  ["cut off before the cookie", FIXED],
])("a message %s is refused", (_, hex) => {
  expect(packetOf(hex).check()).toBe(false);
});

describe("nonsense", () => {
  test.each([
    ["a reply", DISCOVER.replace("01", "02")],
    ["of other hardware", DISCOVER.replace("01 01 06", "01 06 06")],
    ["with long addresses", DISCOVER.replace("01 01 06", "01 01 10")],
    ["without a message type", `${FIXED} ${COOKIE} ff`],
    ["of message type 9", `${FIXED} ${COOKIE} 350109 ff`],
    ["with an option that has no length", `${FIXED} ${COOKIE} 35`],
    ["with an option beyond its end", `${FIXED} ${COOKIE} 350201`],
    ["whose type has no value", `${FIXED} ${COOKIE} 3500 ff`],
    ["whose type is behind the end", `${FIXED} ${COOKIE} ff 350101`],
  ])("%s is not parsed", (_, hex) => {
    const packet = packetOf(hex);
    expect([packet.check(), new DhcpRequestRepr().parse(packet)]).toEqual([true, false]);
  });

  test("padding between options is skipped", () => {
    expect(new DhcpRequestRepr().parse(packetOf(`${FIXED} ${COOKIE} 0000 350101`))).toBe(true);
  });

  test("the options begin at byte 240", () => {
    expect(DHCP_OPTIONS).toBe(240);
  });
});
