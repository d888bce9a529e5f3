import { beforeEach, describe, expect, test } from "vitest";
import { GATEWAY_IP } from "./network.ts";
import { TcpEndpoint, type SegmentWriter, type TcpObserver } from "./tcp-endpoint.ts";
import { TcpRepr, type TcpControl } from "./wire/tcp.ts";

const GUEST_ISS = 1000;
const ISS = 5000;
const BUFFER = 0x4_0000;
const SCALE = 3; // 256 KiB in 16 bits

/** Records the segments to the guest, and what the endpoint has told. */
class Recorder implements SegmentWriter, TcpObserver {
  readonly sent: TcpRepr[] = [];
  readonly events: string[] = [];
  full = false;

  writeSegment(_remoteIp: number, segment: TcpRepr): boolean {
    if (!this.full) this.sent.push(segment.copy());
    return !this.full;
  }
  onReadable(): void {
    this.events.push("readable");
  }
  onRoom(): void {
    this.events.push("room");
  }
  onReset(): void {
    this.events.push("reset");
  }
  onClosed(): void {
    this.events.push("closed");
  }

  take(): TcpRepr[] {
    return this.sent.splice(0);
  }
}

let recorder: Recorder;
let endpoint: TcpEndpoint;

function segmentOf(control: TcpControl, seq: number, ack: number): TcpRepr {
  return Object.assign(new TcpRepr(), {
    srcPort: 40_000,
    dstPort: 80,
    control,
    seq,
    ack,
    hasAck: true,
    window: 1000,
  });
}

/** A segment from the guest with `count` zero bytes; relative sequence numbers, 0 being the first byte. */
function receive(control: TcpControl, seq: number, ack: number, count = 0, nowMs = 0): void {
  const repr = segmentOf(control, GUEST_ISS + 1 + seq, ISS + 1 + ack);
  endpoint.onSegment(repr, new Uint8Array(count), 0, count, nowMs);
}

function create(windowScale: number): void {
  recorder = new Recorder();
  const syn = segmentOf("syn", GUEST_ISS, 0);
  syn.hasAck = false;
  syn.windowScale = windowScale;
  endpoint = new TcpEndpoint({
    tuple: { remoteIp: GATEWAY_IP, remotePort: 80, guestPort: 40_000 },
    syn,
    fromGuest: new Uint8Array(BUFFER),
    toGuest: new Uint8Array(BUFFER),
    initialSeq: ISS,
    writer: recorder,
    observer: recorder,
  });
}

beforeEach(() => {
  create(7);
  endpoint.open();
  endpoint.flush(0);
});

describe("the SYN-ACK", () => {
  test("offers 65535 bytes, never scaled, and scaling from then on", () => {
    expect(recorder.take()).toMatchObject([
      { control: "syn", seq: ISS, ack: GUEST_ISS + 1, window: 65535, windowScale: SCALE, mss: 65480 },
    ]);
    receive("none", 0, 0, 1);
    endpoint.flush(0);
    expect(recorder.take()).toMatchObject([
      { control: "none", ack: GUEST_ISS + 2, window: (BUFFER - 1) >> SCALE },
    ]);
  });

  test("does not offer scaling to a guest that does not", () => {
    create(-1);
    endpoint.open();
    endpoint.flush(0);
    receive("none", 0, 0, 1);
    endpoint.flush(0);
    expect(recorder.take()).toMatchObject([{ windowScale: -1 }, { window: 65535 }]);
  });

  test("is sent again for the same SYN", () => {
    endpoint.onSegment(segmentOf("syn", GUEST_ISS, 0), new Uint8Array(0), 0, 0, 0);
    endpoint.flush(0);
    expect(recorder.take().map(({ control }) => control)).toEqual(["syn", "syn"]);
  });

  test("waits while the link is full", () => {
    create(7);
    endpoint.open();
    recorder.full = true;
    expect(endpoint.flush(0)).toBe(false);
    recorder.full = false;
    expect([endpoint.flush(0), recorder.take().length, endpoint.flush(0), recorder.take().length]).toEqual([
      true,
      1,
      true,
      0,
    ]);
  });

  test("wrongly acknowledged is answered with a reset, and stays", () => {
    recorder.take();
    receive("none", 0, 77);
    expect(recorder.take()).toMatchObject([{ control: "rst", seq: ISS + 1 + 77, hasAck: false }]);
    expect(endpoint.state).toBe("syn-received");
  });
});

describe("once open", () => {
  beforeEach(() => {
    receive("none", 0, 0);
    recorder.take();
  });

  test("one acknowledgement answers all segments before the flush", () => {
    receive("none", 0, 0, 10);
    receive("none", 10, 0, 10);
    receive("none", 20, 0, 10);
    endpoint.flush(0);
    endpoint.flush(0);
    expect(recorder.take()).toMatchObject([{ control: "none", ack: GUEST_ISS + 31 }]);
  });

  test("the last segment of what there is to send is pushed", () => {
    endpoint.sender.ring.commit(1500);
    endpoint.flush(0);
    expect(recorder.take().map(({ push }) => push)).toEqual([false, false, true]);
  });

  test("an acknowledgement that the link refused is sent later", () => {
    receive("none", 0, 0, 10);
    recorder.full = true;
    expect(endpoint.flush(0)).toBe(false);
    recorder.full = false;
    expect([endpoint.flush(0), recorder.take().length]).toEqual([true, 1]);
  });

  test.each([
    ["old data", "none" as const, -5, 5],
    ["data beyond the window", "none" as const, BUFFER, 1],
    ["a SYN", "syn" as const, 0, 0],
    ["a RST inside of the window", "rst" as const, 1, 0],
  ])("%s is answered with an acknowledgement and changes nothing", (_, control, seq, count) => {
    receive(control, seq, 0, count);
    endpoint.flush(0);
    expect(recorder.take()).toMatchObject([{ control: "none", seq: ISS + 1, ack: GUEST_ISS + 1 }]);
    expect([endpoint.state, recorder.events]).toEqual(["open", []]);
  });

  test("an acknowledgement of what was never sent is answered, its data not taken", () => {
    receive("none", 0, 50, 10);
    endpoint.flush(0);
    expect(recorder.take()).toMatchObject([{ ack: GUEST_ISS + 1 }]);
  });

  test("a RST outside of the window is ignored", () => {
    receive("rst", -1, 0);
    endpoint.flush(0);
    expect([recorder.take(), endpoint.state]).toEqual([[], "open"]);
  });

  test("the exact RST closes", () => {
    receive("rst", 0, 0);
    expect([endpoint.state, recorder.events]).toEqual(["closed", ["reset"]]);
  });

  test("taken bytes are told once the window has grown enough", () => {
    for (let seq = 0; seq < BUFFER; seq += 0x8000) receive("none", seq, 0, 0x8000);
    endpoint.flush(0);
    expect(recorder.take()).toMatchObject([{ window: 0 }]);
    endpoint.receiver.ring.consume(1000);
    endpoint.onTaken();
    endpoint.flush(0);
    expect(recorder.take()).toEqual([]);
    endpoint.receiver.ring.consume(100_000);
    endpoint.onTaken();
    endpoint.flush(0);
    expect(recorder.take()).toMatchObject([{ window: 101_000 >> SCALE }]);
  });

  test("a guest that ends first is done when it has acknowledged our FIN", () => {
    receive("fin", 0, 0);
    endpoint.finish();
    endpoint.flush(0);
    expect(recorder.take()).toMatchObject([{ control: "fin", ack: GUEST_ISS + 2 }]);
    receive("none", 1, 1);
    expect([endpoint.state, recorder.events]).toEqual(["closed", ["readable", "closed"]]);
  });

  test("if we end first, the port rests for a second from the guest's last FIN", () => {
    endpoint.finish();
    endpoint.flush(0);
    receive("none", 0, 1);
    receive("fin", 0, 1, 0, 100);
    expect([endpoint.state, endpoint.deadlineMs]).toEqual(["time-wait", 1100]);
    recorder.take();
    receive("fin", 0, 1, 0, 900);
    endpoint.flush(900);
    expect(recorder.take()).toMatchObject([{ control: "none", ack: GUEST_ISS + 2 }]);
    endpoint.onTimer(1100);
    expect(endpoint.state).toBe("time-wait");
    endpoint.onTimer(1900);
    expect([endpoint.state, recorder.events]).toEqual(["closed", ["readable", "closed"]]);
  });

  test("ends that cross rest, too", () => {
    endpoint.finish();
    endpoint.flush(0);
    receive("fin", 0, 0);
    expect(endpoint.state).toBe("open");
    receive("none", 1, 1);
    expect(endpoint.state).toBe("time-wait");
  });
});
