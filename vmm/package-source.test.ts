import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UsageError } from "./cli/usage-error.ts";
import { embeddedServer, remoteServer } from "./package-source.ts";

test("the embedded server answers on the port that the guest is told", async () => {
  const source = await embeddedServer(mkdtempSync(join(tmpdir(), "oscortex-")), () => {});
  const port = source.endpoint.replace("10.0.2.2:", "");
  expect(source.rule).toBe(`gateway:${port}`);
  const response = await fetch(`http://127.0.0.1:${port}/catalog.bin`);
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 0, 0, 0]);
  await source.close();
  await expect(fetch(`http://127.0.0.1:${port}/catalog.bin`)).rejects.toThrow();
});

test.each([
  ["http://127.0.0.1:8080", "10.0.2.2:8080", "gateway:8080"],
  ["http://localhost:9/", "10.0.2.2:9", "gateway:9"],
  ["http://192.0.2.7", "192.0.2.7:80", "192.0.2.7:80"],
])("%s is %s for the guest", async (url, endpoint, rule) => {
  expect(await remoteServer(url)).toMatchObject({ endpoint, rule });
});

test.each([
  ["https://127.0.0.1"],
  ["127.0.0.1:80"],
  ["http://127.0.0.1/path"],
  ["http://u:p@127.0.0.1"],
  ["http://[::1]"],
  [""],
])("refuses %s", async (url) => {
  await expect(remoteServer(url)).rejects.toThrow(UsageError);
});
