// The real gdb holds guests: under load, at faults, by watchpoints, thread by thread.

import { describe, expect, test } from "vitest";
import { Gdb, startDebugged, startDebuggedTcp } from "../support/gdb.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";
import { lacksProgram } from "../support/programs.ts";

const SPIN = "spin/main.ts:6";
const WHILE_MS = 500;

const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, WHILE_MS));

/** The number that gdb gave a thread, from `info threads`. */
function threadNumber(threads: string, name: string): string {
  return new RegExp(`^\\*? +(\\d+) .*"${name}"`, "m").exec(threads)?.[1] ?? `no thread ${name}`;
}

describe.skipIf(lacksKvm() || lacksProgram("gdb"))("gdb", { timeout: 2 * BOOT_TIMEOUT_MS }, () => {
  test("tells two processes of one app apart, steps either, and watches the kernel meanwhile", async () => {
    const { guest, address } = await startDebugged();
    await guest.background("run org.oscortex.spin &", /\[3\] org\.oscortex\.spin/);
    await guest.background("run org.oscortex.spin &", /\[4\] org\.oscortex\.spin/);
    const gdb = new Gdb();
    await gdb.ask(`target remote ${address}`);

    // threads, libraries, breakpoints
    const threads = await gdb.ask("info threads");
    expect(threads).toContain('"kernel"');
    expect(threads).toContain('"org.oscortex.init (pid 1)"');
    expect(threads).toContain('"org.oscortex.shell (pid 2)"');
    const [first, second] = [3, 4].map((pid) => threadNumber(threads, `org.oscortex.spin \\(pid ${pid}\\)`));
    const libraries = await gdb.ask("info sharedlibrary");
    expect(libraries.match(/Yes .*\/org\.oscortex\.spin\.elf/g)).toHaveLength(2);
    expect(new Set(libraries.match(/\S+spin\.elf/g)).size).toBe(2);
    expect(await gdb.ask(`break ${SPIN} thread ${second}`)).toContain("(2 locations)");
    expect(await gdb.ask("continue")).toMatch(/"org\.oscortex\.spin \(pid 4\)" hit Breakpoint 1\.2, main/);
    expect(await gdb.ask("continue")).toMatch(/"org\.oscortex\.spin \(pid 4\)" hit Breakpoint 1\.2, main/);
    await gdb.ask("delete");

    // steps stay with their thread, also with that of a process that does not run
    for (const thread of [first, second, first]) {
      await gdb.ask(`thread ${thread}`);
      await gdb.ask("stepi");
      expect(await gdb.ask("thread")).toContain(`Current thread is ${thread} `);
    }
    await gdb.ask("tbreak main");
    await gdb.ask(`thread ${first}`);
    await gdb.ask(`tbreak ${SPIN} thread ${first}`);
    expect(await gdb.ask("continue")).toContain("(pid 3)");
    const turns = async (): Promise<bigint> =>
      BigInt(/= (-?\d+)/.exec(await gdb.ask("print turns"))?.[1] ?? "");
    const before = await turns();
    expect(await gdb.interrupted("next", aWhile)).toContain("SIGINT"); // a line that never ends
    const steps = (await turns()) - before;
    expect(steps).toBeGreaterThan(100n); // a turn is several instructions, none of which asks gdb
    await gdb.ask("delete");

    // watchpoints
    expect(await gdb.ask("watch lastPid")).toContain("Hardware watchpoint");
    const runHello = (): Promise<void> => Promise.resolve(guest.type("run org.oscortex.hello\n"));
    const changed = await gdb.during("continue", runHello);
    expect(changed).toMatch(/"org\.oscortex\.shell \(pid 2\)" hit Hardware watchpoint/);
    expect(changed).toMatch(/Old value = 4\nNew value = 5\n/);
    expect(await gdb.ask("backtrace")).toMatch(
      /#0 .*spawn.*kernel\/proc\/[^]*in syscall\.spawn[^]*in main \(\)/,
    );
    await gdb.ask("delete");
    await gdb.ask("tbreak sysExit");
    expect(await gdb.ask("continue")).toContain('"org.oscortex.hello (pid 5)"');
    expect(await gdb.ask("rwatch lastPid")).toContain("Hardware read watchpoint");
    expect(await gdb.ask("awatch nextMarkedPid")).toContain("access (read/write) watchpoint");
    const accessed = await gdb.ask("continue");
    expect(accessed).toMatch(/Hardware (?:read|access \(read\/write\)) watchpoint/);
    expect(accessed).toMatch(/Value = \d+/);
    await gdb.ask("delete");
    expect(await gdb.ask("watch *(long *)0x10000001000")).toContain("atchpoint"); // the processor's own tables
    expect(await gdb.ask("continue")).toContain("Could not insert hardware watchpoint");
    await gdb.ask("delete");

    // monitor
    expect(await gdb.ask("monitor pkg")).toMatch(/slots=2\/16\n +\d+ org\.oscortex\.spin users=2\n/);
    expect(await gdb.ask("monitor ps")).toMatch(/ 4 +2 run +0x[0-9a-f]+ org\.oscortex\.spin/);
    expect(await gdb.ask("monitor trace")).toContain("no system calls traced");
    expect(await gdb.ask("monitor trace on")).toMatch(/tracing \d\d system calls/);
    await gdb.ask("tbreak kernel/proc/spawn.ts:spawn");
    await gdb.during("continue", runHello);
    const trace = await gdb.ask("monitor trace");
    expect(trace).toMatch(/^ +2 read\(0, \w+, \d+\)$/m);
    expect(trace).toMatch(/^ +2 pkg_resolve → \d+$/m);
    expect(trace).toMatch(/^ +2 spawn(?:_with)?\(\d+, \w+, .*\)$/m);
    expect(await gdb.ask("monitor trace off")).toContain("not tracing any more");
    expect(await gdb.ask("monitor help")).toMatch(/ps .*\nmem .*\npkg .*\nlog .*\nexits .*\ntrace /);

    // one debugger at a time, which may leave and come back
    expect(await new Gdb().ask(`target remote ${address}`)).toMatch(/closed|reset|rror/);
    expect(await gdb.ask("detach")).toContain("detached");
    await guest.until(() => guest.stdout.includes("Hello from Oscortex"));
    expect(await gdb.ask(`target remote ${address}`)).not.toContain("rror");
    expect(await gdb.ask("info threads")).toContain("org.oscortex.spin (pid 4)");
    expect(await gdb.ask("kill")).toContain("killed");
    await gdb.quit();
    expect((await guest.ended).status).toBe(137);
  });

  test("holds an app where it faults, and lets the fault take its course or mends it", async () => {
    const { guest, address } = await startDebuggedTcp(
      "--gdb-wait",
      "--headless",
      "--run",
      "org.oscortex.crash",
      "--",
      "div0",
    );
    const gdb = new Gdb();
    await gdb.ask(`target remote ${address}`);
    expect(await gdb.ask("maintenance packet qSupported:swbreak+")).toMatch(
      /PacketSize=10000;.*vContSupported\+/,
    );
    expect(await gdb.ask("maintenance packet vCont?")).toContain('received: "vCont;c;C;s;S;r"');
    expect(await gdb.ask("info mem")).toMatch(/0x0*10000000000 +0x0*10100000000/);
    expect(await gdb.ask("show remote noack-packet")).toContain("currently enabled");
    expect(await gdb.ask("info inferiors")).toContain("build/kernel.elf");

    expect(await gdb.ask("continue")).toMatch(/\(pid 3\)" received signal SIGFPE/);
    expect(await gdb.ask("backtrace")).toMatch(
      /#0 .* in main \(\) at .*crash\/main\.ts:\d+\n#1 .* in stub\.process_start/,
    );
    expect(await gdb.ask("x/i $pc")).toContain("idiv");
    const divisor = /idivl? +%(e\w\w)/.exec(await gdb.ask("x/i $pc"))?.[1]?.replace("e", "r") ?? "rcx";
    expect(await gdb.ask(`p $${divisor}`)).toContain("= 0");
    await gdb.ask("tbreak sysExit");
    await gdb.ask(`set var $${divisor} = 6`);
    expect(await gdb.ask("signal 0")).toContain("Temporary breakpoint 1, sysExit");
    expect(await gdb.ask("p/d (int)$rdi")).toContain("= 7"); // 42 / 6
    expect(await gdb.ask("continue")).toContain("exited with code 07");
    await gdb.quit();
    expect((await guest.ended).status).toBe(7);
  });

  test("holds a kernel that panics, and one that ends shows its status", async () => {
    const { guest, address } = await startDebugged(
      "--gdb-wait",
      "--headless",
      "--run",
      "org.oscortex.crash",
      "--",
      "oob",
    );
    const gdb = new Gdb();
    await gdb.ask(`target remote ${address}`);
    expect(await gdb.ask("continue")).toMatch(/\(pid 3\)" received signal SIGSEGV/);
    await gdb.ask("tbreak faultServe");
    expect(await gdb.ask("continue")).toMatch(/"kernel" hit Temporary breakpoint 1, faultServe/);
    expect(await gdb.ask("backtrace")).toMatch(/#0 +faultServe .*\n#1 .* in \w+ \(\) at .*kernel\/loop\.ts/);
    await gdb.ask("set var $pc = panic");
    expect(await gdb.ask("continue")).toMatch(/"kernel" received signal SIG(?:ABRT|SEGV|ILL)/);
    expect(await gdb.ask("info symbol $pc")).toContain("in section .text");
    await gdb.ask("kill");
    await gdb.quit();
    expect((await guest.ended).status).toBe(137);
  });
});
