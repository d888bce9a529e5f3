// Text in and out: stdout and stdin are the console, stderr is the log.

import { HANDLE_STDERR, HANDLE_STDIN, HANDLE_STDOUT } from "../../guest-kernel/abi/syscall.ts";
import { read, write } from "./oscortex.ts";

const OUTPUT_UNITS: i32 = 1024; // UTF-16 units encoded at a time
const OUTPUT_MAX: i32 = 3 * OUTPUT_UNITS; // each is at most 3 bytes of UTF-8
const INPUT_MAX: i32 = 4096;
const LINE_FEED: u8 = 10;
const CARRIAGE_RETURN: u8 = 13;

const output = memory.data(OUTPUT_MAX);
const input = memory.data(INPUT_MAX);
let inputAt: i32 = 0; // the bytes from here to inputEnd are read, but not returned yet
let inputEnd: i32 = 0;
let ended: bool = false; // the end came behind a line without a line feed, and the kernel says it only once

/** Prints a line on stdout. */
export function print(text: string): void {
  writeText(HANDLE_STDOUT, text + "\n");
}

/** Prints a line on stderr. */
export function printError(text: string): void {
  writeText(HANDLE_STDERR, text + "\n");
}

/** Writes text as it is. False if the handle refused it. */
export function writeText(handle: i32, text: string): bool {
  return writeUnits(handle, changetype<usize>(text), text.length);
}

/** Writes UTF-16 units as UTF-8, allocating nothing. False if the handle refused it. */
export function writeUnits(handle: i32, units: usize, count: i32): bool {
  while (count > 0) {
    let some = min(count, OUTPUT_UNITS);
    // A pair of surrogates stays together.
    if (some < count && (load<u16>(units + 2 * (some - 1)) & 0xfc00) == 0xd800) some--;
    const bytes = String.UTF8.encodeUnsafe(units, some, output);
    if (!writeAll(handle, output, <u32>bytes)) return false;
    units += 2 * some;
    count -= some;
  }
  return true;
}

/** Writes every byte of a buffer. False if the handle refused it. */
export function writeAll(handle: i32, buffer: usize, length: u32): bool {
  while (length > 0) {
    const written = write(handle, buffer, length);
    if (written <= 0) return false;
    buffer += written;
    length -= written;
  }
  return true;
}

/** Waits for a line on stdin and returns it without its end; null at the end of input. Lines end at 4 KiB at the latest. */
export function readLine(): string | null {
  while (!ended) {
    const end = lineEnd();
    if (end >= 0) return takeLine(end, end + 1);
    if (inputEnd - inputAt == INPUT_MAX) return takeLine(inputEnd, inputEnd);
    if (fillInput()) continue;
    if (inputAt == inputEnd) return null;
    ended = true;
    return takeLine(inputEnd, inputEnd);
  }
  ended = false;
  return null;
}

/** Where the buffered input's first line feed is, or -1. */
function lineEnd(): i32 {
  for (let at = inputAt; at < inputEnd; at++) if (load<u8>(input + at) == LINE_FEED) return at;
  return -1;
}

function takeLine(end: i32, next: i32): string {
  const start = inputAt;
  inputAt = next;
  if (end > start && load<u8>(input + end - 1) == CARRIAGE_RETURN) end--;
  return String.UTF8.decodeUnsafe(input + start, end - start);
}

/** Reads behind what is buffered; false at the end of input. There must be room for a byte. */
function fillInput(): bool {
  memory.copy(input, input + inputAt, inputEnd - inputAt);
  inputEnd -= inputAt;
  inputAt = 0;
  const bytes = read(HANDLE_STDIN, input + inputEnd, <u32>(INPUT_MAX - inputEnd));
  if (bytes <= 0) return false;
  inputEnd += bytes;
  return true;
}
