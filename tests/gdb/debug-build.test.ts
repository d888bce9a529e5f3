// The real gdb on a guest of debug builds: it shows the variables of kernel and apps.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linkAppImage } from "../../guest-kernel/image/app-image.ts";
import { decodeBundle } from "../../pkg/bundle.ts";
import { packProject } from "../../pkg/pack/pack.ts";
import { buildGuest } from "../../vmm/image/build-guest.ts";
import { loadAot } from "../support/compiler.ts";
import { Gdb, startDebugged } from "../support/gdb.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";
import { lacksProgram } from "../support/programs.ts";

const APP = "org.oscortex.shapes";
const BUILD_TIMEOUT_MS = 300_000;

describe.skipIf(lacksKvm() || lacksProgram("gdb"))(
  "gdb on debug builds",
  { timeout: 2 * BOOT_TIMEOUT_MS },
  () => {
    let repository = "";
    let kernel = "";

    beforeAll(async () => {
      ({ kernel } = await buildGuest(undefined, { debug: true }));
      repository = mkdtempSync(join(tmpdir(), "oscortex-shapes-"));
      const { file } = await packProject("tests/fixtures/debug-app", { debug: true });
      writeFileSync(join(repository, `${APP}.osx`), file);
      const elf = linkAppImage({ name: APP, ...decodeBundle(file) }, await loadAot());
      writeFileSync(join(repository, `${APP}.elf`), elf);
    }, BUILD_TIMEOUT_MS);
    afterAll(() => rmSync(repository, { recursive: true, force: true }));

    test("shows variables of an app and of the kernel, and what they point at", async () => {
      const options = ["--debug", "--headless", "--repository", repository, "--run", APP];
      const { guest, address } = await startDebugged("--gdb-wait", ...options);
      const gdb = new Gdb(kernel);
      await gdb.ask(`target remote ${address}`);
      await gdb.ask("break debug-app/main.ts:43");
      expect(await gdb.ask("continue")).toMatch(/hit Breakpoint 1, total \(/);
      const stopped = await gdb.ask("info args");
      expect(stopped).toMatch(/weight = 0\.5\nbig = 5000000000\nflag = true/);
      expect(await gdb.ask("print sum")).toContain("= 11.5");
      expect(await gdb.ask("print shapes->length_")).toContain("= 2");
      expect(await gdb.ask("print *shapes->dataStart[0]->name")).toContain('{text = u"triangle"}');
      expect(await gdb.ask("print *shapes->dataStart[0]->next")).toMatch(
        /sides = 4 '\\004', area = 9, next = 0x0/,
      );
      expect(await gdb.ask("print ((Square *)shapes->dataStart[1])->side")).toContain("= 3");
      expect(await gdb.ask("print counter")).toContain("= 7");
      expect(await gdb.ask("set var shapes->dataStart[1]->area = 4.5")).toBe("");
      expect(await gdb.ask("print shapes->dataStart[1]->area")).toContain("= 4.5");
      await gdb.ask("up");
      expect(await gdb.ask("info locals")).toMatch(/square = 0x\w+\nshape = 0x\w+\nsum = 0/);
      await gdb.ask("down");
      expect(await gdb.ask("finish")).toMatch(/Value returned is \$\d+ = 11\.5/);
      await gdb.ask("break sysWrite");
      await gdb.ask("continue");
      expect(await gdb.ask("info args")).toMatch(/number = 1\nbuf = \d+\nlen = \d+/);
      expect(await gdb.ask("print *current")).toMatch(/pid = 3, state = 1/);
      expect(await gdb.ask("backtrace")).toMatch(
        /#0 +sysWrite \(number=1, .*\n#1 .*syscall\.write.*\n#2 .*writeAll \(handle=1,/,
      );
      await gdb.ask("delete");
      expect(await gdb.ask("continue")).toContain("exited");
      await gdb.quit();
      expect((await guest.ended).stdout).toBe("a triangle 11.5\n");
    });
  },
);
