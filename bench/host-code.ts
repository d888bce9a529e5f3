// Programs for the host in machine code, with nothing around what they measure: no compiler is needed to run them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeElf, PF_R, PF_X } from "../guest-kernel/image/elf.ts";
import { type Row, summarize } from "./stats.ts";

// Linux maps whole pages: the address agrees with the file offset, which is behind the headers.
const LOAD_ADDRESS = 0x400080n;

/**
 * Runs a program that writes, as u64, the ns that each of its batches took to standard output; a batch is `operations`
 * long.
 */
export function measureHostCode(subject: string, name: string, code: number[][], operations: number): Row {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-bench-"));
  try {
    const program = join(folder, "program");
    const bytes = Uint8Array.from(code.flat());
    const segment = { virtualAddress: LOAD_ADDRESS, physicalAddress: 0, bytes, flags: PF_R | PF_X };
    const image = { entry: LOAD_ADDRESS, segments: [segment], symbols: [], notes: [] };
    writeFileSync(program, encodeElf(image), { mode: 0o700 });
    const output = execFileSync(program);
    const view = new DataView(output.buffer, output.byteOffset, output.length);
    const samples: number[] = [];
    for (let at = 0; at < output.length; at += 8) {
      samples.push(Number(view.getBigUint64(at, true)) / operations);
    }
    return summarize(subject, name, samples);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
