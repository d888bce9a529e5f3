import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { Log, type LogLevel } from "./log.ts";

function logged(level: LogLevel, colours: boolean, say: (log: Log) => void): string {
  const stream = new PassThrough();
  say(new Log(stream, level, colours));
  return String(stream.read() ?? "");
}

const KERNEL = "[   0.001234] net: up\n";

test("says more at each level", () => {
  const say = (log: Log): void => {
    log.error("error");
    log.note("note");
    log.detail("detail");
    log.guest.write(`${KERNEL}app\n`);
  };
  expect(logged("quiet", false, say)).toBe("oscortex: error\napp\n");
  expect(logged("normal", false, say)).toBe(`oscortex: error\noscortex: note\n${KERNEL}app\n`);
  expect(logged("verbose", false, say)).toBe(
    `oscortex: error\noscortex: note\noscortex: detail\n${KERNEL}app\n`,
  );
});

test("dims the kernel's lines on a terminal, and no others", () => {
  const text = logged("normal", true, (log) => log.guest.write(`${KERNEL}app [1.2]\n`));
  expect(text).toBe(`\x1b[2m${KERNEL.trimEnd()}\x1b[0m\napp [1.2]\n`);
});

test("recognizes lines that come in pieces, also within a character", () => {
  const bytes = Buffer.from(`${KERNEL}größe\n${KERNEL}`);
  const text = logged("quiet", false, (log) => {
    for (const byte of bytes) log.guest.write(Buffer.of(byte));
  });
  expect(text).toBe("größe\n");
});

test("passes on what has no line end, when it is over or too long", () => {
  expect(logged("quiet", false, (log) => log.guest.end("tail"))).toBe("tail");
  expect(logged("quiet", false, (log) => log.guest.write("x".repeat(10_000)))).toBe("x".repeat(10_000));
});

test("a write has ended when the stream behind has taken it", async () => {
  const stream = new PassThrough();
  const log = new Log(stream, "quiet", false);
  await new Promise((resolve) => log.guest.write("line\n", resolve));
  expect(String(stream.read())).toBe("line\n");
});
