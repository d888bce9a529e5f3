import { beforeEach, expect, test } from "vitest";
import { EVENT_LOG_GPA } from "../guest-kernel/abi/event-page.ts";
import { LOG_RING_BYTES, LOG_RING_SIZE } from "../guest-kernel/abi/log-ring.ts";
import { EVENT_PAGE_GPA } from "../guest-kernel/abi/memory-map.ts";
import { readKernelLog } from "./kernel-log.ts";

const RING = 0x8000;
const RAM_BYTES = 0x10000;

let ram: DataView;
beforeEach(() => {
  ram = new DataView(new ArrayBuffer(RAM_BYTES));
  ram.setUint32(EVENT_PAGE_GPA + EVENT_LOG_GPA, RING, true);
});

/** Writes text to the ring as the kernel does, `before` bytes having been written earlier. */
function write(text: string, before = 0): void {
  for (const [i, byte] of Buffer.from(text).entries())
    ram.setUint8(RING + LOG_RING_BYTES + ((before + i) % LOG_RING_SIZE), byte);
  ram.setUint32(RING, (before + Buffer.byteLength(text)) >>> 0, true);
}

test("reads the last lines", () => {
  write("one\ntwo\nthree\n");
  expect(readKernelLog(ram, 2)).toEqual(["two", "three"]);
  expect(readKernelLog(ram, 9)).toEqual(["one", "two", "three"]);
});

test.each([LOG_RING_SIZE - 5, 0xffff_fffc])(
  "reads across the ring's end, %i bytes after the start",
  (before) => {
    write("first\nsecond\n", before);
    const lines = readKernelLog(ram, 2);
    // Behind 2^32 bytes the count is small again: only what it admits to is read.
    expect(lines.at(-1)).toBe("second");
  },
);

test("shows control characters as question marks", () => {
  write("a\x1b[2Jb\0c\n");
  expect(readKernelLog(ram, 1)).toEqual(["a?[2Jb?c"]);
});

test.each([0, RAM_BYTES - 4, 0xffff_ffff])("a ring at %i is none", (gpa) => {
  ram.setUint32(EVENT_PAGE_GPA + EVENT_LOG_GPA, gpa, true);
  expect(readKernelLog(ram, 9)).toEqual([]);
});
