import { spawn } from "node:child_process";
import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { CONSOLE_END_OF_INPUT } from "../../guest-kernel/abi/console.ts";
import { StreamConsole } from "./streams.ts";

const HIGH_WATER_MARK = 16;

/** A stream that finishes a write when the test says so. */
class SlowOutput extends Writable {
  text = "";
  readonly #pending: { chunk: Buffer; done: (error?: Error) => void }[] = [];

  constructor() {
    super({ highWaterMark: HIGH_WATER_MARK });
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#pending.push({ chunk, done });
  }

  /** Finishes the write that is under way; false if none is. */
  finishOne(error?: Error): boolean {
    const write = this.#pending.shift();
    if (write === undefined) return false;
    this.text += write.chunk.toString("latin1");
    write.done(error);
    return true;
  }
}

function text(value: string): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(value.length)); // as guest memory is
  shared.set(Buffer.from(value));
  return shared;
}

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

describe("output", () => {
  test("keeps what the guest overwrites", () => {
    const output = new SlowOutput();
    const backend = new StreamConsole(output);
    const bytes = text("first");
    backend.write(bytes);
    bytes.fill(0);
    output.finishOne();
    expect(output.text).toBe("first");
  });

  test("passes on the stream's back-pressure", async () => {
    const output = new SlowOutput();
    const backend = new StreamConsole(output);
    let writable = 0;
    backend.attach({ onWritable: () => void writable++, onReadable: () => {} });
    expect(backend.write(text("short"))).toBe(true);
    expect(backend.write(text("long enough to fill it"))).toBe(false);
    while (output.finishOne()) await turn();
    expect(writable).toBe(1);
    expect(output.text).toBe("shortlong enough to fill it");
  });

  test("is flushed when every write has ended", async () => {
    const output = new SlowOutput();
    const backend = new StreamConsole(output);
    await backend.flush(); // nothing to wait for
    backend.write(text("a"));
    backend.write(text("b"));
    let flushed = false;
    const flushing = backend.flush().then(() => (flushed = true));
    output.finishOne();
    await turn();
    expect(flushed).toBe(false);
    output.finishOne();
    await flushing;
    expect(output.text).toBe("ab");
  });

  test("that breaks takes and drops the rest", async () => {
    const output = new SlowOutput();
    const backend = new StreamConsole(output);
    let writable = 0;
    backend.attach({ onWritable: () => void writable++, onReadable: () => {} });
    expect(backend.write(text("x".repeat(HIGH_WATER_MARK)))).toBe(false);
    output.finishOne(new Error("EPIPE"));
    await backend.flush();
    await turn();
    expect(backend.error?.message).toBe("EPIPE");
    expect(writable).toBe(1);
    expect(backend.write(text("more"))).toBe(true);
    await backend.flush();
  });
});

function open(): { input: PassThrough; backend: StreamConsole; events: () => number } {
  const input = new PassThrough();
  const backend = new StreamConsole(new PassThrough(), input);
  let events = 0;
  backend.attach({ onWritable: () => {}, onReadable: () => void events++ });
  return { input, backend, events: () => events };
}

function readAll(backend: StreamConsole, pieceSize: number): string {
  let all = "";
  while (backend.readable) {
    const piece = new Uint8Array(new SharedArrayBuffer(pieceSize));
    const count = backend.read(piece);
    all += Buffer.from(piece.slice(0, count)).toString("latin1");
  }
  return all;
}

describe("input", () => {
  test("comes in order, in pieces of any size", async () => {
    const { input, backend, events } = open();
    expect(backend.readable).toBe(false);
    input.write("hello ");
    input.write("world");
    await turn();
    expect(events()).toBeGreaterThan(0);
    expect(readAll(backend, 3)).toBe("hello world");
    const before = events();
    input.write("again");
    await turn();
    expect(events()).toBeGreaterThan(before);
    expect(readAll(backend, 64)).toBe("again");
  });

  test("that ends says so, after its last bytes", async () => {
    const { input, backend, events } = open();
    input.end("bye");
    await turn();
    let all = readAll(backend, 2);
    const before = events();
    await turn();
    expect(events()).toBeGreaterThan(before);
    all += readAll(backend, 2);
    expect(all).toBe(`bye${String.fromCodePoint(CONSOLE_END_OF_INPUT)}`);
    await turn();
    expect(backend.readable).toBe(false);
  });

  test("may be text", async () => {
    const { input, backend } = open();
    input.setEncoding("utf8");
    input.write("h\u00e9");
    await turn();
    expect(readAll(backend, 8)).toBe(Buffer.from("h\u00e9").toString("latin1"));
  });

  test("is quiet after close", async () => {
    const { input, backend, events } = open();
    backend.close();
    input.write("late");
    await turn();
    expect(events()).toBe(0);
  });

  test("there is none to a log", () => {
    const backend = new StreamConsole(new PassThrough());
    backend.attach({ onWritable: () => {}, onReadable: () => {} });
    expect(backend.readable).toBe(false);
    expect(backend.read(new Uint8Array(4))).toBe(0);
    backend.close();
  });
});

test("a megabyte goes through pipes of the host, whole and in order", async () => {
  const cat = spawn("cat", { stdio: ["pipe", "pipe", "inherit"] });
  const backend = new StreamConsole(cat.stdin, cat.stdout);
  let wake: (() => void) | undefined;
  backend.attach({ onWritable: () => wake?.(), onReadable: () => wake?.() });
  const sent = Uint8Array.from({ length: 1 << 20 }, (_, i) => 32 + (((i * 7) >> 4) % 90));
  const received: Uint8Array[] = [];
  let at = 0;
  let taking = true;
  for (let left = sent.length + 1; left > 0;) {
    while (taking && at < sent.length) taking = backend.write(sent.subarray(at, (at += 10_000)));
    const piece = new Uint8Array(4096);
    const count = backend.read(piece);
    if (count > 0) {
      received.push(piece.subarray(0, count));
      left -= count;
      continue;
    }
    if (at >= sent.length && !cat.stdin.writableEnded) {
      await backend.flush();
      cat.stdin.end();
      continue;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    taking = !cat.stdin.writableNeedDrain;
  }
  const expected = Buffer.concat([sent, Uint8Array.of(CONSOLE_END_OF_INPUT)]);
  expect(Buffer.concat(received).equals(expected)).toBe(true);
});
