// Ethernet and ARP.
import { describe, expect, test } from "vitest";
import { frameOf, hexOf } from "../../tests/support/frame.ts";
import { ArpPacket, ArpRepr, ARP_LEN, ARP_REPLY, ARP_REQUEST } from "./arp.ts";
import { EthernetPacket, EthernetRepr, ETHERTYPE_ARP } from "./ethernet.ts";
import { FrameBuffer } from "./frame-buffer.ts";

// RFC 826's example of a request, with the addresses of this network.
const ARP_FRAME = `ffffffffffff 525400123456 0806
  0001 0800 06 04 0001 525400123456 0a00020f 000000000000 0a000202`;

const REQUEST = {
  op: ARP_REQUEST,
  senderMac: 0x5254_0012_3456,
  senderIp: 0x0a00_020f,
  targetMac: 0,
  targetIp: 0x0a00_0202,
};

test("an Ethernet header is read and written", () => {
  const frame = frameOf(ARP_FRAME);
  const packet = new EthernetPacket().at(frame, 0, frame.bytes.length);
  const repr = new EthernetRepr();
  expect([packet.check(), repr.parse(packet)]).toEqual([true, true]);
  expect(repr).toMatchObject({ dst: 0xffff_ffff_ffff, src: 0x5254_0012_3456, type: ETHERTYPE_ARP });

  const copy = new FrameBuffer(14);
  repr.emit(new EthernetPacket().at(copy, 0, 14));
  expect(hexOf(copy.bytes)).toBe(hexOf(frame.bytes.subarray(0, 14)));
});

test.each([
  ["all zero", "ffffffffffff 000000000000 0800"],
  ["a group", "ffffffffffff 01005e000001 0800"],
])("an Ethernet source that is %s is refused", (_, hex) => {
  const frame = frameOf(hex);
  expect(new EthernetRepr().parse(new EthernetPacket().at(frame, 0, 14))).toBe(false);
});

describe("ARP", () => {
  test("a request is read, and its like written", () => {
    const frame = frameOf(ARP_FRAME);
    const packet = new ArpPacket().at(frame, 14, frame.bytes.length);
    const repr = new ArpRepr();
    expect([packet.check(), repr.parse(packet)]).toEqual([true, true]);
    expect(repr).toEqual(REQUEST);

    const copy = new FrameBuffer(ARP_LEN);
    repr.emit(new ArpPacket().at(copy, 0, ARP_LEN));
    expect(hexOf(copy.bytes)).toBe(hexOf(frame.bytes.subarray(14)));
  });

  test("padding behind it is ignored", () => {
    const frame = frameOf(ARP_FRAME + "00".repeat(18));
    expect(new ArpPacket().at(frame, 14, frame.bytes.length).check()).toBe(true);
  });

  test.each([
    ["too short", "0001 0800 06 04 0001 525400123456 0a00020f 000000000000 0a0002"],
    ["of another hardware", "0006 0800 06 04 0001 525400123456 0a00020f 000000000000 0a000202"],
    ["of another protocol", "0001 86dd 06 04 0001 525400123456 0a00020f 000000000000 0a000202"],
    ["with long addresses", "0001 0800 06 10 0001 525400123456 0a00020f 000000000000 0a000202"],
  ])("a packet %s is refused", (_, hex) => {
    const frame = frameOf(hex);
    expect(new ArpPacket().at(frame, 0, frame.bytes.length).check()).toBe(false);
  });

  test.each([
    ["an unknown operation", "0001 0800 06 04 0003 525400123456 0a00020f 000000000000 0a000202"],
    ["a group as its sender", "0001 0800 06 04 0002 ffffffffffff 0a00020f 000000000000 0a000202"],
  ])("a packet with %s is nonsense", (_, hex) => {
    const frame = frameOf(hex);
    expect(new ArpRepr().parse(new ArpPacket().at(frame, 0, frame.bytes.length))).toBe(false);
  });

  test("replies are known", () => {
    const frame = frameOf("0001 0800 06 04 0002 525400123456 0a00020f 52550a000202 0a000202");
    const repr = new ArpRepr();
    expect(repr.parse(new ArpPacket().at(frame, 0, ARP_LEN))).toBe(true);
    expect(repr.op).toBe(ARP_REPLY);
  });
});
