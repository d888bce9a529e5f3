import { beforeEach, describe, expect, test } from "vitest";
import { chunked, http } from "../../../tests/support/http-answer.ts";
import { NAME, pathOf, ResolverMachine, samplePackage } from "../../../tests/support/resolver-machine.ts";
import * as e from "../../abi/errors.ts";

const HELLO = "org.oscortex.hello";
const CLOCK = "org.oscortex.clock";

let machine: ResolverMachine;

beforeEach(() => {
  machine = new ResolverMachine([samplePackage(HELLO, 5000), samplePackage(CLOCK, 300)]);
});

describe("a resolve", () => {
  test("fetches the catalog, then the bundle over the same connection, and installs it", () => {
    const appId = machine.resolve(HELLO);
    expect(appId).toBeGreaterThan(0);
    expect(machine.tcp.log).toEqual(["0 /catalog.bin", `0 ${pathOf(machine.packages[0]!.bundle)}`]);
    expect(machine.tcp.heads[0]).toBe(
      "GET /catalog.bin HTTP/1.1\r\nHost: 10.0.2.2:8080\r\nUser-Agent: oscortex\r\nAccept-Encoding: identity",
    );
    const install = machine.kernel.call("cacheAcquire", appId);
    const { bundle, length } = machine.installer.at(install);
    expect(machine.kernel.bytes(bundle, length)).toEqual(machine.packages[0]!.bundle);
    expect(machine.kernelLog()).toMatch(/pkg: org\.oscortex\.hello: resolved in \d+ us\n/);
    machine.expectNothingLeft(1);
  });

  test("that hits the cache answers at once and asks nobody", () => {
    const appId = machine.resolve(HELLO);
    const asked = machine.tcp.log.length;
    expect(machine.start(HELLO)).toBe(appId);
    expect(machine.tcp.log).toHaveLength(asked);
  });

  test("that hits the cache allocates nothing, ten thousand times", () => {
    const appId = machine.resolve(HELLO);
    const top = machine.kernel.call("heapTop");
    const frames = machine.kernel.call("framesFreeCount");
    expect(machine.kernel.call("resolveOften", NAME, machine.kernel.putText(NAME, HELLO), 10_000)).toBe(
      appId,
    );
    expect(machine.kernel.call("heapTop")).toBe(top);
    expect(machine.kernel.call("framesFreeCount")).toBe(frames);
  });

  test("of another package reuses catalog and connection", () => {
    machine.resolve(HELLO);
    expect(machine.resolve(CLOCK)).toBeGreaterThan(0);
    expect(machine.tcp.log).toHaveLength(3);
    expect(machine.tcp.made).toBe(1);
  });

  test.each([1, 2, 7, 100, 1460, 100_000])("works in segments of %i bytes", (segment) => {
    machine.tcp.segment = segment;
    expect(machine.resolve(HELLO)).toBeGreaterThan(0);
    machine.expectNothingLeft(1);
  });

  test("of a large bundle receives no more than a slice a turn", () => {
    machine.packages = [samplePackage(HELLO, 700_000)];
    machine.tcp.segment = 1 << 24;
    machine.start(HELLO);
    const slices: number[] = [];
    for (let turn = 0; turn < 100; turn++) {
      const before = machine.tcp.received;
      machine.turn();
      slices.push(machine.tcp.received - before);
    }
    expect(Math.max(...slices)).toBe(65536);
    expect(machine.resolve(HELLO)).toBeGreaterThan(0);
    expect(machine.read("/sys/pkg/last")).toMatch(/^name=org\.oscortex\.hello\nresult=\d+\n/);
  });

  test("takes chunked bodies and bodies that end with the connection", () => {
    machine.spoil("catalog", (good) => chunked(good, 50));
    expect(machine.resolve(HELLO)).toBeGreaterThan(0);
    machine.spoil("bundle", (good) => ({ bytes: http("HTTP/1.1 200 OK", good), ending: "close" }));
    machine.packages.reverse();
    expect(machine.resolve(CLOCK)).toBeGreaterThan(0);
    machine.expectNothingLeft(2);
  });

  test("sends its request however little the socket takes", () => {
    machine.tcp.writable = 3;
    expect(machine.resolve(HELLO)).toBeGreaterThan(0);
  });

  test("waits for the network to come up", () => {
    machine.tcp.welcome = "netdown";
    machine.start(HELLO);
    machine.settle();
    machine.tcp.welcome = "open";
    expect(machine.result(machine.kernel.call("resolveTicket"))).toBeGreaterThan(0);
  });

  test("compiles in slices of about half a millisecond", () => {
    machine.installer.steps = 100; // of 200 us each
    machine.start(HELLO);
    let longest = 0;
    for (let turn = 0; turn < 1000; turn++) {
      const from = machine.now;
      machine.kernel.call("resolvePoll", BigInt(machine.now));
      longest = Math.max(longest, machine.now - from);
      machine.tcp.deliver();
    }
    expect(machine.resolve(HELLO)).toBeGreaterThan(0);
    expect(longest).toBe(600_000); // the step that passes the limit is the last
  });

  test("tells how long each step took, adding up to the whole", () => {
    machine.resolve(HELLO);
    const text = machine.read("/sys/pkg/last");
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

describe("requests", () => {
  test("for one name share one fetch; each waiter gets the result once", () => {
    expect([machine.start(HELLO), machine.start(HELLO)]).toEqual([0, 0]);
    const ticket = machine.kernel.call("resolveTicket");
    const appId = machine.result(ticket);
    expect(appId).toBeGreaterThan(0);
    expect(machine.kernel.call("resolveResult", ticket)).toBe(appId);
    expect(machine.kernel.call("resolveResult", ticket)).toBe(-e.E_INVAL);
    expect(machine.tcp.log).toHaveLength(2);
  });

  test("for several names are served in order", () => {
    machine.start(CLOCK);
    const first = machine.kernel.call("resolveTicket");
    machine.start(HELLO);
    const second = machine.kernel.call("resolveTicket");
    expect(machine.result(second)).toBeGreaterThan(0);
    expect(machine.kernel.call("resolveResult", first)).toBeGreaterThan(0);
    expect(machine.tcp.log[1]).toContain(pathOf(machine.packages[1]!.bundle));
  });

  test("are at most 32", () => {
    for (let i = 0; i < 32; i++) expect(machine.start(`org.example.app${i}`)).toBe(0);
    expect(machine.start("org.example.more")).toBe(-e.E_LIMIT);
    expect(machine.kernel.call("catalogStart")).toBe(-e.E_LIMIT);
    expect(machine.start("org.example.app3")).toBe(0); // shares a place
  });

  test("that nobody waits for any more free their place", () => {
    for (let round = 0; round < 100; round++) {
      expect(machine.start(HELLO)).toBe(0);
      const ticket = machine.kernel.call("resolveTicket");
      if (round % 2 === 1) machine.kernel.call("resolvePoll", BigInt(machine.now));
      machine.kernel.call("resolveCancel", ticket);
      expect(machine.kernel.call("resolveResult", ticket)).toBe(-e.E_INVAL);
    }
    machine.settle();
    expect(machine.kernel.call("cacheCount")).toBe(1); // the one that ran went on
    for (let i = 0; i < 40; i++) {
      expect(machine.start(`org.example.app${i}`)).toBe(0);
      machine.kernel.call("resolveCancel", machine.kernel.call("resolveTicket"));
    }
    expect(machine.kernel.call("resolverNextDeadline")).toBeGreaterThan(machine.now); // nothing to do at once
    machine.expectNothingLeft(1);
  });

  test("are refused by ticket numbers that were never given", () => {
    for (const ticket of [0, -1, 1, 31, 32, 0x7fffffff]) {
      expect(machine.kernel.call("resolveResult", ticket)).toBe(-e.E_INVAL);
      machine.kernel.call("resolveCancel", ticket);
    }
  });
});

describe("the cache", () => {
  test("shows in /sys/pkg/cache", () => {
    machine.packages.push({ ...samplePackage("org.oscortex.shell", 10), system: true });
    for (const { name } of machine.packages) machine.resolve(name);
    expect(machine.read("/sys/pkg/cache")).toBe("slots=3/16\npinned=1\nephemeral=2\n");
  });

  test("evicts on request, not what is pinned or runs", () => {
    machine.packages.push({ ...samplePackage("org.oscortex.shell", 10), system: true });
    const hello = machine.resolve(HELLO);
    const shell = machine.resolve("org.oscortex.shell");
    machine.kernel.call("cacheAcquire", hello);
    expect(machine.kernel.call("resolverEvict", hello)).toBe(-e.E_PKG_BUSY);
    expect(machine.kernel.call("resolverEvict", shell)).toBe(-e.E_PKG_BUSY);
    machine.kernel.call("cacheRelease", hello);
    expect(machine.kernel.call("resolverEvict", hello)).toBe(0);
    expect(machine.kernel.call("resolverEvict", hello)).toBe(-e.E_NOENT);
    machine.expectNothingLeft(1);
  });

  test("makes room for the seventeenth app, and says when it cannot", () => {
    machine.packages = Array.from({ length: 18 }, (_, i) => samplePackage(`org.example.app${i}`, 100 + i));
    const ids = machine.packages.slice(0, 17).map(({ name }) => machine.resolve(name));
    expect(Math.min(...ids)).toBeGreaterThan(0);
    expect(machine.kernel.call("cacheCount")).toBe(16);
    for (const id of ids.slice(1)) machine.kernel.call("cacheAcquire", id);
    expect(machine.resolve("org.example.app17")).toBe(-e.E_PKG_CACHE_FULL);
    machine.expectNothingLeft(16);
  });
});
