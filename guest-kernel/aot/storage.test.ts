import { beforeAll, expect, test } from "vitest";
import { compileGuest } from "../../tests/support/asc.ts";
import { GuestModule } from "../../tests/support/guest-module.ts";
import { section, u32, vector } from "../../tests/support/random-module.ts";

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const BODY_BYTES = 300_000;
const PAGES = 4096;

let module: WebAssembly.Module;

beforeAll(async () => {
  module = await compileGuest("guest-kernel/aot/storage.exports.ts");
}, 60_000);

/** A module of two functions that repeat an instruction sequence, with a table, a memory and a segment to use. */
function moduleOf(
  sequence: readonly number[],
  before: readonly number[],
  after: readonly number[],
): Uint8Array {
  const repeated = Array.from({ length: Math.floor(BODY_BYTES / sequence.length) }, () => sequence).flat();
  const body = [0, ...before, ...repeated, ...after, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [1, 0x60, 0, 1, 0x7f]),
    ...section(3, [2, 0, 0]),
    ...section(4, [1, 0x70, 0, 1]),
    ...section(5, [1, 0, 1]),
    ...section(12, [1]),
    ...section(10, vector([body, body].map((bytes) => [...u32(bytes.length), ...bytes]))),
    ...section(11, [1, 1, 0]),
  ]);
}

const I32 = [0x41, 0];
const F32 = [0x43, 0, 0, 0, 0];

test.each<[string, number[], number[], number[]]>([
  ["call_indirect", [0x11, 0, 0], I32, []],
  ["call", [0x10, 0, 0x1a], [], I32],
  ["i32.div_s", [...I32, 0x6d], I32, []],
  ["i64.rem_u", [0x42, 1, 0x82], [0x42, 1], [0xa7]],
  ["i32.trunc_f32_s", [0xb2, 0xa8], I32, []],
  ["i64.trunc_f64_u", [0xba, 0xb1], [0x42, 0], [0xa7]],
  ["i32.trunc_sat_f32_u", [0xb2, 0xfc, 1], I32, []],
  ["f32.min", [...F32, 0x96], F32, [0xa8]],
  ["loop", [0x03, 0x40, 0x0b], [], I32],
  ["block and br_if", [0x02, 0x40, ...I32, 0x0d, 0, 0x0b], [], I32],
  ["if and else", [...I32, 0x04, 0x40, 0x05, 0x0b], [], I32],
  ["br_table", [0x02, 0x40, ...I32, 0x0e, 3, 0, 0, 0, 0, 0x0b], [], I32],
  ["select", [...I32, ...I32, 0x1b], I32, []],
  ["memory.copy", [...I32, ...I32, ...I32, 0xfc, 0x0a, 0, 0], [], I32],
  ["memory.init", [...I32, ...I32, ...I32, 0xfc, 0x08, 0, 0], [], I32],
  ["table.copy", [...I32, ...I32, ...I32, 0xfc, 0x0e, 0, 0], [], I32],
  ["memory.grow", [0x40, 0], I32, []],
  ["v128.const", [0xfd, 0x0c, ...Buffer.alloc(16, 7), 0x1a], [], I32],
  ["i32.load", [0x28, 2, 0], I32, []],
  ["i32.popcnt", [0x69], I32, []],
])("a step that compiles %s takes no more than it says", (_name, sequence, before, after) => {
  const guest = new GuestModule(module, {}, PAGES);
  const wasm = moduleOf(sequence, before, after);
  const at = guest.call("allocate", wasm.length);
  const compiler = guest.call("begin", at, guest.put(at, wasm));
  let result = 1;
  while (result > 0) {
    const room = guest.call("stepRoom", compiler);
    result = guest.call("step", compiler);
    expect(guest.call("takenWithoutCode", compiler)).toBeLessThanOrEqual(room);
  }
  expect(result).toBe(0);
});
