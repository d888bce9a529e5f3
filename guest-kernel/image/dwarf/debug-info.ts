// The section .debug_info, DWARF 5 §2, §3 and §7.5: functions, variables and their types.

import * as abbreviation from "./abbreviations.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { TypeEntries } from "./type-entries.ts";
import type { DebugType } from "./types.ts";

/** A variable. */
export interface DebugVariable {
  name: string;
  type: DebugType;
  /** A location expression. */
  location: Uint8Array;
}

/** Code in which there are variables besides those of the function. */
export interface DebugBlock {
  address: bigint;
  size: number;
  variables: DebugVariable[];
}

/** A function. */
export interface DebugFunction {
  /** As the source calls it: debuggers find it by that; the symbol table has asc's name with the file. */
  name: string;
  /** Index into the unit's files; undefined for code without a source. */
  declaration: { file: number; line: number } | undefined;
  address: bigint;
  size: number;
  /** Of what it returns, if that is known. */
  result: DebugType | undefined;
  parameters: DebugVariable[];
  locals: DebugVariable[];
  blocks: DebugBlock[];
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

const VERSION = 5;
const DW_UT_COMPILE = 1;
const DW_LANG_C11 = 0x1d; // DWARF has no number for AssemblyScript; its expressions and types are closest to C's
const PRODUCER = "oscortex aot";

const DW_OP_REG6_RBP = 0x56;

/** Appends a unit to .debug_info. */
export function writeUnit(out: ByteWriter, unit: DebugUnit): void {
  const start = out.beginUnit();
  out.u16(VERSION);
  out.u8(DW_UT_COMPILE);
  out.u8(8); // address size
  out.u32(0); // the abbreviations
  writeUnitEntry(out, unit);
  const types = new TypeEntries(out, start);
  types.write(typesOf(unit));
  for (const entry of unit.functions) writeFunction(out, entry, types);
  for (const variable of unit.globals) writeVariable(out, abbreviation.GLOBAL, variable, types);
  out.u8(0); // ends the unit's children
  out.endUnit(start);
}

function typesOf({ globals, functions }: DebugUnit): DebugType[] {
  const variables = functions.flatMap(({ parameters, locals, blocks }) => [
    ...parameters,
    ...locals,
    ...blocks.flatMap((block) => block.variables),
  ]);
  const results = functions.flatMap(({ result }) => (result ? [result] : []));
  return [...[...globals, ...variables].map(({ type }) => type), ...results];
}

function writeUnitEntry(out: ByteWriter, unit: DebugUnit): void {
  out.uleb(unit.lines === undefined ? abbreviation.UNIT_WITHOUT_LINES : abbreviation.UNIT);
  out.text(PRODUCER);
  out.u16(DW_LANG_C11);
  out.text(unit.name);
  out.text(unit.folder);
  out.u64(unit.address);
  out.u32(unit.size);
  if (unit.lines !== undefined) out.u32(unit.lines);
}

function writeFunction(out: ByteWriter, entry: DebugFunction, types: TypeEntries): void {
  const { declaration, result } = entry;
  out.uleb(kindOf(entry));
  out.text(entry.name);
  out.u64(entry.address);
  out.u32(entry.size);
  out.uleb(1);
  out.u8(DW_OP_REG6_RBP);
  if (declaration) {
    out.uleb(declaration.file);
    out.uleb(declaration.line);
    if (result) out.u32(types.reference(result));
  }
  for (const variable of entry.parameters) writeVariable(out, abbreviation.PARAMETER, variable, types);
  for (const variable of entry.locals) writeVariable(out, abbreviation.LOCAL, variable, types);
  for (const block of entry.blocks) writeBlock(out, block, types);
  out.u8(0);
}

function kindOf({ declaration, result }: DebugFunction): number {
  if (!declaration) return abbreviation.FUNCTION_WITHOUT_SOURCE;
  return result ? abbreviation.FUNCTION_OF_TYPE : abbreviation.FUNCTION;
}

function writeBlock(out: ByteWriter, { address, size, variables }: DebugBlock, types: TypeEntries): void {
  out.uleb(abbreviation.BLOCK);
  out.u64(address);
  out.u32(size);
  for (const variable of variables) writeVariable(out, abbreviation.LOCAL, variable, types);
  out.u8(0);
}

function writeVariable(
  out: ByteWriter,
  kind: number,
  { name, type, location }: DebugVariable,
  types: TypeEntries,
): void {
  out.uleb(kind);
  out.text(name);
  out.u32(types.reference(type));
  out.uleb(location.length);
  out.append(location);
}
