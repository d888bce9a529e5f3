import { beforeEach, describe, expect, test } from "vitest";
import {
  CONSOLE_CONFIG_COLS,
  VIRTIO_CONSOLE_F_SIZE,
  VIRTIO_CONSOLE_RX_QUEUE,
  VIRTIO_CONSOLE_TX_QUEUE,
} from "../../guest-kernel/abi/virtio-console.ts";
import {
  VIRTIO_CONFIG_S_NEEDS_RESET,
  VIRTIO_F_VERSION_1,
  VIRTIO_MMIO_CONFIG,
  VIRTIO_MMIO_INT_CONFIG,
} from "../../guest-kernel/abi/virtio-mmio.ts";
import {
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
  VIRTQ_USED_F_NO_NOTIFY,
} from "../../guest-kernel/abi/virtq.ts";
import { FakeConsole } from "../../tests/support/console-backend.ts";
import type { DriverQueue } from "../../tests/support/driver-queue.ts";
import { MmioDriver } from "../../tests/support/mmio-driver.ts";
import { GuestMemory } from "../guest-memory.ts";
import { MmioTransport } from "../virtio/mmio.ts";
import { ConsoleDevice } from "./device.ts";

const RAM_SIZE = 0x80000;
const QUEUE_SIZE = 16;
const TEXT = 0x10000;
const INPUT = 0x40000;

/** Memory in which the driver acts as soon as the device has published something. */
class SharedMemory extends GuestMemory {
  afterStore: (() => void) | undefined;

  override storeU16(gpa: number, value: number): void {
    super.storeU16(gpa, value);
    this.afterStore?.();
  }
}

let memory: SharedMemory;
let terminal: FakeConsole;
let device: ConsoleDevice;
let transport: MmioTransport;
let driver: MmioDriver;
let rx: DriverQueue;
let tx: DriverQueue;
let raised: number;

beforeEach(() => {
  memory = new SharedMemory(new SharedArrayBuffer(RAM_SIZE));
  terminal = new FakeConsole();
  device = new ConsoleDevice(terminal);
  raised = 0;
  transport = new MmioTransport(device, memory, { raise: () => void raised++ });
  driver = new MmioDriver(transport, memory);
  bringUp();
});

function bringUp(): void {
  driver.negotiate(VIRTIO_F_VERSION_1, VIRTIO_CONSOLE_F_SIZE);
  rx = driver.setUpQueue(VIRTIO_CONSOLE_RX_QUEUE, QUEUE_SIZE, 0x1000);
  tx = driver.setUpQueue(VIRTIO_CONSOLE_TX_QUEUE, QUEUE_SIZE, 0x4000);
  driver.start();
}

/** Offers `text` as the chain of descriptor `index`. */
function print(index: number, text: string): void {
  const addr = TEXT + 0x100 * index;
  memory.bytes.set(Buffer.from(text, "latin1"), addr);
  tx.offerBuffer(index, addr, text.length);
}

describe("output", () => {
  test("is printed in order, chain by chain", () => {
    tx.desc(0, { addr: TEXT, len: 2, flags: VIRTQ_DESC_F_NEXT, next: 1 });
    tx.desc(1, { addr: TEXT + 8, len: 0, flags: VIRTQ_DESC_F_NEXT, next: 2 });
    tx.desc(2, { addr: TEXT + 16, len: 1 });
    memory.bytes.set(Buffer.from("ab"), TEXT);
    memory.bytes.set(Buffer.from("c"), TEXT + 16);
    tx.offer(0);
    print(3, "def\n");
    driver.notify(VIRTIO_CONSOLE_TX_QUEUE);
    expect(terminal.output).toBe("abcdef\n");
    expect([tx.popUsed(), tx.popUsed()]).toEqual([
      { head: 0, len: 0 },
      { head: 3, len: 0 },
    ]);
    expect(raised).toBe(1);
  });

  test("waits in the guest while the terminal is slow, and goes on in the middle of a chain", () => {
    terminal.open = false;
    tx.desc(0, { addr: TEXT, len: 2, flags: VIRTQ_DESC_F_NEXT, next: 1 });
    tx.desc(1, { addr: TEXT + 2, len: 2 });
    memory.bytes.set(Buffer.from("abcd"), TEXT);
    tx.offer(0);
    driver.notify(VIRTIO_CONSOLE_TX_QUEUE);
    expect(terminal.output).toBe("ab");
    expect(tx.popUsed()).toBeUndefined();
    expect(tx.usedFlags).toBe(VIRTQ_USED_F_NO_NOTIFY);
    terminal.reopen();
    expect(terminal.output).toBe("abcd");
    expect(tx.popUsed()).toEqual({ head: 0, len: 0 });
    expect(tx.usedFlags).toBe(0);
  });

  test("is written in bounded pieces", () => {
    terminal.open = false;
    memory.bytes.fill(0x78, 0x20000, 0x60000);
    tx.offerBuffer(0, 0x20000, 0x28000);
    driver.notify(VIRTIO_CONSOLE_TX_QUEUE);
    expect(terminal.output).toHaveLength(0x10000);
    terminal.reopen();
    expect(terminal.output).toHaveLength(0x28000);
  });

  test("of a driver that was reset is forgotten with its chain", () => {
    terminal.open = false;
    memory.bytes.fill(0x78, 0x20000, 0x60000);
    tx.offerBuffer(0, 0x20000, 0x28000);
    driver.notify(VIRTIO_CONSOLE_TX_QUEUE);
    bringUp();
    terminal.output = "";
    print(4, "fresh");
    terminal.reopen();
    expect(terminal.output).toBe("fresh");
    expect(tx.popUsed()).toEqual({ head: 4, len: 0 });
    expect(tx.popUsed()).toBeUndefined();
  });

  test("does not hold up the host, however fast the guest offers empty chains", async () => {
    tx.desc(0, { addr: 0, len: 0 });
    tx.offer(0);
    memory.afterStore = (): void => {
      if (tx.popUsed() !== undefined) tx.offer(0); // whenever the device has given one back
    };
    driver.notify(VIRTIO_CONSOLE_TX_QUEUE);
    const firstTurn = tx.usedIdx;
    expect(firstTurn).toBeGreaterThan(100);
    while (tx.usedIdx < 2 * firstTurn) await new Promise(setImmediate);
    memory.afterStore = undefined;
    await device.flush();
    expect(tx.usedFlags).toBe(0);
  });

  test("fails the device for a buffer that it would have to write", () => {
    tx.offerBuffer(0, TEXT, 4, VIRTQ_DESC_F_WRITE);
    driver.notify(VIRTIO_CONSOLE_TX_QUEUE);
    expect(driver.status & VIRTIO_CONFIG_S_NEEDS_RESET).toBe(VIRTIO_CONFIG_S_NEEDS_RESET);
  });
});

describe("flush", () => {
  test("prints what the guest has offered and not told of", async () => {
    print(0, "last words");
    await device.flush();
    expect(terminal.output).toBe("last words");
  });

  test("waits for a slow terminal", async () => {
    terminal.open = false;
    print(0, "one ");
    print(1, "two");
    let flushed = false;
    const flushing = device.flush().then(() => (flushed = true));
    await new Promise(setImmediate);
    expect(flushed).toBe(false);
    terminal.reopen();
    await flushing;
    expect(terminal.output).toBe("one two");
  });

  test("ends at once without a driver, and with a failure or a reset", async () => {
    terminal.open = false;
    print(0, "one");
    driver.notify(VIRTIO_CONSOLE_TX_QUEUE);
    const waiting = device.flush();
    driver.status = 0;
    await waiting;
    await device.flush();
    bringUp();
    terminal.open = true;
    terminal.reopen();
    tx.offer(QUEUE_SIZE); // no such descriptor
    await device.flush();
    expect(driver.status & VIRTIO_CONFIG_S_NEEDS_RESET).toBe(VIRTIO_CONFIG_S_NEEDS_RESET);
  });
});

function post(index: number, len: number): void {
  rx.offerBuffer(index, INPUT + 0x100 * index, len, VIRTQ_DESC_F_WRITE);
}

function take(): string | undefined {
  const used = rx.popUsed();
  if (used === undefined) return undefined;
  const addr = INPUT + 0x100 * used.head;
  return Buffer.from(memory.bytes.slice(addr, addr + used.len)).toString("latin1");
}

describe("input", () => {
  test("fills posted buffers as it comes", () => {
    post(0, 16);
    post(1, 16);
    driver.notify(VIRTIO_CONSOLE_RX_QUEUE);
    expect(rx.usedFlags).toBe(VIRTQ_USED_F_NO_NOTIFY); // nothing to do for the device
    terminal.type("ls\n");
    terminal.type("ps\n");
    expect([take(), take(), take()]).toEqual(["ls\n", "ps\n", undefined]);
    expect(raised).toBe(2);
  });

  test("waits for buffers, and is cut to them", () => {
    terminal.type("abcdefgh");
    expect(rx.usedFlags).toBe(0); // it wants to hear of them
    post(0, 3);
    post(1, 3);
    driver.notify(VIRTIO_CONSOLE_RX_QUEUE);
    expect([take(), take(), take()]).toEqual(["abc", "def", undefined]);
    post(2, 3);
    driver.notify(VIRTIO_CONSOLE_RX_QUEUE);
    expect(take()).toBe("gh");
  });

  test("is kept until there is a driver", () => {
    driver.status = 0;
    terminal.type("early");
    bringUp();
    post(0, 16);
    driver.notify(VIRTIO_CONSOLE_RX_QUEUE);
    expect(take()).toBe("early");
  });

  test("fails the device for a buffer that it may not write", () => {
    rx.offerBuffer(0, INPUT, 16);
    terminal.type("x");
    expect(driver.status & VIRTIO_CONFIG_S_NEEDS_RESET).toBe(VIRTIO_CONFIG_S_NEEDS_RESET);
  });
});

test("tells the driver the terminal's size", () => {
  device.resize(80, 100_000);
  bringUp();
  expect(transport.readMmio(VIRTIO_MMIO_CONFIG + CONSOLE_CONFIG_COLS)).toBe(0xffff_0050);
  device.resize(132, 50);
  expect(driver.interruptStatus).toBe(VIRTIO_MMIO_INT_CONFIG);
  expect(transport.readMmio(VIRTIO_MMIO_CONFIG + CONSOLE_CONFIG_COLS)).toBe((50 << 16) | 132);
});
