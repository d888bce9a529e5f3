// The debug information of the kernel image: the kernel's module and the stubs.

import { KERNEL_CODE_GIB, KERNEL_CONTEXT_GPA, KERNEL_WINDOW_GIB } from "../abi/memory-map.ts";
import type { CompiledModule } from "./aot.ts";
import type { DebugTypes } from "./debug-types.ts";
import { Expression } from "./dwarf/expression.ts";
import { describeModule } from "./dwarf/module-debug.ts";
import { type DebugSection, encodeDebugSections, type StubDebug } from "./dwarf/sections.ts";
import { type FrameNote, stubFrame } from "./dwarf/stub-frames.ts";
import { decodeLineTable, encodeLineTable } from "./lines.ts";
import type { StubSymbol } from "./stub-symbols.ts";

const KERNEL_CODE = BigInt(KERNEL_CODE_GIB) << 30n;
const KERNEL_CONTEXT = (BigInt(KERNEL_WINDOW_GIB) << 30n) + BigInt(KERNEL_CONTEXT_GPA);

/** What the kernel image consists of, as the linker has placed it; offsets in the kernel's code. */
export interface KernelParts {
  module: CompiledModule;
  moduleAt: number;
  sourceMap: string;
  types: DebugTypes | undefined;
  stubs: readonly StubSymbol[];
  notes: readonly FrameNote[];
}

/** The debug sections of a kernel image. */
export function kernelDebugSections(parts: KernelParts): DebugSection[] {
  const codeAddress = KERNEL_CODE + BigInt(parts.moduleAt);
  const debug = describeModule({
    module: parts.module,
    lines: decodeLineTable(encodeLineTable(parts.sourceMap, (path) => path, false)),
    codeAddress,
    contextLocation: (offset) => new Expression().address(KERNEL_CONTEXT + BigInt(offset)),
    types: parts.types,
  });
  return encodeDebugSections(
    { ...debug, name: "kernel", address: codeAddress, size: parts.module.code.length },
    describeStubs(parts.stubs, parts.notes),
  );
}

function describeStubs(stubs: readonly StubSymbol[], notes: readonly FrameNote[]): StubDebug {
  const [first] = stubs;
  const last = stubs.at(-1);
  const start = first?.offset ?? 0;
  return {
    name: "guest-kernel/arch",
    address: KERNEL_CODE + BigInt(start),
    size: (last === undefined ? 0 : last.offset + last.size) - start,
    functions: stubs.map(({ name, offset, size }) => ({
      name,
      declaration: undefined,
      address: KERNEL_CODE + BigInt(offset),
      size,
      result: undefined,
      parameters: [],
      locals: [],
      blocks: [],
    })),
    frames: stubs.map(({ offset, size }) => ({
      address: KERNEL_CODE + BigInt(offset),
      size,
      instructions: stubFrame(
        offset,
        notes.filter(({ codeOffset }) => codeOffset >= offset && codeOffset < offset + size),
      ),
    })),
  };
}
