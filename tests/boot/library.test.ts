// A library in the initramfs and apps that are linked to it, as machine code in a real guest.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { initramfsWith } from "../support/initramfs.ts";
import { lacksKvm } from "../support/kvm.ts";
import {
  APP_TEXT,
  IDENTITY,
  LIBRARY_PATH,
  LIBRARY_TEXT,
  callerText,
  libraryBundle,
  linesOf,
  linkedBundle,
} from "../support/linked-modules.ts";
import { BOOT_TIMEOUT_MS, SharedOscortex } from "../support/oscortex-command.ts";

const NEEDS = { identity: IDENTITY, path: LIBRARY_PATH };
const MIN_LIBRARY_KIB = 1024; // of code
const MOST_APP_KIB = 512; // what an app costs that has its bundle and little code

/** The library, with code that nobody calls: enough to see where it is. */
function largeLibrary(): string {
  const call = "(drop (call_indirect (type $unary) (local.get 0) (local.get 1)))";
  const functions = `(func (param i32 i32) ${call.repeat(10_000)})`.repeat(2);
  return LIBRARY_TEXT.replace(/\)$/, `${functions})`);
}

describe.skipIf(lacksKvm())("apps that are linked to a library", { timeout: BOOT_TIMEOUT_MS }, () => {
  const guest = new SharedOscortex();

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
    const initramfs = join(folder, "initramfs.cpio");
    const library = libraryBundle(largeLibrary(), { lines: linesOf("library/all.ts", 77) });
    writeFileSync(initramfs, initramfsWith({ [LIBRARY_PATH]: library }));
    const apps: Record<string, [text: string, needs?: typeof NEEDS]> = {
      first: [APP_TEXT],
      second: [APP_TEXT],
      divides: [
        callerText("divide", "(param i32 i32) (result i32)", "(drop (call 0 (i32.const 1) (i32.const 0)))"),
      ],
      spins: [callerText("spin", "", "(call 0)")],
      stale: [APP_TEXT, { ...NEEDS, identity: IDENTITY.toReversed() }],
      lost: [APP_TEXT, { ...NEEDS, path: "/bin/lost" }],
      wrong: [callerText("twice", "", "(call 0)")],
    };
    for (const [name, [text, needs]] of Object.entries(apps)) {
      const bundle = linkedBundle(text, { name: `org.test.${name}` }, needs, linesOf(`${name}.ts`, 5));
      writeFileSync(join(folder, `${name}.osx`), bundle);
    }
    return guest.start(["--repository", folder, "--initramfs", initramfs]);
  }, BOOT_TIMEOUT_MS);

  /** What an app printed, its exit status, and what was logged meanwhile, without times and PIDs. */
  async function run(words: string): Promise<{ printed: string; status: string; logged: string[] }> {
    const { shell } = guest;
    const from = shell.stderr.length;
    const printed = await shell.command(`run ${words}`);
    const status = (await shell.command("echo $?")).trim();
    const logged = (): string[] =>
      shell.stderr
        .slice(from)
        .split("\n")
        .map((line) => line.replace(/^\[[ .\d]+\] /, "").replace(/pid \d+/, "pid"));
    // The shell's own words about a failure come last.
    await shell.until(() => status === "0" || logged().some((line) => line.startsWith("run: ")));
    return { printed, status, logged: logged() };
  }

  async function freeKib(): Promise<number> {
    return Number(/^free_kib=(\d+)$/m.exec(await guest.shell.command("cat /sys/mem"))?.[1]);
  }

  test("call it and are called back, and have globals, table and memory in common", async () => {
    expect(await run("org.test.first")).toMatchObject({
      printed: "from the library\nfrom the app\n",
      status: "0",
    });
  });

  test("have its code in common", async () => {
    const before = await freeKib();
    expect(await run("org.test.second")).toMatchObject({ status: "0" });
    const apps = await guest.shell.command("cat /sys/pkg/apps");
    const field = (name: string): number[] =>
      [...apps.matchAll(new RegExp(`^${name}=(\\d+)$`, "gm"))].map(([, value]) => Number(value));
    expect(apps.match(/^library=.*$/gm)).toEqual(["library=org.test.library", "library=org.test.library"]);
    expect(Math.min(...field("library_code_kib"))).toBeGreaterThan(MIN_LIBRARY_KIB);
    expect(Math.max(...field("code_kib"))).toBeLessThan(16);
    expect(before - (await freeKib())).toBeLessThan(MOST_APP_KIB);
  });

  test("trap in it at its own lines, called from theirs", async () => {
    const { status, logged } = await run("org.test.divides");
    expect(status).toBe("136");
    const at = logged.indexOf("org.test.divides (pid): integer divide by zero at library/all.ts:77");
    expect(at).toBeGreaterThanOrEqual(0);
    expect(logged[at + 1]).toBe("    called from divides.ts:5");
  });

  test("can be stopped in it", async () => {
    const { status } = await run("--timeout 1 org.test.spins");
    expect(status).toBe("124");
  });

  test.each([
    ["stale", "74", `it was packed for another build of ${LIBRARY_PATH}; pack it again with this version`],
    ["lost", "74", "there is no library /bin/lost"],
    ["wrong", "71", "imports another type of function twice"],
  ])("are refused: %s", async (name, expected, reason) => {
    const { status, logged } = await run(`org.test.${name}`);
    expect(status).toBe(expected);
    expect(logged).toContain(`module refused: ${reason}`);
  });

  test("leave nothing behind", async () => {
    for (let i = 0; i < 70; i++) await guest.shell.command("run org.test.first"); // every window has its tables then
    const before = await freeKib();
    for (let i = 0; i < 10; i++) await guest.shell.command("run org.test.first");
    expect(before - (await freeKib())).toBeLessThanOrEqual(64);
  });
});
