// TCP against a peer that does exactly what the test says.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileKernelNet } from "../../../tests/support/kernel-net.ts";
import { ACK, be, FIN, PSH, RST, SYN, tcp } from "../../../tests/support/packets.ts";
import {
  KERNEL_IP,
  PEER_ADDRESS,
  PEER_IP,
  ScriptedConnection,
  ScriptedPeer,
  type Sent,
} from "../../../tests/support/scripted-peer.ts";
import {
  E_AGAIN,
  E_BADF,
  E_CONNREFUSED,
  E_CONNRESET,
  E_INVAL,
  E_LIMIT,
  E_NETDOWN,
  E_TIMEDOUT,
} from "../../abi/errors.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED_BY_PEER = 2;
const FAILED = 3;
const MSS_OPTION = [2, 4, 0x05, 0xb4]; // 1460
const SCALE_OPTION = [1, 3, 3, 2];

let module: WebAssembly.Module;
let peer: ScriptedPeer;

beforeAll(async () => {
  module = await compileKernelNet();
}, 60_000);

beforeEach(() => {
  peer = new ScriptedPeer(module, { offload: false });
  peer.configure();
});

/** What a segment says, less its ends. */
function summary(segment: Sent): [flags: number, seq: number, ack: number, bytes: number] {
  return [segment.flags, segment.seq, segment.ack, segment.payload.length];
}

/** Runs timers until the kernel has sent segments; takes them. */
function later(): Sent[] {
  for (;;) {
    const segments = peer.takeTcp();
    if (segments.length > 0) return segments;
    if (!peer.kernel.runTimer()) throw new Error("no timer");
  }
}

describe("connecting", () => {
  test("offers the MTU's segment size and window scaling, with a good checksum", () => {
    const { syn } = new ScriptedConnection(peer);
    expect([syn.flags, syn.options, syn.checksumOk]).toEqual([
      SYN,
      [2, 4, ...be(1460, 2), 1, 3, 3, 3].toSpliced(4, 0),
      true,
    ]);
    expect(syn.sourcePort).toBeGreaterThanOrEqual(49152);
  });

  test("asks again after 1, 2 and 4 seconds and gives up after 8 more", () => {
    const socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    const started = peer.kernel.now;
    const times: number[] = [];
    peer.kernel.poll();
    peer.kernel.poll(); // the hardware address has come
    while (peer.kernel.call("tcpState", socket) === CONNECTING) {
      for (const segment of peer.takeTcp()) {
        expect(segment.flags).toBe(SYN);
        times.push(Number(peer.kernel.now - started) / 1e9);
      }
      peer.kernel.runTimer();
    }
    expect(times.map(Math.round)).toEqual([0, 1, 3, 7]);
    expect(peer.kernel.call("tcpError", socket)).toBe(-E_TIMEDOUT);
  });

  test("refuses targets that cannot be", () => {
    expect(peer.kernel.call("tcpConnect", PEER_ADDRESS, 0)).toBe(-E_INVAL);
    for (const ip of [0, 0x0100007f, 0x010000e0, 0xffffffff, 0xff02000a]) {
      expect(peer.kernel.call("tcpConnect", ip, 80)).toBe(-E_INVAL);
    }
    expect(new ScriptedPeer(module).kernel.call("tcpConnect", PEER_ADDRESS, 80)).toBe(-E_NETDOWN);
  });

  test("has 64 sockets, and a closed one's number stays dead", () => {
    const sockets = Array.from({ length: 64 }, () => peer.kernel.call("tcpConnect", PEER_ADDRESS, 80));
    expect(new Set(sockets).size).toBe(64);
    expect(peer.kernel.call("tcpConnect", PEER_ADDRESS, 80)).toBe(-E_LIMIT);
    peer.kernel.call("tcpClose", sockets[5]!);
    const again = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    expect(again).toBeGreaterThanOrEqual(0);
    expect(again).not.toBe(sockets[5]);
    for (const stale of [sockets[5]!, -1, 64, 0x7fffffff]) {
      expect(peer.kernel.call("tcpState", stale)).toBe(-E_BADF);
      expect(peer.kernel.read(stale)).toBe(-E_BADF);
    }
  });

  test("believes a refusal only with the right acknowledgement", () => {
    const socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.poll();
    peer.kernel.poll();
    const syn = peer.takeOne();
    const reset = { sourcePort: 80, targetPort: syn.sourcePort, seq: 0, window: 0 };
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...reset, ack: syn.seq, flags: RST | ACK }));
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...reset, ack: syn.seq + 2, flags: RST | ACK }));
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...reset, ack: 0, flags: RST }));
    expect(peer.kernel.call("tcpState", socket)).toBe(CONNECTING);
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...reset, ack: syn.seq + 1, flags: RST | ACK }));
    expect(peer.kernel.call("tcpError", socket)).toBe(-E_CONNREFUSED);
  });

  test("resets an old connection that answers its SYN", () => {
    peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.poll();
    peer.kernel.poll();
    const syn = peer.takeOne();
    const ends = { sourcePort: 80, targetPort: syn.sourcePort };
    peer.sendIp(
      6,
      tcp(PEER_IP, KERNEL_IP, { ...ends, seq: 5, ack: syn.seq + 9, flags: SYN | ACK, window: 1 }),
    );
    expect(summary(peer.takeOne())).toEqual([RST, (syn.seq + 9) >>> 0, 0, 0]);
  });

  test("ends the handshake with the first data if there is some", () => {
    const socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.poll();
    peer.kernel.poll();
    const syn = peer.takeOne();
    const answer = { sourcePort: 80, targetPort: syn.sourcePort, seq: 7, ack: syn.seq + 1, window: 1000 };
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...answer, flags: SYN | ACK }));
    expect(peer.kernel.write(socket, Buffer.from("GET"))).toBe(3);
    peer.kernel.poll();
    expect(summary(peer.takeOne())).toEqual([ACK | PSH, (syn.seq + 1) >>> 0, 8, 3]);
    expect(peer.kernel.deadline).toBeGreaterThan(peer.kernel.now + 100_000_000n); // only the retransmission
  });

  test("opens with both sides connecting at once", () => {
    const socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.poll();
    peer.kernel.poll();
    const syn = peer.takeOne();
    const ends = { sourcePort: 80, targetPort: syn.sourcePort, window: 1000 };
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...ends, seq: 99, ack: 0, flags: SYN }));
    expect(summary(peer.takeOne())).toEqual([SYN | ACK, syn.seq, 100, 0]);
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...ends, seq: 99, ack: syn.seq + 1, flags: SYN | ACK }));
    expect(peer.kernel.call("tcpState", socket)).toBe(OPEN);
  });
});

describe("receiving", () => {
  test("puts segments in order, whatever the order they come in", () => {
    const connection = new ScriptedConnection(peer);
    const text = "abcdefghijklmnopqrstuvwxyz";
    for (const from of [24, 4, 20, 8, 16, 12]) connection.sendText(text.slice(from, from + 4), from);
    expect(connection.text()).toBe(String(-E_AGAIN));
    connection.sendText(text.slice(0, 4), 0);
    expect(connection.text()).toBe(text);
  });

  test("takes overlapping and repeated segments once", () => {
    const connection = new ScriptedConnection(peer);
    const text = "abcdefghij";
    connection.sendText(text.slice(3, 7), 3);
    connection.sendText(text.slice(2, 9), 2);
    connection.sendText(text.slice(4, 5), 4);
    connection.sendText(text.slice(0, 5), 0);
    connection.sendText(text.slice(0, 5), 0);
    connection.sendText(text.slice(5), 5);
    expect(connection.text()).toBe(text);
  });

  test("survives more gaps than it can remember", () => {
    const connection = new ScriptedConnection(peer);
    const text = "0123456789".repeat(10);
    for (let from = 99; from > 0; from -= 2) connection.sendText(text[from]!, from);
    for (let from = 0; from < 100; from++) connection.sendText(text[from]!, from);
    expect(connection.text()).toBe(text);
  });

  test("repeats its acknowledgement at once for every segment after a gap", () => {
    const connection = new ScriptedConnection(peer);
    for (const from of [10, 20, 30]) connection.sendText("x".repeat(10), from);
    expect(peer.takeTcp().map((segment) => segment.ack)).toEqual(Array(3).fill(connection.first));
  });

  test("acknowledges a lone segment 10 ms later, every second one at once", () => {
    const connection = new ScriptedConnection(peer, [...MSS_OPTION, ...SCALE_OPTION]);
    peer.kernel.runTimer();
    for (let i = 0; i < 200; i++) connection.sendText("x".repeat(1000), i * 1000); // the window opens
    for (connection.text(); typeof peer.kernel.read(connection.socket) !== "number";);
    peer.kernel.poll();
    peer.kernel.advance(20);
    peer.kernel.poll();
    peer.takeTcp();
    connection.sendText("x".repeat(1000), 200_000);
    expect(peer.takeTcp()).toEqual([]);
    const before = peer.kernel.now;
    expect(later()[0]!.ack).toBe((connection.first + 201_000) >>> 0);
    expect(peer.kernel.now - before).toBe(10_000_000n);
    connection.sendText("x".repeat(1000), 201_000);
    connection.sendText("x".repeat(1000), 202_000);
    expect(peer.takeOne().ack).toBe((connection.first + 203_000) >>> 0);
  });

  test("takes no byte beyond its window", () => {
    const connection = new ScriptedConnection(peer); // without scaling: 65535 bytes, of a buffer of 262144
    const part = Buffer.alloc(1400, "x");
    for (let i = 0; i < 400; i++) connection.send({ seq: connection.first + i * 1400, payload: part });
    expect(peer.kernel.call("tcpReadable", connection.socket)).toBe(262144);
    const last = peer.takeTcp().at(-1);
    expect([last?.window, last?.ack]).toEqual([0, (connection.first + 262144) >>> 0]);
    connection.send({ seq: connection.first + 262144 + 300_000, payload: part });
    expect(peer.kernel.call("tcpReadable", connection.socket)).toBe(262144);
  });

  test("says so when there is room again", () => {
    const connection = new ScriptedConnection(peer, [...MSS_OPTION, ...SCALE_OPTION]);
    const part = Buffer.alloc(1400, "x");
    for (let i = 0; i < 190; i++) connection.send({ seq: connection.first + i * 1400, payload: part });
    expect(peer.takeTcp().at(-1)?.window).toBe(0);
    expect(peer.kernel.read(connection.socket, 100)).toHaveLength(100);
    peer.kernel.poll();
    expect(peer.takeTcp()).toEqual([]); // not for a trifle: silly windows
    peer.kernel.read(connection.socket, 10_000);
    expect(peer.kernel.deadline).toBe(0n);
    peer.kernel.poll();
    expect(peer.takeOne().window << 3).toBeGreaterThan(10_000);
  });

  test("holds a FIN back until everything before it is there", () => {
    const connection = new ScriptedConnection(peer);
    connection.send({ seq: connection.first + 3, flags: ACK | FIN, payload: Buffer.from("def") });
    connection.sendText("zzz", 6); // nothing can come after a FIN
    expect(connection.state).toBe(OPEN);
    connection.sendText("abc", 0);
    expect(connection.state).toBe(CLOSED_BY_PEER);
    expect(peer.takeTcp().at(-1)?.ack).toBe((connection.first + 7) >>> 0);
    expect(connection.text()).toBe("abcdef");
    expect(connection.text()).toBe("0");
  });

  test("drops what has a wrong checksum", () => {
    const connection = new ScriptedConnection(peer);
    const ends = { sourcePort: 80, targetPort: connection.syn.sourcePort };
    const rest = { ack: connection.kernelFirst, flags: ACK, window: 1000, payload: Buffer.from("abc") };
    const bytes = tcp(PEER_IP, KERNEL_IP, { ...ends, seq: connection.first, ...rest });
    for (let i = 0; i < bytes.length; i++)
      peer.sendIp(
        6,
        bytes.map((byte, at) => (at === i ? byte ^ 4 : byte)),
      );
    expect(connection.text()).toBe(String(-E_AGAIN));
  });

  test("gives what was received before a reset, then the error", () => {
    const connection = new ScriptedConnection(peer);
    connection.sendText("last words", 0);
    connection.send({ seq: connection.first + 10, flags: RST });
    expect(connection.state).toBe(FAILED);
    expect(connection.text()).toBe("last words");
    expect(connection.text()).toBe(String(-E_CONNRESET));
    expect(peer.kernel.write(connection.socket, Buffer.from("x"))).toBe(-E_CONNRESET);
  });
});

describe("blind attacks", () => {
  test.each([
    ["a reset inside the window but not at its edge", { flags: RST, offset: 1 }, 1],
    ["a reset outside of the window", { flags: RST, offset: 1 << 20 }, 0],
    ["a SYN", { flags: SYN, offset: 0 }, 1],
    ["a segment without an acknowledgement", { flags: PSH, offset: 0 }, 0],
    ["an acknowledgement of what was not sent", { flags: ACK, offset: 0, ack: 1000 }, 1],
    ["an acknowledgement of long ago", { flags: ACK, offset: 0, ack: -1000000 }, 1],
    ["SYN and FIN together", { flags: SYN | FIN | ACK, offset: 0 }, 0],
    ["SYN and RST together", { flags: SYN | RST, offset: 0 }, 0],
  ])(
    "%s changes nothing",
    (_, { flags, offset, ack = 0 }: { flags: number; offset: number; ack?: number }, answers) => {
      const connection = new ScriptedConnection(peer);
      const payload = flags === PSH ? Buffer.from("x") : new Uint8Array(0);
      connection.send({ seq: connection.first + offset, ack: connection.kernelFirst + ack, flags, payload });
      expect(connection.state).toBe(OPEN);
      expect(connection.text()).toBe(String(-E_AGAIN));
      expect(peer.takeTcp().map((segment) => segment.ack)).toEqual(Array(answers).fill(connection.first));
    },
  );

  test("a segment for nobody is answered by a reset, a reset for nobody is not", () => {
    const ends = { sourcePort: 81, targetPort: 5000, window: 0 };
    expect(new ScriptedConnection(peer).state).toBe(OPEN); // so that the peer's hardware address is known
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...ends, seq: 7, ack: 9, flags: ACK }));
    expect(summary(peer.takeOne())).toEqual([RST, 9, 0, 0]);
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...ends, seq: 7, ack: 0, flags: SYN }));
    expect(summary(peer.takeOne())).toEqual([RST | ACK, 0, 8, 0]);
    peer.sendIp(6, tcp(PEER_IP, KERNEL_IP, { ...ends, seq: 7, ack: 9, flags: RST | ACK }));
    expect(peer.takeTcp()).toEqual([]);
  });
});

describe("sending", () => {
  const sent = Buffer.from(Array.from({ length: 60_000 }, (_, i) => i % 251));

  test("cuts data by the peer's segment size, with good checksums", () => {
    const connection = new ScriptedConnection(peer, [2, 4, ...be(500, 2)]);
    expect(peer.kernel.write(connection.socket, sent.subarray(0, 1200))).toBe(1200);
    peer.kernel.poll();
    const segments = peer.takeTcp();
    expect(segments.map((segment) => [segment.payload.length, segment.flags, segment.checksumOk])).toEqual([
      [500, ACK, true],
      [500, ACK, true],
      [200, ACK | PSH, true],
    ]);
    expect(Buffer.concat(segments.map((segment) => segment.payload)).equals(sent.subarray(0, 1200))).toBe(
      true,
    );
  });

  test("repeats after the timeout, doubling it, and fails in the end", () => {
    const connection = new ScriptedConnection(peer);
    peer.kernel.write(connection.socket, Buffer.from("x"));
    const started = peer.kernel.now;
    const times: number[] = [];
    peer.kernel.poll();
    while (connection.state === OPEN) {
      for (const segment of peer.takeTcp()) {
        expect(summary(segment)).toEqual([ACK | PSH, connection.kernelFirst, connection.first, 1]);
        times.push(Number(peer.kernel.now - started) / 1e9);
      }
      peer.kernel.runTimer();
    }
    const waits = times.slice(1).map((time, i) => time - times[i]!);
    for (let i = 1; i < waits.length; i++) expect(waits[i]).toBeCloseTo(Math.min(waits[i - 1]! * 2, 60), 3);
    expect(Number(peer.kernel.now - started) / 1e9).toBeGreaterThan(100); // RFC 1122 §4.2.3.5
    expect(peer.kernel.call("tcpError", connection.socket)).toBe(-E_TIMEDOUT);
  });

  test("repeats at once what three duplicate acknowledgements miss", () => {
    const connection = new ScriptedConnection(peer);
    peer.kernel.write(connection.socket, sent.subarray(0, 14_600));
    peer.kernel.poll();
    expect(peer.takeTcp()).toHaveLength(10);
    connection.send({});
    connection.send({});
    expect(peer.takeTcp()).toEqual([]);
    connection.send({});
    expect(summary(peer.takeOne())).toEqual([ACK, connection.kernelFirst, connection.first, 1460]);
    connection.send({ ack: connection.kernelFirst + 2920 }); // and the third was lost too
    expect(peer.takeOne().seq).toBe((connection.kernelFirst + 2920) >>> 0);
  });

  test("sends no more than the peer's window, and probes a closed one", () => {
    const connection = new ScriptedConnection(peer, MSS_OPTION, 2000);
    peer.kernel.write(connection.socket, sent.subarray(0, 5000));
    peer.kernel.poll();
    expect(peer.takeTcp().reduce((sum, segment) => sum + segment.payload.length, 0)).toBeLessThanOrEqual(
      2000,
    );
    const acked = connection.kernelFirst + 1460;
    connection.send({ ack: acked, window: 0 });
    expect(peer.takeTcp()).toEqual([]);
    for (let i = 0; i < 20; i++) {
      const [probe, ...more] = later();
      expect(more).toEqual([]);
      expect([probe!.seq, probe!.payload.length]).toEqual([acked >>> 0, 1]);
      connection.send({ ack: acked, window: 0 });
    }
    expect(connection.state).toBe(OPEN); // the peer answers: it may stay closed for ever
    connection.send({ ack: acked, window: 8000 });
    expect(
      Buffer.concat(peer.takeTcp().map((segment) => segment.payload)).equals(sent.subarray(1460, 5000)),
    ).toBe(true);
  });

  test("scales the peer's window", () => {
    const connection = new ScriptedConnection(peer, [...MSS_OPTION, ...SCALE_OPTION], 1000);
    connection.send({ window: 500 }); // times 4
    peer.kernel.write(connection.socket, sent.subarray(0, 5000));
    peer.kernel.poll();
    const bytes = peer.takeTcp().reduce((sum, segment) => sum + segment.payload.length, 0);
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThanOrEqual(2000);
  });

  test("takes as much as the send buffer holds, then says so", () => {
    const connection = new ScriptedConnection(peer);
    expect(peer.kernel.write(connection.socket, Buffer.alloc(70_000))).toBe(65536);
    expect(peer.kernel.write(connection.socket, Buffer.from("x"))).toBe(-E_AGAIN);
    expect(peer.kernel.call("tcpWritable", connection.socket)).toBe(0);
  });
});

describe("closing", () => {
  test("sends what is queued, then FIN, answers the peer's FIN, and is gone a second later", () => {
    const free = peer.kernel.call("framesFreeCount");
    const connection = new ScriptedConnection(peer);
    peer.kernel.write(connection.socket, Buffer.from("bye"));
    peer.kernel.call("tcpClose", connection.socket);
    peer.kernel.poll();
    expect(summary(peer.takeOne())).toEqual([ACK | PSH | FIN, connection.kernelFirst, connection.first, 3]);
    connection.send({ ack: connection.kernelFirst + 4 });
    connection.send({ ack: connection.kernelFirst + 4, flags: FIN | ACK });
    const last = peer.takeOne();
    expect(last.ack).toBe((connection.first + 1) >>> 0);
    connection.send({ ack: connection.kernelFirst + 4, flags: FIN | ACK }); // it was lost
    expect(summary(peer.takeOne())).toEqual(summary(last));
    expect(peer.kernel.call("framesFreeCount")).toBe(free);
    peer.kernel.advance(1000);
    peer.kernel.poll();
    connection.send({ ack: connection.kernelFirst + 4, flags: FIN | ACK });
    expect(peer.takeOne().flags).toBe(RST);
  });

  test("ends when both sides close at once", () => {
    const free = peer.kernel.call("framesFreeCount");
    const connection = new ScriptedConnection(peer);
    peer.kernel.call("tcpClose", connection.socket);
    peer.kernel.poll();
    peer.takeTcp();
    connection.send({ flags: FIN | ACK });
    expect(peer.takeOne().ack).toBe((connection.first + 1) >>> 0);
    connection.send({ seq: connection.first + 1, ack: connection.kernelFirst + 1 });
    expect(peer.kernel.call("framesFreeCount")).toBe(free);
  });

  test("repeats a lost FIN", () => {
    const connection = new ScriptedConnection(peer);
    peer.kernel.call("tcpClose", connection.socket);
    peer.kernel.poll();
    const [fin] = peer.takeTcp();
    expect(later().map(summary)).toEqual([summary(fin!)]);
  });

  test("resets a peer whose data nobody will read", () => {
    const unread = new ScriptedConnection(peer);
    unread.sendText("hello", 0);
    peer.takeTcp();
    peer.kernel.call("tcpClose", unread.socket);
    peer.kernel.poll();
    expect(peer.takeTcp().map((segment) => segment.flags)).toEqual([RST | ACK]);
    const late = new ScriptedConnection(peer);
    peer.kernel.call("tcpClose", late.socket);
    peer.kernel.poll();
    peer.takeTcp();
    late.sendText("hello", 0);
    expect(peer.takeTcp().map((segment) => segment.flags)).toEqual([RST | ACK]);
  });

  test("does not wait for ever for a peer that never ends", () => {
    const free = peer.kernel.call("framesFreeCount");
    const connection = new ScriptedConnection(peer);
    peer.kernel.call("tcpClose", connection.socket);
    peer.kernel.poll();
    connection.send({ ack: connection.kernelFirst + 1 });
    expect(peer.kernel.call("framesFreeCount")).toBeLessThan(free);
    peer.kernel.advance(60_000);
    peer.kernel.poll();
    expect(peer.kernel.call("framesFreeCount")).toBe(free);
  });
});
