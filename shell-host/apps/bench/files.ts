// One big file on the disk: written in order and synced, then read in order.

import { OPEN_CREATE, OPEN_TRUNCATE, OPEN_WRITE } from "../../../guest-kernel/abi/files.ts";
import { monotonicNs } from "../../sdk/clock.ts";
import { printError } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { close, fsync, openFile, writeBytes } from "../../sdk/files.ts";
import { read } from "../../sdk/oscortex.ts";
import { Samples } from "./samples.ts";

const FAILED: i32 = 1;
const PATH = "/data/bench";
const CHUNK: u32 = 1 << 20;
const CHUNKS: i32 = 128; // more than the page cache takes

const buffer = memory.data(CHUNK);

/** Measures writing and reading the file as a whole, `rounds` times. */
export function measureFiles(rounds: i32): i32 {
  const writing = new Samples("file_write");
  const reading = new Samples("file_read");
  for (let round = 0; round < rounds; round++) {
    let start = monotonicNs();
    const written = writeFile();
    writing.add(monotonicNs() - start, 1);
    start = monotonicNs();
    const bytes = written < 0 ? written : readFile();
    reading.add(monotonicNs() - start, 1);
    if (bytes < 0) {
      printError("bench: " + PATH + ": " + errorText(<i32>bytes));
      return FAILED;
    }
  }
  writing.report();
  reading.report();
  return 0;
}

/** 0, or -E_*. */
function writeFile(): i32 {
  const file = openFile(PATH, OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE);
  if (file < 0) return file;
  let result = 0;
  for (let i = 0; i < CHUNKS && result == 0; i++) {
    memory.fill(buffer, <u8>(i + 1), 4096);
    result = writeBytes(file, buffer, CHUNK);
  }
  if (result == 0) result = fsync(file);
  close(file);
  return result;
}

/** Bytes that were read, or -E_*. */
function readFile(): i64 {
  const file = openFile(PATH);
  if (file < 0) return file;
  let total: i64 = 0;
  let bytes = read(file, buffer, CHUNK);
  for (; bytes > 0; bytes = read(file, buffer, CHUNK)) total += bytes;
  close(file);
  return bytes < 0 ? bytes : total;
}
