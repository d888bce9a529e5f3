import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { FakeInstaller } from "../../../tests/support/fake-installer.ts";
import {
  type FaultyPackageServer,
  type PackageFault,
  startFaultyPackageServer,
} from "../../../tests/support/faulty-package-server.ts";
import { GuestModule, SCRATCH } from "../../../tests/support/guest-module.ts";
import { NodeTcp } from "../../../tests/support/node-tcp.ts";
import { sampleBundle } from "../../../tests/support/sample-bundle.ts";
import { BOOT_INFO_TSC_KHZ } from "../../abi/boot-info.ts";
import * as e from "../../abi/errors.ts";

// The resolver against the real package server, over real sockets.

const NAME = SCRATCH - 4096;
const BOOT_INFO = SCRATCH - 8192;
const FRAMES_END = 0x1000000;
const LOOPBACK = 0x0100007f;

const compiled = await compileGuest("guest-kernel/kernel/pkg/resolver.exports.ts");
const hello = sampleBundle({ name: "org.oscortex.hello", paddingBytes: 100 });
const large = sampleBundle({ name: "org.oscortex.large", paddingBytes: 3_000_000 });
let folder: string;
let server: FaultyPackageServer;
let kernel: GuestModule;
let tcp: NodeTcp;
let installer: FakeInstaller;
let epoch: bigint; // when the guest's clock was 0
let freeFrames: number;

function clock(): bigint {
  return process.hrtime.bigint() - epoch;
}

beforeEach(async () => {
  epoch = process.hrtime.bigint();
  folder = mkdtempSync(join(tmpdir(), "oscortex-packages-"));
  writeFileSync(join(folder, "hello.osx"), hello);
  writeFileSync(join(folder, "large.osx"), large);
  server = await startFaultyPackageServer({ folder });
  tcp = new NodeTcp(() => kernel.memory);
  installer = new FakeInstaller((address, pages) => kernel.call("framesFree", address, pages));
  kernel = new GuestModule(compiled, {
    arch: { rdtsc: clock },
    "resolver.exports": { ...tcp.imports(), ...installer.imports() },
  });
  kernel.view.setUint32(BOOT_INFO + BOOT_INFO_TSC_KHZ, 1_000_000, true); // a tick is a nanosecond
  kernel.call("clockInit", BOOT_INFO);
  kernel.call("framesInit", SCRATCH, FRAMES_END);
  kernel.call("bindFakes");
  freeFrames = kernel.call("framesFreeCount");
  kernel.call("resolverSetServer", LOOPBACK, server.port);
});

afterEach(async () => {
  tcp.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function resolve(name: string): Promise<number> {
  const code = kernel.call("resolveStart", NAME, kernel.putText(NAME, name));
  return code === 0 ? result(kernel.call("resolveTicket"), "resolveResult") : code;
}

async function result(ticket: number, ask: string): Promise<number> {
  for (;;) {
    while (kernel.call("resolvePoll", clock()) === 1);
    const code = kernel.call(ask, ticket);
    if (code !== -e.E_AGAIN) return code;
    await turn();
  }
}

function expectNothingLeft(cached = 0): void {
  expect(kernel.call("cacheCount")).toBe(cached);
  kernel.call("resolverSetServer", LOOPBACK, server.port);
  expect(tcp.open).toBe(0);
  expect(kernel.call("framesFreeCount")).toBe(freeFrames - installer.pages);
}

test("serves what the resolver asks for, over one connection", async () => {
  const ids = [await resolve("org.oscortex.hello"), await resolve("org.oscortex.large")];
  expect(Math.min(...ids)).toBeGreaterThan(0);
  expect(tcp.made).toBe(1);
  const { bundle, length } = installer.at(kernel.call("cacheAcquire", ids[1]!));
  expect(Buffer.compare(kernel.bytes(bundle, length), large)).toBe(0);
  expect(await result(kernel.call("catalogStart"), "catalogResult")).toBe(2);
  expectNothingLeft(2);
});

test.each<[string, PackageFault, number]>([
  ["one byte changed", { kind: "flip", offset: 777 }, e.E_PKG_DIGEST],
  ["a truncated body", { kind: "truncate", bytes: 100 }, e.E_PKG_TRUNCATED],
  ["a body shorter than the catalog says", { kind: "shorten", bytes: 100 }, e.E_PKG_TRUNCATED],
  ["an absurd catalog", { kind: "count", value: 0xffffffff }, e.E_PKG_CATALOG],
  ["a catalog of one entry too many", { kind: "count", value: 3 }, e.E_PKG_CATALOG],
  ["status 503", { kind: "status", status: 503 }, e.E_PKG_HTTP],
])("%s is an error that leaves nothing behind", async (_, fault, error) => {
  server.fault = fault;
  expect(await resolve("org.oscortex.hello")).toBe(-error);
  expectNothingLeft();
  server.fault = { kind: "none" };
  expect(await resolve("org.oscortex.hello")).toBeGreaterThan(0);
});

test("a server that answers nothing times out", async () => {
  server.fault = { kind: "stall" };
  const pending = resolve("org.oscortex.hello");
  while (server.requests.length === 0) await turn();
  epoch -= 10_000_000_000n;
  expect(await pending).toBe(-e.E_PKG_SERVER);
  expectNothingLeft();
});

test("a body in slow pieces is a body", async () => {
  server.fault = { kind: "slow", pieceBytes: 100, delayMs: 1 };
  expect(await resolve("org.oscortex.hello")).toBeGreaterThan(0);
  expectNothingLeft(1);
});

test("a server that is not there is an error", async () => {
  await server.close();
  expect(await resolve("org.oscortex.hello")).toBe(-e.E_PKG_SERVER);
  expectNothingLeft();
  server = await startFaultyPackageServer({ folder });
});

test("a bundle that was replaced, and one that is new, are found", async () => {
  await resolve("org.oscortex.hello");
  writeFileSync(join(folder, "large.osx"), sampleBundle({ name: "org.oscortex.large", version: "2.0.0" }));
  writeFileSync(join(folder, "new.osx"), sampleBundle({ name: "org.oscortex.new" }));
  expect(await resolve("org.oscortex.large")).toBeGreaterThan(0);
  expect(await resolve("org.oscortex.new")).toBeGreaterThan(0);
  expect(await resolve("org.oscortex.none")).toBe(-e.E_PKG_UNKNOWN);
  expectNothingLeft(3);
});
