import { PassThrough } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { CONTROL_POWEROFF } from "../guest-kernel/abi/control.ts";
import { MMIO_GPA, VIRTIO_MMIO_STRIDE } from "../guest-kernel/abi/memory-map.ts";
import * as m from "../guest-kernel/abi/virtio-mmio.ts";
import { VIRTIO_CONSOLE_TX_QUEUE } from "../guest-kernel/abi/virtio-console.ts";
import { AVAIL_IDX, DESC_ADDR, DESC_LEN } from "../guest-kernel/abi/virtq.ts";
import { StreamConsole } from "../devices/console/streams.ts";
import { HostNetError } from "../host-net/errors.ts";
import { lacksKvm } from "../tests/support/kvm.ts";
import { control, storeWord, tinyKernel } from "../tests/support/tiny-kernel.ts";
import { System } from "./compose.ts";

const MIB = 1024 * 1024;
const QUEUE_SIZE = 8;
const CONSOLE_SLOT = 0;
const LOG_SLOT = 1;

// Where the tests lay out a slot's transmit ring.
const ring = (slot: number): number => 0x700000 + slot * 0x4000;
const availAt = (slot: number): number => ring(slot) + 0x1000;
const usedAt = (slot: number): number => ring(slot) + 0x2000;
const textAt = (slot: number): number => ring(slot) + 0x3000;

/** Code that starts the console in a slot, and tells it of the one chain in its ring. */
function printCode(slot: number): number[] {
  const registers: [offset: number, value: number][] = [
    [m.VIRTIO_MMIO_STATUS, 0],
    [m.VIRTIO_MMIO_STATUS, m.VIRTIO_CONFIG_S_ACKNOWLEDGE | m.VIRTIO_CONFIG_S_DRIVER],
    [m.VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1],
    [m.VIRTIO_MMIO_DRIVER_FEATURES, 1], // VIRTIO_F_VERSION_1
    [m.VIRTIO_MMIO_STATUS, 11],
    [m.VIRTIO_MMIO_QUEUE_SEL, VIRTIO_CONSOLE_TX_QUEUE],
    [m.VIRTIO_MMIO_QUEUE_NUM, QUEUE_SIZE],
    [m.VIRTIO_MMIO_QUEUE_DESC_LOW, ring(slot)],
    [m.VIRTIO_MMIO_QUEUE_AVAIL_LOW, availAt(slot)],
    [m.VIRTIO_MMIO_QUEUE_USED_LOW, usedAt(slot)],
    [m.VIRTIO_MMIO_QUEUE_READY, 1],
    [m.VIRTIO_MMIO_STATUS, 15], // DRIVER_OK
    [m.VIRTIO_MMIO_QUEUE_NOTIFY, VIRTIO_CONSOLE_TX_QUEUE],
  ];
  const base = MMIO_GPA + slot * VIRTIO_MMIO_STRIDE;
  return registers.flatMap(([offset, value]) => storeWord(base + offset, value));
}

/** Puts a chain with a text into a slot's ring. */
function offerText(view: DataView, slot: number, text: string): void {
  for (let i = 0; i < text.length; i++) view.setUint8(textAt(slot) + i, text.charCodeAt(i));
  view.setBigUint64(ring(slot) + DESC_ADDR, BigInt(textAt(slot)), true);
  view.setUint32(ring(slot) + DESC_LEN, text.length, true);
  view.setUint16(availAt(slot) + AVAIL_IDX, 1, true); // slot 0 of the ring: descriptor 0
}

describe.skipIf(lacksKvm())("System", () => {
  let system: System | undefined;
  let output: PassThrough;
  let log: PassThrough;

  afterEach(() => system?.stop());

  function create(code: number[], allow: string[] = []): System {
    output = new PassThrough();
    log = new PassThrough();
    system = System.create({
      kernel: tinyKernel(code),
      initramfs: new Uint8Array(),
      kernelOptions: ["a=b"],
      initArguments: ["x y"],
      ramBytes: 64 * MIB,
      allow,
      console: new StreamConsole(output),
      log: new StreamConsole(log),
    });
    return system;
  }

  test("joins the console to slot 0 and the log to slot 1; all output is there when the run has ended", async () => {
    const code = [...printCode(CONSOLE_SLOT), ...printCode(LOG_SLOT), ...control(CONTROL_POWEROFF, 7)];
    const { machine } = create(code);
    offerText(machine.ram.view, CONSOLE_SLOT, "to the console\n");
    offerText(machine.ram.view, LOG_SLOT, "to the log\n");
    expect(await system?.run()).toEqual({ kind: "poweroff", status: 7 });
    expect(String(output.read())).toBe("to the console\n");
    expect(String(log.read())).toBe("to the log\n");
  });

  test("stopping a guest that never ends ends its run", async () => {
    create([0xeb, 0xfe]); // jmp $
    const run = system?.run();
    await system?.stop();
    expect(await run).toEqual({ kind: "stopped" });
  });

  test("refuses a rule that cannot be read before anything is created", () => {
    system = undefined;
    expect(() => create([], ["frob"])).toThrow(HostNetError);
  });
});
