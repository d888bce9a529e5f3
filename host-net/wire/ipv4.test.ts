// IPv4, ICMP and UDP.
import { describe, expect, test } from "vitest";
import { frameOf, hexOf } from "../../tests/support/frame.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { IcmpPacket, IcmpRepr, ICMP_ECHO, ICMP_ECHO_REPLY } from "./icmp.ts";
import { Ipv4Packet, Ipv4Repr, PROTOCOL_UDP } from "./ipv4.ts";
import { UdpPacket, UdpRepr } from "./udp.ts";

// UDP from 192.168.0.1 to 192.168.0.199, "don't fragment", checksum 0xb861.
const HEADER = "45000073 0000 4000 40 11 b861 c0a80001 c0a800c7";

function ipv4(hex: string, payloadLength = 0x73 - 20): Ipv4Packet {
  const frame = frameOf(hex + "00".repeat(payloadLength));
  return new Ipv4Packet().at(frame, 0, frame.bytes.length);
}

/** A header with its checksum put right, whatever else is wrong. */
function withChecksum(hex: string, payloadLength?: number): Ipv4Packet {
  const words = hex.replaceAll(/\s/g, "").match(/.{4}/g)!;
  words[5] = "0000";
  let sum = 0;
  for (const word of words) sum = (sum + parseInt(word, 16)) % 0xffff;
  words[5] = (0xffff - sum).toString(16).padStart(4, "0");
  return ipv4(words.join(""), payloadLength);
}

describe("an IPv4 header", () => {
  test("is read, and its like written", () => {
    const packet = ipv4(HEADER);
    const repr = new Ipv4Repr();
    expect([packet.check(), repr.parse(packet)]).toEqual([true, true]);
    expect(repr).toEqual({
      protocol: PROTOCOL_UDP,
      src: 0xc0a8_0001,
      dst: 0xc0a8_00c7,
      payloadLength: 0x73 - 20,
    });

    const copy = new FrameBuffer(20);
    repr.emit(new Ipv4Packet().at(copy, 0, 20));
    expect(hexOf(copy.bytes)).toBe("4500007300004000 4011 b861 c0a80001 c0a800c7".replaceAll(" ", ""));
  });

  test("with options leaves the payload behind them", () => {
    const packet = withChecksum("46000074 0000 4000 40 11 0000 c0a80001 c0a800c7 94040000", 0x74 - 24);
    expect([packet.check(), packet.payloadStart, packet.payloadEnd]).toEqual([true, 24, 0x74]);
  });

  test("leaves out the frame's padding", () => {
    expect(ipv4(HEADER, 200).payloadEnd).toBe(0x73);
  });

  test.each([
    ["a wrong checksum", ipv4(HEADER.replace("b861", "b862"))],
    ["version 6", withChecksum("65000073 0000 4000 40 11 0000 c0a80001 c0a800c7")],
    ["a header of 16 bytes", withChecksum("44000073 0000 4000 40 11 0000 c0a80001 c0a800c7")],
    ["a header beyond its end", withChecksum("4f000020 0000 4000 40 11 0000 c0a80001 c0a800c7")],
    ["more bytes than there are", ipv4(HEADER, 0x73 - 21)],
    ["no bytes", ipv4("", 0)],
  ])("with %s is refused", (_, packet) => {
    expect(packet.check()).toBe(false);
  });

  test.each([
    ["a first fragment", "45000073 0000 2000 40 11 0000 c0a80001 c0a800c7"],
    ["a later fragment", "45000073 0000 0001 40 11 0000 c0a80001 c0a800c7"],
    ["a group as its source", "45000073 0000 4000 40 11 0000 e0000001 c0a800c7"],
    ["broadcast as its source", "45000073 0000 4000 40 11 0000 ffffffff c0a800c7"],
  ])("of %s is not served", (_, hex) => {
    const packet = withChecksum(hex);
    expect([packet.check(), new Ipv4Repr().parse(packet)]).toEqual([true, false]);
  });
});

describe("ICMP", () => {
  test("an echo is read, and the reply written", () => {
    const frame = frameOf("0000 0000 0000 0000 6162636465666768");
    const packet = new IcmpPacket().at(frame, 0, frame.bytes.length);
    packet.fill(ICMP_ECHO, 0, 0x0001_0002);
    const repr = new IcmpRepr();
    expect([packet.check(), repr.parse(packet)]).toEqual([true, true]);
    expect(repr).toEqual({ type: ICMP_ECHO, code: 0, rest: 0x0001_0002 });
    repr.type = ICMP_ECHO_REPLY;
    repr.emit(packet);
    expect([packet.check(), frame.bytes[0]]).toEqual([true, 0]);
  });

  // ping's bytes as Windows sends them: identifier 1, sequence 0x4d55, "abcd…wabcdefghi".
  test("agrees with a ping seen on a real network", () => {
    const data = "6162636465666768696a6b6c6d6e6f7071727374757677616263646566676869";
    const frame = frameOf(`0800 0006 0001 4d55 ${data}`);
    expect(new IcmpPacket().at(frame, 0, frame.bytes.length).check()).toBe(true);
  });

  test.each([
    ["a wrong checksum", "0800 0007 0001 4d55"],
    ["seven bytes", "0800 0006 0001 4d"],
  ])("with %s is refused", (_, hex) => {
    const frame = frameOf(hex);
    expect(new IcmpPacket().at(frame, 0, frame.bytes.length).check()).toBe(false);
  });
});

describe("UDP", () => {
  const SRC = 0x0a00_020f;
  const DST = 0x0a00_0202;

  test("a datagram is written, and read back", () => {
    const frame = frameOf("0000000000000000 68656c6c6f");
    const packet = new UdpPacket().at(frame, 0, frame.bytes.length);
    const repr = new UdpRepr();
    repr.srcPort = 68;
    repr.dstPort = 67;
    repr.emit(packet, SRC, DST);
    // By hand: 0a00+020f+0a00+0202+0011+000d + 0044+0043+000d + 6865+6c6c+6f00 = 15c94 -> 5c95, complement a36a.
    expect(hexOf(frame.bytes)).toBe("00440043000da36a68656c6c6f");
    expect([packet.check(), packet.verify(SRC, DST), new UdpRepr().parse(packet)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(packet.verify(SRC, DST + 1)).toBe(false);
  });

  test("without a checksum is taken", () => {
    const frame = frameOf("0044 0043 0009 0000 ff");
    expect(new UdpPacket().at(frame, 0, 9).verify(SRC, DST)).toBe(true);
  });

  test.each([
    ["shorter than a header", "0044 0043 0007 00"],
    ["of a length below 8", "0044 0043 0007 0000"],
    ["of a length beyond its end", "0044 0043 0009 0000"],
  ])("%s is refused", (_, hex) => {
    const frame = frameOf(hex);
    expect(new UdpPacket().at(frame, 0, frame.bytes.length).check()).toBe(false);
  });
});
