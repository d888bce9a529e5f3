import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import {
  CONTROL_MARK,
  CONTROL_PANIC,
  CONTROL_POWEROFF,
  MARK_INIT,
  MARK_SHELL,
} from "../../guest-kernel/abi/control.ts";
import { EVENT_LOG_GPA } from "../../guest-kernel/abi/event-page.ts";
import { LOG_RING_BYTES, LOG_RING_TOTAL } from "../../guest-kernel/abi/log-ring.ts";
import { EVENT_PAGE_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { lacksKvm } from "../../tests/support/kvm.ts";
import { control, SPIN, storeWord, tinyKernel } from "../../tests/support/tiny-kernel.ts";
import { ImageError } from "../boot/loader.ts";
import { Log } from "./log.ts";
import { parseOptions } from "./options.ts";
import { runSystem } from "./run.ts";

const LOG_RING = 0x700000;

describe.skipIf(lacksKvm())("runSystem", () => {
  let folder: string;
  let stderr: PassThrough;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "oscortex-"));
    stderr = new PassThrough();
  });

  /** Runs a kernel of a few instructions, headless. */
  function run(code: readonly number[], ...args: string[]): Promise<number> {
    const artifacts = {
      kernel: join(folder, "kernel.elf"),
      initramfs: join(folder, "initramfs.cpio"),
      repository: folder,
      symbols: "/nowhere",
    };
    writeFileSync(artifacts.kernel, tinyKernel(code));
    writeFileSync(artifacts.initramfs, "");
    const options = parseOptions(["--headless", "--run", "org.a", "--memory", "64", ...args]);
    return runSystem(options, artifacts, new Log(stderr, "normal", false));
  }

  test("gives the guest's exit status and logs the stages of its boot", async () => {
    const code = [
      ...control(CONTROL_MARK, MARK_INIT),
      ...control(CONTROL_MARK, MARK_SHELL),
      ...control(CONTROL_POWEROFF, 42),
    ];
    expect(await run(code)).toBe(42);
    const [init, shell] = String(stderr.read()).trim().split("\n");
    expect(init).toMatch(/^oscortex: VM start → init \d+\.\d ms$/);
    expect(shell).toMatch(/^oscortex: init → shell \d+\.\d ms$/);
  });

  test("a kernel that faults is status 134, with a report", async () => {
    expect(await run([0x0f, 0x0b])).toBe(134); // ud2
    expect(String(stderr.read())).toMatch(/^oscortex: kernel panic: invalid opcode[^]*backtrace/);
  });

  test("a kernel that dies before it has a console is heard all the same", async () => {
    const code = [
      ...storeWord(EVENT_PAGE_GPA + EVENT_LOG_GPA, LOG_RING),
      ...storeWord(LOG_RING + LOG_RING_TOTAL, 4),
      ...storeWord(LOG_RING + LOG_RING_BYTES, 0x0a706c68), // "hlp\n"
      ...control(CONTROL_PANIC, 0),
    ];
    expect(await run(code)).toBe(134);
    expect(String(stderr.read())).toMatch(/oscortex: the kernel's last words:\nhlp\n$/);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends a guest that spins, status %i, and leaves no listener", async (signal, status) => {
    const before = process.listenerCount(signal);
    const running = run(SPIN);
    while (process.listenerCount(signal) === before) await new Promise(setImmediate);
    process.emit(signal);
    expect(await running).toBe(status);
    expect(process.listenerCount(signal)).toBe(before);
  });

  test("a command line that is too long is the image's error, and the next run works", async () => {
    await expect(run(control(CONTROL_POWEROFF, 0), "--", "x".repeat(5000))).rejects.toThrow(ImageError);
    expect(await run(control(CONTROL_POWEROFF, 0))).toBe(0);
  });

  test("writes a capture file", async () => {
    const file = join(folder, "net.pcap");
    expect(await run(control(CONTROL_POWEROFF, 0), "--pcap", file)).toBe(0);
    expect(readFileSync(file).readUInt32LE(0)).toBe(0xa1b2c3d4);
  });
});
