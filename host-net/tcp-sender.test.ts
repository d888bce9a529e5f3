import { beforeEach, describe, expect, test } from "vitest";
import { ByteRing } from "./byte-ring.ts";
import { TcpSender, type SegmentOutput } from "./tcp-sender.ts";
import type { TcpControl } from "./wire/tcp.ts";

const ISS = 0xffff_ff00;
const FIRST = 0xffff_ff01; // the sequence number of the first byte
const MSS = 100;

/** What was sent: control, position in the stream, length. */
type Sent = [control: TcpControl, position: number, count: number];

class Recorder implements SegmentOutput {
  readonly sent: Sent[] = [];
  full = false;

  sendSegment(control: TcpControl, seq: number, _offset: number, count: number): boolean {
    if (this.full) return false;
    this.sent.push([control, (seq - FIRST) | 0, count]);
    return true;
  }

  take(): Sent[] {
    return this.sent.splice(0);
  }
}

let output: Recorder;
let sender: TcpSender;

beforeEach(() => {
  output = new Recorder();
  sender = new TcpSender(new ByteRing(new Uint8Array(1024)), output, ISS);
  sender.mss = MSS;
  sender.sendSyn(0);
  ack(0, 1000);
  output.take();
});

/** Acknowledges up to a position in the stream. The guest's own stream stands at `seq`. */
function ack(position: number, window: number, seq = 1, nowMs = 0): string {
  return sender.onAck(seq, (FIRST + position) >>> 0, window, true, nowMs);
}

function send(count: number): Sent[] {
  sender.ring.commit(count);
  sender.push(0);
  return output.take();
}

describe("sends", () => {
  test("segments of the MSS at most, then the FIN with the last", () => {
    sender.finish();
    expect(send(250)).toEqual([
      ["none", 0, 100],
      ["none", 100, 100],
      ["fin", 200, 50],
    ]);
    expect([ack(250, 1000), sender.finAcked, ack(251, 1000), sender.finAcked]).toEqual([
      "new",
      false,
      "new",
      true,
    ]);
    expect([sender.ring.length, sender.deadlineMs]).toEqual([0, Infinity]);
  });

  test("no more than the window, and goes on as it moves", () => {
    ack(0, 150, 2);
    expect(send(400)).toEqual([["none", 0, 100]]); // 50 are not half of the largest window: it waits
    ack(100, 150, 2);
    sender.push(0);
    expect(output.take()).toEqual([["none", 100, 100]]);
  });

  test("nothing while the link is full, and the same later", () => {
    output.full = true;
    sender.ring.commit(50);
    expect(sender.push(0)).toBe(false);
    output.full = false;
    expect([sender.push(0), output.take()]).toEqual([true, [["none", 0, 50]]]);
  });
});

describe("an acknowledgement", () => {
  test("of what was never sent is told apart", () => {
    send(10);
    expect(ack(11, 1000)).toBe("unsent");
  });

  test("of a segment older than the newest does not set the window", () => {
    ack(0, 0, 5);
    ack(0, 1000, 4);
    expect(send(50)).toEqual([]);
  });
});

describe("repairs loss", () => {
  test("at the third duplicate acknowledgement, once", () => {
    send(500);
    ack(100, 1000, 2);
    const results = [1, 2, 3, 4, 5].map(() => {
      ack(100, 1000, 2);
      return output.take();
    });
    expect(results).toEqual([[], [], [["none", 100, 100]], [], []]);
  });

  test("not counting older acknowledgements as duplicates", () => {
    send(500);
    ack(200, 1000, 2);
    ack(200, 1000, 2);
    ack(200, 1000, 2);
    ack(100, 1000, 2);
    expect(output.take()).toEqual([]);
  });

  test("segment by segment at partial acknowledgements, until all of them is repaired", () => {
    send(500);
    for (let i = 0; i < 4; i++) ack(0, 1000, 2);
    output.take();
    ack(100, 1000, 2);
    ack(300, 1000, 2);
    ack(500, 1000, 2);
    expect(output.take()).toEqual([
      ["none", 100, 100],
      ["none", 300, 100],
    ]);
  });

  test("after the time-out, which doubles", () => {
    send(100);
    const first = sender.deadlineMs;
    sender.onTimer(first);
    expect(output.take()).toEqual([["none", 0, 100]]);
    expect(sender.deadlineMs - first).toBe(2 * first);
    expect(sender.retransmissions).toBe(1);
  });

  test("within a window that has shrunk", () => {
    send(100);
    ack(0, 30, 2);
    sender.onTimer(sender.deadlineMs);
    expect(output.take()).toEqual([["none", 0, 30]]);
  });

  test("of the SYN-ACK by sending it again", () => {
    sender = new TcpSender(new ByteRing(new Uint8Array(16)), output, ISS);
    sender.sendSyn(0);
    sender.onTimer(sender.deadlineMs);
    expect(output.take()).toEqual([
      ["syn", -1, 0],
      ["syn", -1, 0],
    ]);
  });
});

test("a closed window is probed with one byte, a small one with what it takes", () => {
  ack(0, 0, 2);
  expect(send(400)).toEqual([]);
  sender.onTimer(sender.deadlineMs);
  expect(output.take()).toEqual([["none", 0, 1]]);
  ack(1, 60, 3);
  sender.push(0);
  expect(output.take()).toEqual([]);
  sender.onTimer(sender.deadlineMs);
  expect(output.take()).toEqual([["none", 1, 60]]);
});

test("a guest that answers nothing for five minutes is gone; one that answers is not, however long", () => {
  ack(0, 0, 2);
  send(10);
  let nowMs = 0;
  for (let probes = 0; probes < 100; probes++) {
    nowMs = sender.deadlineMs;
    expect(sender.onTimer(nowMs)).toBe(true);
    ack(0, 0, 2, nowMs);
  }
  const heardMs = nowMs;
  while (sender.onTimer(sender.deadlineMs)) nowMs = sender.deadlineMs;
  expect(nowMs - heardMs).toBeGreaterThan(290_000);
  expect(nowMs - heardMs).toBeLessThan(320_000);
});
