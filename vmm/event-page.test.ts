import { beforeEach, describe, expect, test } from "vitest";
import * as abi from "../guest-kernel/abi/event-page.ts";
import { EVENT_PAGE_GPA } from "../guest-kernel/abi/memory-map.ts";
import { FakeLibc } from "../tests/support/fake-libc.ts";
import { EventPage } from "./event-page.ts";
import { GuestRam } from "./guest-ram.ts";

const RAM_BYTES = 2 * 1024 * 1024;
const WORD = 0x100000;

describe("EventPage", () => {
  let ram: GuestRam;
  let events: EventPage;

  beforeEach(() => {
    ram = GuestRam.allocate(new FakeLibc(), RAM_BYTES);
    events = new EventPage(ram);
  });

  function get(offset: number): number {
    return ram.view.getUint32(EVENT_PAGE_GPA + offset, true);
  }

  function set(offset: number, value: number): void {
    ram.view.setUint32(EVENT_PAGE_GPA + offset, value, true);
  }

  test("collects pending bits, asks the process to stop, and ends the guest's sleep", () => {
    set(abi.EVENT_IDLE, 1);
    set(abi.EVENT_PREEMPT_GPA, WORD);
    events.raise(0);
    events.raise(31);
    expect(get(abi.EVENT_PENDING)).toBe(0x80000001);
    expect(ram.view.getUint32(WORD, true)).toBe(abi.PREEMPT_REQUEST);
    expect(get(abi.EVENT_IDLE)).toBe(0);
  });

  test("asks nobody to stop while the kernel runs", () => {
    const before = Buffer.from(ram.bytes);
    events.raise(4);
    set(abi.EVENT_PENDING, 0);
    expect(before.equals(ram.bytes)).toBe(true);
  });

  test.each([WORD + 1, WORD + 2, RAM_BYTES, 0x80000000, 0xfffffffc, 0xffffffff])(
    "stores nowhere when the guest names %d",
    (gpa) => {
      set(abi.EVENT_PREEMPT_GPA, gpa);
      const before = Buffer.from(ram.bytes);
      events.raise(0);
      set(abi.EVENT_PENDING, 0);
      expect(before.equals(ram.bytes)).toBe(true);
    },
  );

  test("stores to the last word of RAM when the guest names it", () => {
    set(abi.EVENT_PREEMPT_GPA, RAM_BYTES - 4);
    events.raise(0);
    expect(ram.view.getUint32(RAM_BYTES - 4, true)).toBe(abi.PREEMPT_REQUEST);
  });

  test("sleeps as long as the guest said, and not at all if somebody woke it before", () => {
    set(abi.EVENT_IDLE, 1);
    set(abi.EVENT_IDLE_TIMEOUT_US, 5000);
    const start = performance.now();
    events.sleep();
    expect(performance.now() - start).toBeGreaterThanOrEqual(4.9);
    expect(events.idle).toBe(false);
    set(abi.EVENT_IDLE_TIMEOUT_US, abi.EVENT_NO_TIMEOUT);
    events.sleep();
  });
});
