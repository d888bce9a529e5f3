import { beforeAll, describe, expect, test } from "vitest";
import { loadAot } from "../../tests/support/compiler.ts";
import { APP_TEXT, assemble, LIBRARY_TEXT } from "../../tests/support/linked-modules.ts";
import { linkAppImage } from "./app-image.ts";
import type { Aot } from "./aot.ts";
import { elfSection, elfSymbols } from "./elf.ts";

const COMPILE_TIMEOUT_MS = 60_000;

let aot: Aot;
const wasm = assemble(APP_TEXT);
const imports = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm)));
const IMPORTED_FUNCTIONS = imports.filter(({ kind }) => kind === "function").length;
const IMPORTED_GLOBALS = imports.filter(({ kind }) => kind === "global").length;
const linkedTo = assemble(LIBRARY_TEXT);

beforeAll(async () => {
  aot = await loadAot();
}, COMPILE_TIMEOUT_MS);

describe("the file of an app that is linked to a library", () => {
  test("has the code that the guest makes of it: behind the library's context, with its types", () => {
    const library = aot.compile(linkedTo, { preemptible: true });
    const module = aot.compile(wasm, { preemptible: true, library });
    const text = elfSection(linkAppImage({ name: "org.test.app", wasm, linkedTo }, aot), ".text")!;
    expect(Buffer.compare(text, module.code)).toBe(0);
    module.free();
    library.free();
    const alone = elfSection(linkAppImage({ name: "org.test.app", wasm }, aot), ".text")!;
    expect(Buffer.compare(text, alone)).not.toBe(0);
  });

  test("names its own functions, and those of others that it has code for", () => {
    const symbols = elfSymbols(linkAppImage({ name: "org.test.app", wasm, linkedTo }, aot));
    const own = symbols.filter(({ name }) => Number(/\d+/.exec(name)) >= IMPORTED_FUNCTIONS);
    expect(own.map(({ name }) => name)).toEqual(
      Array.from({ length: 4 }, (_, index) => `function[${IMPORTED_FUNCTIONS + index}]`),
    );
    // one of the library's is in the app's elements: what enters it
    expect(symbols.map(({ name }) => name)).toContain("function[0]");
  });

  test("has its own globals only: the library's file has those that it imports", () => {
    const info = Buffer.from(
      elfSection(linkAppImage({ name: "org.test.app", wasm, linkedTo }, aot), ".debug_info")!,
    );
    const names = [0, 1, 2, 3].filter((index) => info.includes(`global[${index}]\0`));
    expect(names).toEqual([IMPORTED_GLOBALS]);
  });
});
