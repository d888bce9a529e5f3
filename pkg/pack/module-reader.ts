// What a WebAssembly module imports and exports, with types: WebAssembly 2.0 §5.5. For modules that V8 has validated.

/** An import of a module; `type` of functions, such as `i32,i64->i32`; `limits` of a memory in 64 KiB pages, or of a table. */
export interface ModuleImport {
  module: string;
  name: string;
  kind: number;
  type?: string | undefined;
  limits?: Limits;
}

export interface Limits {
  min: number;
  max: number | undefined;
}

/** An export of a module; `type` of functions. */
export interface ModuleExport {
  name: string;
  kind: number;
  type?: string | undefined;
}

/** The outside of a module. */
export interface ModuleShape {
  imports: ModuleImport[];
  exports: ModuleExport[];
  /** Limits of the memory that it declares or imports, in 64 KiB pages. */
  memory?: Limits | undefined;
}

export const EXTERNAL_FUNCTION = 0;
const EXTERNAL_TABLE = 1;
export const EXTERNAL_MEMORY = 2;
const SECTION_TYPE = 1;
const SECTION_IMPORT = 2;
const SECTION_FUNCTION = 3;
const SECTION_MEMORY = 5;
const SECTION_EXPORT = 7;
const HEADER_SIZE = 8;
const LIMITS_HAVE_MAX = 1;

const VALUE_TYPES = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
]);

/** Reads the outside of a module that `WebAssembly.validate` has accepted. */
export function readModuleShape(wasm: Uint8Array): ModuleShape {
  const reader = new Reader(wasm, HEADER_SIZE);
  const shape: ModuleShape = { imports: [], exports: [] };
  let types: string[] = [];
  const functions: (string | undefined)[] = []; // types by function index, imports first
  while (!reader.done) {
    const section = reader.byte();
    const end = reader.u32() + reader.at;
    switch (section) {
      case SECTION_TYPE:
        types = reader.list(() => readFunctionType(reader));
        break;
      case SECTION_IMPORT:
        shape.imports = reader.list(() => readImport(reader, types));
        for (const { kind, type, limits } of shape.imports) {
          if (kind === EXTERNAL_FUNCTION) functions.push(type);
          if (kind === EXTERNAL_MEMORY) shape.memory = limits;
        }
        break;
      case SECTION_FUNCTION:
        functions.push(...reader.list(() => types[reader.u32()]));
        break;
      case SECTION_MEMORY:
        [shape.memory] = reader.list(() => readLimits(reader));
        break;
      case SECTION_EXPORT:
        shape.exports = reader.list(() => readExport(reader, functions));
        break;
      default:
    }
    reader.at = end;
  }
  return shape;
}

function readFunctionType(reader: Reader): string {
  reader.byte(); // 0x60
  const readType = (): string => VALUE_TYPES.get(reader.byte()) ?? "?";
  const parameters = reader.list(readType);
  return `${parameters.join(",")}->${reader.list(readType).join(",")}`;
}

function readImport(reader: Reader, types: string[]): ModuleImport {
  const module = reader.name();
  const name = reader.name();
  const kind = reader.byte();
  if (kind === EXTERNAL_FUNCTION) return { module, name, kind, type: types[reader.u32()] };
  if (kind === EXTERNAL_TABLE) reader.byte(); // element type
  if (kind === EXTERNAL_TABLE || kind === EXTERNAL_MEMORY)
    return { module, name, kind, limits: readLimits(reader) };
  reader.at += 2; // a global's type and mutability
  return { module, name, kind };
}

function readExport(reader: Reader, functions: (string | undefined)[]): ModuleExport {
  const name = reader.name();
  const kind = reader.byte();
  const index = reader.u32();
  return kind === EXTERNAL_FUNCTION ? { name, kind, type: functions[index] } : { name, kind };
}

function readLimits(reader: Reader): Limits {
  const flags = reader.byte();
  const min = reader.u32();
  return { min, max: flags & LIMITS_HAVE_MAX ? reader.u32() : undefined };
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.at++]!; // SAFETY: the module is valid
  }

  /** Unsigned LEB128. */
  u32(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  name(): string {
    const length = this.u32();
    this.at += length;
    return Buffer.from(this.#bytes.subarray(this.at - length, this.at)).toString();
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.u32() }, read);
  }
}
