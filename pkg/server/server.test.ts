import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sampleBundle } from "../../tests/support/sample-bundle.ts";
import { decodeCatalog } from "../catalog.ts";
import { digestHex, digestOf } from "../digest.ts";
import { RepositoryError } from "../errors.ts";
import { type PackageServer, startPackageServer } from "./server.ts";

const HELLO = sampleBundle({ name: "org.oscortex.hello", version: "2.0.0" });
const CLOCK = sampleBundle({ name: "org.oscortex.clock" });
const HELLO_PATH = `/pkg/${digestHex(digestOf(HELLO))}.osx`;

let folder: string;
let server: PackageServer;
let origin: string;
let warnings: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "oscortex-repository-"));
  put("hello.osx", HELLO);
  put("clock.osx", CLOCK);
  warnings = [];
  server = await startPackageServer({ folder, onWarning: (message) => warnings.push(message) });
  origin = `http://127.0.0.1:${server.port}`;
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Writes a file the way that a careful tool does: complete when it appears. */
function put(name: string, contents: Uint8Array | string): void {
  writeFileSync(join(folder, `.${name}.part`), contents);
  renameSync(join(folder, `.${name}.part`), join(folder, name));
}

async function catalogNames(): Promise<string[]> {
  const response = await fetch(`${origin}/catalog.bin`);
  return decodeCatalog(new Uint8Array(await response.arrayBuffer())).map(({ name }) => name);
}

/** Sends a request as it is and gives all that comes back until the server closes. */
function raw(request: string): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  socket.write(request);
  return text(socket);
}

describe("the catalog", () => {
  test("lists every bundle by name", async () => {
    const response = await fetch(`${origin}/catalog.bin`);
    const body = new Uint8Array(await response.arrayBuffer());
    expect(response.headers.get("content-length")).toBe(String(4 + 2 * 128));
    expect(decodeCatalog(body)).toEqual([
      {
        name: "org.oscortex.clock",
        version: "1.0.0",
        sha256: digestOf(CLOCK),
        sizeBytes: CLOCK.length,
        system: false,
      },
      {
        name: "org.oscortex.hello",
        version: "2.0.0",
        sha256: digestOf(HELLO),
        sizeBytes: HELLO.length,
        system: false,
      },
    ]);
  });

  test("follows the folder", async () => {
    put("spin.osx", sampleBundle({ name: "org.oscortex.spin" }));
    expect(await catalogNames()).toEqual(["org.oscortex.clock", "org.oscortex.hello", "org.oscortex.spin"]);
    rmSync(join(folder, "clock.osx"));
    put("hello.osx", sampleBundle({ name: "org.oscortex.renamed" }));
    expect(await catalogNames()).toEqual(["org.oscortex.renamed", "org.oscortex.spin"]);
  });

  test("is not sent again while it is the same", async () => {
    const etag = (await fetch(`${origin}/catalog.bin`)).headers.get("etag")!;
    const again = await fetch(`${origin}/catalog.bin`, { headers: { "If-None-Match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    utimesSync(join(folder, "hello.osx"), 1, 1); // touched, the same bytes
    expect((await fetch(`${origin}/catalog.bin`, { headers: { "If-None-Match": etag } })).status).toBe(304);
    put("spin.osx", sampleBundle({ name: "org.oscortex.spin" }));
    expect((await fetch(`${origin}/catalog.bin`, { headers: { "If-None-Match": etag } })).status).toBe(200);
  });

  test("leaves out what is no bundle and second bundles of a name, and says so once", async () => {
    put("broken.osx", "OSCP");
    put("second.osx", sampleBundle({ name: "org.oscortex.hello", version: "3.0.0" }));
    await catalogNames();
    expect(await catalogNames()).toEqual(["org.oscortex.clock", "org.oscortex.hello"]);
    expect(warnings).toEqual([
      `${folder}/broken.osx: not a bundle: 4 bytes: truncated header`,
      `${folder}/second.osx: org.oscortex.hello is already in ${folder}/hello.osx`,
    ]);
  });

  test("pins what repository.json names", async () => {
    put("repository.json", JSON.stringify({ system: ["org.oscortex.hello"] }));
    const body = await (await fetch(`${origin}/catalog.bin`)).arrayBuffer();
    const pinned = decodeCatalog(new Uint8Array(body)).filter(({ system }) => system);
    expect(pinned.map(({ name }) => name)).toEqual(["org.oscortex.hello"]);
  });

  test("is an error of the server while repository.json is malformed", async () => {
    put("repository.json", JSON.stringify({ system: "all" }));
    const response = await fetch(`${origin}/catalog.bin`);
    expect([response.status, await response.text()]).toEqual([500, "internal error\n"]);
    expect(warnings).toEqual([`${folder}/repository.json: expected { "system": [names] }`]);
    rmSync(join(folder, "repository.json"));
    expect(await catalogNames()).toEqual(["org.oscortex.clock", "org.oscortex.hello"]);
  });
});

describe("a bundle", () => {
  test("is served by its digest", async () => {
    const response = await fetch(origin + HELLO_PATH);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe(String(HELLO.length));
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(HELLO);
  });

  test("is not served once its file has changed", async () => {
    put("hello.osx", sampleBundle({ name: "org.oscortex.other" }));
    expect((await fetch(origin + HELLO_PATH)).status).toBe(404);
  });

  test("is not served once its file has gone", async () => {
    rmSync(join(folder, "hello.osx"));
    expect((await fetch(origin + HELLO_PATH)).status).toBe(404);
  });
});

describe("the server", () => {
  test("answers HEAD with the headers alone", async () => {
    const response = await fetch(origin + HELLO_PATH, { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe(String(HELLO.length));
    expect(await response.text()).toBe("");
  });

  test("keeps a connection for several requests", async () => {
    const get = `GET /catalog.bin HTTP/1.1\r\nHost: x\r\n`;
    const answer = await raw(`${get}\r\n${get}Connection: close\r\n\r\n`);
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  test("takes absolute request targets", async () => {
    const answer = await raw("GET http://x/catalog.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s", async (method) => {
    const response = await fetch(`${origin}/catalog.bin`, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test.each([
    "/",
    "/hello.osx",
    "/pkg/hello.osx",
    "/pkg/../hello.osx",
    "/pkg/%2e%2e/hello.osx",
    "/pkg/..%2fhello.osx",
    `/pkg/${"0".repeat(64)}.osx`,
    HELLO_PATH.toUpperCase(),
    `${HELLO_PATH}/`,
    `/${HELLO_PATH}`,
    "*",
  ])("finds nothing at %s", async (target) => {
    const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  test("does not start without its folder", async () => {
    await expect(startPackageServer({ folder: join(folder, "none") })).rejects.toThrow(RepositoryError);
  });

  test("does not start on a port that is taken", async () => {
    await expect(startPackageServer({ folder, port: server.port })).rejects.toThrow("EADDRINUSE");
  });
});
