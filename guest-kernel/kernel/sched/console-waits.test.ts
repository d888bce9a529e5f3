// Processes that wait for the console.
import { beforeAll, expect, test } from "vitest";
import type { FakeVirtio } from "../../../tests/support/fake-virtio.ts";
import { FakeVirtio as Device } from "../../../tests/support/fake-virtio.ts";
import { compileKernel, type KernelMachine } from "../../../tests/support/kernel-machine.ts";
import { load, rest } from "../../../tests/support/kernel-world.ts";
import { STATUS_KILLED } from "../../abi/syscall.ts";
import { VIRTIO_ID_CONSOLE } from "../../abi/virtio-mmio.ts";

const CONSOLE_BIT = 1;
const RING = 65536;

beforeAll(compileKernel, 60_000);

function withConsole(view: DataView): FakeVirtio[] {
  return [new Device(VIRTIO_ID_CONSOLE, view)];
}

/** Puts a line into the device's next input buffer. */
function type(machine: KernelMachine, text: string): void {
  const queue = machine.devices[0]!.queues[0]!;
  const { id, address } = queue.take();
  queue.use(id, machine.guest.putText(address, text));
  machine.raise(CONSOLE_BIT);
}

/** Takes all output that the driver has offered. */
function drain(machine: KernelMachine): number {
  const queue = machine.devices[0]!.queues[1]!;
  let bytes = 0;
  while (queue.available > 0) {
    const { id, len } = queue.take();
    queue.use(id);
    bytes += len;
  }
  return bytes;
}

test("a read waits for input, and takes what is there", async () => {
  const lines: string[] = [];
  const machine = await load({
    devices: withConsole,
    *init(p) {
      for (let i = 0; i < 3; i++) {
        const length = yield* p.call("sysRead", 0, 0x1ffd, 6); // across a page
        lines.push(p.text(0x1ffd, length));
      }
      yield* rest(p);
    },
  });
  const input = ["hello\n", "0123456789"];
  machine.onIdle = () => {
    const text = input.shift();
    if (text !== undefined) type(machine, text);
    return text !== undefined;
  };
  machine.boot();
  expect(lines).toEqual(["hello\n", "012345", "6789"]);
});

test("a write waits for room", async () => {
  const written: number[] = [];
  const machine = await load({
    devices: withConsole,
    *init(p) {
      for (let i = 0; i < 3; i++) written.push(yield* p.call("sysWrite", 1, 0, 0x10000));
      yield* rest(p);
    },
  });
  let output = 0;
  machine.onIdle = () => {
    const bytes = drain(machine);
    output += bytes;
    if (bytes > 0 && machine.devices[0]!.queues[1]!.eventsWanted) machine.raise(CONSOLE_BIT);
    return bytes > 0;
  };
  machine.boot();
  expect(written).toEqual([RING, RING, RING]);
  expect(output).toBe(3 * RING);
});

test("a write is not forgotten when the kernel sees the room before the device's event", async () => {
  let written = 0;
  const machine = await load({
    devices: withConsole,
    *init(p) {
      yield* p.spawn("/bin/child");
      yield* p.call("sysSleep", 1000n); // the child is stuck
      drain(machine); // the device is on its way to look whether an event is wanted
      yield* p.call("sysYield");
      if (machine.devices[0]!.queues[1]!.eventsWanted) machine.raise(CONSOLE_BIT);
      yield* rest(p);
    },
    *child(p) {
      written += yield* p.call("sysWrite", 1, 0, 0x10000);
      written += yield* p.call("sysWrite", 1, 0, 0x10000);
    },
  });
  machine.boot();
  expect(written).toBe(2 * RING);
});

test("a process that waits for input can be killed, and the input goes to the next", async () => {
  const seen: unknown[] = [];
  const machine = await load({
    devices: withConsole,
    *init(p) {
      const pid = yield* p.spawn("/bin/child");
      yield* p.call("sysSleep", 1000n);
      seen.push(yield* p.call("sysKill", pid), yield* p.wait());
      type(machine, "x");
      seen.push(yield* p.call("sysRead", 0, 0x100, 10));
      yield* rest(p);
    },
    *child(p) {
      yield* p.call("sysRead", 0, 0x100, 10);
      throw new Error("read something");
    },
  });
  machine.boot();
  expect(seen).toEqual([0, [2, STATUS_KILLED], 1]);
});
