// The VMM killed under write load, again and again, on one disk: what was synced is there, and e2fsck -p repairs the rest.
// OSCORTEX_POWER_CUTS says how often; `npm run test:power-cut` does it 200 times.

import { copyFileSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ImageFolder } from "../support/disk-image.ts";
import { debugfs, fsckProblems, fsckRepair } from "../support/e2fsprogs.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, startOscortex } from "../support/oscortex-command.ts";
import { lacksProgram } from "../support/programs.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const CUTS = Number(process.env["OSCORTEX_POWER_CUTS"] ?? 3);
const FILES_PER_ROUND = 60;
const KEPT = 40; // names that are written over and over

describe.skipIf(lacksKvm() || lacksProgram("e2fsck"))("a power cut", () => {
  let files: ImageFolder;
  beforeEach(() => {
    files = new ImageFolder();
  });
  afterEach(() => {
    files.remove();
  });

  test(`loses nothing that was synced, ${CUTS} times`, { timeout: CUTS * BOOT_TIMEOUT_MS }, async () => {
    const random = new SeededRandom(Date.now());
    const synced = new Map<number, string>(); // by file: its content
    for (let round = 0; round < CUTS; round++) {
      await load(files.image, random, round, synced);
      copyFileSync(files.image, files.path("copy")); // the next boot repairs the disk itself
      expect(fsckRepair(files.path("copy"))).toBe("");
      expect(fsckProblems(files.path("copy"))).toBe("");
      checkFiles(files, synced);
    }
    const last = startOscortex(["--disk", files.image]);
    for (const [file, content] of synced)
      expect([content, ...(pending.get(file) ?? [])]).toContain(await last.command(`cat /data/f${file}`));
    last.type("exit\n");
    await last.ended;
    expect(fsckProblems(files.image)).toBe("");
  });
});

/** Boots, writes and syncs files, and kills the VMM at some moment. Notes what was acknowledged by then. */
async function load(
  image: string,
  random: SeededRandom,
  round: number,
  synced: Map<number, string>,
): Promise<void> {
  const shell = startOscortex(["--disk", image, "--disk-size", "32M"]);
  await shell.command("ls /data");
  const contents = new Map<number, string>();
  let lines = "";
  for (let i = 0; i < FILES_PER_ROUND; i++) {
    const file = (round * 7 + i) % KEPT;
    const text = `${round}.${i} ${"y".repeat(1 + random.below(3500))}`;
    if (contents.has(file)) continue;
    contents.set(file, `${text}\n`);
    // Under a new name until it is safe, so that the old content is there or the new one.
    lines += `write /data/new${file} ${text}\ncp /init /data/load${i % 5}\nsync /data/new${file}\n`;
    lines += `mv /data/new${file} /data/f${file}\nsync /data/f${file}\necho synced ${file}.\n`;
  }
  shell.type(lines);
  const wanted = random.below(contents.size - 1);
  await shell.until(() => shell.stdout.split("synced ").length > wanted);
  await delay(random.below(20));
  for (const pid of shell.processes()) process.kill(pid, "SIGKILL");
  const { stdout } = await shell.ended;
  const said = stdout.matchAll(/synced (?<file>\d+)\./g);
  const done = new Set(Array.from(said, (match) => Number(match.groups?.["file"])));
  for (const [file, content] of contents) {
    if (done.has(file)) {
      synced.set(file, content);
      pending.delete(file);
    } else pending.set(file, [...(pending.get(file) ?? []), content]);
  }
}

/** Contents that a file may have instead of the synced one: the cut came before the acknowledgement. */
const pending = new Map<number, string[]>();

function checkFiles(files: ImageFolder, synced: Map<number, string>): void {
  const numbers = [...synced.keys()];
  debugfs(
    files.path("copy"),
    numbers.map((file) => `dump /f${file} ${files.path(`out${file}`)}`),
  );
  for (const [file, content] of synced)
    expect([content, ...(pending.get(file) ?? [])]).toContain(readFileSync(files.path(`out${file}`), "utf8"));
}

/** Lets the machine get somewhere before it is killed. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
