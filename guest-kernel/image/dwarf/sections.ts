// Debug information as the sections of an ELF file.

import { ByteWriter } from "./byte-writer.ts";
import { writeAbbreviations } from "./abbreviations.ts";
import { type DebugFunction, writeUnit } from "./debug-info.ts";
import { type FrameEntry, writeFrames } from "./frame-info.ts";
import { writeLineProgram } from "./line-program.ts";
import type { ModuleDebug } from "./module-debug.ts";

/** Code that no compiler made: it has functions and frames, and no lines. */
export interface StubDebug {
  name: string;
  address: bigint;
  size: number;
  functions: DebugFunction[];
  frames: FrameEntry[];
}

/** A module, its name, and its code's place. */
export interface NamedModuleDebug extends ModuleDebug {
  name: string;
  address: bigint;
  size: number;
}

/** The content of a section. */
export interface DebugSection {
  name: string;
  bytes: Uint8Array;
}

// Paths are relative to the checkout: a debugger is started there.
const FOLDER = ".";

/** Encodes debug information; the same input gives the same bytes. */
export function encodeDebugSections(module: NamedModuleDebug, stubs?: StubDebug): DebugSection[] {
  const [info, abbreviations, lines, frames] = Array.from({ length: 4 }, () => new ByteWriter()) as [
    ByteWriter,
    ByteWriter,
    ByteWriter,
    ByteWriter,
  ];
  writeAbbreviations(abbreviations);
  writeLineProgram(lines, FOLDER, module.files, module.sequences);
  writeUnit(info, { ...module, folder: FOLDER, lines: 0 });
  if (stubs) writeUnit(info, { ...stubs, folder: FOLDER, lines: undefined, globals: [] });
  writeFrames(frames, [...module.frames, ...(stubs?.frames ?? [])]);
  return [
    { name: ".debug_abbrev", bytes: abbreviations.bytes() },
    { name: ".debug_info", bytes: info.bytes() },
    { name: ".debug_line", bytes: lines.bytes() },
    { name: ".debug_frame", bytes: frames.bytes() },
  ];
}
