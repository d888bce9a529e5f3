// Large modules from npm that other compilers made, in V8 and as machine code in a KVM guest: outputs, calls of imports and the
// whole memory must be the same, and the outputs right.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Aot } from "../../guest-kernel/image/aot.ts";
import { InstanceMachine } from "../support/compiled-instance.ts";
import { loadAot } from "../support/compiler.ts";
import { lacksKvm } from "../support/kvm.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type Import, TwinInstance } from "../support/twin-instance.ts";

const COMPILE_TIMEOUT_MS = 60_000;
const TEST_TIMEOUT_MS = 60_000;
const resolve = createRequire(import.meta.url);

/** A file of a package, found beside what the package's name stands for. */
function packageFile(name: string, path: string): Buffer {
  return readFileSync(join(packageFolder(name), path));
}

function packageFolder(name: string): string {
  const folders = resolve.resolve.paths(name) ?? [];
  const found = folders
    .map((folder) => join(folder, name))
    .find((folder) => exists(join(folder, "package.json")));
  if (found === undefined) throw new Error(`no package ${name}`);
  return found;
}

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

/** A module that a script embeds as base64. */
function embedded(script: Buffer): Uint8Array<ArrayBuffer> {
  const text = /[`'"](AGFzbQ[A-Za-z0-9+/=]+)[`'"]/.exec(script.toString("latin1"))?.[1];
  if (text === undefined) throw new Error("no module in the script");
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** Text that compresses, some of it at a distance. */
function sampleText(length: number): Uint8Array {
  const random = new SeededRandom(7);
  const words = "the guest kernel compiles what it loads and checks every byte of it twice".split(" ");
  let text = "";
  while (text.length < length)
    text += `${words[random.below(words.length)]} ${random.chance(0.1) ? random.uint32() : ""}`;
  return Buffer.from(text.slice(0, length));
}

describe.skipIf(lacksKvm())("a module from npm", () => {
  let aot: Aot;
  let machine: InstanceMachine;

  beforeAll(async () => {
    aot = await loadAot();
    machine = new InstanceMachine();
  }, COMPILE_TIMEOUT_MS);

  afterAll(() => machine.close());

  const twin = (wasm: Uint8Array, imports?: Record<string, Import>, memory?: string): TwinInstance =>
    new TwinInstance(machine, aot, new Uint8Array(wasm), {
      ...(imports && { imports }),
      ...(memory !== undefined && { memory }),
    });

  test("zstd compresses and decompresses", { timeout: TEST_TIMEOUT_MS }, () => {
    // Names are what Emscripten made of them: dist/common/zstd.js.
    const [constructors, bound, compress, decompress, malloc, memory] = [
      "g",
      "i",
      "m",
      "r",
      "s",
      "f",
    ] as const;
    const zstd = twin(packageFile("@bokuweb/zstd-wasm", "dist/common/zstd.wasm"), {}, memory);
    zstd.call(constructors);
    const text = sampleText(200_000);
    const source = zstd.call(malloc, text.length);
    const room = zstd.call(bound, text.length);
    const [packed, unpacked] = [zstd.call(malloc, room), zstd.call(malloc, text.length)];
    zstd.write(source, text);
    for (const level of [1, 3, 9]) {
      const size = zstd.call(compress, packed, room, source, text.length, level);
      expect(size).toBeLessThan(text.length / 2);
      expect(zstd.call(decompress, unpacked, text.length, packed, size)).toBe(text.length);
      expect(Buffer.compare(zstd.read(unpacked, text.length), text)).toBe(0);
    }
    zstd.close();
  });

  test("brotli compresses what Node decompresses", { timeout: TEST_TIMEOUT_MS }, () => {
    const wasm = packageFile("brotli-wasm", "pkg.node/brotli_wasm_bg.wasm");
    const brotli = twin(wasm, { __wbindgen_is_undefined: () => 1 }); // no options
    const text = sampleText(60_000);
    const source = brotli.call("__wbindgen_malloc", text.length);
    brotli.write(source, text);
    const result = brotli.call("__wbindgen_add_to_stack_pointer", -16);
    brotli.call("compress", result, source, text.length, 0);
    const packed = brotli.read(brotli.readU32(result), brotli.readU32(result + 4));
    expect(Buffer.compare(brotliDecompressSync(packed), text)).toBe(0);
    const again = brotli.call("__wbindgen_malloc", packed.length);
    brotli.write(again, packed);
    brotli.call("decompress", result, again, packed.length);
    expect(Buffer.compare(brotli.read(brotli.readU32(result), brotli.readU32(result + 4)), text)).toBe(0);
    brotli.close();
  });

  test("a source-map parser finds every mapping", { timeout: TEST_TIMEOUT_MS }, () => {
    const parser = twin(packageFile("source-map", "lib/mappings.wasm"));
    // A mapping on each of 2000 lines: column 0, source 0, two lines further, four columns further.
    const text = Buffer.from(Array.from({ length: 2000 }, () => "AAEI").join(";"));
    const at = parser.call("allocate_mappings", text.length);
    parser.write(at, text);
    const mappings = parser.call("parse_mappings", at);
    expect(mappings).toBeGreaterThan(0);
    parser.call("by_generated_location", mappings);
    parser.call("free_mappings", mappings);
    const found = parser.calls.map(([, line, column, , , , source, originalLine, originalColumn]) =>
      [line, column, source, originalLine, originalColumn].join(),
    );
    expect(found).toEqual(Array.from({ length: 2000 }, (_, i) => [i, 0, 0, 2 * (i + 1), 4 * (i + 1)].join()));
    parser.close();
  });

  test("a PNG codec encodes and decodes a picture", { timeout: TEST_TIMEOUT_MS }, () => {
    let decoded: number[] = [];
    const png = twin(packageFile("@jsquash/png", "codec/pkg/squoosh_png_bg.wasm"), {
      __wbg_newwithownedu8clampedarrayandsh_91db5987993a08fb: (...args) => ((decoded = args), 0),
    });
    const [width, height] = [120, 80];
    const random = new SeededRandom(3);
    const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : (i >> 2) % width < 60 ? (i >> 5) & 0xff : random.below(256),
    );
    const pixels = png.call("__wbindgen_malloc", rgba.length, 1);
    png.write(pixels, rgba);
    const result = png.call("__wbindgen_add_to_stack_pointer", -16);
    png.call("encode", result, pixels, rgba.length, width, height, 8);
    const file = png.read(png.readU32(result), png.readU32(result + 4));
    expect(file.length).toBeLessThan(rgba.length);
    const input = png.call("__wbindgen_malloc", file.length, 1);
    png.write(input, file);
    png.call("decode", input, file.length);
    expect(decoded.slice(1)).toEqual([rgba.length, width, height]);
    expect(Buffer.compare(png.read(decoded[0]!, rgba.length), rgba)).toBe(0);
    png.close();
  });

  test("a lexer finds the imports of a script", { timeout: TEST_TIMEOUT_MS }, () => {
    const lexer = twin(embedded(packageFile("es-module-lexer", "dist/lexer.js")));
    const specifiers = Array.from({ length: 300 }, (_, i) => `./part-${i}.js`);
    const lines = specifiers.map((from, i) =>
      i % 3 === 0
        ? `export { a${i} } from "${from}";`
        : `import { x as y${i} } from "${from}"; f(/"\\/${i}*/g, \`\${y${i}}\`);`,
    );
    const script = lines.join("\n");
    const bytes = Buffer.from(script, "utf16le");
    const at = lexer.call("sa", script.length);
    lexer.write(at, bytes);
    expect(lexer.call("parse")).toBe(1);
    const found: string[] = [];
    while (lexer.call("ri") !== 0) {
      const [start, end] = [lexer.call("is"), lexer.call("ie")];
      found.push(script.slice(start, end).replaceAll('"', ""));
    }
    expect(found).toEqual(specifiers);
    lexer.close();
  });

  test("an HTTP parser with vector instructions parses responses", { timeout: TEST_TIMEOUT_MS }, () => {
    const http = twin(embedded(packageFile("undici", "lib/llhttp/llhttp_simd-wasm.js")));
    http.call("_initialize");
    const RESPONSE = 2;
    const parser = http.call("llhttp_alloc", RESPONSE);
    const fields = Array.from(
      { length: 50 },
      (_, i) => `X-Field-${i}: ${"value ".repeat(i % 9)}${i}\r\n`,
    ).join("");
    const body = "body ".repeat(1000);
    const text = Buffer.from(
      `HTTP/1.1 207 Multi-Status\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    const at = http.call("malloc", text.length);
    http.write(at, text);
    expect(http.call("llhttp_execute", parser, at, text.length)).toBe(0);
    expect(http.call("llhttp_get_status_code", parser)).toBe(207);
    const passed = (name: string): string[] =>
      http.calls.flatMap(([call, , start, length]) =>
        call === name ? [text.subarray(start! - at, start! - at + length!).toString()] : [],
      );
    expect(passed("wasm_on_status")).toEqual(["Multi-Status"]);
    expect(passed("wasm_on_header_field")).toHaveLength(51);
    expect(passed("wasm_on_body")).toEqual([body]);
    http.close();
  });
});
