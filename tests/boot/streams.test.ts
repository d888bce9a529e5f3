// Standard input and output that are not as usual.

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lacksKvm } from "../support/kvm.ts";
import {
  BOOT_TIMEOUT_MS,
  COMMAND,
  PROMPT,
  runApp,
  runOscortex,
  startCommand,
  startOscortex,
} from "../support/oscortex-command.ts";

describe.skipIf(lacksKvm())("the command", { timeout: BOOT_TIMEOUT_MS }, () => {
  test("ends as a filter does when nobody reads its output any more", async () => {
    const clock = startOscortex(["--quiet", "--headless", "--run", "org.oscortex.clock"]);
    await clock.until(() => clock.stdout.includes("\n"));
    clock.closeOutput();
    expect(await clock.ended).toMatchObject({ status: 141, stderr: "" });
  });

  test("says so when its output cannot be written", async () => {
    const command = `${COMMAND.join(" ")} --quiet --headless --run org.oscortex.hello > /dev/full`;
    const { status, stderr } = await startCommand(["sh", "-c", command]).ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^oscortex: standard output: .*ENOSPC.*\n$/);
  });

  test("takes commands faster than the shell does them, and loses none", async () => {
    const shell = startOscortex(["--quiet"]);
    const lines = Array.from({ length: 3000 }, (_, i) => `echo this is line ${i}`);
    shell.type(`run org.oscortex.clock --count 5\n${lines.join("\n")}\n`);
    shell.endInput();
    const { status, stdout } = await shell.ended;
    expect(status).toBe(0);
    const [, first = "", ...rest] = stdout.split(PROMPT);
    expect(first.match(/^clock /gm)).toHaveLength(5);
    expect(rest.slice(0, -1)).toEqual(lines.map((line) => `${line.slice("echo ".length)}\n`));
  });

  test("with --headless leaves its input alone", async () => {
    const command = startOscortex(["--headless", "--run", "org.oscortex.clock", "--", "--count", "3"]);
    command.endInput();
    expect((await command.ended).status).toBe(0);
    const open = startOscortex(["--headless", "--run", "org.oscortex.hello"]);
    expect((await open.ended).status).toBe(0);
  });

  test("writes a capture of the network", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "oscortex-")), "net.pcap");
    expect((await runApp("org.oscortex.hello", "--pcap", file)).status).toBe(0);
    const capture = readFileSync(file);
    expect(capture.readUInt32LE(0)).toBe(0xa1b2c3d4);
    expect(capture.includes("GET /catalog.bin HTTP/1.1\r\n")).toBe(true);
  });

  test.each([
    ["--pcap", "/no/such/folder/x.pcap"],
    ["--repository", "/no/such/folder"],
  ])("ends with status 1 when %s names a folder that is not there", async (option, path) => {
    const { status, stdout, stderr } = await runOscortex(["--quiet", option, path]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^oscortex: .*\/no\/such\/folder.*\n$/);
  });
});
