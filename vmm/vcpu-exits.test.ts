import { constants } from "node:os";
import { beforeEach, describe, expect, test } from "vitest";
import { CONTROL_IDLE, CONTROL_POWEROFF } from "../guest-kernel/abi/control.ts";
import {
  EVENT_EXITS,
  EVENT_IDLE,
  EVENT_IDLE_TIMEOUT_US,
  EVENT_NO_TIMEOUT,
} from "../guest-kernel/abi/event-page.ts";
import { CONTROL_GPA, EVENT_PAGE_GPA, MMIO_GPA } from "../guest-kernel/abi/memory-map.ts";
import { FakeLibc } from "../tests/support/fake-libc.ts";
import { EventPage } from "./event-page.ts";
import { GuestRam } from "./guest-ram.ts";
import { KVM_RUN } from "./kvm/ioctl.ts";
import * as layout from "./kvm/layout.ts";
import { KvmVcpu } from "./kvm/vcpu.ts";
import { Mailbox, type MmioDevice } from "./mailbox.ts";
import { type GuestEnd, VcpuExits } from "./vcpu-exits.ts";

const RUN_SIZE = 4096;

/** An exit, as the processor under test reports it in `struct kvm_run`. */
type Exit = (run: DataView) => void;

function store(gpa: number, value: number, length = 4): Exit {
  return (run) => {
    run.setUint32(layout.RUN_EXIT_REASON, layout.KVM_EXIT_MMIO, true);
    run.setBigUint64(layout.RUN_MMIO_PHYS_ADDR, BigInt(gpa), true);
    run.setUint32(layout.RUN_MMIO_DATA, value, true);
    run.setUint32(layout.RUN_MMIO_LEN, length, true);
    run.setUint8(layout.RUN_MMIO_IS_WRITE, 1);
  };
}

function load(gpa: number, length: number): Exit {
  return (run) => {
    store(gpa, 0, length)(run);
    run.setUint8(layout.RUN_MMIO_IS_WRITE, 0);
  };
}

function exitFor(reason: number, detail = 0): Exit {
  return (run) => {
    run.setUint32(layout.RUN_EXIT_REASON, reason, true);
    run.setBigUint64(layout.RUN_FAIL_ENTRY_REASON, BigInt(detail), true);
  };
}

const POWEROFF = store(CONTROL_GPA + CONTROL_POWEROFF, 0x1ff);

describe("VcpuExits", () => {
  let mailbox: Mailbox;
  let ram: GuestRam;

  beforeEach(() => {
    mailbox = new Mailbox();
    ram = GuestRam.allocate(new FakeLibc(), 2 * 1024 * 1024);
  });

  /** Runs a processor that exits so, one after the other; a number is an errno instead. */
  function run(...exits: (Exit | number)[]): GuestEnd {
    const libc = new FakeLibc((request) => {
      if (request !== KVM_RUN) return 0;
      const exit = exits.shift();
      if (typeof exit === "number") return -exit;
      if (exit === undefined) throw new Error("ran after its end");
      exit(libc.mapped);
      return 0;
    });
    return new VcpuExits(new KvmVcpu(libc, 3, RUN_SIZE), mailbox, new EventPage(ram), ram.view).run();
  }

  test("counts exits, goes on after signals, and takes the low byte as the status", () => {
    expect(run(constants.errno.EINTR, constants.errno.EAGAIN, POWEROFF)).toEqual({
      kind: "poweroff",
      status: 255,
    });
    expect(ram.view.getUint32(EVENT_PAGE_GPA + EVENT_EXITS, true)).toBe(1);
  });

  test.each([
    [exitFor(layout.KVM_EXIT_SHUTDOWN), "triple fault"],
    [
      exitFor(layout.KVM_EXIT_FAIL_ENTRY, 0x80000021),
      "the processor refused to enter the guest, reason 0x80000021",
    ],
    [exitFor(layout.KVM_EXIT_INTERNAL_ERROR, 1), "KVM internal error 1"],
    [exitFor(layout.KVM_EXIT_HLT), "unexpected exit 5"],
    [store(0x12345678, 1), "4-byte store at guest-physical 0x12345678: nothing is there"],
    [store(CONTROL_GPA, 1, 8), "8-byte store at guest-physical 0xd00ff000: registers have 32 bits"],
    [store(MMIO_GPA + 0x50, 1, 8), "8-byte store at guest-physical 0xd0000050: registers have 32 bits"],
    [load(MMIO_GPA, 8), "8-byte load at guest-physical 0xd0000000: registers have 32 bits"],
  ])("ends the guest at what it cannot handle", (exit, reason) => {
    expect(run(exit)).toEqual({ kind: "crash", reason });
  });

  test("passes a host's failure on", () => {
    expect(() => run(constants.errno.EFAULT)).toThrow("ioctl: EFAULT");
  });

  test("gives doorbells to the devices, the highest slot first, once each, and none to those that are absent", () => {
    const rung: [number, number, number][] = [];
    const device = (slot: number): MmioDevice => ({
      readMmio: () => 0,
      writeMmio: (offset, value) => rung.push([slot, offset, value]),
    });
    const exits = [
      [1, 0],
      [1, 31],
      [1, 0],
      [7, 2],
      [3, 1],
    ].map(([slot = 0, queue = 0]) => store(MMIO_GPA + slot * 0x1000 + 0x50, queue));
    run(...exits, POWEROFF);
    const devices: (MmioDevice | undefined)[] = [];
    [devices[1], devices[7]] = [device(1), device(7)];
    mailbox.serve(devices, 0x50);
    mailbox.serve(devices, 0x50);
    expect(rung).toEqual([
      [7, 0x50, 2],
      [1, 0x50, 0],
      [1, 0x50, 31],
    ]);
  });

  test("does not sleep in a machine that is to stop", () => {
    ram.view.setUint32(EVENT_PAGE_GPA + EVENT_IDLE_TIMEOUT_US, EVENT_NO_TIMEOUT, true);
    const stopThenIdle: Exit = (view) => {
      mailbox.stop();
      ram.view.setUint32(EVENT_PAGE_GPA + EVENT_IDLE, 1, true);
      store(CONTROL_GPA + CONTROL_IDLE, 0)(view);
    };
    expect(run(stopThenIdle)).toEqual({ kind: "stopped" });
  });

  test("does not wait for a device in a machine that is to stop", () => {
    const end = run((view) => {
      mailbox.stop();
      load(MMIO_GPA, 4)(view);
    });
    expect(end).toEqual({ kind: "stopped" });
  });
});
