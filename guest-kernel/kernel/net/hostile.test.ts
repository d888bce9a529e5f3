// Whatever is on the wire, the kernel neither traps nor allocates, and works on.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernelNet, KERNEL_MAC } from "../../../tests/support/kernel-net.ts";
import {
  ACK,
  arp,
  ethernet,
  FIN,
  ipv4,
  join,
  PSH,
  RST,
  SYN,
  tcp,
  udp,
} from "../../../tests/support/packets.ts";
import {
  dhcpMessage,
  dhcpOptions,
  KERNEL_IP,
  PEER_IP,
  PEER_MAC,
  ScriptedConnection,
  ScriptedPeer,
} from "../../../tests/support/scripted-peer.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";

const FRAMES = 10_000;
const EMPTY = new Uint8Array(0);

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileKernelNet();
}, 60_000);

/** A well-formed frame of some kind, aimed at `connection`. */
function soundFrame(random: SeededRandom, connection: ScriptedConnection): Uint8Array {
  const kind = random.below(8);
  if (kind === 0) {
    return ethernet(
      KERNEL_MAC,
      PEER_MAC,
      0x0806,
      arp(1 + random.below(2), PEER_MAC, PEER_IP, KERNEL_MAC, KERNEL_IP),
    );
  }
  if (kind === 1) {
    const message = dhcpMessage(random.bytes(4), dhcpOptions(1 + random.below(7), random.uint32()));
    return inIpv4(17, udp(PEER_IP, 67, KERNEL_IP, 68, message));
  }
  if (kind === 2)
    return inIpv4(1, join([random.below(20), random.below(16)], random.bytes(random.below(100))));
  const flags = [ACK, ACK, ACK | PSH, ACK | FIN, ACK | RST, SYN, SYN | ACK, random.below(256)][
    random.below(8)
  ]!;
  const segment = {
    sourcePort: 80,
    targetPort: connection.syn.sourcePort,
    seq: connection.first + random.below(70_000) - 1000,
    ack: connection.kernelFirst + random.below(20) - 10,
    flags: random.chance(0.9) ? flags & ~RST : flags,
    window: random.below(65536),
    options: random.chance(0.2) ? [...random.bytes(4 * random.below(11))] : [],
    payload: random.chance(0.7) ? random.bytes(random.below(1400)) : EMPTY,
  };
  return inIpv4(6, tcp(PEER_IP, KERNEL_IP, segment));
}

function inIpv4(protocol: number, payload: Uint8Array): Uint8Array {
  return ethernet(KERNEL_MAC, PEER_MAC, 0x0800, ipv4(protocol, PEER_IP, KERNEL_IP, payload));
}

/** Flips bytes, cuts off, or lengthens. */
function mutate(random: SeededRandom, frame: Uint8Array): Uint8Array {
  const mutated = frame.slice();
  for (let i = random.below(4); i > 0; i--)
    mutated[random.below(Math.min(mutated.length, 80))] = random.below(256);
  if (random.chance(0.2)) return mutated.subarray(0, 14 + random.below(mutated.length - 13));
  if (random.chance(0.1)) return join(mutated, random.bytes(random.below(64)));
  return mutated;
}

/** Sends frames, moving time now and then, and reopening the connection when it ends. */
function bombard(
  seed: number,
  offload: boolean,
  frameOf: (random: SeededRandom, to: ScriptedConnection) => Uint8Array,
): void {
  const random = new SeededRandom(seed);
  const peer = new ScriptedPeer(module, { offload, mtu: 1500 });
  peer.configure();
  const { kernel } = peer;
  const { memoryBytes } = kernel;
  const free = kernel.call("framesFreeCount");
  let connection = new ScriptedConnection(peer);
  const heap = kernel.call("heapTop");
  for (let i = 0; i < FRAMES; i++) {
    peer.send(frameOf(random, connection));
    if (random.chance(0.5)) kernel.poll();
    if (random.chance(0.1)) kernel.write(connection.socket, random.bytes(random.below(3000)));
    if (random.chance(0.3)) kernel.read(connection.socket);
    if (random.chance(0.01)) kernel.runTimer();
    if (i % 32 === 31) kernel.poll();
    peer.frames.length = 0;
    if (connection.state === 3 || random.chance(0.001)) {
      kernel.call("tcpClose", connection.socket);
      kernel.poll();
      peer.frames.length = 0;
      if (kernel.ready) connection = new ScriptedConnection(peer);
    }
  }
  expect(kernel.call("heapTop")).toBe(heap);
  expect(kernel.memoryBytes).toBe(memoryBytes);
  works(peer, connection, free);
}

/** After all, the kernel still serves its owner: a connection opens, carries, and its memory comes back. */
function works(peer: ScriptedPeer, last: ScriptedConnection, free: number): void {
  peer.kernel.poll();
  peer.kernel.call("tcpAbort", last.socket);
  peer.kernel.poll();
  peer.kernel.advance(61_000); // whatever waits for the other side has given up
  peer.kernel.poll();
  peer.kernel.poll();
  peer.frames.length = 0;
  const connection = new ScriptedConnection(peer);
  connection.sendText("still here", 0);
  expect(connection.text()).toBe("still here");
  peer.kernel.call("tcpAbort", connection.socket);
  peer.kernel.poll();
  expect(peer.kernel.call("framesFreeCount")).toBe(free);
}

describe("10,000 hostile frames", () => {
  test.each([1, 2])("of random bytes (seed %i)", { timeout: 60_000 }, (seed) => {
    bombard(seed, true, (random) => {
      const frame = random.bytes(16 + random.below(200));
      if (random.chance(0.9)) frame.set(KERNEL_MAC);
      if (random.chance(0.8)) frame.set([8, random.chance(0.7) ? 0 : 6], 12);
      if (random.chance(0.5)) frame.set([0x45, 0], 14);
      return frame;
    });
  });

  test.each([3, 4])(
    "that are almost right, checksums not looked at (seed %i)",
    { timeout: 60_000 },
    (seed) => {
      bombard(seed, true, (random, connection) => mutate(random, soundFrame(random, connection)));
    },
  );

  test.each([5, 6])("that are well formed but make no sense (seed %i)", { timeout: 60_000 }, (seed) => {
    bombard(seed, false, soundFrame);
  });

  test("cut off at every length", () => {
    const peer = new ScriptedPeer(module);
    peer.configure();
    const connection = new ScriptedConnection(peer);
    const segment = {
      sourcePort: 80,
      targetPort: connection.syn.sourcePort,
      seq: connection.first,
      ack: connection.kernelFirst,
    };
    const whole = inIpv4(
      6,
      tcp(PEER_IP, KERNEL_IP, { ...segment, flags: ACK, window: 9, payload: Buffer.from("abc") }),
    );
    for (let length = 14; length < whole.length; length++) {
      peer.send(whole.subarray(0, length));
      peer.kernel.poll();
    }
    expect(connection.text()).toBe("-10");
    peer.send(whole);
    peer.kernel.poll();
    expect(connection.text()).toBe("abc");
  });
});
