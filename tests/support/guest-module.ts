import { compileGuest, type CompileOptions } from "./asc.ts";

/** Where tests put bytes for a guest module: above what `asc` gives static data and heap. */
export const SCRATCH = 0x800000;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A guest module instantiated in V8 on a shared memory of its own. */
export class GuestModule {
  readonly memory: Uint8Array<SharedArrayBuffer>;
  readonly view: DataView;
  readonly #exports: Record<string, unknown>;

  /**
   * Instantiates a module that compileGuest made, with `imports` beside the standard ones. Its heap ends with the
   * memory's first `pages`; more of it, up to `ramPages`, comes behind.
   */
  constructor(module: WebAssembly.Module, imports: WebAssembly.Imports = {}, pages = 256, ramPages = pages) {
    const maximum = ramPages > pages ? ramPages : 65536;
    const memory = new WebAssembly.Memory({ initial: pages, maximum, shared: true });
    const abort = (message: number, file: number, line: number): never => {
      const bytes = sharedBytes(memory);
      throw new Error(`abort: ${managedString(bytes, message)} at ${managedString(bytes, file)}:${line}`);
    };
    const env = { memory, abort, ...imports["env"] };
    this.#exports = new WebAssembly.Instance(module, { ...imports, env }).exports;
    memory.grow(ramPages - pages);
    this.memory = sharedBytes(memory);
    this.view = new DataView(this.memory.buffer);
  }

  /** Compiles `entry` (relative to the project's root) and instantiates it with `imports` beside the standard ones. */
  static async load(
    entry: string,
    imports: WebAssembly.Imports = {},
    options: CompileOptions = {},
  ): Promise<GuestModule> {
    return new GuestModule(await compileGuest(entry, options), imports);
  }

  /** Calls an exported function. Gives its result, i64 ones rounded to a number, or NaN if it has none. */
  call(name: string, ...args: (number | bigint)[]): number {
    const exported = this.#exports[name];
    if (typeof exported !== "function") throw new Error(`no exported function ${name}`);
    return Number(Reflect.apply(exported, undefined, args));
  }

  /** Calls an exported function with an i64 result, which it gives exactly. */
  call64(name: string, ...args: (number | bigint)[]): bigint {
    const exported = this.#exports[name];
    const result: unknown =
      typeof exported === "function" ? Reflect.apply(exported, undefined, args) : undefined;
    if (typeof result !== "bigint") throw new Error(`no exported function ${name} with an i64 result`);
    return result;
  }

  /** Puts bytes at `address`; returns their length. */
  put(address: number, bytes: Uint8Array): number {
    this.memory.set(bytes, address);
    return bytes.length;
  }

  /** Puts UTF-8 text at `address`; returns its length in bytes. */
  putText(address: number, text: string): number {
    return this.put(address, encoder.encode(text));
  }

  /** A copy of memory. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.slice(address, address + length));
  }

  /** Memory as UTF-8 text. */
  text(address: number, length: number): string {
    return decoder.decode(this.bytes(address, length));
  }
}

function sharedBytes(memory: WebAssembly.Memory): Uint8Array<SharedArrayBuffer> {
  const buffer: unknown = memory.buffer;
  if (!(buffer instanceof SharedArrayBuffer)) throw new Error("memory is not shared");
  return new Uint8Array(buffer);
}

/** An AssemblyScript string: its length in bytes lies before it. */
function managedString(memory: Uint8Array<SharedArrayBuffer>, address: number): string {
  if (address === 0) return "";
  const length = new DataView(memory.buffer).getUint32(address - 4, true);
  return new TextDecoder("utf-16le").decode(new Uint8Array(memory.slice(address, address + length)));
}
