import { beforeEach, describe, expect, test } from "vitest";
import { chunked, http, ok } from "../../../tests/support/http-answer.ts";
import type { Answer } from "../../../tests/support/fake-tcp.ts";
import { mutations } from "../../../tests/support/mutate.ts";
import {
  FRAMES,
  FRAMES_END,
  pathOf,
  SECOND,
  ResolverMachine,
  samplePackage,
} from "../../../tests/support/resolver-machine.ts";
import * as e from "../../abi/errors.ts";

const HELLO = "org.oscortex.hello";
const CLOCK = "org.oscortex.clock";

let machine: ResolverMachine;

beforeEach(() => {
  machine = new ResolverMachine([samplePackage(HELLO, 5000), samplePackage(CLOCK, 300)]);
});

describe("a resolve fails and leaves nothing behind", () => {
  test.each<[string, number, () => void]>([
    ["unknown name", e.E_PKG_UNKNOWN, () => machine.packages.shift()],
    ["connection refused", e.E_PKG_SERVER, () => (machine.tcp.welcome = "refuse")],
    ["no answer to the connection", e.E_PKG_SERVER, () => (machine.tcp.welcome = "ignore")],
    ["network down", e.E_PKG_SERVER, () => (machine.tcp.welcome = "netdown")],
    ["no answer to the request", e.E_PKG_SERVER, () => (machine.tcp.serve = () => undefined)],
    [
      "connection closed instead of an answer",
      e.E_PKG_SERVER,
      () => (machine.tcp.serve = () => ({ bytes: new Uint8Array(0), ending: "close" })),
    ],
    [
      "connection reset instead of an answer",
      e.E_PKG_SERVER,
      () => (machine.tcp.serve = () => ({ bytes: new Uint8Array(0), ending: "reset" })),
    ],
    [
      "catalog stalls",
      e.E_PKG_SERVER,
      () => machine.spoil("catalog", (good) => ({ bytes: ok(good).bytes.slice(0, -9) })),
    ],
    [
      "bundle stalls",
      e.E_PKG_SERVER,
      () => machine.spoil("bundle", (good) => ({ bytes: ok(good).bytes.slice(0, -9) })),
    ],
    [
      "bundle truncated by a close",
      e.E_PKG_TRUNCATED,
      () => machine.spoil("bundle", (good) => ({ bytes: ok(good).bytes.slice(0, -9), ending: "close" })),
    ],
    [
      "bundle truncated by a reset",
      e.E_PKG_TRUNCATED,
      () => machine.spoil("bundle", (good) => ({ bytes: ok(good).bytes.slice(0, -9), ending: "reset" })),
    ],
    [
      "bundle shorter than the catalog says",
      e.E_PKG_TRUNCATED,
      () => machine.spoil("bundle", (good) => ok(good.subarray(1))),
    ],
    [
      "bundle longer than the catalog says",
      e.E_PKG_TRUNCATED,
      () => machine.spoil("bundle", (good) => ok(Uint8Array.from([...good, 0]))),
    ],
    [
      "chunked bundle too short",
      e.E_PKG_TRUNCATED,
      () => machine.spoil("bundle", (good) => chunked(good.subarray(1), 999)),
    ],
    [
      "chunked bundle too long",
      e.E_PKG_TRUNCATED,
      () => machine.spoil("bundle", (good) => chunked(Uint8Array.from([...good, 0]), 999)),
    ],
    [
      "until-close bundle too long",
      e.E_PKG_TRUNCATED,
      () =>
        machine.spoil("bundle", (good) => ({
          bytes: http("HTTP/1.1 200 OK", Uint8Array.from([...good, 0])),
          ending: "close",
        })),
    ],
    [
      "catalog truncated",
      e.E_PKG_TRUNCATED,
      () => machine.spoil("catalog", (good) => ({ bytes: ok(good).bytes.slice(0, -9), ending: "close" })),
    ],
    [
      "one byte of the bundle changed",
      e.E_PKG_DIGEST,
      () => machine.spoil("bundle", (good) => ok(good.map((byte, i) => (i === 900 ? byte ^ 1 : byte)))),
    ],
    [
      "status 500",
      e.E_PKG_HTTP,
      () => machine.spoil("catalog", () => ({ bytes: http("HTTP/1.1 500 Oops\nContent-Length: 0") })),
    ],
    [
      "status 404 for a bundle in a fresh catalog",
      e.E_PKG_HTTP,
      () => machine.spoil("bundle", () => ({ bytes: http("HTTP/1.1 404 Not Found\nContent-Length: 0") })),
    ],
    [
      "a redirect",
      e.E_PKG_HTTP,
      () =>
        machine.spoil("bundle", () => ({
          bytes: http("HTTP/1.1 302 Found\nLocation: /\nContent-Length: 0"),
        })),
    ],
    [
      "not HTTP",
      e.E_PKG_HTTP,
      () => machine.spoil("bundle", () => ({ bytes: Buffer.from("SSH-2.0-OpenSSH_9.2\r\n") })),
    ],
    [
      "head cut off",
      e.E_PKG_HTTP,
      () =>
        machine.spoil("bundle", () => ({ bytes: Buffer.from("HTTP/1.1 200 OK\r\nConte"), ending: "close" })),
    ],
    [
      "head without end",
      e.E_PKG_HTTP,
      () =>
        machine.spoil("bundle", () => ({
          bytes: Buffer.from(`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(20_000)}`),
        })),
    ],
    [
      "catalog with an absurd count",
      e.E_PKG_CATALOG,
      () =>
        machine.spoil("catalog", (good) => ok(Uint8Array.from([255, 255, 255, 255, ...good.subarray(4)]))),
    ],
    [
      "catalog of an absurd length",
      e.E_PKG_CATALOG,
      () => machine.spoil("catalog", () => ({ bytes: http("HTTP/1.1 200 OK\nContent-Length: 999999999") })),
    ],
    [
      "catalog without end",
      e.E_PKG_CATALOG,
      () => machine.spoil("catalog", () => chunked(new Uint8Array(600_000), 4096)),
    ],
    ["empty catalog", e.E_PKG_CATALOG, () => machine.spoil("catalog", () => ok(new Uint8Array(0)))],
    [
      "catalog that is a web page",
      e.E_PKG_CATALOG,
      () => machine.spoil("catalog", () => ok(Buffer.from("<html>Please log in</html>"))),
    ],
    ["malformed bundle", e.E_PKG_BUNDLE, () => (machine.packages[0]!.bundle[4] = 9)],
    [
      "bundle of another package",
      e.E_PKG_BUNDLE,
      () => (machine.packages[0]!.bundle = samplePackage("org.oscortex.other", 100).bundle),
    ],
    [
      "bundle of another version",
      e.E_PKG_BUNDLE,
      () => (machine.packages[0]!.bundle = samplePackage(HELLO, 100, "1.0.1").bundle),
    ],
    ["module refused at once", e.E_PKG_MODULE, () => (machine.installer.fails = { begin: -e.E_PKG_MODULE })],
    ["module refused later", e.E_PKG_MODULE, () => (machine.installer.fails = { step: -e.E_PKG_MODULE })],
    [
      "no room for the bundle",
      e.E_NOMEM,
      () => machine.packages.splice(0, 1, samplePackage(HELLO, 9_000_000)),
    ],
  ])("%s", (_, error, prepare) => {
    prepare();
    expect(machine.resolve(HELLO)).toBe(-error);
    expect(machine.kernelLog()).toMatch(/pkg: org\.oscortex\.hello: .+\n$/);
    machine.expectNothingLeft();
    // The machine is none the worse for it.
    machine.tcp.welcome = "open";
    machine.tcp.serve = (path) => machine.serve(path);
    machine.installer.fails = {};
    machine.packages = [samplePackage(HELLO, 5000)];
    expect(machine.resolve(HELLO)).toBeGreaterThan(0);
    machine.expectNothingLeft(1);
  });

  test.each([
    ["chunked", (body: Uint8Array) => chunked(body, 4000)],
    [
      "until close",
      (body: Uint8Array): Answer => ({ bytes: http("HTTP/1.1 200 OK", body), ending: "close" }),
    ],
  ])("when a body (%s) is too long, of which nothing is written behind its pages", (_, answer) => {
    const size = machine.packages[0]!.bundle.length;
    machine.spoil("bundle", () => answer(new Uint8Array(size + 50_000).fill(0xee)));
    expect(machine.resolve(HELLO)).toBe(-e.E_PKG_TRUNCATED);
    const written = machine.kernel.memory.subarray(FRAMES, FRAMES_END).filter((byte) => byte === 0xee).length;
    expect(written).toBeGreaterThan(1000);
    expect(written).toBeLessThanOrEqual(size + 100);
    machine.expectNothingLeft();
  });

  test("when the server drips for ever", () => {
    machine.packages = [samplePackage(HELLO, 5000)];
    const answer = ok(machine.packages[0]!.bundle).bytes;
    machine.tcp.segment = 1 << 20;
    machine.spoil("bundle", () => {
      machine.tcp.segment = 1;
      return { bytes: answer };
    });
    machine.start(HELLO);
    const ticket = machine.kernel.call("resolveTicket");
    let code = -e.E_AGAIN;
    for (let turn = 0; turn < 1000 && code === -e.E_AGAIN; turn++) {
      machine.now += SECOND;
      machine.kernel.call("resolvePoll", BigInt(machine.now));
      machine.tcp.deliver();
      code = machine.kernel.call("resolveResult", ticket);
    }
    expect(code).toBe(-e.E_PKG_SERVER);
    machine.expectNothingLeft();
  });

  test.each([
    ["nothing", "", e.E_INVAL],
    ["64 bytes", "a".repeat(64), e.E_INVAL],
    ["a path", "../../etc/passwd", e.E_PKG_UNKNOWN],
    ["a line break", "org.a\r\nX: y", e.E_PKG_UNKNOWN],
    ["capitals", "Org.Oscortex.Hello", e.E_PKG_UNKNOWN],
  ])("at once for a name that is %s", (_, name, error) => {
    expect(machine.start(name)).toBe(-error);
    expect(machine.tcp.made).toBe(0);
  });

  test("on damaged answers, whatever they are, or gives exactly the bundle", () => {
    const paths = ["/catalog.bin", pathOf(machine.packages[0]!.bundle)];
    let failures = 0;
    for (const [which, path] of paths.entries()) {
      for (const bytes of mutations(machine.serve(path).bytes, { seed: 20 + which, count: 150 })) {
        machine.tcp.serve = (asked) => (asked === path ? { bytes, ending: "close" } : machine.serve(asked));
        const code = machine.resolve(HELLO);
        if (code > 0) {
          const { bundle, length } = machine.installer.at(machine.kernel.call("cacheAcquire", code));
          expect(machine.kernel.bytes(bundle, length)).toEqual(machine.packages[0]!.bundle);
          machine.kernel.call("cacheRelease", code);
          expect(machine.kernel.call("resolverEvict", code)).toBe(0);
        } else {
          expect(-code).toBeGreaterThanOrEqual(e.E_PKG_UNKNOWN);
          failures++;
        }
        machine.expectNothingLeft();
      }
    }
    expect(failures).toBeGreaterThan(50);
  });
});
