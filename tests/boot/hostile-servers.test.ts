// Package servers that lie or break: one line with the cause, a status of its own, nothing cached, a guest that lives.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import * as e from "../../guest-kernel/abi/errors.ts";
import { decodeBundle, encodeBundle } from "../../pkg/bundle.ts";
import {
  type FaultyPackageServer,
  type PackageFault,
  startFaultyPackageServer,
} from "../support/faulty-package-server.ts";
import { lacksKvm } from "../support/kvm.ts";
import {
  BOOT_TIMEOUT_MS,
  type Outcome,
  REPOSITORY,
  runApp,
  startOscortex,
} from "../support/oscortex-command.ts";
import { sampleBundle } from "../support/sample-bundle.ts";

const HELLO = "org.oscortex.hello";
const EMPTY_CACHE = "slots=0/16\npinned=0\nephemeral=0\n";

const bundle = readFileSync(join(REPOSITORY, "hello.osx"));
const { manifest, wasm } = decodeBundle(bundle);

/** Every package is these bytes, and the catalog agrees with them. */
function substitute(bytes: Uint8Array): PackageFault {
  return { kind: "substitute", bytes };
}

function damaged(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[offset]! ^= 0xff;
  return copy;
}

/** The module of hello, with the name of one of its imports changed. */
function withUnknownImport(): Uint8Array {
  return damaged(wasm, Buffer.from(wasm).indexOf("\x05write") + 1);
}

const MALFORMED = "the bundle is malformed";
const REFUSED = "the bundle's WebAssembly was refused";
const CUT_SHORT = "the bundle was cut short: its length is not the catalog's";

const FAULTS: [what: string, status: number, cause: string, fault: PackageFault][] = [
  ["four billion entries", e.E_PKG_CATALOG, "the catalog is malformed", { kind: "count", value: 0xffffffff }],
  [
    "status 500",
    e.E_PKG_HTTP,
    "the package server's HTTP response is malformed or unexpected",
    { kind: "status", status: 500 },
  ],
  [
    "one byte changed",
    e.E_PKG_DIGEST,
    "the bundle's SHA-256 differs from the catalog's",
    { kind: "flip", offset: 5000 },
  ],
  ["a connection that ends early", e.E_PKG_TRUNCATED, CUT_SHORT, { kind: "truncate", bytes: 3000 }],
  ["a body that is too short", e.E_PKG_TRUNCATED, CUT_SHORT, { kind: "shorten", bytes: 3000 }],
  ["no bundle", e.E_PKG_BUNDLE, MALFORMED, substitute(Buffer.from("#!/bin/sh\necho hello\n".repeat(50)))],
  ["a bundle without its end", e.E_PKG_BUNDLE, MALFORMED, substitute(bundle.subarray(0, 3000))],
  ["another package", e.E_PKG_BUNDLE, MALFORMED, substitute(sampleBundle({ name: "org.oscortex.other" }))],
  ["no WebAssembly", e.E_PKG_MODULE, REFUSED, substitute(encodeBundle({ manifest, wasm: damaged(wasm, 0) }))],
  [
    "damaged WebAssembly",
    e.E_PKG_MODULE,
    REFUSED,
    substitute(encodeBundle({ manifest, wasm: wasm.subarray(0, -100) })),
  ],
  [
    "an unknown import",
    e.E_PKG_MODULE,
    REFUSED,
    substitute(encodeBundle({ manifest, wasm: withUnknownImport() })),
  ],
  [
    "a module without memory",
    e.E_PKG_MODULE,
    REFUSED,
    substitute(sampleBundle({ name: manifest.name, version: manifest.version })),
  ],
];

/** The lines on stderr that are neither the kernel's nor the host's. */
function complaints({ stderr }: Pick<Outcome, "stderr">): string[] {
  return stderr.split("\n").filter((line) => line !== "" && !/^(?:\[ *\d+\.\d+\]|oscortex:) /.test(line));
}

describe.skipIf(lacksKvm())("a package server", { timeout: BOOT_TIMEOUT_MS }, () => {
  let server: FaultyPackageServer;
  let fromServer: string[];

  beforeEach(async () => {
    server = await startFaultyPackageServer({ folder: REPOSITORY });
    fromServer = ["--server", `http://127.0.0.1:${server.port}`];
    onTestFinished(() => server.close());
  });

  test.each(FAULTS)("that sends %s: status %i", async (_, status, cause, fault) => {
    server.fault = fault;
    const outcome = await runApp(HELLO, ...fromServer);
    expect([outcome.status, outcome.stdout]).toEqual([status, ""]);
    expect(complaints(outcome)).toEqual([`run: ${HELLO}: ${cause}`]);
  });

  test("that has no such package: status 64", async () => {
    const outcome = await runApp("org.oscortex.nosuch", ...fromServer);
    expect([outcome.status, outcome.stdout]).toEqual([e.E_PKG_UNKNOWN, ""]);
    expect(complaints(outcome)).toEqual(["run: org.oscortex.nosuch: not in the catalog"]);
  });

  test("that is down: status 65", async () => {
    await server.pause();
    const outcome = await runApp(HELLO, ...fromServer);
    expect([outcome.status, outcome.stdout]).toEqual([e.E_PKG_SERVER, ""]);
    expect(complaints(outcome)).toEqual([`run: ${HELLO}: the package server is down or cannot be reached`]);
  });

  test("that never answers is given up: status 65", async () => {
    server.fault = { kind: "stall" };
    const outcome = await runApp(HELLO, ...fromServer);
    expect([outcome.status, outcome.stdout]).toEqual([e.E_PKG_SERVER, ""]);
    expect(complaints(outcome)).toEqual([`run: ${HELLO}: the package server is down or cannot be reached`]);
  });

  test("that does all of this leaves nothing in the cache, and the guest takes good packages from it", async () => {
    const shell = startOscortex(fromServer);
    for (const [, , , fault] of FAULTS) {
      server.fault = fault;
      expect(await shell.command(`run ${HELLO}`)).toBe("");
      expect(await shell.command("cat /sys/pkg/cache")).toBe(EMPTY_CACHE);
    }
    await server.pause();
    expect(await shell.command(`run ${HELLO}`)).toBe("");
    await server.resume();
    server.fault = { kind: "none" };
    expect(await shell.command("run org.oscortex.nosuch")).toBe("");
    expect(await shell.command("cat /sys/pkg/cache")).toBe(EMPTY_CACHE);
    expect(await shell.command(`run ${HELLO}`)).toBe("Hello from Oscortex\n");
    expect(await shell.command("cat /sys/pkg/cache")).toBe("slots=1/16\npinned=0\nephemeral=1\n");
    shell.endInput();
    const outcome = await shell.ended;
    expect(outcome.status).toBe(0);
    expect(complaints(outcome)).toEqual([
      ...FAULTS.map(([, , cause]) => `run: ${HELLO}: ${cause}`),
      `run: ${HELLO}: the package server is down or cannot be reached`,
      "run: org.oscortex.nosuch: not in the catalog",
    ]);
  });
});
