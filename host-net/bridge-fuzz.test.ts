import { afterEach, describe, expect, test } from "vitest";
import { GuestNetwork } from "../tests/support/guest-network.ts";
import { frameOf } from "../tests/support/frame.ts";
import { SeededRandom } from "../tests/support/seeded-random.ts";
import { Policy } from "./policy.ts";
import { GATEWAY_IP } from "./network.ts";
import { FrameBuffer, MAX_FRAME_LEN } from "./wire/frame-buffer.ts";
import { Ipv4Packet, Ipv4Repr } from "./wire/ipv4.ts";

const ROUNDS = 20_000;

let network: GuestNetwork;

afterEach(async () => {
  await network.close();
});

/** Frames that the bridge takes seriously, of every kind; some of a connection to the gateway's `port`. */
async function collectCorpus(port: number): Promise<Uint8Array[]> {
  const corpus = [
    frameOf(`ffffffffffff 525400123456 0806
      0001 0800 06 04 0001 525400123456 0a00020f 000000000000 0a000202`).bytes,
    ipv4Frame(1, `0800 f7ff 0000 0000`),
    ipv4Frame(17, `0044 0043 0100 0000 01010600 ${"00".repeat(232)} 63825363 350101 ff`),
    ipv4Frame(17, `1000 0035 000a 0000 ffff`),
  ];
  const toBridge = network.link.toBridge;
  network.link.toBridge = (frame) => {
    corpus.push(frame);
    toBridge(frame);
  };
  const guest = network.guest.connect(GATEWAY_IP, port);
  guest.write(new Uint8Array(3000));
  await network.until(() => guest.drained, "some segments");
  guest.end();
  await network.until(() => guest.drained, "a FIN");
  network.link.toBridge = toBridge;
  return corpus;
}

function ipv4Frame(protocol: number, payloadHex: string): Uint8Array {
  const frame = frameOf(`52550a000202 525400123456 0800 ${"00".repeat(20)} ${payloadHex}`);
  const repr = new Ipv4Repr();
  Object.assign(repr, {
    protocol,
    src: 0x0a00_020f,
    dst: GATEWAY_IP,
    payloadLength: frame.bytes.length - 34,
  });
  repr.emit(new Ipv4Packet().at(frame, 14, frame.bytes.length));
  return frame.bytes;
}

/** A frame with some bytes changed, cut off or appended; its IPv4 header checksum is right half of the time. */
function mutate(random: SeededRandom, frame: Uint8Array): Uint8Array {
  const length = random.chance(0.2) ? random.below(frame.length + 40) : frame.length;
  const buffer = new FrameBuffer(length);
  buffer.bytes.set(frame.subarray(0, length));
  for (let changes = length > 0 ? random.below(6) : 0; changes > 0; changes--) {
    const at = random.chance(0.8) ? random.below(Math.min(length, 80)) : random.below(length);
    buffer.bytes[at] = random.chance(0.3) ? [0, 0xff, 0x7f, 0x80][random.below(4)]! : random.uint32();
  }
  if (length >= 34 && random.chance(0.5)) repairHeaderChecksum(buffer);
  return buffer.bytes;
}

function repairHeaderChecksum(buffer: FrameBuffer): void {
  buffer.bytes[14] = 0x45;
  buffer.view.setUint16(24, 0);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum = (sum + buffer.view.getUint16(at)) % 0xffff;
  buffer.view.setUint16(24, 0xffff - sum);
}

describe.each([false, true])("with checksum offload %s", (offload) => {
  test("any bytes are dropped or answered, never thrown at", async () => {
    network = new GuestNetwork(100, { offload });
    const random = new SeededRandom(101);
    for (let round = 0; round < ROUNDS; round++) network.bridge.receive(random.bytes(random.below(120)));
    network.bridge.receive(new Uint8Array(MAX_FRAME_LEN + 1));
    network.bridge.receive(new Uint8Array(0));
    expect(network.bridge.counters.malformed + network.bridge.counters.unserved).toBe(ROUNDS + 2);
  });

  test("mutations of real frames neither throw nor keep others from being served", async () => {
    const hosts = new GuestNetwork(0);
    const port = await hosts.serve((socket) => socket.on("error", () => undefined).resume());
    // No mutation may reach another server of this machine.
    network = new GuestNetwork(102, { offload, policy: new Policy([`gateway:${port}`]) });
    const corpus = await collectCorpus(port);
    const random = new SeededRandom(103);
    const { toGuest } = network.link;
    network.link.toGuest = () => undefined;
    for (let round = 0; round < ROUNDS; round++) {
      network.bridge.receive(mutate(random, corpus[random.below(corpus.length)]!));
      if (round % 200 !== 0) continue;
      network.clock.advance(random.below(500));
      await network.settle();
    }
    expect(network.bridge.counters.malformed).toBeGreaterThan(ROUNDS / 20);
    expect(network.bridge.counters.connectionsOpened).toBeGreaterThan(offload ? 1 : 0);

    network.bridge.receive(corpus[0]!); // the guest's own ARP request: its MAC address is known again
    network.link.toGuest = toGuest;
    const guest = network.guest.connect(GATEWAY_IP, port);
    guest.write(new Uint8Array(10_000));
    guest.end();
    await network.until(() => guest.drained && guest.state === "open", "served");
    await hosts.close();
  });
});
