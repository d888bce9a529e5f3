// The sections .debug_info and .debug_abbrev, DWARF 5 §2, §3 and §7.5: functions, variables and their types.

import { ByteWriter } from "./byte-writer.ts";

/** How a debugger shows the bytes of a value. */
export interface BaseType {
  name: string;
  /** DW_ATE_*. */
  encoding: number;
  bytes: number;
}

/** A variable. */
export interface DebugVariable {
  name: string;
  type: BaseType;
  /** A location expression. */
  location: Uint8Array;
}

/** A function. */
export interface DebugFunction {
  /** As the source calls it: debuggers find it by that; the symbol table has asc's name with the file. */
  name: string;
  /** Index into the unit's files; undefined for code without a source. */
  declaration: { file: number; line: number } | undefined;
  address: bigint;
  size: number;
  parameters: DebugVariable[];
  locals: DebugVariable[];
}

/** A compile unit: code that lies in one piece. */
export interface DebugUnit {
  name: string;
  folder: string;
  address: bigint;
  size: number;
  /** Offset in .debug_line, undefined without lines. */
  lines: number | undefined;
  functions: DebugFunction[];
  globals: DebugVariable[];
}

export const DW_ATE_BOOLEAN = 0x02;
export const DW_ATE_FLOAT = 0x04;
export const DW_ATE_SIGNED = 0x05;
export const DW_ATE_UNSIGNED = 0x07;

const VERSION = 5;
const DW_UT_COMPILE = 1;
const DW_LANG_C11 = 0x1d; // DWARF has no number for AssemblyScript; its expressions and types are closest to C's
const PRODUCER = "oscortex aot";

const DW_AT_LOCATION = 0x02;
const DW_AT_NAME = 0x03;
const DW_AT_BYTE_SIZE = 0x0b;
const DW_AT_STMT_LIST = 0x10;
const DW_AT_LOW_PC = 0x11;
const DW_AT_HIGH_PC = 0x12;
const DW_AT_LANGUAGE = 0x13;
const DW_AT_COMP_DIR = 0x1b;
const DW_AT_PRODUCER = 0x25;
const DW_AT_DECL_FILE = 0x3a;
const DW_AT_DECL_LINE = 0x3b;
const DW_AT_ENCODING = 0x3e;
const DW_AT_EXTERNAL = 0x3f;
const DW_AT_FRAME_BASE = 0x40;
const DW_AT_TYPE = 0x49;

const DW_FORM_ADDR = 0x01;
const DW_FORM_DATA2 = 0x05;
const DW_FORM_DATA4 = 0x06;
const DW_FORM_STRING = 0x08;
const DW_FORM_DATA1 = 0x0b;
const DW_FORM_UDATA = 0x0f;
const DW_FORM_REF4 = 0x13;
const DW_FORM_SEC_OFFSET = 0x17;
const DW_FORM_EXPRLOC = 0x18;
const DW_FORM_FLAG_PRESENT = 0x19;

const DW_OP_REG6_RBP = 0x56;

/** An abbreviation: tag, whether it has children, attributes with their forms. */
type Abbreviation = readonly [
  tag: number,
  children: 0 | 1,
  attributes: readonly (readonly [number, number])[],
];

const UNIT_ATTRIBUTES = [
  [DW_AT_PRODUCER, DW_FORM_STRING],
  [DW_AT_LANGUAGE, DW_FORM_DATA2],
  [DW_AT_NAME, DW_FORM_STRING],
  [DW_AT_COMP_DIR, DW_FORM_STRING],
  [DW_AT_LOW_PC, DW_FORM_ADDR],
  [DW_AT_HIGH_PC, DW_FORM_DATA4],
] as const;
const CODE_ATTRIBUTES = [
  [DW_AT_NAME, DW_FORM_STRING],
  [DW_AT_EXTERNAL, DW_FORM_FLAG_PRESENT],
  [DW_AT_LOW_PC, DW_FORM_ADDR],
  [DW_AT_HIGH_PC, DW_FORM_DATA4],
  [DW_AT_FRAME_BASE, DW_FORM_EXPRLOC],
] as const;
const VARIABLE_ATTRIBUTES = [
  [DW_AT_NAME, DW_FORM_STRING],
  [DW_AT_TYPE, DW_FORM_REF4],
  [DW_AT_LOCATION, DW_FORM_EXPRLOC],
] as const;

const DW_TAG_FORMAL_PARAMETER = 0x05;
const DW_TAG_COMPILE_UNIT = 0x11;
const DW_TAG_BASE_TYPE = 0x24;
const DW_TAG_SUBPROGRAM = 0x2e;
const DW_TAG_VARIABLE = 0x34;

// Numbers of the abbreviations below, from 1
const UNIT = 1;
const UNIT_WITHOUT_LINES = 2;
const FUNCTION = 3;
const FUNCTION_WITHOUT_SOURCE = 4;
const PARAMETER = 5;
const LOCAL = 6;
const GLOBAL = 7;
const BASE_TYPE = 8;

const ABBREVIATIONS: readonly Abbreviation[] = [
  [DW_TAG_COMPILE_UNIT, 1, [...UNIT_ATTRIBUTES, [DW_AT_STMT_LIST, DW_FORM_SEC_OFFSET]]],
  [DW_TAG_COMPILE_UNIT, 1, UNIT_ATTRIBUTES],
  [
    DW_TAG_SUBPROGRAM,
    1,
    [...CODE_ATTRIBUTES, [DW_AT_DECL_FILE, DW_FORM_UDATA], [DW_AT_DECL_LINE, DW_FORM_UDATA]],
  ],
  [DW_TAG_SUBPROGRAM, 1, CODE_ATTRIBUTES],
  [DW_TAG_FORMAL_PARAMETER, 0, VARIABLE_ATTRIBUTES],
  [DW_TAG_VARIABLE, 0, VARIABLE_ATTRIBUTES],
  [DW_TAG_VARIABLE, 0, [...VARIABLE_ATTRIBUTES, [DW_AT_EXTERNAL, DW_FORM_FLAG_PRESENT]]],
  [
    DW_TAG_BASE_TYPE,
    0,
    [
      [DW_AT_NAME, DW_FORM_STRING],
      [DW_AT_ENCODING, DW_FORM_DATA1],
      [DW_AT_BYTE_SIZE, DW_FORM_DATA1],
    ],
  ],
];

/** Appends .debug_abbrev, which all units share. */
export function writeAbbreviations(out: ByteWriter): void {
  ABBREVIATIONS.forEach(([tag, children, attributes], i) => {
    out.uleb(i + 1);
    out.uleb(tag);
    out.u8(children);
    for (const [attribute, form] of attributes) {
      out.uleb(attribute);
      out.uleb(form);
    }
    out.u16(0); // ends the attributes
  });
  out.u8(0);
}

/** Appends a unit to .debug_info. */
export function writeUnit(out: ByteWriter, unit: DebugUnit): void {
  const start = out.beginUnit();
  out.u16(VERSION);
  out.u8(DW_UT_COMPILE);
  out.u8(8); // address size
  out.u32(0); // the abbreviations
  writeUnitEntry(out, unit);
  const types = writeTypes(out, start, unit);
  for (const entry of unit.functions) writeFunction(out, entry, types);
  for (const variable of unit.globals) writeVariable(out, GLOBAL, variable, types);
  out.u8(0); // ends the unit's children
  out.endUnit(start);
}

function writeUnitEntry(out: ByteWriter, unit: DebugUnit): void {
  out.uleb(unit.lines === undefined ? UNIT_WITHOUT_LINES : UNIT);
  out.text(PRODUCER);
  out.u16(DW_LANG_C11);
  out.text(unit.name);
  out.text(unit.folder);
  out.u64(unit.address);
  out.u32(unit.size);
  if (unit.lines !== undefined) out.u32(unit.lines);
}

/** Writes the types that the unit uses; their offsets in it by name. */
function writeTypes(out: ByteWriter, unitStart: number, unit: DebugUnit): Map<string, number> {
  const offsets = new Map<string, number>();
  const variables = [
    ...unit.globals,
    ...unit.functions.flatMap(({ parameters, locals }) => [...parameters, ...locals]),
  ];
  for (const { type } of variables) {
    if (offsets.has(type.name)) continue;
    offsets.set(type.name, out.length - unitStart);
    out.uleb(BASE_TYPE);
    out.text(type.name);
    out.u8(type.encoding);
    out.u8(type.bytes);
  }
  return offsets;
}

function writeFunction(out: ByteWriter, entry: DebugFunction, types: Map<string, number>): void {
  out.uleb(entry.declaration ? FUNCTION : FUNCTION_WITHOUT_SOURCE);
  out.text(entry.name);
  out.u64(entry.address);
  out.u32(entry.size);
  out.uleb(1);
  out.u8(DW_OP_REG6_RBP);
  if (entry.declaration) {
    out.uleb(entry.declaration.file);
    out.uleb(entry.declaration.line);
  }
  for (const variable of entry.parameters) writeVariable(out, PARAMETER, variable, types);
  for (const variable of entry.locals) writeVariable(out, LOCAL, variable, types);
  out.u8(0);
}

function writeVariable(
  out: ByteWriter,
  abbreviation: number,
  { name, type, location }: DebugVariable,
  types: Map<string, number>,
): void {
  out.uleb(abbreviation);
  out.text(name);
  out.u32(types.get(type.name)!);
  out.uleb(location.length);
  out.append(location);
}
