// The section .debug_line, DWARF 5 §6.2: machine code to source lines.

import type { ByteWriter } from "./byte-writer.ts";

/** From this address on the code is of this line. */
export interface LineRow {
  address: bigint;
  /** Index into the files. */
  file: number;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  /** False for code that a breakpoint on the line is not to catch. */
  statement: boolean;
  /** A breakpoint on the function belongs here. */
  prologueEnd: boolean;
}

/** Rows of a run of code; ascending addresses. */
export interface LineSequence {
  rows: LineRow[];
  /** Behind the last byte. */
  end: bigint;
}

const VERSION = 5;
const OPCODE_BASE = 13;
const STANDARD_OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const DW_LNCT_PATH = 1;
const DW_LNCT_DIRECTORY_INDEX = 2;
const DW_FORM_STRING = 0x08;
const DW_FORM_UDATA = 0x0f;
const DW_LNS_COPY = 1;
const DW_LNS_ADVANCE_PC = 2;
const DW_LNS_ADVANCE_LINE = 3;
const DW_LNS_SET_FILE = 4;
const DW_LNS_SET_COLUMN = 5;
const DW_LNS_NEGATE_STMT = 6;
const DW_LNS_SET_PROLOGUE_END = 10;
const DW_LNE_END_SEQUENCE = 1;
const DW_LNE_SET_ADDRESS = 2;
const LINE_BASE = -5;
const LINE_RANGE = 14;

/** Appends the line program of a unit whose files are `files`, in the folder `folder`. */
export function writeLineProgram(
  out: ByteWriter,
  folder: string,
  files: readonly string[],
  sequences: readonly LineSequence[],
): void {
  const unit = out.beginUnit();
  out.u16(VERSION);
  out.u8(8); // address size
  out.u8(0); // segment selector size
  const header = out.beginUnit();
  out.u8(1); // minimum instruction length
  out.u8(1); // operations per instruction
  out.u8(1); // rows are statements
  out.u8(LINE_BASE & 0xff);
  out.u8(LINE_RANGE);
  out.u8(OPCODE_BASE);
  for (const operands of STANDARD_OPERANDS) out.u8(operands);
  writeFolder(out, folder);
  writeFiles(out, files);
  out.endUnit(header);
  for (const sequence of sequences) writeSequence(out, sequence);
  out.endUnit(unit);
}

function writeFolder(out: ByteWriter, folder: string): void {
  out.u8(1); // one field
  out.uleb(DW_LNCT_PATH);
  out.uleb(DW_FORM_STRING);
  out.uleb(1);
  out.text(folder);
}

function writeFiles(out: ByteWriter, files: readonly string[]): void {
  out.u8(2);
  out.uleb(DW_LNCT_PATH);
  out.uleb(DW_FORM_STRING);
  out.uleb(DW_LNCT_DIRECTORY_INDEX);
  out.uleb(DW_FORM_UDATA);
  out.uleb(files.length);
  for (const file of files) {
    out.text(file);
    out.uleb(0);
  }
}

function writeSequence(out: ByteWriter, { rows, end }: LineSequence): void {
  if (rows.length === 0) return;
  let { address } = rows[0]!;
  let [file, line, column, statement] = [1, 1, 0, true];
  writeExtended(out, DW_LNE_SET_ADDRESS, 8);
  out.u64(address);
  for (const row of rows) {
    if (row.file !== file) writeOperand(out, DW_LNS_SET_FILE, row.file);
    if (row.column !== column) writeOperand(out, DW_LNS_SET_COLUMN, row.column);
    if (row.statement !== statement) out.u8(DW_LNS_NEGATE_STMT);
    if (row.prologueEnd) out.u8(DW_LNS_SET_PROLOGUE_END);
    writeRow(out, Number(row.address - address), row.line - line);
    ({ address, file, line, column, statement } = row);
  }
  writeOperand(out, DW_LNS_ADVANCE_PC, Number(end - address));
  writeExtended(out, DW_LNE_END_SEQUENCE, 0);
}

/** Advances and appends a row: by one special opcode if both distances fit one. */
function writeRow(out: ByteWriter, bytes: number, lines: number): void {
  const special = lines - LINE_BASE + LINE_RANGE * bytes + OPCODE_BASE;
  if (lines >= LINE_BASE && lines < LINE_BASE + LINE_RANGE && special <= 255) return out.u8(special);
  if (bytes !== 0) writeOperand(out, DW_LNS_ADVANCE_PC, bytes);
  if (lines !== 0) {
    out.u8(DW_LNS_ADVANCE_LINE);
    out.sleb(lines);
  }
  out.u8(DW_LNS_COPY);
}

function writeOperand(out: ByteWriter, opcode: number, operand: number): void {
  out.u8(opcode);
  out.uleb(operand);
}

function writeExtended(out: ByteWriter, opcode: number, operandBytes: number): void {
  out.u8(0);
  out.uleb(1 + operandBytes);
  out.u8(opcode);
}
