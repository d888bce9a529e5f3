// Reads a bundle's line table (abi/line-table.ts). The table is the app's word: every field is checked as it is read,
// and a table that lies only spoils its own app's report.

import {
  LINE_FILE,
  LINE_NUMBER,
  LINE_SIZE,
  LINE_WASM_OFFSET,
  LINES_ENTRY_COUNT,
  LINES_FILE_COUNT,
  LINES_HEADER_SIZE,
  LINES_NAMES_LEN,
} from "../../abi/line-table.ts";

const FILE_NAME_MAX: usize = 160;

/** `file:line` of a wasm byte offset, or `wasm offset n` if the table does not say. */
export function lineText(table: usize, length: u32, wasmOffset: u32): string {
  const unknown = "wasm offset " + wasmOffset.toString();
  if (!checkTable(table, length)) return unknown;
  const entry = find(table, wasmOffset);
  if (entry == 0) return unknown;
  return fileName(table, load<u16>(entry, LINE_FILE)) + ":" + load<u32>(entry, LINE_NUMBER).toString();
}

/** True if the parts that the header announces are all there. */
function checkTable(table: usize, length: u32): bool {
  if (length < <u32>LINES_HEADER_SIZE) return false;
  const entries = <u64>load<u32>(table, LINES_ENTRY_COUNT) * LINE_SIZE;
  const files = <u64>load<u32>(table, LINES_FILE_COUNT) * 4;
  return <u64>LINES_HEADER_SIZE + entries + files + <u64>load<u32>(table, LINES_NAMES_LEN) <= <u64>length;
}

/** The last entry at or before the offset; 0 if there is none. */
function find(table: usize, wasmOffset: u32): usize {
  let low: u32 = 0;
  let high = load<u32>(table, LINES_ENTRY_COUNT);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(entryAt(table, middle), LINE_WASM_OFFSET) <= wasmOffset) low = middle + 1;
    else high = middle;
  }
  return low == 0 ? 0 : entryAt(table, low - 1);
}

function entryAt(table: usize, index: u32): usize {
  return table + LINES_HEADER_SIZE + <usize>index * LINE_SIZE;
}

function fileName(table: usize, file: u32): string {
  const count = load<u32>(table, LINES_FILE_COUNT);
  if (file >= count) return "?";
  const files = entryAt(table, load<u32>(table, LINES_ENTRY_COUNT));
  const names = files + <usize>count * 4;
  const namesLength = load<u32>(table, LINES_NAMES_LEN);
  const start = load<u32>(files + <usize>file * 4);
  if (start >= namesLength) return "?";
  let length: usize = 0;
  const room = min<usize>(namesLength - start, FILE_NAME_MAX);
  while (length < room && load<u8>(names + start + length) != 0) length++;
  return String.UTF8.decodeUnsafe(names + start, length);
}
