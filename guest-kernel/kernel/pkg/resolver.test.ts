import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { encodeBundle } from "../../../pkg/bundle.ts";
import { encodeCatalog } from "../../../pkg/catalog.ts";
import { type Answer, FakeTcp } from "../../../tests/support/fake-tcp.ts";
import { compileGuest } from "../../../tests/support/asc.ts";
import { FakeInstaller } from "../../../tests/support/fake-installer.ts";
import { GuestModule, SCRATCH } from "../../../tests/support/guest-module.ts";
import { mutations, seededRandom } from "../../../tests/support/mutate.ts";
import { BOOT_INFO_TSC_KHZ } from "../../abi/boot-info.ts";
import { CATALOG_ENTRY_SIZE } from "../../abi/catalog.ts";
import * as e from "../../abi/errors.ts";

const NAME = SCRATCH - 4096;
const BOOT_INFO = SCRATCH - 8192;
const FRAMES = SCRATCH;
const FRAMES_END = 0x1000000;
const SERVER_IP = 0x0202000a; // 10.0.2.2
const SECOND = 1_000_000_000;

const HELLO = "org.oscortex.hello";

interface Package {
  name: string;
  bundle: Uint8Array;
  system?: boolean;
}

const compiled = await compileGuest("guest-kernel/kernel/pkg/resolver.exports.ts");
let kernel: GuestModule;
let tcp: FakeTcp;
let packages: Package[];
let now: number;
let freeFrames: number;
let installer: FakeInstaller;

beforeEach(() => {
  now = SECOND;
  packages = [sample(HELLO, 5000), sample("org.oscortex.clock", 300)];
  installer = new FakeInstaller((address, pages) => kernel.call("framesFree", address, pages));
  installer.onStep = () => (now += 200_000);
  tcp = new FakeTcp(() => kernel.memory);
  tcp.serve = (path) => serve(path);
  kernel = new GuestModule(compiled, {
    arch: { rdtsc: () => BigInt(now) },
    "resolver.exports": { ...tcp.imports(), ...installer.imports() },
  });
  kernel.view.setUint32(BOOT_INFO + BOOT_INFO_TSC_KHZ, 1_000_000, true); // a tick is a nanosecond
  now = 0;
  kernel.call("clockInit", BOOT_INFO);
  now = SECOND;
  kernel.call("framesInit", FRAMES, FRAMES_END);
  kernel.call("vfsInit");
  kernel.call("registerSysFiles");
  kernel.call("bindFakes");
  freeFrames = kernel.call("framesFreeCount");
  kernel.call("resolverSetServer", SERVER_IP, 8080);
});

function sample(name: string, size: number, version = "1.0.0"): Package {
  const random = seededRandom(size);
  const manifest = { name, version, entry: "main", capabilities: 0, memoryPages: 1 };
  return {
    name,
    bundle: encodeBundle({ manifest, wasm: Uint8Array.from({ length: size }, () => random(256)) }),
  };
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

function catalog(): Uint8Array {
  return encodeCatalog(
    packages.map(({ name, bundle, system }) => ({
      name,
      version: "1.0.0",
      sha256: sha256(bundle),
      sizeBytes: bundle.length,
      system: system ?? false,
    })),
  );
}

function pathOf(bundle: Uint8Array): string {
  return `/pkg/${Buffer.from(sha256(bundle)).toString("hex")}.osx`;
}

function http(head: string, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(`${head.replaceAll("\n", "\r\n")}\r\n\r\n`), body]));
}

function ok(body: Uint8Array): Answer {
  return { bytes: http(`HTTP/1.1 200 OK\nContent-Length: ${body.length}`, body) };
}

function chunked(body: Uint8Array, size: number): Answer {
  const parts: Uint8Array[] = [http("HTTP/1.1 200 OK\nTransfer-Encoding: chunked")];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  parts.push(Buffer.from("0\r\n\r\n"));
  return { bytes: new Uint8Array(Buffer.concat(parts)) };
}

/** What a good server answers. */
function serve(path: string): Answer {
  if (path === "/catalog.bin") return ok(catalog());
  const found = packages.find(({ bundle }) => pathOf(bundle) === path);
  return found ? ok(found.bundle) : { bytes: http("HTTP/1.1 404 Not Found\nContent-Length: 0") };
}

/** A server that is good but for what it answers to one kind of path. */
function spoil(kind: "catalog" | "bundle", answer: (good: Uint8Array) => Answer): void {
  tcp.serve = (path) => {
    if (path.startsWith("/catalog") !== (kind === "catalog")) return serve(path);
    return answer(kind === "catalog" ? catalog() : packages[0]!.bundle);
  };
}

/** Runs the resolver until it waits for something that only time can bring; at most a number of turns. */
function settle(turns = 100_000): void {
  while (turns-- > 0) {
    now += 1000;
    const progressed = kernel.call("resolvePoll", BigInt(now)) === 1;
    if (!tcp.deliver() && !progressed) return;
  }
  throw new Error("the resolver does not come to rest");
}

/** The result of a ticket; lets time pass to the resolver's deadlines while there is none. */
function result(ticket: number, ask = "resolveResult"): number {
  for (let waits = 0; waits < 100; waits++) {
    settle();
    const code = kernel.call(ask, ticket);
    if (code !== -e.E_AGAIN) return code;
    const deadline = kernel.call("resolverNextDeadline");
    expect(deadline).toBeGreaterThan(now);
    expect(deadline).toBeLessThan(now + 200 * SECOND);
    now = deadline;
  }
  throw new Error("the resolver never answers");
}

function start(name: string): number {
  return kernel.call("resolveStart", NAME, kernel.putText(NAME, name));
}

function resolve(name: string): number {
  const code = start(name);
  return code === 0 ? result(kernel.call("resolveTicket")) : code;
}

function listCatalog(): number {
  return result(kernel.call("catalogStart"), "catalogResult");
}

function read(path: string): string {
  const file = kernel.call("vfsOpen", NAME, kernel.putText(NAME, path));
  const text = kernel.text(NAME, kernel.call("vfsRead", file, NAME, 4096));
  kernel.call("vfsClose", file);
  return text;
}

function kernelLog(): string {
  const ring = kernel.call("logRing");
  return kernel.text(ring + 4, kernel.view.getUint32(ring, true));
}

/** What must be left once the catalog and the connection are dropped: the pages of what is installed, nothing more. */
function expectNothingLeft(cached = 0): void {
  expect(kernel.call("cacheCount")).toBe(cached);
  expect(installer.installs.size).toBe(cached);
  kernel.call("resolverSetServer", SERVER_IP, 8080);
  expect(tcp.open).toBe(0);
  expect(kernel.call("framesFreeCount")).toBe(freeFrames - installer.pages);
}

describe("a resolve", () => {
  test("fetches the catalog, then the bundle over the same connection, and installs it", () => {
    const appId = resolve(HELLO);
    expect(appId).toBeGreaterThan(0);
    expect(tcp.log).toEqual(["0 /catalog.bin", `0 ${pathOf(packages[0]!.bundle)}`]);
    expect(tcp.heads[0]).toBe(
      "GET /catalog.bin HTTP/1.1\r\nHost: 10.0.2.2:8080\r\nUser-Agent: oscortex\r\nAccept-Encoding: identity",
    );
    const install = kernel.call("cacheAcquire", appId);
    const { bundle, length } = installer.at(install);
    expect(kernel.bytes(bundle, length)).toEqual(packages[0]!.bundle);
    expect(kernelLog()).toMatch(/pkg: org\.oscortex\.hello: resolved in \d+ us\n/);
    expectNothingLeft(1);
  });

  test("that hits the cache answers at once and asks nobody", () => {
    const appId = resolve(HELLO);
    const asked = tcp.log.length;
    expect(start(HELLO)).toBe(appId);
    expect(tcp.log).toHaveLength(asked);
  });

  test("that hits the cache allocates nothing, ten thousand times", () => {
    const appId = resolve(HELLO);
    const top = kernel.call("heapTop");
    const frames = kernel.call("framesFreeCount");
    expect(kernel.call("resolveOften", NAME, kernel.putText(NAME, HELLO), 10_000)).toBe(appId);
    expect(kernel.call("heapTop")).toBe(top);
    expect(kernel.call("framesFreeCount")).toBe(frames);
  });

  test("of another package reuses catalog and connection", () => {
    resolve(HELLO);
    expect(resolve("org.oscortex.clock")).toBeGreaterThan(0);
    expect(tcp.log).toHaveLength(3);
    expect(tcp.made).toBe(1);
  });

  test.each([1, 2, 7, 100, 1460, 100_000])("works in segments of %i bytes", (segment) => {
    tcp.segment = segment;
    expect(resolve(HELLO)).toBeGreaterThan(0);
    expectNothingLeft(1);
  });

  test("of a large bundle takes no more than a slice a turn", () => {
    packages = [sample(HELLO, 700_000)];
    tcp.segment = 1 << 24;
    start(HELLO);
    const ticket = kernel.call("resolveTicket");
    expect(result(ticket)).toBeGreaterThan(0);
    expect(read("/sys/pkg/last")).toMatch(/^name=org\.oscortex\.hello\nresult=\d+\n/);
  });

  test("takes chunked bodies and bodies that end with the connection", () => {
    spoil("catalog", (good) => chunked(good, 50));
    expect(resolve(HELLO)).toBeGreaterThan(0);
    spoil("bundle", (good) => ({ bytes: http("HTTP/1.1 200 OK", good), ending: "close" }));
    packages.reverse();
    expect(resolve("org.oscortex.clock")).toBeGreaterThan(0);
    expectNothingLeft(2);
  });

  test("sends its request however little the socket takes", () => {
    tcp.writable = 3;
    expect(resolve(HELLO)).toBeGreaterThan(0);
  });

  test("waits for the network to come up", () => {
    tcp.welcome = "netdown";
    start(HELLO);
    settle();
    tcp.welcome = "open";
    expect(result(kernel.call("resolveTicket"))).toBeGreaterThan(0);
  });

  test("compiles in slices of about half a millisecond", () => {
    installer.steps = 100; // of 200 us each
    start(HELLO);
    let longest = 0;
    for (let turn = 0; turn < 1000; turn++) {
      const from = now;
      kernel.call("resolvePoll", BigInt(now));
      longest = Math.max(longest, now - from);
      tcp.deliver();
    }
    expect(resolve(HELLO)).toBeGreaterThan(0);
    expect(longest).toBe(600_000); // the step that passes the limit is the last
  });

  test("tells how long each step took, adding up to the whole", () => {
    resolve(HELLO);
    const text = read("/sys/pkg/last");
    const entries = new Map([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]));
    expect([...entries.keys()]).toEqual([
      "name",
      "result",
      "connect",
      "catalog",
      "transfer",
      "hash",
      "compile",
      "total",
    ]);
    const steps = ["connect", "catalog", "transfer", "hash", "compile"].map((key) =>
      Number(entries.get(key)),
    );
    for (const step of steps.filter((_, i) => i !== 3)) expect(step).toBeGreaterThan(0);
    const sum = steps.reduce((a, b) => a + b);
    expect(Math.abs(sum - Number(entries.get("total")))).toBeLessThan(10_000);
  });
});

describe("a resolve fails and leaves nothing behind", () => {
  test.each<[string, number, () => void]>([
    ["unknown name", e.E_PKG_UNKNOWN, () => packages.shift()],
    ["connection refused", e.E_PKG_SERVER, () => (tcp.welcome = "refuse")],
    ["no answer to the connection", e.E_PKG_SERVER, () => (tcp.welcome = "ignore")],
    ["network down", e.E_PKG_SERVER, () => (tcp.welcome = "netdown")],
    ["no answer to the request", e.E_PKG_SERVER, () => (tcp.serve = () => undefined)],
    [
      "connection closed instead of an answer",
      e.E_PKG_SERVER,
      () => (tcp.serve = () => ({ bytes: new Uint8Array(0), ending: "close" })),
    ],
    [
      "connection reset instead of an answer",
      e.E_PKG_SERVER,
      () => (tcp.serve = () => ({ bytes: new Uint8Array(0), ending: "reset" })),
    ],
    [
      "catalog stalls",
      e.E_PKG_SERVER,
      () => spoil("catalog", (good) => ({ bytes: ok(good).bytes.slice(0, -9) })),
    ],
    [
      "bundle stalls",
      e.E_PKG_SERVER,
      () => spoil("bundle", (good) => ({ bytes: ok(good).bytes.slice(0, -9) })),
    ],
    [
      "bundle truncated by a close",
      e.E_PKG_TRUNCATED,
      () => spoil("bundle", (good) => ({ bytes: ok(good).bytes.slice(0, -9), ending: "close" })),
    ],
    [
      "bundle truncated by a reset",
      e.E_PKG_TRUNCATED,
      () => spoil("bundle", (good) => ({ bytes: ok(good).bytes.slice(0, -9), ending: "reset" })),
    ],
    [
      "bundle shorter than the catalog says",
      e.E_PKG_TRUNCATED,
      () => spoil("bundle", (good) => ok(good.subarray(1))),
    ],
    [
      "bundle longer than the catalog says",
      e.E_PKG_TRUNCATED,
      () => spoil("bundle", (good) => ok(Uint8Array.from([...good, 0]))),
    ],
    [
      "chunked bundle too short",
      e.E_PKG_TRUNCATED,
      () => spoil("bundle", (good) => chunked(good.subarray(1), 999)),
    ],
    [
      "chunked bundle too long",
      e.E_PKG_TRUNCATED,
      () => spoil("bundle", (good) => chunked(Uint8Array.from([...good, 0]), 999)),
    ],
    [
      "until-close bundle too long",
      e.E_PKG_TRUNCATED,
      () =>
        spoil("bundle", (good) => ({
          bytes: http("HTTP/1.1 200 OK", Uint8Array.from([...good, 0])),
          ending: "close",
        })),
    ],
    [
      "catalog truncated",
      e.E_PKG_TRUNCATED,
      () => spoil("catalog", (good) => ({ bytes: ok(good).bytes.slice(0, -9), ending: "close" })),
    ],
    [
      "one byte of the bundle changed",
      e.E_PKG_DIGEST,
      () => spoil("bundle", (good) => ok(good.map((byte, i) => (i === 900 ? byte ^ 1 : byte)))),
    ],
    [
      "status 500",
      e.E_PKG_HTTP,
      () => spoil("catalog", () => ({ bytes: http("HTTP/1.1 500 Oops\nContent-Length: 0") })),
    ],
    [
      "status 404 for a bundle in a fresh catalog",
      e.E_PKG_HTTP,
      () => spoil("bundle", () => ({ bytes: http("HTTP/1.1 404 Not Found\nContent-Length: 0") })),
    ],
    [
      "a redirect",
      e.E_PKG_HTTP,
      () => spoil("bundle", () => ({ bytes: http("HTTP/1.1 302 Found\nLocation: /\nContent-Length: 0") })),
    ],
    [
      "not HTTP",
      e.E_PKG_HTTP,
      () => spoil("bundle", () => ({ bytes: Buffer.from("SSH-2.0-OpenSSH_9.2\r\n") })),
    ],
    [
      "head cut off",
      e.E_PKG_HTTP,
      () => spoil("bundle", () => ({ bytes: Buffer.from("HTTP/1.1 200 OK\r\nConte"), ending: "close" })),
    ],
    [
      "head without end",
      e.E_PKG_HTTP,
      () =>
        spoil("bundle", () => ({ bytes: Buffer.from(`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(20_000)}`) })),
    ],
    [
      "catalog with an absurd count",
      e.E_PKG_CATALOG,
      () => spoil("catalog", (good) => ok(Uint8Array.from([255, 255, 255, 255, ...good.subarray(4)]))),
    ],
    [
      "catalog of an absurd length",
      e.E_PKG_CATALOG,
      () => spoil("catalog", () => ({ bytes: http("HTTP/1.1 200 OK\nContent-Length: 999999999") })),
    ],
    [
      "catalog without end",
      e.E_PKG_CATALOG,
      () => spoil("catalog", () => chunked(new Uint8Array(600_000), 4096)),
    ],
    ["empty catalog", e.E_PKG_CATALOG, () => spoil("catalog", () => ok(new Uint8Array(0)))],
    [
      "catalog that is a web page",
      e.E_PKG_CATALOG,
      () => spoil("catalog", () => ok(Buffer.from("<html>Please log in</html>"))),
    ],
    ["malformed bundle", e.E_PKG_BUNDLE, () => (packages[0]!.bundle[4] = 9)],
    [
      "bundle of another package",
      e.E_PKG_BUNDLE,
      () => (packages[0]!.bundle = sample("org.oscortex.other", 100).bundle),
    ],
    [
      "bundle of another version",
      e.E_PKG_BUNDLE,
      () => (packages[0]!.bundle = sample(HELLO, 100, "1.0.1").bundle),
    ],
    ["module refused at once", e.E_PKG_MODULE, () => (installer.fails = { begin: -e.E_PKG_MODULE })],
    ["module refused later", e.E_PKG_MODULE, () => (installer.fails = { step: -e.E_PKG_MODULE })],
    ["no room for the bundle", e.E_NOMEM, () => packages.splice(0, 1, sample(HELLO, 9_000_000))],
  ])("%s", (_, error, prepare) => {
    prepare();
    expect(resolve(HELLO)).toBe(-error);
    expect(kernelLog()).toMatch(/pkg: org\.oscortex\.hello: .+\n$/);
    expectNothingLeft();
    // The machine is none the worse for it.
    tcp.welcome = "open";
    tcp.serve = (path) => serve(path);
    installer.fails = {};
    packages = [sample(HELLO, 5000)];
    expect(resolve(HELLO)).toBeGreaterThan(0);
    expectNothingLeft(1);
  });

  test.each([
    ["chunked", (body: Uint8Array) => chunked(body, 4000)],
    [
      "until close",
      (body: Uint8Array): Answer => ({ bytes: http("HTTP/1.1 200 OK", body), ending: "close" }),
    ],
  ])("when a body (%s) is too long, of which nothing is written behind its pages", (_, answer) => {
    const size = packages[0]!.bundle.length;
    spoil("bundle", () => answer(new Uint8Array(size + 50_000).fill(0xee)));
    expect(resolve(HELLO)).toBe(-e.E_PKG_TRUNCATED);
    const written = kernel.memory.subarray(FRAMES, FRAMES_END).filter((byte) => byte === 0xee).length;
    expect(written).toBeGreaterThan(1000);
    expect(written).toBeLessThanOrEqual(size + 100);
    expectNothingLeft();
  });

  test("when the server drips for ever", () => {
    packages = [sample(HELLO, 5000)];
    const answer = ok(packages[0]!.bundle).bytes;
    tcp.segment = 1 << 20;
    spoil("bundle", () => {
      tcp.segment = 1;
      return { bytes: answer };
    });
    start(HELLO);
    const ticket = kernel.call("resolveTicket");
    let code = -e.E_AGAIN;
    for (let turn = 0; turn < 1000 && code === -e.E_AGAIN; turn++) {
      now += SECOND;
      kernel.call("resolvePoll", BigInt(now));
      tcp.deliver();
      code = kernel.call("resolveResult", ticket);
    }
    expect(code).toBe(-e.E_PKG_SERVER);
    expectNothingLeft();
  });

  test.each([
    ["nothing", "", e.E_INVAL],
    ["64 bytes", "a".repeat(64), e.E_INVAL],
    ["a path", "../../etc/passwd", e.E_PKG_UNKNOWN],
    ["a line break", "org.a\r\nX: y", e.E_PKG_UNKNOWN],
    ["capitals", "Org.Oscortex.Hello", e.E_PKG_UNKNOWN],
  ])("at once for a name that is %s", (_, name, error) => {
    expect(start(name)).toBe(-error);
    expect(tcp.made).toBe(0);
  });

  test("on damaged answers, whatever they are, or gives exactly the bundle", () => {
    const paths = ["/catalog.bin", pathOf(packages[0]!.bundle)];
    let failures = 0;
    for (const [which, path] of paths.entries()) {
      for (const bytes of mutations(serve(path).bytes, { seed: 20 + which, count: 150 })) {
        tcp.serve = (asked) => (asked === path ? { bytes, ending: "close" } : serve(asked));
        const code = resolve(HELLO);
        if (code > 0) {
          const { bundle, length } = installer.at(kernel.call("cacheAcquire", code));
          expect(kernel.bytes(bundle, length)).toEqual(packages[0]!.bundle);
          kernel.call("cacheRelease", code);
          expect(kernel.call("resolverEvict", code)).toBe(0);
        } else {
          expect(-code).toBeGreaterThanOrEqual(e.E_PKG_UNKNOWN);
          failures++;
        }
        expectNothingLeft();
      }
    }
    expect(failures).toBeGreaterThan(50);
  });
});

describe("the connection", () => {
  test.each(["close", "reset"] as const)(
    "that went stale (%s) is replaced, and the request sent once more",
    (how) => {
      resolve(HELLO);
      tcp.closeIdle(how);
      expect(resolve("org.oscortex.clock")).toBeGreaterThan(0);
      expect(tcp.made).toBe(2);
      expect(tcp.open).toBe(1);
    },
  );

  test("that goes stale as the request is on its way is replaced once only", () => {
    resolve(HELLO);
    tcp.serve = () => ({ bytes: new Uint8Array(0), ending: "close" });
    expect(resolve("org.oscortex.clock")).toBe(-e.E_PKG_SERVER);
    expect(tcp.made).toBe(2);
    expectNothingLeft(1);
  });

  test("is given back when the server closes it, or after 15 s", () => {
    resolve(HELLO);
    expect(tcp.open).toBe(1);
    expect(kernel.call("resolverNextDeadline")).toBeLessThanOrEqual(now + 15 * SECOND);
    now = kernel.call("resolverNextDeadline");
    settle();
    expect(tcp.open).toBe(0);
    expect(kernel.call("resolverNextDeadline")).toBeGreaterThan(2 ** 62);

    resolve("org.oscortex.clock");
    tcp.closeIdle("close");
    settle();
    expect(tcp.open).toBe(0);
  });

  test("is not kept when the server says so, or sends more than was asked for", () => {
    spoil("bundle", (good) => ({
      bytes: http(`HTTP/1.1 200 OK\nConnection: close\nContent-Length: ${good.length}`, good),
    }));
    resolve(HELLO);
    expect(tcp.open).toBe(0);
    packages.reverse();
    spoil("bundle", (good) => ({ bytes: new Uint8Array([...ok(good).bytes, 1, 2, 3]) }));
    tcp.segment = 1 << 20;
    expect(resolve("org.oscortex.clock")).toBeGreaterThan(0);
    expect(tcp.open).toBe(0);
  });
});

describe("the catalog", () => {
  test("is listed: as many entries as fit, and how many there are", () => {
    expect(listCatalog()).toBe(2);
    expect(kernel.call("catalogCopy", NAME, 2 * CATALOG_ENTRY_SIZE - 1)).toBe(2);
    expect(kernel.bytes(NAME, CATALOG_ENTRY_SIZE)).toEqual(catalog().subarray(4, 4 + CATALOG_ENTRY_SIZE));
  });

  test("is fetched again for a listing after two seconds, not before", () => {
    listCatalog();
    listCatalog();
    expect(tcp.log).toHaveLength(1);
    now += 2 * SECOND;
    packages.push(sample("org.oscortex.new", 10));
    expect(listCatalog()).toBe(3);
  });

  test("is fetched again, once, for a name that it lacks", () => {
    resolve(HELLO);
    packages.push(sample("org.oscortex.new", 10));
    expect(resolve("org.oscortex.new")).toBeGreaterThan(0);
    const asked = tcp.log.length;
    expect(resolve("org.oscortex.newer")).toBe(-e.E_PKG_UNKNOWN);
    expect(tcp.log.slice(asked).map((line) => line.split(" ")[1])).toEqual(["/catalog.bin"]);
  });

  test("is fetched again when the server has replaced a bundle", () => {
    resolve(HELLO);
    packages[1] = { ...sample("org.oscortex.clock", 301) };
    expect(resolve("org.oscortex.clock")).toBeGreaterThan(0);
    expectNothingLeft(2);
  });

  test("that cannot be fetched is an error of the listing", () => {
    tcp.welcome = "refuse";
    expect(listCatalog()).toBe(-e.E_PKG_SERVER);
    expect(kernelLog()).toContain("pkg: catalog: server down or unreachable\n");
    expectNothingLeft();
  });

  test("without a server set is an error", () => {
    kernel.call("resolverSetServer", 0, 0);
    expect(listCatalog()).toBe(-e.E_PKG_SERVER);
    expect(tcp.made).toBe(0);
  });

  test("of another server takes its place, for what is going on too", () => {
    start(HELLO);
    const ticket = kernel.call("resolveTicket");
    while (tcp.log.length < 2) {
      kernel.call("resolvePoll", BigInt(now));
      tcp.deliver();
    }
    kernel.call("resolverSetServer", SERVER_IP, 9090);
    expect(tcp.open).toBe(0);
    expect(result(ticket)).toBeGreaterThan(0);
    expect(tcp.heads.at(-1)).toContain("Host: 10.0.2.2:9090\r\n");
    expectNothingLeft(1);
  });
});

describe("requests", () => {
  test("for one name share one fetch; each waiter gets the result once", () => {
    expect([start(HELLO), start(HELLO)]).toEqual([0, 0]);
    const ticket = kernel.call("resolveTicket");
    const appId = result(ticket);
    expect(appId).toBeGreaterThan(0);
    expect(kernel.call("resolveResult", ticket)).toBe(appId);
    expect(kernel.call("resolveResult", ticket)).toBe(-e.E_INVAL);
    expect(tcp.log).toHaveLength(2);
  });

  test("for several names are served in order", () => {
    start("org.oscortex.clock");
    const first = kernel.call("resolveTicket");
    start(HELLO);
    const second = kernel.call("resolveTicket");
    expect(result(second)).toBeGreaterThan(0);
    expect(kernel.call("resolveResult", first)).toBeGreaterThan(0);
    expect(tcp.log[1]).toContain(pathOf(packages[1]!.bundle));
  });

  test("are at most 32", () => {
    for (let i = 0; i < 32; i++) expect(start(`org.example.app${i}`)).toBe(0);
    expect(start("org.example.more")).toBe(-e.E_LIMIT);
    expect(kernel.call("catalogStart")).toBe(-e.E_LIMIT);
    expect(start("org.example.app3")).toBe(0); // shares a place
  });

  test("that nobody waits for any more free their place", () => {
    for (let round = 0; round < 100; round++) {
      expect(start(HELLO)).toBe(0);
      const ticket = kernel.call("resolveTicket");
      if (round % 2 === 1) kernel.call("resolvePoll", BigInt(now));
      kernel.call("resolveCancel", ticket);
      expect(kernel.call("resolveResult", ticket)).toBe(-e.E_INVAL);
    }
    settle();
    expect(kernel.call("cacheCount")).toBe(1); // the one that ran went on
    for (let i = 0; i < 40; i++) {
      expect(start(`org.example.app${i}`)).toBe(0);
      kernel.call("resolveCancel", kernel.call("resolveTicket"));
    }
    expect(kernel.call("resolverNextDeadline")).toBeGreaterThan(now); // nothing to do at once
    expectNothingLeft(1);
  });

  test("are refused by ticket numbers that were never given", () => {
    for (const ticket of [0, -1, 1, 31, 32, 0x7fffffff]) {
      expect(kernel.call("resolveResult", ticket)).toBe(-e.E_INVAL);
      kernel.call("resolveCancel", ticket);
    }
  });
});

describe("the cache", () => {
  test("shows in /sys/pkg/cache", () => {
    packages.push({ ...sample("org.oscortex.shell", 10), system: true });
    for (const { name } of packages) resolve(name);
    expect(read("/sys/pkg/cache")).toBe("slots=3/16\npinned=1\nephemeral=2\n");
  });

  test("evicts on request, not what is pinned or runs", () => {
    packages.push({ ...sample("org.oscortex.shell", 10), system: true });
    const hello = resolve(HELLO);
    const shell = resolve("org.oscortex.shell");
    kernel.call("cacheAcquire", hello);
    expect(kernel.call("resolverEvict", hello)).toBe(-e.E_PKG_BUSY);
    expect(kernel.call("resolverEvict", shell)).toBe(-e.E_PKG_BUSY);
    kernel.call("cacheRelease", hello);
    expect(kernel.call("resolverEvict", hello)).toBe(0);
    expect(kernel.call("resolverEvict", hello)).toBe(-e.E_NOENT);
    expectNothingLeft(1);
  });

  test("makes room for the seventeenth app, and says when it cannot", () => {
    packages = Array.from({ length: 18 }, (_, i) => sample(`org.example.app${i}`, 100 + i));
    const ids = packages.slice(0, 17).map(({ name }) => resolve(name));
    expect(Math.min(...ids)).toBeGreaterThan(0);
    expect(kernel.call("cacheCount")).toBe(16);
    for (const id of ids.slice(1)) kernel.call("cacheAcquire", id);
    expect(resolve("org.example.app17")).toBe(-e.E_PKG_CACHE_FULL);
    expectNothingLeft(16);
  });
});
