// `npm start` with a pipe for its input: the text shell.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeBundle, encodeBundle } from "../../pkg/bundle.ts";
import { lacksKvm } from "../support/kvm.ts";
import {
  BOOT_TIMEOUT_MS,
  PROMPT,
  REPOSITORY,
  type RunningCommand,
  SharedOscortex,
  startOscortex,
} from "../support/oscortex-command.ts";

const EMPTY_CACHE = "slots=0/16\npinned=0\nephemeral=0\n";
const ONE_APP = "slots=1/16\npinned=0\nephemeral=1\n";
const HELLO = "Hello from Oscortex\n";
const BANNER = "Oscortex. `help` lists the commands.\n";

/** A repository of copies of a sample app: org.test.app1 and so on. */
function manyApps(count: number, sample = "hello", system: string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
  const { manifest, wasm } = decodeBundle(readFileSync(join(REPOSITORY, `${sample}.osx`)));
  for (let i = 1; i <= count; i++) {
    const bundle = encodeBundle({ manifest: { ...manifest, name: `org.test.app${i}` }, wasm });
    writeFileSync(join(folder, `${i}.osx`), bundle);
  }
  writeFileSync(join(folder, "repository.json"), JSON.stringify({ system }));
  return folder;
}

/** The pids of the processes that `ps` lists, by name. */
async function pids(shell: RunningCommand): Promise<Map<string, string>> {
  const [, ...lines] = (await shell.command("ps")).trimEnd().split("\n");
  return new Map(
    lines.map((line) => [line.trim().split(/ +/).at(-1) ?? "", line.trim().split(/ +/)[0] ?? ""]),
  );
}

describe.skipIf(lacksKvm())("the text shell", { timeout: BOOT_TIMEOUT_MS }, () => {
  const guest = new SharedOscortex(); // every test leaves it as it was

  beforeAll(() => guest.start());

  test("lists, shows and echoes", async () => {
    const { shell } = guest;
    const help = await shell.command("help");
    for (const name of ["ls", "cat", "ps", "run", "kill", "catalog", "evict", "exit"])
      expect(help).toMatch(new RegExp(`^${name} `, "m"));
    expect(await shell.command("ls")).toBe("init\nbin/\nsys/\ntmp/\n");
    expect(await shell.command("ls /sys/pkg")).toMatch(/^cache$/m);
    expect(await shell.command("ls bin")).toBe("sh\noscortex-host\ndesktop\n");
    expect(await shell.command("echo  a 'b  c'")).toBe("a b  c\n");
    expect(await shell.command("")).toBe("");
    expect(shell.stdout).toMatch(/^Oscortex\. `help` lists the commands\.\noscortex\$ /);
  });

  test("says what is wrong, and goes on", async () => {
    const { shell } = guest;
    const before = shell.stderr.length;
    for (const line of ["frob", "cat /no/such", "ls /init", "kill 99", "kill 1", "echo 'open"])
      await shell.command(line);
    await shell.until(() => shell.stderr.includes("sh: a quote is left open: '\n"));
    expect(
      shell.stderr
        .slice(before)
        .split("\n")
        .filter((line) => /^[a-z]+: /.test(line) && !line.startsWith("oscortex")),
    ).toEqual([
      "sh: frob: no such command; `help` lists them",
      "cat: /no/such: no such file",
      "ls: /init: not a folder",
      "kill: 99: no such process",
      "kill: 1: not permitted: the capability is missing",
      "sh: a quote is left open: '",
    ]);
  });

  test("fetches, runs and evicts packages", async () => {
    const { shell } = guest;
    const catalog = await shell.command("catalog");
    for (const name of ["clock", "crash", "fetch", "hello", "spin"])
      expect(catalog).toMatch(new RegExp(String.raw`^org\.oscortex\.${name} +\d+\.\d+\.\d+ +\d+$`, "m"));
    expect(await shell.command("cat /sys/pkg/cache")).toBe(EMPTY_CACHE);
    expect(await shell.command('run org.oscortex.hello "a  b" c')).toBe(`${HELLO}a  b c\n`);
    expect(await shell.command("cat /sys/pkg/cache")).toBe(ONE_APP);
    expect(await shell.command("run org.oscortex.hello again")).toBe(`${HELLO}again\n`);
    expect(await shell.command("cat /sys/pkg/cache")).toBe(ONE_APP);
    expect(await shell.command("evict org.oscortex.hello")).toBe("");
    expect(await shell.command("cat /sys/pkg/cache")).toBe(EMPTY_CACHE);
    await shell.until(() => shell.stderr.includes("hello: resolved in"));
    expect(shell.stderr.match(/hello: resolved in/g)).toHaveLength(1);
  });

  test("runs apps in the background and kills them; a running app cannot be evicted", async () => {
    const { shell } = guest;
    expect([...(await pids(shell)).values()]).toEqual(["1", "2"]);
    expect(await shell.command("run org.oscortex.spin &")).toMatch(/^\[\d+\] org\.oscortex\.spin\n$/);
    const spin = (await pids(shell)).get("org.oscortex.spin");
    await shell.command("evict org.oscortex.spin");
    await shell.until(() =>
      shell.stderr.includes("evict: org.oscortex.spin: the app is running or pinned\n"),
    );
    await shell.command(`kill ${spin}`);
    expect(shell.stdout).toMatch(/\[\d+\] org\.oscortex\.spin: killed\noscortex\$ $/);
    expect([...(await pids(shell)).keys()]).not.toContain("org.oscortex.spin");
    await shell.command("evict org.oscortex.spin");
    expect(await shell.command("cat /sys/pkg/cache")).toBe(EMPTY_CACHE);
  });

  test("keeps sixteen packages, and drops the one that was used longest ago", async () => {
    const shell = startOscortex(["--repository", manyApps(17)]);
    for (let i = 1; i <= 16; i++) expect(await shell.command(`run org.test.app${i}`)).toBe(HELLO);
    expect(await shell.command("cat /sys/pkg/cache")).toBe("slots=16/16\npinned=0\nephemeral=16\n");
    await shell.command("run org.test.app1");
    expect(await shell.command("run org.test.app17")).toBe(HELLO);
    expect(await shell.command("cat /sys/pkg/cache")).toBe("slots=16/16\npinned=0\nephemeral=16\n");
    await shell.command("run org.test.app1");
    await shell.command("run org.test.app2");
    shell.endInput();
    const { stderr } = await shell.ended;
    const resolved = (name: string): number => stderr.split(` ${name}: resolved in `).length - 1;
    expect(["org.test.app1", "org.test.app2", "org.test.app3"].map(resolved)).toEqual([1, 2, 1]);
  });

  test("keeps system apps for good", async () => {
    const shell = startOscortex(["--repository", manyApps(17, "hello", ["org.test.app1"])]);
    await shell.command("run org.test.app1");
    expect(await shell.command("cat /sys/pkg/cache")).toBe("slots=1/16\npinned=1\nephemeral=0\n");
    await shell.command("evict org.test.app1");
    await shell.until(() => shell.stderr.includes("evict: org.test.app1: the app is running or pinned\n"));
    for (let i = 2; i <= 17; i++) await shell.command(`run org.test.app${i}`);
    await shell.command("run org.test.app1");
    expect(await shell.command("cat /sys/pkg/cache")).toBe("slots=16/16\npinned=1\nephemeral=15\n");
    shell.endInput();
    expect((await shell.ended).stderr.match(/org\.test\.app1: resolved in/g)).toHaveLength(1);
  });

  test("takes no seventeenth app while sixteen run", async () => {
    const shell = startOscortex(["--repository", manyApps(17, "spin")]);
    for (let i = 1; i <= 16; i++) await shell.command(`run org.test.app${i} &`);
    shell.type("run org.test.app17\n");
    shell.endInput();
    const { status, stderr } = await shell.ended;
    expect(status).toBe(72);
    const cause = "the package cache is full of apps that are pinned or running";
    expect(stderr).toContain(`run: org.test.app17: ${cause}\n`);
  });

  test("is started again when it is killed", async () => {
    const shell = startOscortex();
    await shell.command("echo ready");
    shell.type("kill 2\n");
    await shell.until(() => shell.stdout.split(BANNER).length === 3);
    expect(shell.stderr).toContain("init: the shell died, starting another\n");
    expect(await shell.command("echo alive")).toBe("alive\n");
    shell.endInput();
    expect((await shell.ended).status).toBe(0);
  });

  test("ends the machine at the end of its input, with the status of the last command", async () => {
    const shell = startOscortex();
    shell.type("echo without a line feed");
    shell.endInput();
    const { status, stdout } = await shell.ended;
    expect(stdout).toBe(`${BANNER}${PROMPT}without a line feed\n${PROMPT}\n`);
    expect(status).toBe(0);
    const failed = startOscortex();
    failed.type("frob\n");
    failed.endInput();
    expect((await failed.ended).status).toBe(127);
    const left = startOscortex();
    left.type("exit 5\n");
    expect((await left.ended).status).toBe(5);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "%s ends the command with status %i, busy or not, and leaves no process",
    async (signal, status) => {
      const idle = startOscortex();
      const busy = startOscortex();
      await idle.command("echo ready");
      expect(idle.processes()).toHaveLength(1);
      await busy.command("run org.oscortex.hello");
      busy.type("run org.oscortex.spin\n");
      await busy.until(() => busy.stderr.includes("spin: resolved in"));
      for (const command of [idle, busy]) {
        command.signal(signal);
        expect((await command.ended).status).toBe(status);
        expect(command.processes()).toEqual([]);
      }
    },
  );
});
