// `npm start -- --disk FILE`: files on a disk, in a guest and outside of it.

import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ImageFolder, MIB } from "../support/disk-image.ts";
import { debugfs, fsckProblems, mkfs } from "../support/e2fsprogs.ts";
import { FileModel, randomPath } from "../support/file-model.ts";
import { lacksKvm } from "../support/kvm.ts";
import {
  BOOT_TIMEOUT_MS,
  type RunningCommand,
  runOscortex,
  startOscortex,
} from "../support/oscortex-command.ts";
import { lacksProgram } from "../support/programs.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const OPERATIONS = 1000;

async function end(shell: RunningCommand): Promise<void> {
  shell.type("exit\n");
  expect((await shell.ended).status).toBe(0);
}

describe.skipIf(lacksKvm() || lacksProgram("e2fsck"))("a disk", { timeout: 2 * BOOT_TIMEOUT_MS }, () => {
  let files: ImageFolder;
  beforeEach(() => {
    files = new ImageFolder();
  });
  afterEach(() => {
    files.remove();
  });

  function start(suffix = ""): RunningCommand {
    return startOscortex(["--disk", files.image + suffix, ...(suffix === "" ? ["--disk-size", "64M"] : [])]);
  }

  test("is made, keeps what was written over a boot, and is clean then", async () => {
    const first = start();
    expect(await first.command("ls /data")).toBe("lost+found/\n");
    for (const line of [
      "mkdir /data/a",
      "write /data/a/f one",
      "write -a /data/a/f two",
      "cp /init /data/init",
    ])
      expect(await first.command(line)).toBe("");
    expect(await first.command("mv /data/a/f /data/g")).toBe("");
    expect(await first.command("sync /data/g")).toBe("");
    expect(await first.command("cat /sys/disk")).toMatch(
      /^disk_pages=16384\nmounted=1\nread_only=0\nfailed=0\n/,
    );
    await end(first);
    expect(fsckProblems(files.image)).toBe("");
    expect(debugfs(files.image, ["cat /g"])).toContain("one\ntwo\n");
    debugfs(files.image, [`dump /init ${files.path("init")}`]);
    expect(readFileSync(files.path("init")).length).toBeGreaterThan(1000);

    const second = start();
    expect(await second.command("cat /data/g")).toBe("one\ntwo\n");
    expect(await second.command("stat /data/a /data/init")).toMatch(/^folder 4096 20.*\nfile \d{4,} 20/);
    expect(await second.command("rm /data/a /data/init")).toBe("");
    expect(await second.command("ls /data")).toBe("lost+found/\ng\n");
    await end(second);
    expect(fsckProblems(files.image)).toBe("");
  });

  test("shows what mkfs and debugfs wrote, and is left alone if it is read-only", async () => {
    files.blank(16 * MIB);
    mkfs(files.image, "-b", "4096");
    writeFileSync(files.path("text"), "from outside\n");
    debugfs(files.image, ["mkdir /d", `write ${files.path("text")} /d/text`], true);
    const before = files.read();
    const shell = start(",ro");
    expect(await shell.command("cat /data/d/text")).toBe("from outside\n");
    await shell.command("write /data/no no");
    await shell.command("rm /data/d/text");
    await end(shell);
    const { stderr } = await shell.ended;
    expect(stderr).toContain("disk: mounted at /data, read only");
    expect(stderr).toContain("write: /data/no: the file system is read-only");
    expect(stderr).toContain("rm: /data/d/text: the file system is read-only");
    expect(Buffer.compare(files.read(), before)).toBe(0);
  });

  test("takes big files, in requests as long as they can be", async () => {
    files.format(64 * MIB);
    const content = new SeededRandom(1).bytes(20 * MIB + 1);
    writeFileSync(files.path("big"), content);
    debugfs(files.image, [`write ${files.path("big")} /big`], true);
    const shell = start();
    expect(await shell.command("cp /data/big /data/copy")).toBe("");
    await end(shell);
    expect(fsckProblems(files.image)).toBe("");
    debugfs(files.image, [`dump /copy ${files.path("copy")}`]);
    expect(Buffer.compare(readFileSync(files.path("copy")), content)).toBe(0);
  });

  test("that has no file system is told of, and the machine boots", async () => {
    files.blank(16 * MIB);
    const shell = start(",ro");
    expect(await shell.command("ls")).not.toContain("data/");
    await end(shell);
    expect((await shell.ended).stderr).toContain("disk: not mounted: no ext2 file system");
  });

  test("that another machine uses is refused", async () => {
    const first = start();
    await first.command("ls");
    const second = await runOscortex(["--disk", files.image]);
    expect(second.status).not.toBe(0);
    expect(second.stderr).toContain("in use by another machine");
    await end(first);
  });

  test("is what a model says after random commands", async () => {
    const random = new SeededRandom(7);
    const model = new FileModel();
    const lines: string[] = [];
    for (let i = 0; i < OPERATIONS; i++) lines.push(randomCommand(random, model));
    const shell = start();
    await shell.command("ls");
    shell.type(`${lines.join("\n")}\necho done-with-it\n`);
    await shell.until(() => shell.stdout.includes("done-with-it\n"));
    await end(shell);
    expect(fsckProblems(files.image)).toBe("");
    for (const [path, node] of model.all()) {
      if (node instanceof Map) {
        const names =
          debugfs(files.image, [`ls -p ${path}`]).match(/(?<=^\/\d+\/\d+\/\d+\/\d+\/)[^/]+/gm) ?? [];
        expect(names.filter((name) => !name.startsWith(".")).toSorted()).toEqual([...node.keys()].toSorted());
      } else {
        debugfs(files.image, [`dump ${path} ${files.path("out")}`]);
        expect(Buffer.compare(readFileSync(files.path("out")), node)).toBe(0);
      }
    }
  });
});

/** A shell command, done to the model too. */
function randomCommand(random: SeededRandom, model: FileModel): string {
  const path = randomPath(random);
  switch (random.below(6)) {
    case 0:
      model.mkdir(path);
      return `mkdir /data${path}`;
    case 1:
      model.remove(path);
      return `rm /data${path}`;
    case 2: {
      const to = randomPath(random);
      model.rename(path, to);
      return `mv /data${path} /data${to}`;
    }
    default: {
      const append = random.chance(0.5);
      const text = "x".repeat(random.below(3000)) + String(random.uint32());
      if (model.create(path) === 0) {
        if (!append) model.truncate(path, 0);
        const node = model.find(path);
        model.write(path, node instanceof Uint8Array ? node.length : 0, Buffer.from(`${text}\n`));
      }
      return `write ${append ? "-a " : ""}/data${path} ${text}`;
    }
  }
}
