import { describe, expect, test } from "vitest";
import { frameOf, hexOf } from "../../tests/support/frame.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { DEFAULT_MSS, MAX_WINDOW_SCALE, TcpPacket, TcpRepr } from "./tcp.ts";

// Seen on a real network: 145.254.160.237:3372 -> 65.208.228.223:80, with options MSS 1460, NOP, NOP, SACK permitted.
const SYN_SRC = 0x91fe_a0ed;
const SYN_DST = 0x41d0_e4df;
const SYN_SEGMENT = "0d2c 0050 38affe13 00000000 70 02 2238 c30c 0000 020405b4 01010402";

// From Linux's loopback interface, whose checksums are left to the "hardware": 127.0.0.1:54104 -> :59021, "hello".
const LOOPBACK = 0x7f00_0001;
const OFFLOADED = "d358 e68d a6653636 0435ee7e 80 18 0040 fe2d 0000 0101080a 62b78d0a 16f3ff94 68656c6c6f";

function packetOf(hex: string): TcpPacket {
  const frame = frameOf(hex);
  return new TcpPacket().at(frame, 0, frame.bytes.length);
}

test("a SYN with options is read", () => {
  const packet = packetOf(SYN_SEGMENT);
  const repr = new TcpRepr();
  expect([packet.check(), packet.verify(SYN_SRC, SYN_DST), repr.parse(packet)]).toEqual([true, true, true]);
  expect(repr).toEqual({
    srcPort: 3372,
    dstPort: 80,
    seq: 951057939,
    ack: 0,
    control: "syn",
    hasAck: false,
    push: false,
    window: 8760,
    mss: 1460,
    windowScale: -1,
  });
});

test("a checksum over other addresses or bytes is wrong", () => {
  expect(packetOf(SYN_SEGMENT).verify(SYN_SRC, SYN_DST + 1)).toBe(false);
  expect(packetOf(SYN_SEGMENT.replace("38affe13", "38affe14")).verify(SYN_SRC, SYN_DST)).toBe(false);
});

test("the checksum that Linux leaves to the device is what we leave to it", () => {
  const frame = frameOf(OFFLOADED.replace("fe2d", "0000"));
  const packet = new TcpPacket().at(frame, 0, frame.bytes.length);
  packet.fillPartialChecksum(LOOPBACK, LOOPBACK);
  expect(hexOf(frame.bytes)).toBe(OFFLOADED.replaceAll(" ", ""));
  expect(frame.bytes.subarray(packet.payloadStart, packet.payloadEnd)).toEqual(
    new Uint8Array(Buffer.from("hello")),
  );
});

test.each([
  ["syn" as const, false, 7],
  ["syn" as const, true, -1],
  ["none" as const, true, -1],
  ["fin" as const, true, -1],
  ["rst" as const, false, -1],
])("%s (acknowledging: %s, scale %i) is written, and read back", (control, hasAck, windowScale) => {
  const repr = new TcpRepr();
  Object.assign(repr, {
    srcPort: 1,
    dstPort: 65535,
    seq: 0xffff_fffe,
    control,
    hasAck,
    window: 65535,
    windowScale,
  });
  if (hasAck) repr.ack = 0x8000_0001;
  repr.push = control === "none";
  if (control === "syn") repr.mss = 65480;
  const frame = new FrameBuffer(repr.headerLen);
  const packet = new TcpPacket().at(frame, 0, frame.bytes.length);
  repr.emit(packet);
  packet.fillChecksum(SYN_SRC, SYN_DST);
  expect([packet.check(), packet.verify(SYN_SRC, SYN_DST), packet.headerLen]).toEqual([
    true,
    true,
    repr.headerLen,
  ]);
  const back = new TcpRepr();
  expect(back.parse(packet)).toBe(true);
  expect(back).toEqual(repr);
});

test.each([
  ["nineteen bytes", "0d2c 0050 38affe13 00000000 50 02 2238 0000 00"],
  ["a header of 16 bytes", "0d2c 0050 38affe13 00000000 40 02 2238 0000 0000"],
  ["a header beyond its end", "0d2c 0050 38affe13 00000000 60 02 2238 0000 0000"],
])("a segment with %s is refused", (_, hex) => {
  expect(packetOf(hex).check()).toBe(false);
});

test.each([
  ["SYN and FIN", "0d2c 0050 38affe13 00000000 50 03 2238 0000 0000"],
  ["SYN and RST", "0d2c 0050 38affe13 00000000 50 06 2238 0000 0000"],
  ["FIN and RST", "0d2c 0050 38affe13 00000000 50 05 2238 0000 0000"],
  ["source port 0", "0000 0050 38affe13 00000000 50 02 2238 0000 0000"],
  ["destination port 0", "0d2c 0000 38affe13 00000000 50 02 2238 0000 0000"],
])("a segment with %s is nonsense", (_, hex) => {
  expect(new TcpRepr().parse(packetOf(hex))).toBe(false);
});

/** MSS and window scale of a SYN with these options. */
function parseOptions(options: string): number[] {
  const words = options.replaceAll(" ", "").length / 8;
  const packet = packetOf(`0d2c 0050 38affe13 00000000 ${5 + words}0 02 2238 0000 0000 ${options}`);
  expect(packet.check()).toBe(true);
  return [packet.mss, packet.windowScale];
}

describe("options", () => {
  test.each([
    ["none", "", DEFAULT_MSS, -1],
    ["scale behind unknown ones", "fd04 1234 01 030307", DEFAULT_MSS, 7],
    ["a scale above the limit", "01 0303ff", DEFAULT_MSS, MAX_WINDOW_SCALE],
    ["length 0", "0200 05b4", DEFAULT_MSS, -1],
    ["length 1", "0201 05b4", DEFAULT_MSS, -1],
    ["a length beyond the header", "0101 0204", DEFAULT_MSS, -1],
    ["a kind without a length", "010101 02", DEFAULT_MSS, -1],
    ["an MSS of the wrong length", "0203 05 01", DEFAULT_MSS, -1],
    ["nothing behind the end", "00 030307", DEFAULT_MSS, -1],
  ])("with %s", (_, options, mss, scale) => {
    expect(parseOptions(options)).toEqual([mss, scale]);
  });
});
