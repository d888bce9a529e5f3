import { beforeAll, describe, expect, test } from "vitest";
import { name, randomModule, section, u32, vector } from "../../tests/support/random-module.ts";
import { loadAot } from "../../tests/support/compiler.ts";
import { SeededRandom } from "../../tests/support/seeded-random.ts";
import { SITE_CODE_OFFSET, SITE_SIZE, SITE_WASM_OFFSET, TRAP_DIVISION_BY_ZERO } from "../abi/instance.ts";
import { type Aot, AotError } from "../image/aot.ts";

const COMPILE_TIMEOUT_MS = 60_000;
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32 = 0x7f;
const END = 0x0b;

let aot: Aot;

beforeAll(async () => {
  aot = await loadAot();
}, COMPILE_TIMEOUT_MS);

/** A module with one function of type [] -> [i32], `locals` declarations and `body` before its end. */
function moduleOf(body: readonly number[], locals: readonly (readonly number[])[] = []): Uint8Array {
  const code = [...vector(locals), ...body, END];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [1, 0x60, 0, 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [1, ...name("f"), 0, 0]),
    ...section(10, [1, ...u32(code.length), ...code]),
  ]);
}

/** The error with which a module is refused; undefined if it is accepted. */
function refusal(bytes: Uint8Array): AotError | undefined {
  try {
    aot.compile(bytes).free();
    return undefined;
  } catch (error) {
    if (error instanceof AotError) return error;
    throw error;
  }
}

describe("validation", () => {
  test.each<[string, number[], string]>([
    ["an operand too few", [0x41, 1, 0x6a], "type mismatch"],
    ["an operand of another type", [0x41, 1, 0x42, 1, 0x6a], "type mismatch"],
    ["no result", [0x01], "type mismatch"],
    ["a result too many", [0x41, 1, 0x41, 1], "type mismatch"],
    ["a local that is not there", [0x20, 0], "unknown local"],
    ["a label that is not there", [0x0c, 7], "unknown label"],
    ["a function that is not there", [0x10, 1], "unknown function"],
    ["a global that is not there", [0x23, 0], "unknown global"],
    ["too large an alignment", [0x41, 0, 0x28, 3, 0], "alignment must not be larger than natural"],
    ["an unknown opcode", [0x06], "illegal opcode"],
    ["a lane that is not there", [0xfd, 0x0c, ...Buffer.alloc(16), 0xfd, 0x15, 16], "invalid lane index"],
    ["an unknown vector opcode", [0xfd, 0x9a, 1], "illegal opcode"],
    ["waiting", [0x41, 0, 0x41, 0, 0x42, 0, 0xfe, 1, 2, 0], "waiting and notifying are not supported"],
    ["an else without if", [0x05], "else without if"],
    ["a reference that is not declared", [0xd2, 1], "unknown function"],
    ["a passive segment without data count", [0xfc, 9, 0], "data count section required"],
  ])("refuses %s", (_, body, reason) => {
    const error = refusal(moduleOf(body));
    expect(error?.reason).toBe(reason);
    // Inside of the code section, which the body ends.
    expect(error?.offset).toBeGreaterThan(moduleOf([]).length - 4);
  });

  test.each<[string, number[], number, string]>([
    ["nothing", [], 0, "unexpected end"],
    ["another magic number", [0, 0x61, 0x73, 0x6e, 1, 0, 0, 0], 0, "magic header not detected"],
    ["another version", [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], 4, "unknown binary version"],
    ["a section that ends after the module", [...HEADER, 1, 5, 0], 10, "length out of bounds"],
    ["sections out of order", [...HEADER, 3, 1, 0, 1, 1, 0], 11, "unexpected content after last section"],
    [
      "a number of six bytes",
      [...HEADER, 1, 6, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
      15,
      "integer representation too long",
    ],
    ["a name that is no UTF-8", [...HEADER, 0, 2, 1, 0xff], 11, "malformed UTF-8 encoding"],
    [
      "functions without code",
      [...HEADER, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
      18,
      "function and code section have inconsistent lengths",
    ],
  ])("refuses %s", (_, bytes, offset, reason) => {
    expect(refusal(Uint8Array.from(bytes))).toMatchObject({ offset, reason });
  });
});

describe("a compiled module", () => {
  test("is the same every time", () => {
    const { bytes } = randomModule(generator(7));
    const [first, second] = [aot.compile(bytes), aot.compile(bytes)];
    expect([second.code, second.sites]).toEqual([first.code, first.sites]);
    first.free();
    second.free();
  });

  test("has its sites sorted, inside of the code and the module", () => {
    const { bytes } = randomModule(generator(8), 12);
    const module = aot.compile(bytes, { preemptible: true });
    const view = new DataView(module.sites.buffer);
    let last = -1;
    for (let at = 0; at < module.sites.length; at += SITE_SIZE) {
      const offset = view.getUint32(at + SITE_CODE_OFFSET, true);
      expect(offset).toBeGreaterThanOrEqual(last);
      expect(view.getUint32(at + SITE_WASM_OFFSET, true) & 0xffffff).toBeLessThan(bytes.length);
      last = offset;
    }
    expect(last).toBeLessThanOrEqual(module.code.length);
    module.free();
  });

  test("names the wasm offset of a trap", () => {
    const bytes = moduleOf([0x41, 1, 0x41, 0, 0x6e]); // i32.div_u is the last byte before `end`
    const module = aot.compile(bytes);
    const view = new DataView(module.sites.buffer);
    const where = Array.from({ length: module.sites.length / SITE_SIZE }, (_, i) =>
      view.getUint32(i * SITE_SIZE + SITE_WASM_OFFSET, true),
    );
    expect(where).toContain(TRAP_DIVISION_BY_ZERO * 2 ** 24 + bytes.length - 2);
    module.free();
  });
});

describe("memory", () => {
  test("of the compiler does not grow over many compilations, accepted and refused", () => {
    const { bytes } = randomModule(generator(3), 20);
    const broken = bytes.slice();
    broken[broken.length - 1] = 0x06; // the last `end`
    const round = (): void => {
      aot.compile(bytes, { preemptible: true }).free();
      expect(refusal(broken)).toBeInstanceOf(AotError);
    };
    for (let i = 0; i < 5; i++) round();
    const before = aot.memoryBytes;
    for (let i = 0; i < 200; i++) round();
    expect(aot.memoryBytes).toBe(before);
  });
});

test("any bytes are compiled or refused, never more", () => {
  const random = new SeededRandom(42);
  const { bytes } = randomModule(generator(5));
  let accepted = 0;
  for (let i = 0; i < 1500; i++) {
    const mutant = bytes.slice();
    for (let j = random.below(3); j >= 0; j--)
      mutant[8 + random.below(mutant.length - 8)] = random.below(256);
    const refused = refusal(mutant);
    // V8 knows proposals that come after WebAssembly 2.0: what it refuses, the compiler must refuse too.
    if (refused === undefined) expect(WebAssembly.validate(mutant)).toBe(true);
    accepted += refused === undefined ? 1 : 0;
  }
  expect(accepted).toBeGreaterThan(50);
});

function generator(seed: number): (n: number) => number {
  const random = new SeededRandom(seed);
  return (n) => random.below(n);
}
