// A library and an app that is linked to it, small enough to read: for tests of what compiler and kernel make of them.
import binaryen from "binaryen";
import { encodeBundle } from "../../pkg/bundle.ts";
import { LIBRARY_IDENTITY_SIZE } from "../../guest-kernel/abi/bundle.ts";
import * as l from "../../guest-kernel/abi/line-table.ts";
import type { Manifest } from "../../pkg/manifest.ts";

export const LIBRARY_PATH = "/bin/library";
export const IDENTITY = Uint8Array.from({ length: LIBRARY_IDENTITY_SIZE }, (_, i) => 0xa0 + i);

/** Slots of the library's table: its own function, and where it calls back. */
export const SLOT_TWICE = 1;
export const SLOT_BACK = 2;
export const TABLE_ENTRIES = 4;

/** The library: types, an import, memory, table, globals, functions. Its exports are sorted by name. */
export const LIBRARY_TEXT = `(module
  (type $unary (func (param i32) (result i32)))
  (type $write (func (param i32 i32 i32) (result i32)))
  (import "oscortex" "write" (func $write (type $write)))
  (import "env" "memory" (memory 1))
  (table $table ${TABLE_ENTRIES} ${TABLE_ENTRIES} funcref)
  (global $constant i32 (i32.const 5))
  (global $count (mut i32) (i32.const 7))
  (global $wide (mut i64) (i64.const 0x123456789))
  (data (i32.const 64) "from the library\\n")
  (elem (table $table) (i32.const ${SLOT_TWICE}) func $twice)
  (export "back" (func $back))
  (export "constant" (global $constant))
  (export "count" (global $count))
  (export "divide" (func $divide))
  (export "greet" (func $greet))
  (export "grow" (func $grow))
  (export "more" (func $more))
  (export "pair" (func $pair))
  (export "spin" (func $spin))
  (export "table" (table $table))
  (export "twice" (func $twice))
  (export "wide" (global $wide))
  (func $twice (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $back (type $unary) (call_indirect $table (type $unary) (local.get 0) (i32.const ${SLOT_BACK})))
  (func $divide (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
  (func $more (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func $grow (result i32) (memory.grow (i32.const 1)))
  (func $pair (param f64 i64 i64 i64 i64 i64 i64 i64) (result i64 f64)
    (i64.sub (local.get 7) (local.get 6)) (f64.add (local.get 0) (f64.const 0.5)))
  (func $spin (loop $again (br $again)))
  (func $greet (result i32) (call $write (i32.const 1) (i32.const 64) (i32.const 17)))
)`;

/**
 * An app: its entry leaves 0 if library and app see the same globals and table and can call each other, or the number of what
 * is wrong.
 */
export const APP_TEXT = `(module
  (type $nothing (func (param f64)))
  (type $entry (func (result i32)))
  (type $unary (func (param i32) (result i32)))
  (type $count (func))
  (import "env" "memory" (memory 2))
  (import "library" "twice" (func $twice (type $unary)))
  (import "oscortex" "write" (func $write (param i32 i32 i32) (result i32)))
  (import "library" "back" (func $back (type $unary)))
  (import "library" "more" (func $more (type $count)))
  (import "library" "greet" (func $greet (type $entry)))
  (import "library" "grow" (func $grow (type $entry)))
  (import "library" "pair" (func $pair (param f64 i64 i64 i64 i64 i64 i64 i64) (result i64 f64)))
  (import "library" "count" (global $count (mut i32)))
  (import "library" "wide" (global $wide (mut i64)))
  (import "library" "table" (table $table ${SLOT_BACK + 1} funcref))
  (global $own (mut i32) (i32.const 100))
  (data (i32.const 65536) "from the app\\n")
  (elem (table $table) (i32.const ${SLOT_BACK}) func $called $twice)
  (export "main" (func $main))
  (start $start)
  (func $start (global.set $own (i32.add (global.get $own) (global.get $count))))
  (func $called (type $unary) (i32.add (local.get 0) (global.get $own)))
  (func $unused (type $nothing))
  (func $main (type $entry)
    (if (i32.ne (global.get $own) (i32.const 107)) (then (return (i32.const 1))))
    (if (i32.ne (call $twice (i32.const 21)) (i32.const 42)) (then (return (i32.const 2))))
    (if (i32.ne (call $back (i32.const 3)) (i32.const 110)) (then (return (i32.const 3))))
    (global.set $count (i32.const 50))
    (call $more)
    (if (i32.ne (global.get $count) (i32.const 51)) (then (return (i32.const 4))))
    (if (i64.ne (global.get $wide) (i64.const 0x123456789)) (then (return (i32.const 5))))
    (if (i32.ne (call_indirect $table (type $unary) (i32.const 4) (i32.const ${SLOT_TWICE})) (i32.const 8))
      (then (return (i32.const 6))))
    (if (i32.ne (call_indirect $table (type $unary) (i32.const 5) (i32.const ${SLOT_BACK + 1})) (i32.const 10))
      (then (return (i32.const 7))))
    (if (i32.ne (call $greet) (i32.const 17)) (then (return (i32.const 8))))
    (if (i32.ne (call $write (i32.const 1) (i32.const 65536) (i32.const 13)) (i32.const 13))
      (then (return (i32.const 9))))
    (if (i32.ne (call $grow) (i32.const 2)) (then (return (i32.const 10))))
    (if (i32.ne (memory.size) (i32.const 3)) (then (return (i32.const 11))))
    (i32.store (i32.const 196604) (i32.const 1))
    (call $pair (f64.const 2) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 70) (i64.const 90))
    (if (f64.ne (f64.const 2.5)) (then (return (i32.const 12))))
    (if (i64.ne (i64.const 20)) (then (return (i32.const 13))))
    (i32.const 0))
)`;

const { BulkMemory, Multivalue, MutableGlobals, ReferenceTypes } = binaryen.Features;
const FEATURES = BulkMemory | Multivalue | MutableGlobals | ReferenceTypes;

/** Assembles a module. */
export function assemble(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  module.setFeatures(FEATURES);
  if (!module.validate()) throw new Error("a module that is not valid");
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

const MANIFEST: Manifest = {
  name: "org.test.app",
  version: "1.0.0",
  entry: "main",
  capabilities: 0,
  memoryPages: 16,
};

/** A bundle of a library. */
export function libraryBundle(
  text = LIBRARY_TEXT,
  { identity = IDENTITY, lines }: { identity?: Uint8Array; lines?: Uint8Array } = {},
): Uint8Array {
  const manifest = { ...MANIFEST, name: "org.test.library", entry: "" };
  return encodeBundle({ manifest, wasm: assemble(text), library: identity, lines });
}

/** A bundle of an app that needs a library. */
export function linkedBundle(
  text = APP_TEXT,
  manifest: Partial<Manifest> = {},
  needs = { identity: IDENTITY, path: LIBRARY_PATH },
  lines?: Uint8Array,
): Uint8Array {
  return encodeBundle({ manifest: { ...MANIFEST, ...manifest }, wasm: assemble(text), needs, lines });
}

/** An app whose entry calls this of the library, given as a function's type and instructions that pass its arguments. */
export function callerText(name: string, type: string, call: string): string {
  return `(module
    (import "env" "memory" (memory 1))
    (import "library" "${name}" (func $imported ${type}))
    (func (export "main") ${call}))`;
}

/** A line table that says the same of all code. */
export function linesOf(file: string, line: number): Uint8Array {
  const name = Buffer.from(`${file}\0`);
  const head = Buffer.alloc(l.LINES_HEADER_SIZE + l.LINE_SIZE + 4); // one entry, one file, whose name is the first
  head.writeUInt32LE(1, l.LINES_ENTRY_COUNT);
  head.writeUInt32LE(1, l.LINES_FILE_COUNT);
  head.writeUInt32LE(name.length, l.LINES_NAMES_LEN);
  head.writeUInt32LE(line, l.LINES_HEADER_SIZE + l.LINE_NUMBER);
  return Buffer.concat([head, name]);
}
