// The line table of a module, abi/line-table.ts: made from asc's source map, read by crash reports.

import * as l from "../abi/line-table.ts";
import { type Mapping, parseSourceMap } from "./source-map.ts";

/** The bytes of a line table break its format. */
export class LineTableError extends Error {
  override readonly name = "LineTableError";
}

/** A place in a TypeScript source. */
export interface SourceLine {
  /** Relative to the project, or `~lib/...` for the standard library. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
}

/** A checked view of a line table. */
export interface LineTable {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly entryCount: number;
  /** Where the files' name offsets are. */
  readonly filesAt: number;
  /** Where the names are. */
  readonly namesAt: number;
}

const MAX_U16 = 0xffff;

/**
 * Makes the line table of a module from its source map.
 *
 * `shorten` turns the map's paths into those that reports show. Neighbours in the same line share an entry,
 * unless `merge` is false.
 *
 * @throws SourceMapError
 */
export function encodeLineTable(
  sourceMap: string,
  shorten: (path: string) => string,
  merge = true,
): Uint8Array {
  const { sources, mappings } = parseSourceMap(sourceMap);
  const entries = mergeLines(mappings, merge);
  const used = [...new Set(entries.map(({ source }) => source))];
  if (used.length > MAX_U16) throw new LineTableError(`${used.length} files`);
  const fileOf = new Map(used.map((source, file) => [source, file]));
  const names = used.map((source) => Buffer.from(`${shorten(sources[source]!)}\0`));
  const namesAt = l.LINES_HEADER_SIZE + l.LINE_SIZE * entries.length + 4 * used.length;
  const namesLength = names.reduce((sum, name) => sum + name.length, 0);

  const table = new Uint8Array(namesAt + namesLength);
  const view = new DataView(table.buffer);
  view.setUint32(l.LINES_ENTRY_COUNT, entries.length, true);
  view.setUint32(l.LINES_FILE_COUNT, used.length, true);
  view.setUint32(l.LINES_NAMES_LEN, namesLength, true);
  entries.forEach((entry, index) => {
    const at = l.LINES_HEADER_SIZE + l.LINE_SIZE * index;
    view.setUint32(at + l.LINE_WASM_OFFSET, entry.wasmOffset, true);
    view.setUint32(at + l.LINE_NUMBER, entry.line + 1, true);
    view.setUint16(at + l.LINE_FILE, fileOf.get(entry.source)!, true);
    view.setUint16(at + l.LINE_COLUMN, Math.min(entry.column + 1, MAX_U16), true);
  });
  let nameOffset = 0;
  names.forEach((name, file) => {
    view.setUint32(namesAt - 4 * (used.length - file), nameOffset, true);
    table.set(name, namesAt + nameOffset);
    nameOffset += name.length;
  });
  return table;
}

/** Checks a line table and gives a view of it. @throws LineTableError */
export function decodeLineTable(table: Uint8Array): LineTable {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  if (table.length < l.LINES_HEADER_SIZE) throw new LineTableError("truncated header");
  const entryCount = view.getUint32(l.LINES_ENTRY_COUNT, true);
  const fileCount = view.getUint32(l.LINES_FILE_COUNT, true);
  const namesLength = view.getUint32(l.LINES_NAMES_LEN, true);
  const filesAt = l.LINES_HEADER_SIZE + l.LINE_SIZE * entryCount;
  const namesAt = filesAt + 4 * fileCount;
  if (table.length !== namesAt + namesLength)
    throw new LineTableError(`${table.length} bytes instead of ${namesAt + namesLength}`);
  checkEntries(view, entryCount, fileCount);
  for (let at = filesAt; at < namesAt; at += 4) {
    const offset = view.getUint32(at, true);
    if (offset >= namesLength) throw new LineTableError(`file name at ${offset} of ${namesLength}`);
  }
  if (namesLength > 0 && table.at(-1) !== 0) throw new LineTableError("names do not end in NUL");
  return { bytes: table, view, entryCount, filesAt, namesAt };
}

/** The source of the instruction at a byte offset in the module; undefined if no entry from offset `first` on covers it. */
export function lineAt(table: LineTable, wasmOffset: number, first = 0): SourceLine | undefined {
  const { view } = table;
  let low = 0; // entries below `low` start at or before the offset, those from `high` on after it
  let high = table.entryCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (view.getUint32(l.LINES_HEADER_SIZE + l.LINE_SIZE * middle, true) <= wasmOffset) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  const entry = l.LINES_HEADER_SIZE + l.LINE_SIZE * (low - 1);
  if (view.getUint32(entry + l.LINE_WASM_OFFSET, true) < first) return undefined;
  return {
    file: fileName(table, view.getUint16(entry + l.LINE_FILE, true)),
    line: view.getUint32(entry + l.LINE_NUMBER, true),
    column: view.getUint16(entry + l.LINE_COLUMN, true),
  };
}

/** The files of a line table, in its order. */
export function lineFiles(table: LineTable): string[] {
  const count = (table.namesAt - table.filesAt) / 4;
  return Array.from({ length: count }, (_, file) => fileName(table, file));
}

/** Ascending by offset, one mapping for each byte, and with `merge` for each run in the same line. */
function mergeLines(mappings: readonly Mapping[], merge: boolean): Mapping[] {
  const merged: Mapping[] = [];
  for (const mapping of mappings.toSorted((a, b) => a.wasmOffset - b.wasmOffset)) {
    const last = merged.at(-1);
    if (last?.wasmOffset === mapping.wasmOffset) merged.pop(); // the later one of the same byte counts
    const previous = merged.at(-1);
    if (merge && previous?.source === mapping.source && previous.line === mapping.line) continue;
    merged.push(mapping);
  }
  return merged;
}

function checkEntries(view: DataView, entryCount: number, fileCount: number): void {
  let previous = -1;
  for (let entry = 0; entry < entryCount; entry++) {
    const at = l.LINES_HEADER_SIZE + l.LINE_SIZE * entry;
    const wasmOffset = view.getUint32(at + l.LINE_WASM_OFFSET, true);
    const file = view.getUint16(at + l.LINE_FILE, true);
    if (wasmOffset <= previous) throw new LineTableError(`entry ${entry} out of order`);
    if (file >= fileCount) throw new LineTableError(`entry ${entry}: file ${file} of ${fileCount}`);
    if (view.getUint32(at + l.LINE_NUMBER, true) === 0) throw new LineTableError(`entry ${entry}: line 0`);
    previous = wasmOffset;
  }
}

function fileName({ bytes, view, filesAt, namesAt }: LineTable, file: number): string {
  const start = namesAt + view.getUint32(filesAt + 4 * file, true);
  return Buffer.from(bytes.subarray(start, bytes.indexOf(0, start))).toString();
}
