import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleBundle } from "../tests/support/sample-bundle.ts";
import { decodeBundle } from "./bundle.ts";
import { decodeCatalog } from "./catalog.ts";
import { SOURCE_ROOT } from "./source-root.ts";

const PACK = join(SOURCE_ROOT, "build/host/pkg/pack/main.js");
const SERVER = join(SOURCE_ROOT, "build/host/pkg/server/main.js");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oscortex-commands-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(command: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("oscortex-pack", () => {
  test("packs a project into a file named after it", () => {
    const { status, stdout } = run(PACK, join(SOURCE_ROOT, "shell-host/apps/hello"));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^org\.oscortex\.hello\.osx: org\.oscortex\.hello 1\.0\.0, \d+ bytes\n$/);
    const { manifest } = decodeBundle(readFileSync(join(folder, "org.oscortex.hello.osx")));
    expect(manifest.name).toBe("org.oscortex.hello");
  }, 60_000);

  test.each([
    ["--help", ["--help"], 0, ""],
    ["no folder", [], 2, "expected one FOLDER, got 0"],
    ["two folders", ["a", "b"], 2, "expected one FOLDER, got 2"],
    ["an unknown option", ["--fast"], 2, "Unknown option '--fast'"],
    ["a folder that is no project", ["."], 1, "oscortex.json: cannot be read"],
  ])("with %s", (_, args, expectedStatus, message) => {
    const { status, stdout, stderr } = run(PACK, ...args);
    expect(status).toBe(expectedStatus);
    expect(stderr).toContain(message);
    expect(stdout).toContain(status === 0 ? "Usage: oscortex-pack" : "");
  });
});

describe("pkg-server", () => {
  test("serves a folder until it is interrupted", async () => {
    writeFileSync(join(folder, "sample.osx"), sampleBundle());
    const server = spawn(process.execPath, [
      SERVER,
      folder,
      "--port",
      "0",
      "--system",
      "org.oscortex.sample",
    ]);
    const [line]: unknown[] = await once(server.stdout.setEncoding("utf8"), "data");
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0];
    const catalog = await (await fetch(`${origin}/catalog.bin`)).arrayBuffer();
    const entries = decodeCatalog(new Uint8Array(catalog)).map(({ name, system }) => [name, system]);
    expect(entries).toContainEqual(["org.oscortex.sample", true]);
    server.kill("SIGINT");
    expect(await once(server, "exit")).toEqual([0, null]);
  });

  test.each([
    ["--help", ["--help"], 0, ""],
    ["no folder", [], 2, "expected one FOLDER, got 0"],
    ["a port that is none", [".", "--port", "65536"], 2, "expected --listen HOST:PORT or --port 0..65535"],
    ["an address without a port", [".", "--listen", "0.0.0.0"], 2, "expected --listen HOST:PORT"],
    ["a folder that is not there", ["none", "--port", "0"], 1, "none: cannot be read"],
  ])("with %s", (_, args, expectedStatus, message) => {
    const { status, stderr } = run(SERVER, ...args);
    expect(status).toBe(expectedStatus);
    expect(stderr).toContain(message);
  });
});
