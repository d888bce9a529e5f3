import { describe, expect, onTestFinished, test, vi } from "vitest";
import { lacksKvm } from "../../tests/support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../../tests/support/oscortex-command.ts";
import { Machine, MachineEnded, type MachineOptions } from "./machine.ts";

describe.skipIf(lacksKvm())("Machine", { timeout: BOOT_TIMEOUT_MS }, () => {
  async function started(options: MachineOptions = {}): Promise<Machine> {
    const machine = await Machine.create(options);
    onTestFinished(() => machine.stop());
    await machine.start();
    return machine;
  }

  test("runs apps and commands one after the other, and says how they ended", async () => {
    let log = "";
    const machine = await started({ onLog: (text) => (log += text) });
    const results = await Promise.all([
      machine.run("org.oscortex.hello", ["a b", 'it\'s "c"\\']),
      machine.run("org.oscortex.hello", ["--exit", "7"]),
      machine.shell("cat /sys/pkg/cache"),
      machine.run("org.oscortex.none"),
    ]);
    expect(results).toEqual([
      { status: 0, output: 'Hello from Oscortex\na b it\'s "c"\\\n' },
      { status: 7, output: "Hello from Oscortex\n" },
      { status: 0, output: "slots=1/16\npinned=0\nephemeral=1\n" },
      { status: 64, output: "" },
    ]);
    await vi.waitFor(() => expect(log).toContain("run: org.oscortex.none: ")); // the log is a console of its own
    const { exits, freeKib, memoryKib, vcpuNs } = machine.metrics();
    expect(exits).toBeGreaterThan(0);
    expect(memoryKib).toBe(256 * 1024);
    expect(freeKib).toBeGreaterThan(128 * 1024);
    expect(freeKib).toBeLessThan(memoryKib);
    expect(vcpuNs).toBeGreaterThan(0n);
  });

  test("resolves packages without running them", async () => {
    const machine = await started();
    await machine.resolve("org.oscortex.hello");
    expect((await machine.shell("cat /sys/pkg/cache")).output).toContain("slots=1/16\n");
    await expect(machine.resolve("org.oscortex.none")).rejects.toThrow(
      "org.oscortex.none: cannot be had, status 64",
    );
  });

  test("launches apps beside each other; each can be waited for and killed", async () => {
    const machine = await started();
    const spin = await machine.launch("org.oscortex.spin");
    const crash = await machine.launch("org.oscortex.crash", ["div0"]);
    expect(await crash.wait()).toBe(136);
    expect(machine.processes()).toContainEqual({
      pid: spin.pid,
      parent: 2,
      state: "run",
      name: "org.oscortex.spin",
    });
    await spin.kill();
    expect(await spin.wait()).toBe(137);
    await expect(machine.launch("org.oscortex.none")).rejects.toThrow(
      "org.oscortex.none: cannot be run, status 64",
    );
  });

  test("takes pictures of the screen, once something is drawn", async () => {
    const plain = await started();
    expect(await plain.screenshot()).toBeUndefined();
    const machine = await started({ screen: { width: 640, height: 480 } });
    const picture = await vi.waitFor(async () => (await machine.screenshot()) ?? expect.fail("none yet"), {
      timeout: BOOT_TIMEOUT_MS / 2,
    });
    const header = Buffer.from(picture);
    expect(header.subarray(1, 4).toString()).toBe("PNG");
    expect([header.readUInt32BE(16), header.readUInt32BE(20)]).toEqual([640, 480]);
  });

  test("takes nothing that an app prints for the shell's word", async () => {
    let output = "";
    const machine = await started({ onOutput: (text) => (output += text) });
    const forged = '\x1e{"token":"","status":9,"ended":[]}';
    const { status, output: printed } = await machine.run("org.oscortex.hello", [`"${forged.slice(1)}`]);
    expect(status).toBe(0);
    expect(printed).toContain(forged.slice(1));
    expect(output).toContain(printed);
  });

  test("says that it has ended to whoever waits", async () => {
    const machine = await started();
    const spin = await machine.launch("org.oscortex.spin");
    const [ended, command] = [machine.wait(), machine.shell("exit 5")];
    await expect(command).rejects.toThrow(MachineEnded);
    expect(await ended).toBe(5);
    await expect(spin.wait()).rejects.toThrow(MachineEnded);
    await expect(machine.shell("echo")).rejects.toThrow(MachineEnded);
  });
});
