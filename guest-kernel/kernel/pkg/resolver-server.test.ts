import { beforeEach, describe, expect, test } from "vitest";
import { http, ok } from "../../../tests/support/http-answer.ts";
import {
  NAME,
  SECOND,
  SERVER_IP,
  ResolverMachine,
  samplePackage,
} from "../../../tests/support/resolver-machine.ts";
import { CATALOG_ENTRY_SIZE } from "../../abi/catalog.ts";
import * as e from "../../abi/errors.ts";

const HELLO = "org.oscortex.hello";
const CLOCK = "org.oscortex.clock";

let machine: ResolverMachine;

beforeEach(() => {
  machine = new ResolverMachine([samplePackage(HELLO, 5000), samplePackage(CLOCK, 300)]);
});

describe("the connection", () => {
  test.each(["close", "reset"] as const)(
    "that went stale (%s) is replaced, and the request sent once more",
    (how) => {
      machine.resolve(HELLO);
      machine.tcp.closeIdle(how);
      expect(machine.resolve(CLOCK)).toBeGreaterThan(0);
      expect(machine.tcp.made).toBe(2);
      expect(machine.tcp.open).toBe(1);
    },
  );

  test("that goes stale as the request is on its way is replaced once only", () => {
    machine.resolve(HELLO);
    machine.tcp.serve = () => ({ bytes: new Uint8Array(0), ending: "close" });
    expect(machine.resolve(CLOCK)).toBe(-e.E_PKG_SERVER);
    expect(machine.tcp.made).toBe(2);
    machine.expectNothingLeft(1);
  });

  test("is given back when the server closes it, or after 15 s", () => {
    machine.resolve(HELLO);
    expect(machine.tcp.open).toBe(1);
    expect(machine.kernel.call("resolverNextDeadline")).toBeLessThanOrEqual(machine.now + 15 * SECOND);
    machine.now = machine.kernel.call("resolverNextDeadline");
    machine.settle();
    expect(machine.tcp.open).toBe(0);
    expect(machine.kernel.call("resolverNextDeadline")).toBeGreaterThan(2 ** 62);

    machine.resolve(CLOCK);
    machine.tcp.closeIdle("close");
    machine.settle();
    expect(machine.tcp.open).toBe(0);
  });

  test("is not kept when the server says so, or sends more than was asked for", () => {
    machine.spoil("bundle", (good) => ({
      bytes: http(`HTTP/1.1 200 OK\nConnection: close\nContent-Length: ${good.length}`, good),
    }));
    machine.resolve(HELLO);
    expect(machine.tcp.open).toBe(0);
    machine.packages.reverse();
    machine.spoil("bundle", (good) => ({ bytes: new Uint8Array([...ok(good).bytes, 1, 2, 3]) }));
    machine.tcp.segment = 1 << 20;
    expect(machine.resolve(CLOCK)).toBeGreaterThan(0);
    expect(machine.tcp.open).toBe(0);
  });
});

describe("the catalog", () => {
  test("is listed: as many entries as fit, and how many there are", () => {
    expect(machine.listCatalog()).toBe(2);
    expect(machine.kernel.call("catalogCopy", NAME, 2 * CATALOG_ENTRY_SIZE - 1)).toBe(2);
    expect(machine.kernel.bytes(NAME, CATALOG_ENTRY_SIZE)).toEqual(
      machine.catalog().subarray(4, 4 + CATALOG_ENTRY_SIZE),
    );
  });

  test("is fetched again for a listing after two seconds, not before", () => {
    machine.listCatalog();
    machine.listCatalog();
    expect(machine.tcp.log).toHaveLength(1);
    machine.now += 2 * SECOND;
    machine.packages.push(samplePackage("org.oscortex.new", 10));
    expect(machine.listCatalog()).toBe(3);
  });

  test("is fetched again, once, for a name that it lacks", () => {
    machine.resolve(HELLO);
    machine.packages.push(samplePackage("org.oscortex.new", 10));
    expect(machine.resolve("org.oscortex.new")).toBeGreaterThan(0);
    const asked = machine.tcp.log.length;
    expect(machine.resolve("org.oscortex.newer")).toBe(-e.E_PKG_UNKNOWN);
    expect(machine.tcp.log.slice(asked).map((line) => line.split(" ")[1])).toEqual(["/catalog.bin"]);
  });

  test("is fetched again when the server has replaced a bundle", () => {
    machine.resolve(HELLO);
    machine.packages[1] = { ...samplePackage(CLOCK, 301) };
    expect(machine.resolve(CLOCK)).toBeGreaterThan(0);
    machine.expectNothingLeft(2);
  });

  test("that cannot be fetched is an error of the listing", () => {
    machine.tcp.welcome = "refuse";
    expect(machine.listCatalog()).toBe(-e.E_PKG_SERVER);
    expect(machine.kernelLog()).toContain("pkg: catalog: server down or unreachable\n");
    machine.expectNothingLeft();
  });

  test("without a server set is an error", () => {
    machine.kernel.call("resolverSetServer", 0, 0);
    expect(machine.listCatalog()).toBe(-e.E_PKG_SERVER);
    expect(machine.tcp.made).toBe(0);
  });

  test("of another server takes its place, for what is going on too", () => {
    machine.start(HELLO);
    const ticket = machine.kernel.call("resolveTicket");
    while (machine.tcp.log.length < 2) {
      machine.kernel.call("resolvePoll", BigInt(machine.now));
      machine.tcp.deliver();
    }
    machine.kernel.call("resolverSetServer", SERVER_IP, 9090);
    expect(machine.tcp.open).toBe(0);
    expect(machine.result(ticket)).toBeGreaterThan(0);
    expect(machine.tcp.heads.at(-1)).toContain("Host: 10.0.2.2:9090\r\n");
    machine.expectNothingLeft(1);
  });
});
