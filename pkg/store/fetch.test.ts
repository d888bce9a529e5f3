import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  type FaultyPackageServer,
  type PackageFault,
  startFaultyPackageServer,
} from "../../tests/support/faulty-package-server.ts";
import { sampleBundle } from "../../tests/support/sample-bundle.ts";
import {
  CatalogError,
  DigestMismatchError,
  HttpError,
  ServerError,
  SizeMismatchError,
  UnknownPackageError,
} from "../errors.ts";
import { PackageClient } from "./fetch.ts";

const NAME = "org.oscortex.sample";
const BUNDLE = sampleBundle({ paddingBytes: 65536 });

let folder: string;
let server: FaultyPackageServer;
let client: PackageClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oscortex-fetch-"));
  writeFileSync(join(folder, "sample.osx"), BUNDLE);
  server = await startFaultyPackageServer({ folder });
});

afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  await client?.close();
  client = new PackageClient(`http://127.0.0.1:${server.port}`);
  server.fault = { kind: "none" };
  server.requests.length = 0;
});

test("resolves a package with two requests", async () => {
  expect(await client.resolve(NAME)).toEqual(Buffer.from(BUNDLE));
  expect(server.requests).toEqual(["/catalog.bin", expect.stringMatching(/^\/pkg\/[0-9a-f]{64}\.osx$/)]);
});

test("resolves through a slow server", async () => {
  server.fault = { kind: "slow", pieceBytes: 10_000, delayMs: 1 };
  expect(await client.resolve(NAME)).toHaveLength(BUNDLE.length);
});

test.each<[PackageFault, new (message: string) => Error, RegExp]>([
  [{ kind: "flip", offset: 1000 }, DigestMismatchError, /SHA-256 [0-9a-f]{64} instead of [0-9a-f]{64}/],
  [{ kind: "truncate", bytes: 1000 }, SizeMismatchError, /ended after 1000 bytes/],
  [{ kind: "shorten", bytes: 1000 }, SizeMismatchError, /1000 bytes instead of 65/],
  [{ kind: "count", value: 0xffffffff }, CatalogError, /4294967295 entries/],
  [{ kind: "count", value: 2 }, CatalogError, /132 bytes instead of 260/],
  [{ kind: "status", status: 503 }, HttpError, /status 503/],
])("reports %o", async (fault, error, message) => {
  server.fault = fault;
  const failure: unknown = await client.resolve(NAME).catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(error);
  expect(String(failure)).toMatch(message);
});

test("reports a server that does not answer", async () => {
  server.fault = { kind: "stall" };
  const impatient = new PackageClient(`http://127.0.0.1:${server.port}`, 10);
  await expect(impatient.resolve(NAME)).rejects.toThrow(/^\/catalog\.bin: .*timeout/i);
  await impatient.close();
});

test("reports an unknown name", async () => {
  await expect(client.resolve("org.oscortex.none")).rejects.toThrow(UnknownPackageError);
});

test("reports a server that is not there", async () => {
  const nobody = new PackageClient("http://127.0.0.1:1");
  await expect(nobody.resolve(NAME)).rejects.toThrow(ServerError);
  await nobody.close();
});
