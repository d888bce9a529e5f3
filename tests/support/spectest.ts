// The host module of the specification's suite, as a module like others.

import { HEADER, name, section, u32, vector } from "./random-module.ts";

const FUNCTION_TYPE = 0x60;
const [I32, I64, F32, F64] = [0x7f, 0x7e, 0x7d, 0x7c];
const END = 0x0b;

const FUNCTIONS: readonly (readonly [name: string, params: readonly number[]])[] = [
  ["print", []],
  ["print_i32", [I32]],
  ["print_i64", [I64]],
  ["print_f32", [F32]],
  ["print_f64", [F64]],
  ["print_i32_f32", [I32, F32]],
  ["print_f64_f64", [F64, F64]],
];

// 666, and 666.6 as f32 and f64.
const GLOBALS: readonly (readonly [name: string, type: number, init: readonly number[]])[] = [
  ["global_i32", I32, [0x41, 0x9a, 0x05]],
  ["global_i64", I64, [0x42, 0x9a, 0x05]],
  ["global_f32", F32, [0x43, 0x66, 0xa6, 0x26, 0x44]],
  ["global_f64", F64, [0x44, 0xcd, 0xcc, 0xcc, 0xcc, 0xcc, 0xd4, 0x84, 0x40]],
];

/** `spectest`: functions that do nothing, constants, a table of 10 to 20 functions and a memory of 1 to 2 pages. */
export function spectestModule(): Uint8Array<ArrayBuffer> {
  const exported = (entry: string, kind: number, index: number): number[] => [
    ...name(entry),
    kind,
    ...u32(index),
  ];
  return Uint8Array.from([
    ...HEADER,
    ...section(
      1,
      vector(FUNCTIONS.map(([, params]) => [FUNCTION_TYPE, ...vector(params.map((type) => [type])), 0])),
    ),
    ...section(3, vector(FUNCTIONS.map((_, i) => u32(i)))),
    ...section(4, [1, 0x70, 1, 10, 20]),
    ...section(5, [1, 1, 1, 2]),
    ...section(6, vector(GLOBALS.map(([, type, init]) => [type, 0, ...init, END]))),
    ...section(
      7,
      vector([
        ...FUNCTIONS.map(([entry], i) => exported(entry, 0, i)),
        exported("table", 1, 0),
        exported("memory", 2, 0),
        ...GLOBALS.map(([entry], i) => exported(entry, 3, i)),
      ]),
    ),
    ...section(10, vector(FUNCTIONS.map(() => [2, 0, END]))),
  ]);
}
