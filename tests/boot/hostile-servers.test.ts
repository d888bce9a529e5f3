// Package servers that lie or break: one line with the cause, a status of its own, nothing cached, a guest that lives.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import * as e from "../../guest-kernel/abi/errors.ts";
import { decodeBundle, encodeBundle } from "../../pkg/bundle.ts";
import {
  type FaultyPackageServer,
  type PackageFault,
  startFaultyPackageServer,
} from "../support/faulty-package-server.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, REPOSITORY, SharedOscortex } from "../support/oscortex-command.ts";
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
const DOWN = "the package server is down or cannot be reached";
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

/** The lines that are neither the kernel's nor the host's. */
function complaints(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line !== "" && !/^(?:\[ *\d+\.\d+\]|oscortex:) /.test(line));
}

describe.skipIf(lacksKvm())("a package server", { timeout: BOOT_TIMEOUT_MS }, () => {
  const guest = new SharedOscortex();
  let server: FaultyPackageServer;

  beforeAll(async () => {
    server = await startFaultyPackageServer({ folder: REPOSITORY });
    const stop = guest.start(["--server", `http://127.0.0.1:${server.port}`]);
    return async () => {
      stop();
      await server.close();
    };
  });

  /** Runs an app which does not come: nothing is printed or cached, and stderr and status say why. */
  async function expectRefused(name: string, status: number, cause: string): Promise<void> {
    const { shell } = guest;
    const before = shell.stderr.length;
    expect(await shell.command(`run ${name}`)).toBe("");
    expect(await shell.command("echo $?")).toBe(`${status}\n`);
    await shell.until(() => shell.stderr.slice(before).includes(`run: ${name}: ${cause}\n`));
    expect(complaints(shell.stderr.slice(before))).toEqual([`run: ${name}: ${cause}`]);
    expect(await shell.command("cat /sys/pkg/cache")).toBe(EMPTY_CACHE);
  }

  test.each(FAULTS)("that sends %s: status %i", async (_, status, cause, fault) => {
    server.fault = fault;
    await expectRefused(HELLO, status, cause);
  });

  test("that never answers is given up: status 65", async () => {
    server.fault = { kind: "stall" };
    await expectRefused(HELLO, e.E_PKG_SERVER, DOWN);
  });

  test("that is down: status 65", async () => {
    server.fault = { kind: "none" };
    await server.pause();
    await expectRefused(HELLO, e.E_PKG_SERVER, DOWN);
    await server.resume();
  });

  test("that has no such package: status 64", async () => {
    await expectRefused("org.oscortex.nosuch", e.E_PKG_UNKNOWN, "not in the catalog");
  });

  test("that has done all of this gives good packages to the same guest, which ends by itself", async () => {
    const { shell } = guest;
    expect(await shell.command(`run ${HELLO}`)).toBe("Hello from Oscortex\n");
    expect(await shell.command("cat /sys/pkg/cache")).toBe("slots=1/16\npinned=0\nephemeral=1\n");
    shell.endInput();
    expect((await shell.ended).status).toBe(0);
  });
});
