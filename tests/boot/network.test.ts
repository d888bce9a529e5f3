// Apps on the network: what the rules allow, what they do not, and capabilities.

import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { decodeBundle, encodeBundle } from "../../pkg/bundle.ts";
import { lacksKvm } from "../support/kvm.ts";
import { parseHostRule } from "../../pkg/scopes.ts";
import {
  BOOT_TIMEOUT_MS,
  REPOSITORY,
  runApp,
  SharedOscortex,
  startOscortex,
} from "../support/oscortex-command.ts";

const FETCH = "org.oscortex.fetch";
const LARGE_BYTES = 3_000_000;

/** Lines that differ, so that loss and disorder show. */
function largeText(): string {
  let text = "";
  for (let line = 0; text.length < LARGE_BYTES; line++) text += `line ${line}\n`;
  return text;
}

describe.skipIf(lacksKvm())("an app that fetches", { timeout: BOOT_TIMEOUT_MS }, () => {
  let requests: string[];
  let port: number;
  let gateway: string; // this host's server, as the guest sees it

  const guest = new SharedOscortex(); // may reach the server, and nothing else

  beforeEach(() => {
    requests = [];
  });

  beforeAll(async () => {
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers.host}`);
      if (request.url === "/missing") response.statusCode = 404;
      response.end(request.url === "/large" ? largeText() : "the body\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no address");
    ({ port } = address);
    gateway = `10.0.2.2:${port}`;
    const stop = guest.start(["--allow", `gateway:${port}`]);
    return () => {
      stop();
      server.close();
    };
  });

  test("gets what the rules allow", async () => {
    expect(await guest.shell.command(`run ${FETCH} http://${gateway}/path?query`)).toBe("the body\n");
    expect(requests).toEqual([`GET /path?query ${gateway}`]);
  });

  test("gets megabytes whole and in order", async () => {
    const text = await guest.shell.command(`run ${FETCH} http://${gateway}/large`);
    expect(text === largeText()).toBe(true);
    expect(await guest.shell.command("echo $?")).toBe("0\n");
  });

  test("says what the server says", async () => {
    const { shell } = guest;
    expect(await shell.command(`run ${FETCH} http://${gateway}/missing`)).toBe("");
    expect(await shell.command("echo $?")).toBe("1\n");
    await shell.until(() => shell.stderr.includes(`fetch: ${gateway}: HTTP status 404\n`));
  });

  test("is refused what no rule allows", async () => {
    for (const allow of [[], ["--allow", `gateway:${port === 1024 ? 1025 : port - 1}`]]) {
      const outcome = await runApp(FETCH, ...allow, "--", `http://${gateway}/`);
      expect([outcome.status, outcome.stdout]).toEqual([1, ""]);
      expect(outcome.stderr).toMatch(new RegExp(`^fetch: ${gateway}: host unreachable$`, "m"));
      const note = `oscortex: the guest may not connect to ${gateway}: see --allow\n`;
      expect(outcome.stderr.split(note)).toHaveLength(2);
    }
    expect(requests).toEqual([]);
  });

  test("is refused without the capability, whatever the rules say", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
    const bundle = decodeBundle(readFileSync(join(REPOSITORY, "fetch.osx")));
    const manifest = { ...bundle.manifest, capabilities: 0 };
    writeFileSync(join(folder, "fetch.osx"), encodeBundle({ ...bundle, manifest }));
    const rules = ["--repository", folder, "--allow", "all"];
    const outcome = await runApp(FETCH, ...rules, "--", `http://${gateway}/`);
    expect([outcome.status, outcome.stdout]).toEqual([1, ""]);
    expect(outcome.stderr).toMatch(
      new RegExp(`^fetch: ${gateway}: not permitted: the capability is missing$`, "m"),
    );
    expect(requests).toEqual([]);
  });

  test("reaches what its bundle asked for alone, which the shell shows", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
    const bundle = decodeBundle(readFileSync(join(REPOSITORY, "fetch.osx")));
    const hosts = [`10.0.2.2:${port}`, "10.0.0.0/8:1-2"].map((text) => parseHostRule(text)!);
    writeFileSync(join(folder, "fetch.osx"), encodeBundle({ ...bundle, scopes: { files: [], hosts } }));
    const shell = startOscortex(["--repository", folder, "--allow", "all"]);
    expect(await shell.command(`info ${FETCH}`)).toMatch(
      new RegExp(
        `^name=${FETCH}\nversion=1\\.0\\.0\n.*^capabilities=net\nhosts=10\\.0\\.2\\.2:${port}\nhosts=10\\.0\\.0\\.0/8:1-2\n$`,
        "ms",
      ),
    );
    expect(await shell.command(`run ${FETCH} http://${gateway}/`)).toBe("the body\n");
    await shell.command(`run ${FETCH} http://10.0.2.2:${port === 65535 ? 65534 : port + 1}/`);
    await shell.until(() => shell.stderr.includes("not permitted: the capability does not cover this\n"));
    expect(await shell.command("caps 2")).toMatch(/^capabilities=files net packages/m);
    expect(requests).toEqual([`GET / ${gateway}`]);
  });
});
