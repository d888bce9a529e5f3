// The real gdb on a guest: breakpoints, steps, threads, symbols of the kernel and of apps.

import { describe, expect, test } from "vitest";
import { Gdb, startDebugged } from "../support/gdb.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";
import { lacksProgram } from "../support/programs.ts";

const HELLO = ["--headless", "--run", "org.oscortex.hello"];

describe.skipIf(lacksKvm() || lacksProgram("gdb"))("gdb", { timeout: 2 * BOOT_TIMEOUT_MS }, () => {
  test("starts a guest at its first instruction and steps through the kernel", async () => {
    const { guest, address } = await startDebugged("--gdb-wait", ...HELLO);
    const gdb = new Gdb();
    expect(await gdb.ask(`target remote ${address}`)).toContain("stub.boot");
    expect(await gdb.ask("info threads")).toMatch(/\* 1 +Thread 65536 "kernel"/);
    expect(await gdb.ask("p/x $r15")).toContain("0x10000000000");
    expect(await gdb.ask("p $eflags")).toContain("IF");
    expect(await gdb.ask("p/x $cs")).toContain("0xb");
    expect(await gdb.ask("stepi")).toContain("stub.boot");
    expect(await gdb.ask("tbreak guest-kernel/kernel/main.ts:main")).toContain("Temporary breakpoint 1");
    expect(await gdb.ask("continue")).toMatch(/breakpoint 1, main \(\) at .*kernel\/main\.ts:\d+/);
    await gdb.ask("set backtrace past-main on");
    expect(await gdb.ask("backtrace")).toMatch(/#0 +main .*\n#1 .* in stub\.boot \(\)\n$/);
    expect(await gdb.ask("next")).toMatch(/^\d+\t/m);
    expect(await gdb.ask("info source")).toContain("guest-kernel/kernel/");
    expect(await gdb.ask("list")).toMatch(/\d+\t/);
    expect(await gdb.ask("info symbol $pc")).toMatch(/in section \.text/);
    expect(await gdb.ask("x/2i $pc")).toMatch(/=> 0x1100/);
    await gdb.ask("detach");
    await gdb.quit();
    expect((await guest.ended).stdout).toBe("Hello from Oscortex\n");
    expect((await guest.ended).status).toBe(0);
  });

  test("breaks in an app that is not launched yet, and follows it into the kernel", async () => {
    const { guest, address } = await startDebugged("--gdb-wait", ...HELLO);
    const gdb = new Gdb();
    await gdb.ask(`target remote ${address}`);
    expect(await gdb.ask("break hello/main.ts:main")).toContain("pending");
    expect(await gdb.ask("continue")).toMatch(/hit Breakpoint 1, main \(\) at .*apps\/hello\/main\.ts:\d+/);
    expect(await gdb.ask("backtrace")).toMatch(/#0 +main .*\n#1 .* in stub\.process_start \(\)\n$/);
    expect(await gdb.ask("info sharedlibrary")).toMatch(/Yes +.*org\.oscortex\.hello\.elf/);
    const threads = await gdb.ask("info threads");
    expect(threads).toMatch(/"kernel" .* \w+ \(\) at .*kernel\/loop\.ts/);
    expect(threads).toMatch(/"org\.oscortex\.init \(pid 1\)"/);
    expect(threads).toMatch(/\* \d+ +Thread 3 "org\.oscortex\.hello \(pid 3\)" +main/);
    expect(await gdb.ask("break sysWrite")).toMatch(/Breakpoint 2 at 0x1100/);
    expect(await gdb.ask("continue")).toMatch(/hit Breakpoint 2, sysWrite \(\)/);
    const stack = await gdb.ask("backtrace");
    expect(stack).toMatch(/#0 +sysWrite .*file-calls\.ts/);
    expect(stack).toMatch(/#1 .* in syscall\.write/);
    expect(stack).toMatch(/#2 .* in writeUnits .*sdk\/console\.ts/);
    expect(stack).toMatch(/in main \(\)/);
    expect(stack).toMatch(/in stub\.process_start \(\)\n$/);
    await gdb.ask("up 2");
    expect(await gdb.ask("list")).toContain("write(handle, buffer, length)");
    expect(await gdb.ask("p/x $r15 >> 29")).toMatch(/= 0x\d+1$/m); // the app's memory, 512 MiB into its window
    await gdb.ask("frame 0");
    expect(await gdb.ask("finish")).toContain("syscall.write");
    expect(await gdb.ask("delete")).not.toContain("rror");
    expect(await gdb.ask("continue")).toContain("exited normally");
    await gdb.quit();
    expect((await guest.ended).stdout).toBe("Hello from Oscortex\n");
  });

  test("attaches to a guest under load, looks around, detaches and comes back", async () => {
    const { guest, address } = await startDebugged("--headless", "--run", "org.oscortex.spin");
    await guest.until(() => guest.stderr.includes("init → shell"));
    const gdb = new Gdb();
    await gdb.ask(`target remote ${address}`);
    const stop = await gdb.continueUntil(() => new Promise((resolve) => setTimeout(resolve, 1000)));
    expect(stop).toContain("SIGINT");
    expect(await gdb.ask("info threads")).toContain('"org.oscortex.spin (pid 3)"');
    expect(await gdb.ask("monitor ps")).toMatch(/\* +3 +2 run +0x[0-9a-f]+ org\.oscortex\.spin/);
    expect(await gdb.ask("monitor mem")).toContain("RAM 262144 KiB");
    expect(await gdb.ask("monitor log")).toContain("net: 10.0.2.15");
    expect(await gdb.ask("monitor exits")).toMatch(/^\d+$/m);
    expect(await gdb.ask("monitor nonsense")).toContain("unknown command");
    expect(await gdb.ask("thread apply all backtrace")).toMatch(/in \w+ \(\) at .*sdk\/process\.ts/);
    expect(await gdb.ask("x/4i $pc")).toMatch(/=> 0x/);
    expect(await gdb.ask("detach")).toContain("detached");
    await gdb.ask(`target remote ${address}`);
    expect(await gdb.ask("info threads")).toContain("org.oscortex.spin");
    expect(await gdb.ask("kill")).toContain("killed");
    await gdb.quit();
    expect((await guest.ended).status).toBe(137);
  });

  test("interrupts a kernel that hangs where no safepoint is, and heals it", async () => {
    const { guest, address } = await startDebugged("--gdb-wait", ...HELLO);
    const gdb = new Gdb();
    await gdb.ask(`target remote ${address}`);
    await gdb.ask("tbreak sysWrite");
    await gdb.ask("continue");
    const word = /= (-?\d+)/.exec(await gdb.ask("p *(short *)$pc"))?.[1];
    await gdb.ask("set var *(short *)$pc = (short)0xfeeb"); // jmp to itself
    expect(await gdb.ask("x/i $pc")).toMatch(/jmp/);
    const before = await gdb.ask("p $pc");
    const stop = await gdb.continueUntil(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(stop).toContain("SIGINT");
    expect((await gdb.ask("p $pc")).replace(/^\$\d+/, "")).toBe(before.replace(/^\$\d+/, ""));
    expect(await gdb.ask("backtrace")).toContain("syscall.write");
    await gdb.ask(`set var *(short *)$pc = ${word}`);
    expect(await gdb.ask("continue")).toContain("exited normally");
    await gdb.quit();
    expect((await guest.ended).stdout).toBe("Hello from Oscortex\n");
  });

  test("reads and writes registers, memory and globals", async () => {
    const { guest, address } = await startDebugged("--gdb-wait", ...HELLO);
    const gdb = new Gdb();
    await gdb.ask(`target remote ${address}`);
    await gdb.ask("tbreak sysWrite");
    await gdb.ask("continue");
    await gdb.ask("set var $xmm9.v4_int32[0] = 0x1234");
    await gdb.ask("set var $r11 = 0x55aa55aa55aa");
    await gdb.ask("stepi");
    expect(await gdb.ask("p/x $xmm9.v4_int32[0]")).toContain("0x1234");
    expect(await gdb.ask("p/x $r11")).toContain("0x55aa55aa55aa");
    expect(await gdb.ask("p/x $mxcsr")).toContain("0x1f80");
    expect(await gdb.ask("p lastPid")).toMatch(/= 3$/m);
    expect(await gdb.ask("p/x *(int *)($r15 + current)")).toMatch(/= 0x3$/m); // its pid
    expect(await gdb.ask("x/4xb 0")).toContain("Cannot access memory");
    await gdb.ask("set var $saved = *(long *)($rsp - 512)");
    await gdb.ask("set var *(long *)($rsp - 512) = 0x1122334455667788");
    expect(await gdb.ask("p/x *(long *)($rsp - 512)")).toContain("0x1122334455667788");
    await gdb.ask("set var *(long *)($rsp - 512) = $saved");
    expect(await gdb.ask("dump binary memory /dev/null 0x11000000000 0x11000040000")).not.toContain("annot");
    expect(await gdb.ask("continue")).toContain("exited normally");
    await gdb.quit();
    await guest.ended;
  });
});
