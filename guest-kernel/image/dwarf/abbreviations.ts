// The section .debug_abbrev, DWARF 5 §7.5.3: the shapes of the entries that .debug_info has.

import type { ByteWriter } from "./byte-writer.ts";

const DW_AT_LOCATION = 0x02;
const DW_AT_NAME = 0x03;
const DW_AT_BYTE_SIZE = 0x0b;
const DW_AT_STMT_LIST = 0x10;
const DW_AT_LOW_PC = 0x11;
const DW_AT_HIGH_PC = 0x12;
const DW_AT_LANGUAGE = 0x13;
const DW_AT_COMP_DIR = 0x1b;
const DW_AT_PRODUCER = 0x25;
const DW_AT_UPPER_BOUND = 0x2f;
const DW_AT_DATA_MEMBER_LOCATION = 0x38;
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

const DW_TAG_ARRAY_TYPE = 0x01;
const DW_TAG_FORMAL_PARAMETER = 0x05;
const DW_TAG_LEXICAL_BLOCK = 0x0b;
const DW_TAG_MEMBER = 0x0d;
const DW_TAG_POINTER_TYPE = 0x0f;
const DW_TAG_COMPILE_UNIT = 0x11;
const DW_TAG_STRUCTURE_TYPE = 0x13;
const DW_TAG_TYPEDEF = 0x16;
const DW_TAG_SUBRANGE_TYPE = 0x21;
const DW_TAG_BASE_TYPE = 0x24;
const DW_TAG_SUBPROGRAM = 0x2e;
const DW_TAG_VARIABLE = 0x34;

// Numbers of the abbreviations below, from 1
export const UNIT = 1;
export const UNIT_WITHOUT_LINES = 2;
export const FUNCTION = 3;
export const FUNCTION_WITHOUT_SOURCE = 4;
export const PARAMETER = 5;
export const LOCAL = 6;
export const GLOBAL = 7;
export const BASE_TYPE = 8;
export const BLOCK = 9;
export const POINTER = 10;
export const OBJECT = 11;
export const EMPTY_OBJECT = 12;
export const MEMBER = 13;
export const TYPEDEF = 14;
export const ROW = 15;
export const ROW_LENGTH = 16;
export const FUNCTION_OF_TYPE = 17;

/** Tag, whether it has children, attributes with their forms. */
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
const SIZED_ATTRIBUTES = [
  [DW_AT_NAME, DW_FORM_STRING],
  [DW_AT_BYTE_SIZE, DW_FORM_UDATA],
] as const;
const DECLARED = [
  [DW_AT_DECL_FILE, DW_FORM_UDATA],
  [DW_AT_DECL_LINE, DW_FORM_UDATA],
] as const;
const TYPED = [DW_AT_TYPE, DW_FORM_REF4] as const;

const ABBREVIATIONS: readonly Abbreviation[] = [
  [DW_TAG_COMPILE_UNIT, 1, [...UNIT_ATTRIBUTES, [DW_AT_STMT_LIST, DW_FORM_SEC_OFFSET]]],
  [DW_TAG_COMPILE_UNIT, 1, UNIT_ATTRIBUTES],
  [DW_TAG_SUBPROGRAM, 1, [...CODE_ATTRIBUTES, ...DECLARED]],
  [DW_TAG_SUBPROGRAM, 1, CODE_ATTRIBUTES],
  [DW_TAG_FORMAL_PARAMETER, 0, VARIABLE_ATTRIBUTES],
  [DW_TAG_VARIABLE, 0, VARIABLE_ATTRIBUTES],
  [DW_TAG_VARIABLE, 0, [...VARIABLE_ATTRIBUTES, [DW_AT_EXTERNAL, DW_FORM_FLAG_PRESENT]]],
  [DW_TAG_BASE_TYPE, 0, [...SIZED_ATTRIBUTES, [DW_AT_ENCODING, DW_FORM_DATA1]]],
  [
    DW_TAG_LEXICAL_BLOCK,
    1,
    [
      [DW_AT_LOW_PC, DW_FORM_ADDR],
      [DW_AT_HIGH_PC, DW_FORM_DATA4],
    ],
  ],
  [DW_TAG_POINTER_TYPE, 0, [[DW_AT_BYTE_SIZE, DW_FORM_UDATA], TYPED]],
  [DW_TAG_STRUCTURE_TYPE, 1, SIZED_ATTRIBUTES],
  [DW_TAG_STRUCTURE_TYPE, 0, SIZED_ATTRIBUTES],
  [DW_TAG_MEMBER, 0, [[DW_AT_NAME, DW_FORM_STRING], TYPED, [DW_AT_DATA_MEMBER_LOCATION, DW_FORM_UDATA]]],
  [DW_TAG_TYPEDEF, 0, [[DW_AT_NAME, DW_FORM_STRING], TYPED]],
  [DW_TAG_ARRAY_TYPE, 1, [TYPED]],
  [DW_TAG_SUBRANGE_TYPE, 0, [[DW_AT_UPPER_BOUND, DW_FORM_EXPRLOC]]],
  [DW_TAG_SUBPROGRAM, 1, [...CODE_ATTRIBUTES, ...DECLARED, TYPED]],
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
