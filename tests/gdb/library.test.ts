// The real gdb on apps that are linked to the UI engine: their code and the engine's are two files, in every process of theirs.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buildGuest } from "../../vmm/image/build-guest.ts";
import { Gdb, startDebugged } from "../support/gdb.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, startOscortex } from "../support/oscortex-command.ts";
import { lacksProgram } from "../support/programs.ts";

const SCREEN = ["--display", "127.0.0.1:0"];
const RUN_APP = "engine/app/run-app.ts:14";
const FRAMES = 5;
const BUILD_TIMEOUT_MS = 300_000;

/** The place in a source where a text is first. */
function place(file: string, text: string): string {
  const lines = readFileSync(`shell-host/${file}`, "utf8").split("\n");
  return `${file}:${lines.findIndex((line) => line.includes(text)) + 1}`;
}

describe.skipIf(lacksKvm() || lacksProgram("gdb"))(
  "gdb on apps with a library",
  { timeout: BOOT_TIMEOUT_MS },
  () => {
    test("steps from an app into the engine, and shows how the engine calls back", async () => {
      const { guest, address } = await startDebugged("--gdb-wait", ...SCREEN);
      const gdb = new Gdb();
      await gdb.ask(`target remote ${address}`);
      guest.type("run org.oscortex.mines\n");
      await gdb.ask(`tbreak ${place("apps/mines/main.ts", "return runApp(")}`);
      expect(await gdb.ask("continue")).toMatch(
        /"org\.oscortex\.mines \(pid \d+\)" hit Temporary breakpoint 1, main/,
      );
      expect(await gdb.ask("step")).toMatch(/^runApp \(\) at .*engine\/app\/run-app\.ts:14$/m);
      expect(await gdb.ask("backtrace")).toMatch(
        /#0 +runApp \(\) at .*#1 .* in main \(\) at .*apps\/mines\/main\.ts:\d+\n#2 .* in stub\.process_start/s,
      );

      await gdb.ask(`tbreak ${place("apps/mines/mines.ts", "const theme = Theme.of(context)")}`);
      expect(await gdb.ask("continue")).toMatch(
        /hit Temporary breakpoint 2, .* at .*apps\/mines\/mines\.ts:\d+/,
      );
      const stack = await gdb.ask("backtrace");
      expect(stack).toMatch(
        /#1 .* in StatefulElement#buildChild \(\) at .*engine\/widgets\/framework\.ts:\d+/,
      );
      expect(stack).toMatch(
        / in runApp \(\) at .*run-app\.ts:14\n.* in main \(\) at .*apps\/mines\/main\.ts/,
      );
      expect(stack).not.toContain("??");
      expect(await gdb.ask("monitor ps")).toMatch(
        /^\*.* 0x[0-9a-f]+00000000 org\.oscortex\.mines, 0x[0-9a-f]+04000000 org\.oscortex\.engine$/m,
      );
      await gdb.ask("kill");
      await gdb.quit();
    });

    test("breaks in the engine in every process that is linked to it, or in one", async () => {
      const { guest, address } = await startDebugged("--gdb-wait", ...SCREEN);
      const gdb = new Gdb();
      await gdb.ask(`target remote ${address}`);
      expect(await gdb.ask(`break ${RUN_APP}`)).toContain("pending");
      guest.type("run org.oscortex.mines &\nrun org.oscortex.notes &\n");
      for (const app of ["mines", "notes"])
        expect(await gdb.ask("continue")).toMatch(
          new RegExp(`"org\\.oscortex\\.${app} \\(pid \\d+\\)" hit Breakpoint 1\\.\\d, runApp`),
        );
      // the desktop is linked to it, too
      expect((await gdb.ask("info breakpoints")).match(/in runApp at .*run-app\.ts:14$/gm)).toHaveLength(3);
      expect(
        (await gdb.ask("info sharedlibrary")).match(/ Yes .*org\.oscortex\.engine\.elf$/gm),
      ).toHaveLength(3);

      // another file of the engine, of the thread that is stopped alone
      await gdb.ask("delete");
      const thread = /^\* (\d+)/m.exec(await gdb.ask("info threads"))![1]!;
      await gdb.ask(`break StatefulElement#buildChild thread ${thread}`);
      for (let i = 0; i < FRAMES; i++)
        expect(await gdb.ask("continue")).toMatch(/"org\.oscortex\.notes \(pid \d+\)" hit Breakpoint 2/);
      await gdb.ask("kill");
      await gdb.quit();
    });
  },
);

describe.skipIf(lacksKvm() || lacksProgram("gdb"))(
  "gdb on debug builds of apps with a library",
  { timeout: BOOT_TIMEOUT_MS },
  () => {
    let kernel = "";

    beforeAll(async () => {
      ({ kernel } = await buildGuest(undefined, { debug: true }));
    }, BUILD_TIMEOUT_MS);

    test("shows variables of app and engine, whoever made what they point at", async () => {
      const { guest, address } = await startDebugged("--gdb-wait", "--debug", ...SCREEN);
      const gdb = new Gdb(kernel, "source vmm/gdb/oscortex-gdb.py", `target remote ${address}`);
      guest.type("run org.oscortex.mines\n");
      await gdb.ask(`tbreak ${place("engine/app/run-app.ts", "setClipboard(new")}`);
      expect(await gdb.ask("continue")).toMatch(
        /pid \d+\)" hit .*, runApp \(options=0x\w+, content=0x\w+\) at /,
      );
      expect(await gdb.ask("print *options")).toMatch(
        /minWidth = 380, minHeight = 440, title = "Mines", width = 440/,
      );
      expect(await gdb.ask("up")).toMatch(/#1 .* in main \(\) at .*apps\/mines\/main\.ts/);
      expect(await gdb.ask("print ICON")).toContain('= "M18 13a6'); // a global, in the part of the context that is the app's

      await gdb.ask(`tbreak ${place("apps/mines/mines.ts", "const theme = Theme.of(context)")}`);
      expect(await gdb.ask("continue")).toMatch(
        /MinesState#build \(this=0x\w+, context=0x\w+\) at .*mines\.ts/,
      );
      expect(await gdb.ask("next")).toMatch(/^\d+\t/m);
      expect(await gdb.ask("print theme->colors == 0")).toContain("= 0");
      expect(await gdb.ask("backtrace 5")).toMatch(
        / StatefulElement#buildChild \(this=0x\w+\) at .*engine\/widgets\/framework\.ts:\d+/,
      );
      await gdb.ask("kill");
      await gdb.quit();
    });
  },
);

describe.skipIf(lacksKvm())("a profile", { timeout: BOOT_TIMEOUT_MS }, () => {
  test("names what the engine does for an app, and what the engine calls there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "profile.folded");
    const shell = startOscortex(["--quiet", ...SCREEN, "--profile", file]);
    await shell.command("run org.oscortex.mandelbrot &");
    while (!(await shell.command("cat /sys/ui/tree")).includes('picture "done"'));
    shell.endInput();
    expect((await shell.ended).status).toBe(0);
    const folded = readFileSync(file, "utf8");
    const outer = "org.oscortex.mandelbrot;stub.process_start;shell-host/apps/mandelbrot/main/main";
    const engine = "shell-host/engine/app/run-app/runApp;shell-host/engine/app/event-loop/runLoop";
    const inner = "shell-host/apps/mandelbrot/explorer/ExplorerState#slice";
    expect(folded).toMatch(new RegExp(`^${outer};${engine};.*shell-host/engine/.*;${inner}\\b`, "m"));
    expect(folded).not.toContain("org.oscortex.engine ?");
  });
});
