// Modules that are linked to a library: where their contexts lie, what numbers types have, and what is refused.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadAot } from "../../tests/support/compiler.ts";
import { APP_TEXT, LIBRARY_TEXT, assemble } from "../../tests/support/linked-modules.ts";
import { CTX_HEADER_SIZE, RESULT_SIZE } from "../abi/instance.ts";
import type { Aot, CompiledModule } from "../image/aot.ts";

const COMPILE_TIMEOUT_MS = 60_000;
const THREE_RESULTS = "(func (result i32 i64 i32) (i32.const 1) (i64.const 2) (i32.const 3))";
const TWO_RESULTS = "(func (result i32 i32) (i32.const 1) (i32.const 2))";

let aot: Aot;
let library: CompiledModule;

beforeAll(async () => {
  aot = await loadAot();
  library = aot.compile(assemble(LIBRARY_TEXT), { preemptible: true });
}, COMPILE_TIMEOUT_MS);

afterAll(() => library.free());

function link(text: string, to = library): CompiledModule {
  const module = aot.compile(assemble(text), { preemptible: true, library: to });
  module.free();
  return module;
}

/** The number that table entries of this signature have. */
function numberOf(module: CompiledModule, signature: string): number {
  return [...module.types].find(([, other]) => other === signature)![0];
}

describe("a linked module", () => {
  test("has its context behind the library's, and the results where they always are", () => {
    const alone = aot.compile(assemble(APP_TEXT), { preemptible: true });
    alone.free();
    const { context } = link(APP_TEXT);
    const moved = library.context.size - alone.context.imports;
    expect(context).toEqual({
      ...alone.context,
      size: alone.context.size + moved,
      imports: library.context.size,
      globals: alone.context.globals + moved,
      tables: alone.context.tables + moved,
      datas: alone.context.datas + moved,
      elems: alone.context.elems + moved,
      references: alone.context.references + moved,
    });
  });

  test("knows types that the library has by the library's numbers, and others by numbers of its own", () => {
    const linked = link(APP_TEXT);
    for (const signature of ["i>i", "iii>i", ">i", ">"])
      expect(numberOf(linked, signature)).toBe(numberOf(library, signature));
    expect([...library.types.keys()]).not.toContain(numberOf(linked, "F>"));
    expect(new Set(linked.types.values()).size).toBe(linked.types.size);
  });

  test("can have as many results as the library has room for, and no more", () => {
    const roomy = aot.compile(assemble(`(module ${THREE_RESULTS})`));
    expect(roomy.context.imports).toBe(CTX_HEADER_SIZE + 3 * RESULT_SIZE);
    expect(link(`(module ${THREE_RESULTS})`, roomy).context).toMatchObject({
      results: CTX_HEADER_SIZE,
      resultCount: 3,
      imports: roomy.context.size,
    });
    expect(link(`(module ${TWO_RESULTS})`, roomy).context.resultCount).toBe(2);
    roomy.free();
    const cramped = aot.compile(assemble("(module)"));
    for (const several of [TWO_RESULTS, THREE_RESULTS])
      expect(() => link(`(module ${several})`, cramped)).toThrow(
        "more results than the library has room for",
      );
    expect(() => link(`(module ${THREE_RESULTS})`)).toThrow("more results than the library has room for");
    cramped.free();
  });

  test("keeps no library that has been freed", () => {
    const gone = aot.compile(assemble(LIBRARY_TEXT));
    gone.free();
    expect(() => link(APP_TEXT, gone)).toThrow("has been freed");
  });
});
