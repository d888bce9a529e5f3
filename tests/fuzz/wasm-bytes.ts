// The binary format, as far as the fuzzer reads and writes it.

import { HEADER, name, section, u32, vector } from "../support/random-module.ts";

const SECTION_EXPORT = 7;
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]; // of the sections that are not custom

/** A section as it lies in a module. */
export interface Section {
  id: number;
  /** Offset of its id, of its content, and of what follows. */
  start: number;
  content: number;
  end: number;
}

/** Reads a LEB128 of 32 bits at `at`: its value, and where it ends. */
export function readU32(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  let end = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[end++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80 || shift > 28) return { value: value >>> 0, end };
  }
}

/** The sections of a well-formed module. */
export function sectionsOf(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let start = HEADER.length; start < bytes.length;) {
    const { value: size, end: content } = readU32(bytes, start + 1);
    sections.push({ id: bytes[start]!, start, content, end: content + size });
    start = content + size;
  }
  return sections;
}

/** What `exportAll` adds, besides the module's own exports. */
export const MEMORY_EXPORT = "\u0001memory";
export function globalExport(index: number): string {
  return `\u0001global${index}`;
}

/** A copy of a module that exports its memory, if it has one, and its globals. */
export function exportAll(
  bytes: Uint8Array,
  { hasMemory, globals }: { hasMemory: boolean; globals: number },
): Uint8Array<ArrayBuffer> {
  const added = Array.from({ length: globals }, (_, i) => [...name(globalExport(i)), 3, ...u32(i)]);
  if (hasMemory) added.push([...name(MEMORY_EXPORT), 2, 0]);
  const sections = sectionsOf(bytes);
  const old = sections.find(({ id }) => id === SECTION_EXPORT);
  if (old) {
    const { value: count, end } = readU32(bytes, old.content);
    const content = [...u32(count + added.length), ...bytes.subarray(end, old.end), ...added.flat()];
    return splice(bytes, old.start, old.end, section(SECTION_EXPORT, content));
  }
  const place = ORDER.indexOf(SECTION_EXPORT);
  const next = sections.find(({ id }) => ORDER.indexOf(id) > place);
  const at = next?.start ?? bytes.length;
  return splice(bytes, at, at, section(SECTION_EXPORT, vector(added)));
}

/** A copy whose bytes from `start` to `end` are others. */
export function splice(
  bytes: Uint8Array,
  start: number,
  end: number,
  replacement: readonly number[],
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length - (end - start) + replacement.length);
  result.set(bytes.subarray(0, start));
  result.set(replacement, start);
  result.set(bytes.subarray(end), start + replacement.length);
  return result;
}
