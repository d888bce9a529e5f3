import { beforeAll, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { GuestModule, SCRATCH } from "../../../tests/support/guest-module.ts";
import { mutations, seededRandom } from "../../../tests/support/mutate.ts";

const BODY = 5;
const DONE = 6;
const FAILED = 7;

interface Parsed {
  state: number;
  status: number;
  body: string;
  persistent: boolean;
  /** Bytes after the response. */
  rest: number;
}

const compiled = await compileGuest("guest-kernel/kernel/pkg/parsers.exports.ts");
let kernel: GuestModule;

beforeAll(() => {
  kernel = new GuestModule(compiled);
});

/** Parses a response that comes in slices of `slice` bytes, then ends. */
function parse(bytes: Uint8Array, slice = bytes.length || 1): Parsed {
  kernel.call("responseBegin");
  let body = "";
  let at = 0;
  while (at < bytes.length) {
    const part = bytes.subarray(at, at + slice);
    kernel.put(SCRATCH, part);
    const taken = takeSlice(part.length);
    body += taken.body;
    at += taken.length;
    if (taken.length < part.length) break;
  }
  kernel.call("responseEnd");
  const state = kernel.call("responseState");
  const persistent = kernel.call("responsePersistent") === 1;
  return { state, status: kernel.call("responseStatus"), body, persistent, rest: bytes.length - at };
}

function takeSlice(length: number): { length: number; body: string } {
  let at = 0;
  let body = "";
  while (at < length) {
    if (kernel.call("responseState") === BODY) {
      const run = Math.min(kernel.call("responseRun"), length - at);
      body += kernel.text(SCRATCH + at, run);
      kernel.call("responseBody", run);
      at += run;
    } else {
      const taken = kernel.call("responseFeed", SCRATCH + at, length - at);
      if (taken === 0) break;
      at += taken;
    }
  }
  return { length: at, body };
}

function response(...lines: string[]): Uint8Array {
  return new TextEncoder().encode(lines.join("\r\n"));
}

const OK = "HTTP/1.1 200 OK";
const CHUNKED = "Transfer-Encoding: chunked";

describe("accepts", () => {
  test.each<[string, string[], Partial<Parsed>]>([
    ["a body of known length", [OK, "Content-Length: 5", "", "hello"], { body: "hello", persistent: true }],
    ["an empty body", [OK, "Content-Length: 0", "", ""], { body: "" }],
    ["fields in any case, blanks round values", [OK, "cONTENT-lENGTH: \t 2 \t", "", "hi"], { body: "hi" }],
    ["no reason phrase", ["HTTP/1.1 200", "Content-Length: 1", "", "x"], { body: "x" }],
    ["Connection: close", [OK, "Connection: x, Close", "Content-Length: 1", "", "x"], { persistent: false }],
    ["HTTP/1.0", ["HTTP/1.0 200 OK", "Content-Length: 1", "", "x"], { body: "x", persistent: false }],
    ["a body until the end", [OK, "", "abc"], { body: "abc", persistent: false }],
    [
      "chunks",
      [OK, CHUNKED, "", "3", "abc", "2;q=1", "de", "0", "", ""],
      { body: "abcde", persistent: true },
    ],
    ["trailers", [OK, CHUNKED, "", "A", "0123456789", "00", "x: y", "", ""], { body: "0123456789" }],
    ["an interim response", ["HTTP/1.1 100 Continue", "", OK, "Content-Length: 1", "", "x"], { body: "x" }],
    ["another status", ["HTTP/1.1 404 Not Found", "Content-Length: 1", "", "x"], { status: 404, body: "x" }],
    ["204 without a body", ["HTTP/1.1 204 No Content", "", ""], { status: 204, body: "" }],
    ["bytes after the response as not its own", [OK, "Content-Length: 1", "", "xyz"], { body: "x", rest: 2 }],
  ])("%s", (_, lines, expected) => {
    const bytes = response(...lines);
    const whole = parse(bytes);
    expect(whole).toMatchObject({ state: DONE, status: 200, rest: 0, ...expected });
    expect(parse(bytes, 1)).toEqual(whole);
    expect(parse(bytes, 3)).toEqual(whole);
  });
});

describe("refuses", () => {
  test.each<[string, string[]]>([
    ["another protocol", ["HTTP/2 200 OK", "", ""]],
    ["a later version", ["HTTP/1.2 200 OK", "", ""]],
    ["a status of two digits", ["HTTP/1.1 20 OK", "", ""]],
    ["a status of four digits", ["HTTP/1.1 2000 OK", "", ""]],
    ["status 600", ["HTTP/1.1 600 What", "", ""]],
    ["switching protocols", ["HTTP/1.1 101 Switching Protocols", "", ""]],
    ["an empty line first", ["", OK, "", ""]],
    ["a bare line feed", [`${OK}\nContent-Length: 1`, "", "x"]],
    ["a bare carriage return", [`${OK}\rx`, "", ""]],
    ["a NUL in a field", [OK, "X: a\0b", "", ""]],
    ["a field without colon", [OK, "Content-Length", "", ""]],
    ["a field without name", [OK, ": 1", "", ""]],
    ["a blank before the colon", [OK, "Content-Length : 1", "", "x"]],
    ["a folded field", [OK, "X: a", " b", "", ""]],
    ["a negative length", [OK, "Content-Length: -1", "", ""]],
    ["a length with a sign", [OK, "Content-Length: +1", "", "x"]],
    ["a length in hexadecimal", [OK, "Content-Length: 0x1", "", "x"]],
    ["an empty length", [OK, "Content-Length: ", "", ""]],
    ["a length of 2^32 + 1", [OK, "Content-Length: 4294967297", "", "x"]],
    ["a length of 11 digits", [OK, "Content-Length: 00000000001", "", "x"]],
    ["two lengths", [OK, "Content-Length: 1", "Content-Length: 1", "", "x"]],
    ["a list of lengths", [OK, "Content-Length: 1, 1", "", "x"]],
    ["length and chunks", [OK, "Content-Length: 1", CHUNKED, "", "x"]],
    ["chunks and length", [OK, CHUNKED, "Content-Length: 1", "", "x"]],
    ["another transfer coding", [OK, "Transfer-Encoding: gzip, chunked", "", ""]],
    ["chunks in HTTP/1.0", ["HTTP/1.0 200 OK", CHUNKED, "", "0", "", ""]],
    ["a content coding", [OK, "Content-Encoding: gzip", "Content-Length: 1", "", "x"]],
    ["an empty chunk size", [OK, CHUNKED, "", "", ""]],
    ["a chunk size of nine digits", [OK, CHUNKED, "", "000000001", "x"]],
    ["a huge chunk", [OK, CHUNKED, "", "ffffffff", "x"]],
    ["a chunk size with a sign", [OK, CHUNKED, "", "-1", "x"]],
    ["bytes between chunks", [OK, CHUNKED, "", "1", "xy", "0", "", ""]],
    ["a bad trailer", [OK, CHUNKED, "", "0", "no trailer", "", ""]],
    ["a line of 2049 bytes", [OK, `X: ${"a".repeat(2046)}`, "", ""]],
    ["a head without end", [OK, ...Array.from({ length: 100 }, () => `X: ${"a".repeat(1000)}`), "", ""]],
    ["interim responses without end", Array.from({ length: 4000 }, () => "HTTP/1.1 100 Go\r\n")],
  ])("%s", (_, lines) => {
    expect(parse(response(...lines)).state).toBe(FAILED);
    expect(parse(response(...lines), 1).state).toBe(FAILED);
  });

  test.each([
    ["a head", response(OK, "Content-Length: 1")],
    ["a body of known length", response(OK, "Content-Length: 5", "", "hell")],
    ["chunks", response(OK, CHUNKED, "", "3", "abc", "0", "")],
  ])("to call %s that was cut off done", (_, bytes) => {
    expect(parse(bytes).state).toBeLessThan(DONE);
  });
});

test("parses damaged responses the same way in one piece and byte by byte, and never traps", () => {
  const sources = [
    response(OK, "Content-Length: 5", "Connection: close", "", "hello"),
    response(OK, CHUNKED, "", "3", "abc", "2;q=1", "de", "0", "x: y", "", ""),
  ];
  for (const source of sources) {
    for (const bytes of mutations(source, { seed: 7, count: 400 })) {
      const whole = parse(bytes);
      expect(parse(bytes, 1)).toEqual(whole);
      expect(parse(bytes, 7)).toEqual(whole);
    }
  }
});

test("survives random bytes", () => {
  const random = seededRandom(9);
  for (let i = 0; i < 300; i++) {
    const bytes = Uint8Array.from({ length: random(200) }, () => random(256));
    expect(parse(bytes).state).toBeLessThanOrEqual(FAILED);
  }
});
