import { spawnSync } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import {
  CONTROL_FLUSH_TLB,
  CONTROL_IDLE,
  CONTROL_MARK,
  CONTROL_POWEROFF,
  MARK_KERNEL,
} from "../guest-kernel/abi/control.ts";
import {
  EVENT_BIT_TICK,
  EVENT_IDLE,
  EVENT_IDLE_TIMEOUT_US,
  EVENT_NO_TIMEOUT,
  EVENT_PENDING,
  EVENT_PREEMPT_GPA,
} from "../guest-kernel/abi/event-page.ts";
import { CONTROL_GPA, EVENT_PAGE_GPA, MMIO_GPA, PAGE_TABLES_GPA } from "../guest-kernel/abi/memory-map.ts";
import { lacksKvm } from "../tests/support/kvm.ts";
import {
  control,
  loadEcx,
  SPIN,
  storeEcx,
  storeWord,
  tinyKernel,
  TINY_KERNEL_ENTRY,
  u32,
} from "../tests/support/tiny-kernel.ts";
import type { MmioDevice } from "./mailbox.ts";
import { Machine, type MachineConfig } from "./machine.ts";

const MIB = 1024 * 1024;
const SCRATCH = 0x700000;
const PREEMPT_WORD = 0x700100;
const TABLE_ENTRY = 0x67; // present, writable, user, accessed, dirty

describe.skipIf(lacksKvm())("Machine", () => {
  let machine: Machine;

  afterEach(() => machine.stop());

  /** Starts the machine; resolves when its guest has reached MARK_KERNEL. */
  async function startAndReachMark(code: readonly number[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      create(code, { onMark: (mark) => mark === "kernel" && resolve() });
      machine.start().catch(reject);
    });
  }

  function create(code: readonly number[], config: Partial<MachineConfig> = {}): Machine {
    machine = Machine.create({
      kernel: tinyKernel(code),
      initramfs: new Uint8Array(),
      commandLine: [],
      ramBytes: 64 * MIB,
      ...config,
    });
    return machine;
  }

  test("runs a kernel until it powers off, with its status", async () => {
    create(control(CONTROL_POWEROFF, 7));
    await machine.start();
    expect(await machine.outcome).toEqual({ kind: "poweroff", status: 7 });
    expect(machine.marks.entry).toBeGreaterThan(0n);
  });

  test("stamps the marks that the guest reaches and ignores those that there are not", async () => {
    const seen: string[] = [];
    create(
      [...control(CONTROL_MARK, 99), ...control(CONTROL_MARK, MARK_KERNEL), ...control(CONTROL_POWEROFF, 0)],
      {
        onMark: (mark) => seen.push(mark),
      },
    );
    await machine.start();
    await machine.outcome;
    expect(seen).toEqual(["entry", "kernel"]);
    expect(machine.marks.kernel).toBeGreaterThan(machine.marks.entry ?? 0n);
  });

  test("gives loads and stores of registers to the device in their slot, in order", async () => {
    const seen: [string, number, number, number?][] = [];
    const device: MmioDevice = {
      readMmio(offset, width) {
        seen.push(["load", offset, width]);
        return width === 4 ? 0x89abcdef : 0x1234;
      },
      writeMmio(offset, value, width) {
        seen.push(["store", offset, width, value]);
      },
    };
    const loadHalf = [0xb8, ...u32(MMIO_GPA + 0x1102), 0x41, 0x0f, 0xb7, 0x0c, 0x07];
    // store 5 to slot 1's 0x14, load its 0x10, store that to SCRATCH, load 16 bits at 0x102, notify queue 3, power off
    const code = [
      ...storeWord(MMIO_GPA + 0x1014, 5),
      ...loadEcx(MMIO_GPA + 0x1010),
      ...storeEcx(SCRATCH),
      ...loadHalf, // movzx ecx, word [r15 + rax]
      ...storeEcx(SCRATCH + 4),
      ...storeWord(MMIO_GPA + 0x1050, 3),
      ...control(CONTROL_POWEROFF, 0),
    ];
    create(code, { slots: [undefined, device] });
    await machine.start();
    expect(await machine.outcome).toEqual({ kind: "poweroff", status: 0 });
    expect(seen).toEqual([
      ["store", 0x14, 4, 5],
      ["load", 0x10, 4],
      ["load", 0x102, 2],
      ["store", 0x50, 4, 3],
    ]);
    expect(machine.ram.view.getUint32(SCRATCH, true)).toBe(0x89abcdef);
    expect(machine.ram.view.getUint32(SCRATCH + 4, true)).toBe(0x1234);
  });

  test("wakes an idle guest, and lets it sleep until then", async () => {
    await startAndReachMark([
      ...storeWord(EVENT_PAGE_GPA + EVENT_IDLE_TIMEOUT_US, EVENT_NO_TIMEOUT),
      ...storeWord(EVENT_PAGE_GPA + EVENT_IDLE, 1),
      ...control(CONTROL_MARK, MARK_KERNEL),
      ...control(CONTROL_IDLE, 0),
      ...loadEcx(EVENT_PAGE_GPA + EVENT_PENDING),
      ...storeEcx(CONTROL_GPA + CONTROL_POWEROFF),
    ]);
    machine.raise(5);
    expect(await machine.outcome).toEqual({ kind: "poweroff", status: 1 << 5 });
  });

  test("wakes an idle guest at its own deadline", async () => {
    create([
      ...storeWord(EVENT_PAGE_GPA + EVENT_IDLE_TIMEOUT_US, 20_000),
      ...storeWord(EVENT_PAGE_GPA + EVENT_IDLE, 1),
      ...control(CONTROL_IDLE, 0),
      ...control(CONTROL_MARK, MARK_KERNEL),
      ...control(CONTROL_POWEROFF, 0),
    ]);
    await machine.start();
    await machine.outcome;
    const { entry = 0n, kernel = 0n } = machine.marks;
    expect(kernel - entry).toBeGreaterThanOrEqual(20_000_000n);
  });

  test("preempts a process whose slice goes on, also after the guest slept and woke by itself", async () => {
    // mov eax, PREEMPT_WORD; cmp dword [r15 + rax], -1; jne
    const spinUntilAsked = [0xb8, ...u32(PREEMPT_WORD), 0x41, 0x83, 0x3c, 0x07, 0xff, 0x75, 0xf9];
    create([
      ...storeWord(EVENT_PAGE_GPA + EVENT_IDLE_TIMEOUT_US, 50_000),
      ...storeWord(EVENT_PAGE_GPA + EVENT_IDLE, 1),
      ...control(CONTROL_IDLE, 0),
      ...storeWord(EVENT_PAGE_GPA + EVENT_PREEMPT_GPA, PREEMPT_WORD),
      ...spinUntilAsked,
      ...control(CONTROL_POWEROFF, 1),
    ]);
    await machine.start();
    expect(await machine.outcome).toEqual({ kind: "poweroff", status: 1 });
    expect(machine.ram.view.getUint32(EVENT_PAGE_GPA + EVENT_PENDING, true)).toBe(
      (1 << EVENT_BIT_TICK) >>> 0,
    );
  });

  test.each([
    ["outside RAM", 64 * MIB],
    ["at the end of the address space", 0xfffffffc],
    ["unaligned", PREEMPT_WORD + 2],
  ])("does not store the request to preempt %s", async (_, gpa) => {
    create([
      ...storeWord(EVENT_PAGE_GPA + EVENT_PREEMPT_GPA, gpa),
      ...control(CONTROL_MARK, MARK_KERNEL),
      ...SPIN,
    ]);
    await machine.start();
    const before = machine.ram.bytes.slice(PREEMPT_WORD - 16, PREEMPT_WORD + 16);
    machine.raise(0);
    expect(machine.ram.bytes.slice(PREEMPT_WORD - 16, PREEMPT_WORD + 16)).toEqual(before);
  });

  test("stops a guest that spins, and says where it was", async () => {
    await startAndReachMark([...control(CONTROL_MARK, MARK_KERNEL), ...SPIN]);
    await machine.stop();
    const rip = TINY_KERNEL_ENTRY + BigInt(control(CONTROL_MARK, MARK_KERNEL).length);
    expect(await machine.outcome).toMatchObject({
      kind: "stopped",
      report: { reason: "stopped", registers: { rip } },
    });
  });

  test("stops a guest that never rests, and does other work beside it", async () => {
    const rings: number[] = [];
    const code = [...storeWord(MMIO_GPA + 0x50, 0), 0xeb, 0x100 - storeWord(0, 0).length - 2]; // jmp back
    create(code, { slots: [{ readMmio: () => 0, writeMmio: (_, queue) => rings.push(queue) }] });
    await machine.start();
    while (rings.length < 200) await setImmediate();
    await machine.stop();
    expect(await machine.outcome).toMatchObject({ kind: "stopped" });
  });

  test("stops a guest that sleeps, and one that was never started", async () => {
    create([
      ...storeWord(EVENT_PAGE_GPA + EVENT_IDLE_TIMEOUT_US, EVENT_NO_TIMEOUT),
      ...storeWord(EVENT_PAGE_GPA + EVENT_IDLE, 1),
      ...control(CONTROL_IDLE, 0),
      ...SPIN,
    ]);
    await machine.start();
    await machine.stop();
    expect(await machine.outcome).toMatchObject({ kind: "stopped" });
    create(SPIN);
    await machine.stop();
    await machine.start().catch(() => {}); // too late
    expect(await machine.outcome).toEqual({ kind: "stopped", report: undefined });
  });

  test("reports a kernel that faults by its fault record, with the address", async () => {
    create([0x41, 0xc7, 0x47, 0x08, 0, 0, 0, 0]); // mov dword [r15 + 8], 0
    await machine.start();
    expect(await machine.outcome).toMatchObject({
      kind: "panic",
      report: { reason: "kernel panic: page fault, error code 0x0", faultAddress: (1024n << 30n) + 8n },
    });
  });

  test.each([
    [
      "a store where nothing is",
      storeWord(MMIO_GPA + 0x8000, 1),
      /^4-byte store at guest-physical 0xd0008000/,
    ],
    ["a wide load of a register", [0xb8, ...u32(MMIO_GPA), 0x49, 0x8b, 0x04, 0x07], /^8-byte load/],
    ["a store between control registers", storeWord(CONTROL_GPA + 2, 1), /no such control register$/],
  ])("reports %s as a crash, with a backtrace", async (_, code, expected) => {
    create(code, { symbolize: (address) => (address === TINY_KERNEL_ENTRY + 5n ? "main" : undefined) });
    await machine.start();
    const outcome = await machine.outcome;
    expect(outcome).toMatchObject({ kind: "crash", report: { reason: expect.stringMatching(expected) } });
  });

  test("flushes the TLB when the guest asks", async () => {
    // Maps SCRATCH's 4 KiB at 2 TiB by hand, reads it, maps the next page there instead, flushes and reads again.
    const [pdpt, pd, pt] = [0x800000, 0x801000, 0x802000];
    const loadMapped = [0x48, 0xba, ...u32(0), ...u32(0x200), 0x8b, 0x0a]; // mov rdx, 2 TiB; mov ecx, [rdx]
    create([
      ...storeWord(SCRATCH, 11),
      ...storeWord(SCRATCH + 0x1000, 22),
      ...storeWord(pt, SCRATCH | TABLE_ENTRY),
      ...storeWord(pd, pt | TABLE_ENTRY),
      ...storeWord(pdpt, pd | TABLE_ENTRY),
      ...storeWord(PAGE_TABLES_GPA + 8 * 4, pdpt | TABLE_ENTRY),
      ...control(CONTROL_FLUSH_TLB, 0),
      ...loadMapped,
      ...storeEcx(SCRATCH + 8),
      ...storeWord(pt, (SCRATCH + 0x1000) | TABLE_ENTRY),
      ...control(CONTROL_FLUSH_TLB, 0),
      ...loadMapped,
      ...storeEcx(SCRATCH + 12),
      ...control(CONTROL_POWEROFF, 0),
    ]);
    await machine.start();
    expect(await machine.outcome).toEqual({ kind: "poweroff", status: 0 });
    const { view } = machine.ram;
    expect([view.getUint32(SCRATCH + 8, true), view.getUint32(SCRATCH + 12, true)]).toEqual([11, 22]);
  });

  test("lets the process exit while the guest spins", () => {
    const machineModule = new URL("../build/host/vmm/machine.js", import.meta.url).href;
    const kernel = Buffer.from(tinyKernel(SPIN)).toString("base64");
    const script = `
      import { Machine } from "${machineModule}";
      const machine = Machine.create({
        kernel: Buffer.from("${kernel}", "base64"), initramfs: new Uint8Array(), commandLine: [],
        ramBytes: ${64 * MIB}, onMark: () => process.exit(42),
      });
      await machine.start();`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 10_000,
    });
    expect({ status, stderr }).toEqual({ status: 42, stderr: "" });
  });

  test("refuses more devices than slots", () => {
    const device = { readMmio: (): number => 0, writeMmio: (): void => {} };
    expect(() => create(SPIN, { slots: Array.from({ length: 9 }, () => device) })).toThrow(RangeError);
  });

  test("rejects its outcome when a device throws", async () => {
    const device: MmioDevice = {
      readMmio: () => 0,
      writeMmio() {
        throw new Error("a bug in a device");
      },
    };
    create([...storeWord(MMIO_GPA + 0x50, 0), ...SPIN], { slots: [device] });
    await machine.start();
    await expect(machine.outcome).rejects.toThrow("a bug in a device");
  });
});
