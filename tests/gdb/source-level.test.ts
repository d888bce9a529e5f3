// The real gdb at the level of the source, on debug builds of kernel and app: values with their printers, steps, frames; and
// gdb's machine interface as Visual Studio Code drives it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { packProject } from "../../pkg/pack/pack.ts";
import { buildGuest } from "../../vmm/image/build-guest.ts";
import { Gdb, startDebugged, startDebuggedTcp } from "../support/gdb.ts";
import { GdbMi } from "../support/gdb-mi.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, runOscortex } from "../support/oscortex-command.ts";
import { lacksProgram } from "../support/programs.ts";

const APP = "org.oscortex.values";
const SOURCE = "tests/fixtures/gdb-app/main.ts";
const BUILD_TIMEOUT_MS = 300_000;
const PRINTED = "33 19900 9950.0\n";

/** The place in the app's source that a comment `stop: NAME` marks. */
function place(name: string): string {
  const lines = readFileSync(join(SOURCE_ROOT, SOURCE), "utf8").split("\n");
  return `gdb-app/main.ts:${lines.findIndex((line) => line.endsWith(`stop: ${name}`)) + 1}`;
}

interface LaunchFile {
  configurations: { program: string; cwd: string; setupCommands: { text: string }[] }[];
}

describe.skipIf(lacksKvm() || lacksProgram("gdb"))(
  "gdb at the level of the source",
  { timeout: 2 * BOOT_TIMEOUT_MS },
  () => {
    let repository = "";
    let options: string[] = [];
    let kernel = "";

    beforeAll(async () => {
      ({ kernel } = await buildGuest(undefined, { debug: true }));
      repository = mkdtempSync(join(tmpdir(), "oscortex-values-"));
      const { file } = await packProject("tests/fixtures/gdb-app", { debug: true });
      writeFileSync(join(repository, `${APP}.osx`), file); // no ELF file: the stub makes it
      options = ["--debug", "--headless", "--repository", repository, "--run", APP];
    }, BUILD_TIMEOUT_MS);
    afterAll(() => rmSync(repository, { recursive: true, force: true }));

    test("shows strings, arrays, maps and sets, steps, and follows a call into the kernel", async () => {
      const { guest, address } = await startDebugged("--gdb-wait", ...options);
      const gdb = new Gdb(kernel, "source vmm/gdb/oscortex-gdb.py", `target remote ${address}`);

      // before the app is launched, and after
      expect(await gdb.ask(`break ${place("collections")}`)).toContain("pending");
      expect(await gdb.ask("continue")).toMatch(/hit Breakpoint 1, collections \(title="values"\) at /);
      expect(await gdb.ask(`tbreak ${place("loop")}`)).toMatch(/Temporary breakpoint 2 at 0x[0-9a-f]+: file/);

      // values
      const locals = await gdb.ask("info locals");
      expect(locals).toContain("numbers = Array<i32>(5) = {3, 1, 4, 1, 5}\n");
      expect(locals).toContain('names = Array<String>(2) = {"ada", "grace"}\n');
      expect(locals).toContain('ages = Map<String,i32>(2) = {["ada"] = 36, ["grace"] = 85}\n');
      expect(locals).toContain("primes = Set<i64>(2) = {2, 3}\n");
      expect(locals).toContain("points = Map<i32,Point>(1) = {[7] = {x = 3, y = 4}}\n");
      expect(locals).toMatch(/bytes = StaticArray<u8>\(3\) = \{1 .*, 2 .*, 255 .*\}\n/);
      expect(locals).toContain("nobody = null\n");
      expect(locals).toContain('empty = ""\n');
      expect(locals).toContain('accents = "Grüße, 世界 \\"quoted\\""\n');
      expect(await gdb.ask("print names->length_ + numbers->dataStart[4]")).toContain("= 7");
      expect(await gdb.ask("print $text(title)")).toContain('= "values"');
      expect(await gdb.ask("print total")).toContain("= 0");
      expect(await gdb.ask("ptype points")).toMatch(/struct Map<i32, ?Point>/);
      expect(await gdb.ask("up")).toMatch(/#1 .* in main \(\) at /);
      expect(await gdb.ask("down")).toContain("#0  collections (title=");

      // steps
      expect(await gdb.ask("finish")).toMatch(/Run till exit[^]*Value returned is \$\d+ = 33/);
      expect(await gdb.ask("next")).toMatch(/^\d+\t {2}const sum = sumTo\(200\);/m);
      expect(await gdb.ask("step")).toMatch(/sumTo \(limit=200\) at .*gdb-app\/main\.ts:\d+/);
      expect(await gdb.ask("continue")).toContain("hit Temporary breakpoint 2, sumTo");
      expect(await gdb.ask("print sum")).toContain("= 0");
      await gdb.ask("set var limit = 100");
      expect(await gdb.ask("next")).toMatch(/^\d+\t {2}total \+= sum;/m); // 100 turns in one go
      expect(await gdb.ask("print sum")).toContain("= 4950");
      expect(await gdb.ask(`until ${place("summed")}`)).toContain("return sum;");

      // watchpoints of an app's own: a global, a local, and one that needs what KVM cannot do for us
      expect(await gdb.ask("watch -l mean")).toContain("Hardware watchpoint");
      expect(await gdb.ask("continue")).toMatch(/Old value = 0\nNew value = 2475\naverage \(count=2\)/);
      await gdb.ask("delete");
      expect(await gdb.ask("awatch -l *(double *)$linear(buffer)")).toContain(
        "access (read/write) watchpoint",
      );
      expect(await gdb.ask("continue")).toMatch(/Old value = 0\nNew value = 2475\n/);
      await gdb.ask("delete");

      // through a system call into the kernel
      await gdb.ask("break sysWrite");
      expect(await gdb.ask("continue")).toMatch(/hit Breakpoint \d+, sysWrite \(number=1, /);
      const stack = await gdb.ask("backtrace");
      expect(stack).toMatch(/#1 .* in syscall\.write \(\)\n#2 .* writeAll \(/);
      expect(stack).toMatch(/print \(text="33 4950 2475\.0"\) at /); // a pointer of the app's, seen from the kernel
      expect(stack).toMatch(/main \(\) at .*gdb-app\/main\.ts:\d+\n#\d+ .* in stub\.process_start \(\)\n$/);
      expect(await gdb.ask("print current->pid")).toContain("= 3");
      expect(await gdb.ask("thread apply all backtrace 1")).toMatch(/"kernel"\):\n#0 .* in \w+ \(/);
      await gdb.ask("delete");
      expect(await gdb.ask("continue")).toContain("exited normally");
      await gdb.quit();
      expect((await guest.ended).stdout).toBe("33 4950 2475.0\n");
    });

    test("does what Visual Studio Code asks for, as docs/vscode/launch.json says", async () => {
      const { guest, address } = await startDebuggedTcp("--gdb-wait", ...options);
      const text = readFileSync(join(SOURCE_ROOT, "docs/vscode/launch.json"), "utf8");
      // SAFETY: the file is ours; a field that is missing fails the test.
      const launch = JSON.parse(text.replaceAll("${workspaceFolder}", SOURCE_ROOT)) as LaunchFile;
      const { program, cwd, setupCommands } = launch.configurations[0]!;
      expect(program).toBe(kernel);
      const gdb = new GdbMi(program);
      await gdb.ask(`-environment-cd ${cwd}`);
      for (const command of setupCommands) expect(await gdb.ask(command.text)).toContain("done");
      expect(await gdb.ask(`-target-select remote ${address}`)).toContain("connected");
      expect(await gdb.stopped()).toContain('func="stub.boot"');
      expect(await gdb.ask(`-break-insert -f ${place("collections")}`)).toContain("pending=");
      expect(await gdb.ask("-exec-continue --all")).toContain("running");
      expect(await gdb.stopped()).toMatch(/reason="breakpoint-hit".*func="collections".*line="\d+"/);
      expect(await gdb.ask("-thread-info")).toMatch(/target-id="Thread 3".*org\.oscortex\.values \(pid 3\)/);
      expect(await gdb.ask("-stack-list-frames")).toMatch(/func="collections".*func="main"/);
      const variables = await gdb.ask("-stack-list-variables --simple-values");
      expect(variables).toMatch(/name="title".*name="numbers"/);
      expect(await gdb.ask('-var-create names * "names"')).toMatch(/numchild="\d+".*displayhint="array"/);
      expect(await gdb.ask("-var-list-children --all-values names")).toContain('value="\\"grace\\""');
      expect(await gdb.ask("-data-evaluate-expression total")).toContain('value="0"');
      expect(await gdb.ask("-exec-next")).toContain("running");
      expect(await gdb.stopped()).toContain('reason="end-stepping-range"');
      expect(await gdb.ask("-exec-finish")).toContain("running");
      expect(await gdb.stopped()).toMatch(/reason="function-finished".*gdb-result-var/);
      expect(await gdb.ask("-break-delete 1")).toContain("done");
      expect(await gdb.ask("-target-detach")).toContain("done");
      await gdb.quit();
      expect((await guest.ended).stdout).toBe(PRINTED);
    });

    test("starts machine and gdb together", async () => {
      const commands = [`break ${place("end")}`, "continue", "print found", "continue"];
      const flags = commands.flatMap((command) => ["--ex", command]);
      const { stdout, status } = await runOscortex(["gdb", "--batch", ...flags, ...options]);
      expect(stdout).toMatch(/hit Breakpoint 1, main \(\)[^]*\$1 = 33\n/);
      expect(stdout).toContain(PRINTED);
      expect(stdout).toContain("exited normally");
      expect(status).toBe(0);
    });
  },
);
