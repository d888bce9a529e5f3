// Below TCP: checksums, ARP, ICMP.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileKernelNet, KERNEL_MAC } from "../../../tests/support/kernel-net.ts";
import { arp, ethernet, join, referenceChecksum } from "../../../tests/support/packets.ts";
import {
  KERNEL_IP,
  PEER_ADDRESS,
  PEER_IP,
  PEER_MAC,
  ScriptedPeer,
} from "../../../tests/support/scripted-peer.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { E_CONNREFUSED, E_HOSTUNREACH } from "../../abi/errors.ts";

const BROADCAST = new Uint8Array(6).fill(0xff);
const FAILED = 3;
const CONNECTING = 0;

let module: WebAssembly.Module;
let peer: ScriptedPeer;

beforeAll(async () => {
  module = await compileKernelNet();
}, 60_000);

beforeEach(() => {
  peer = new ScriptedPeer(module);
  peer.configure();
});

describe("the checksum", () => {
  test("is that of RFC 1071's example", () => {
    expect(swap(peer.kernel.checksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)))).toBe(
      ~0xddf2 & 0xffff,
    );
  });

  test("agrees with adding word by word, for every length", () => {
    const random = new SeededRandom(1);
    for (let length = 0; length < 300; length++) {
      const bytes = length % 3 === 0 ? new Uint8Array(length).fill(0xff) : random.bytes(length);
      expect(swap(peer.kernel.checksum(bytes)), `length ${length}`).toBe(referenceChecksum(bytes));
    }
  });
});

describe("ARP", () => {
  test("answers who asks for our address", () => {
    peer.send(ethernet(BROADCAST, PEER_MAC, 0x0806, arp(1, PEER_MAC, PEER_IP, new Uint8Array(6), KERNEL_IP)));
    peer.kernel.poll();
    const reply = ethernet(PEER_MAC, KERNEL_MAC, 0x0806, arp(2, KERNEL_MAC, KERNEL_IP, PEER_MAC, PEER_IP));
    expect(peer.frames).toEqual([reply]);
  });

  test("does not answer for others, nor what is malformed", () => {
    const sound = arp(1, PEER_MAC, PEER_IP, new Uint8Array(6), KERNEL_IP);
    const bad = [
      arp(1, PEER_MAC, PEER_IP, new Uint8Array(6), [10, 0, 2, 99]),
      arp(1, PEER_MAC, [255, 255, 255, 255], new Uint8Array(6), KERNEL_IP),
      arp(1, PEER_MAC, KERNEL_IP, new Uint8Array(6), KERNEL_IP),
      arp(1, BROADCAST, PEER_IP, new Uint8Array(6), KERNEL_IP),
      sound.subarray(0, 27),
      sound.map((byte, i) => (i === 1 ? 6 : byte)),
      sound.map((byte, i) => (i === 4 ? 8 : byte)),
    ];
    for (const packet of bad) peer.send(ethernet(BROADCAST, PEER_MAC, 0x0806, packet));
    peer.kernel.poll();
    expect(peer.frames).toEqual([]);
  });

  test("asks three times, a second apart, then the host is unreachable", () => {
    peer.answersArp = false;
    const socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    const times: number[] = [];
    const started = peer.kernel.now;
    peer.kernel.poll();
    while (peer.kernel.call("tcpState", socket) === CONNECTING) {
      for (const frame of peer.frames.splice(0)) {
        expect(frame).toEqual(
          ethernet(BROADCAST, KERNEL_MAC, 0x0806, arp(1, KERNEL_MAC, KERNEL_IP, new Uint8Array(6), PEER_IP)),
        );
        times.push(Number(peer.kernel.now - started) / 1e9);
      }
      expect(peer.kernel.runTimer()).toBe(true);
    }
    expect(times).toEqual([0, 1, 2]);
    expect(peer.kernel.call("tcpError", socket)).toBe(-E_HOSTUNREACH);
  });

  test("goes on as soon as the answer is there", () => {
    peer.answersArp = false;
    peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.poll();
    expect(peer.takeTcp()).toEqual([]);
    peer.answerArp();
    peer.kernel.poll();
    expect(peer.takeTcp()).toHaveLength(1);
  });
});

describe("ICMP", () => {
  beforeEach(() => {
    peer.kernel.call("tcpConnect", PEER_ADDRESS, 9); // so that the peer's hardware address is known
    peer.kernel.poll();
    peer.kernel.poll();
    peer.frames.length = 0;
  });

  test.each([0, 1, 56, 1400])("sends back an echo of %i bytes", (length) => {
    const data = new SeededRandom(2).bytes(length);
    peer.sendIp(1, icmp(join([8, 0, 0, 0, 1, 2, 3, 4], data)));
    const [frame] = peer.frames;
    expect(frame!.slice(34)).toEqual(icmp(join([0, 0, 0, 0, 1, 2, 3, 4], data)));
    expect([...frame!.subarray(26, 34)]).toEqual([...KERNEL_IP, ...PEER_IP]);
  });

  test("ignores an echo with a wrong checksum, to everybody, or cut off", () => {
    const echo = icmp([8, 0, 0, 0, 1, 2, 3, 4]);
    peer.sendIp(
      1,
      echo.map((byte, i) => (i === 7 ? byte ^ 1 : byte)),
    );
    peer.sendIp(1, echo.subarray(0, 7));
    peer.sendIp(1, echo, PEER_IP, [10, 0, 2, 255]);
    peer.sendIp(1, echo, [224, 0, 0, 1]);
    expect(peer.frames).toEqual([]);
  });

  test.each([
    [1, -E_HOSTUNREACH],
    [3, -E_CONNREFUSED],
    [13, -E_HOSTUNREACH],
  ])("code %i fails the connection whose SYN it quotes, no other", (code, error) => {
    const socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.poll();
    const packet = peer.frames[0]!.slice(14, 42);
    const wrong = packet.map((byte, i) => (i === 27 ? byte ^ 1 : byte)); // another sequence number
    peer.sendIp(1, icmp(join([3, code, 0, 0, 0, 0, 0, 0], wrong)));
    peer.sendIp(1, icmp(join([3, code, 0, 0, 0, 0, 0, 0], packet.subarray(0, 27))));
    expect(peer.kernel.call("tcpState", socket)).toBe(CONNECTING);
    peer.sendIp(1, icmp(join([3, code, 0, 0, 0, 0, 0, 0], packet)));
    expect(peer.kernel.call("tcpState", socket)).toBe(FAILED);
    expect(peer.kernel.call("tcpError", socket)).toBe(error);
  });
});

/** A word as it lies in memory, read big-endian. */
function swap(word: number): number {
  return ((word & 0xff) << 8) | (word >> 8);
}

/** An ICMP message with its checksum filled in. */
function icmp(bytes: number[] | Uint8Array): Uint8Array {
  const message = join(bytes);
  message.set([0, 0], 2);
  const sum = referenceChecksum(message);
  message.set([sum >> 8, sum & 255], 2);
  return message;
}
