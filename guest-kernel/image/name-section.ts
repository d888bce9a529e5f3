// The custom section "name", WebAssembly 2.0 appendix 7.4: what functions are called. Debug information only: what is
// malformed in it is ignored.

const FUNCTION_NAMES = 1;

/** Reads function names by function index from the section's content. */
export function parseFunctionNames(content: Uint8Array): Map<number, string> {
  const names = new Map<number, string>();
  const cursor = new Cursor(content);
  while (cursor.at < content.length) {
    const id = cursor.u32();
    const length = cursor.u32();
    const end = cursor.at + length;
    if (id === FUNCTION_NAMES) readNames(cursor, names);
    if (length > content.length) break;
    cursor.at = end;
  }
  return names;
}

function readNames(cursor: Cursor, names: Map<number, string>): void {
  for (let count = cursor.u32(); count > 0 && !cursor.atEnd(); count--) {
    const index = cursor.u32();
    names.set(index, cursor.text());
  }
}

/** Reads LEB128 numbers and names; past the end there are zeros. */
class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  atEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value >>> 0;
  }

  text(): string {
    const length = this.u32();
    const text = new TextDecoder().decode(this.#bytes.subarray(this.at, this.at + length));
    this.at += length;
    return text;
  }
}
