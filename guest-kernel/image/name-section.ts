// The custom section "name", WebAssembly 2.0 appendix 7.4: what functions, locals and globals
// (subsection 7, of the extended name section proposal) are called. Debug information only: what is
// malformed in it is ignored.

const FUNCTION_NAMES = 1;
const LOCAL_NAMES = 2;
const GLOBAL_NAMES = 7;

/** Names by index. */
export interface ModuleNames {
  functions: Map<number, string>;
  /** By function, by local. */
  locals: Map<number, Map<number, string>>;
  globals: Map<number, string>;
}

/** Reads the section's content. */
export function parseNames(content: Uint8Array): ModuleNames {
  const names: ModuleNames = { functions: new Map(), locals: new Map(), globals: new Map() };
  const cursor = new Cursor(content);
  while (cursor.at < content.length) {
    const id = cursor.u32();
    const length = cursor.u32();
    const end = cursor.at + length;
    if (id === FUNCTION_NAMES) readNames(cursor, names.functions);
    if (id === LOCAL_NAMES) readLocalNames(cursor, names.locals);
    if (id === GLOBAL_NAMES) readNames(cursor, names.globals);
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

function readLocalNames(cursor: Cursor, names: Map<number, Map<number, string>>): void {
  for (let count = cursor.u32(); count > 0 && !cursor.atEnd(); count--) {
    const locals = new Map<number, string>();
    names.set(cursor.u32(), locals);
    readNames(cursor, locals);
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
