// Links the kernel image: the kernel's machine code, the stubs of arch/, and the memory that both start with.

import { STUB_BOOT, STUB_COUNT } from "../abi/arch.ts";
import {
  CTX_LIMIT,
  CTX_MEMORY_BASE,
  CTX_MEMORY_BYTES,
  CTX_MEMORY_GROW,
  CTX_MEMORY_MAX_PAGES,
  CTX_MEMORY_PAGES,
  CTX_STACK_LIMIT,
  SITE_CODE_OFFSET,
  SITE_SIZE,
  STACK_RESERVE,
  TRAP_NONE,
} from "../abi/instance.ts";
import {
  KERNEL_CODE_END,
  KERNEL_CODE_GIB,
  KERNEL_CODE_GPA,
  KERNEL_CONTEXT_END,
  KERNEL_CONTEXT_GPA,
  KERNEL_DATA_GPA,
  KERNEL_STACK_GPA,
  KERNEL_WINDOW_GIB,
} from "../abi/memory-map.ts";
import { SYSCALL_SLOTS } from "../abi/syscall-table.ts";
import { Aot, type CompiledModule, type InstanceImage } from "./aot.ts";
import type { DebugTypes } from "./debug-types.ts";
import { encodeElf, type ElfSegment, type ElfSymbol, PF_R, PF_W, PF_X } from "./elf.ts";
import { encodeLineTable } from "./lines.ts";
import { LINES_SECTION, SITES_SECTION } from "./place-sections.ts";
import { kernelDebugSections } from "./kernel-debug.ts";
import { type StubSymbol, stubSymbols } from "./stub-symbols.ts";
import { ARCH_STUBS, linkStubs, type StubBlob } from "./stubs.ts";

/** Sections of the image that hold what a symbolizer needs. */

const KERNEL_WINDOW = BigInt(KERNEL_WINDOW_GIB) << 30n;
const KERNEL_CODE = BigInt(KERNEL_CODE_GIB) << 30n;
const WINDOW_BYTES = 1n << 32n;
const STUB_TABLE_BYTES = STUB_COUNT * 8;
const CODE_ALIGN = 16;

/** The kernel cannot be linked: it lacks something, or is too large. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

/** What the kernel is made of. */
export interface KernelSources {
  /** guest-kernel/kernel/main.ts, compiled by asc, with its source map. */
  wasm: Uint8Array;
  sourceMap: string;
  /** The compiler and the stubs: node.exports.ts of aot/ and arch/, compiled by asc. */
  aot: WebAssembly.Module;
  arch: WebAssembly.Module;
  /** Debuggers are to find locals: asc has not optimised `wasm`, and these are its types. */
  types?: DebugTypes | undefined;
}

/** Compiles and links the kernel to an ELF executable. Throws `AotError` or `LinkError`. */
export function linkKernelImage(sources: KernelSources): Uint8Array {
  const lines = encodeLineTable(sources.sourceMap, (path) => path);
  const localsInFrame = sources.types !== undefined;
  const module = new Aot(sources.aot).compile(sources.wasm, { debug: true, localsInFrame });
  try {
    return link(module, sources, lines);
  } finally {
    module.free();
  }
}

function link(module: CompiledModule, sources: KernelSources, lines: Uint8Array): Uint8Array {
  const stubsAt = alignUp(STUB_TABLE_BYTES + module.code.length);
  const stubs = linkStubs(sources.arch, stubsAt, {
    main: exportedCode(module, "main"),
    start: module.start === undefined ? undefined : functionCode(module, module.start),
    exit: exportedCode(module, "sysExit"),
    memoryGrow: exportedCode(module, "sysMemoryGrow"),
    handlers: SYSCALL_SLOTS.map((slot) => handlerCode(module, slot)),
  });
  const code = layOutCode(module, stubs, stubsAt);
  const { context, segments } = instantiate(module, stubs);
  const symbols = stubSymbols(stubs, code.length);
  return encodeElf({
    entry: KERNEL_CODE + BigInt(stubs.offset(STUB_BOOT)),
    segments: [
      { virtualAddress: KERNEL_CODE, physicalAddress: KERNEL_CODE_GPA, bytes: code, flags: PF_R | PF_X },
      dataSegment(KERNEL_CONTEXT_GPA, context),
      dataSegment(KERNEL_DATA_GPA, staticData(segments)),
    ],
    symbols: symbolsOf(module, symbols),
    notes: [
      { name: SITES_SECTION, bytes: shiftedSites(module.sites) },
      { name: LINES_SECTION, bytes: lines },
      ...kernelDebugSections({
        module,
        moduleAt: STUB_TABLE_BYTES,
        sourceMap: sources.sourceMap,
        types: sources.types,
        stubs: symbols,
        notes: stubs.notes,
      }),
    ],
  });
}

/** Code offset of the handler of a system call slot, whose type must be the slot's: `tcp_connect ii>i` is `sysTcpConnect`. */
function handlerCode(module: CompiledModule, slot: string): number {
  const [name = "", signature] = slot.split(" ");
  const handler = `sys_${name}`.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const index = exportedIndex(module, handler);
  if (module.functions[index]?.signature !== signature) {
    throw new LinkError(
      `${handler} has type ${module.functions[index]?.signature}, the system call ${signature}`,
    );
  }
  return functionCode(module, index);
}

function exportedCode(module: CompiledModule, name: string): number {
  return functionCode(module, exportedIndex(module, name));
}

function exportedIndex(module: CompiledModule, name: string): number {
  const found = module.exports.find((entry) => entry.kind === "function" && entry.name === name);
  if (found === undefined) throw new LinkError(`the kernel exports no function ${name}`);
  return found.index;
}

/** Offset in the kernel's code of a function of its module. */
function functionCode(module: CompiledModule, index: number): number {
  const offset = module.functions[index]?.offset;
  if (offset === undefined) throw new LinkError(`function ${index} of the kernel has no code`);
  return STUB_TABLE_BYTES + offset;
}

function layOutCode(module: CompiledModule, stubs: StubBlob, stubsAt: number): Uint8Array {
  const code = new Uint8Array(stubsAt + stubs.code.length);
  const room = KERNEL_CODE_END - KERNEL_CODE_GPA;
  if (code.length > room) throw new LinkError(`${code.length} bytes of kernel code, room for ${room}`);
  code.set(module.code, STUB_TABLE_BYTES);
  code.set(stubs.code, stubsAt);
  const table = new DataView(code.buffer);
  for (let stub = 0; stub < STUB_COUNT; stub++) {
    if (stubs.has(stub)) table.setBigUint64(8 * stub, KERNEL_CODE + BigInt(stubs.offset(stub)), true);
  }
  return code;
}

/** The kernel's context and static data, as they are before its first instruction. */
function instantiate(module: CompiledModule, stubs: StubBlob): InstanceImage {
  const functions = module.imports.filter(({ kind }) => kind === "function");
  const imports = functions.map(({ module: from, name }) => {
    const stub = from === "arch" ? ARCH_STUBS.get(name) : undefined;
    if (stub === undefined) throw new LinkError(`the kernel imports ${from}.${name}, which is no stub`);
    return KERNEL_CODE + BigInt(stubs.offset(stub));
  });
  const image = module.instantiate({
    contextAddress: KERNEL_WINDOW + BigInt(KERNEL_CONTEXT_GPA),
    codeAddress: KERNEL_CODE + BigInt(STUB_TABLE_BYTES),
    imports,
  });
  if (image.trap !== TRAP_NONE) throw new LinkError(`the kernel's segments trap: ${image.trap}`);
  const room = KERNEL_CONTEXT_END - KERNEL_CONTEXT_GPA;
  if (image.context.length > room) {
    throw new LinkError(`a kernel context of ${image.context.length} bytes, room for ${room}`);
  }
  writeHeader(new DataView(image.context.buffer), module, stubs);
  return image;
}

function writeHeader(context: DataView, module: CompiledModule, stubs: StubBlob): void {
  const limit = KERNEL_WINDOW + BigInt(KERNEL_STACK_GPA + STACK_RESERVE);
  context.setBigUint64(CTX_LIMIT, limit, true);
  context.setBigUint64(CTX_STACK_LIMIT, limit, true);
  context.setBigUint64(CTX_MEMORY_BASE, KERNEL_WINDOW, true);
  context.setUint32(CTX_MEMORY_PAGES, module.memory?.min ?? 0, true);
  context.setUint32(CTX_MEMORY_MAX_PAGES, module.memory?.min ?? 0, true);
  context.setBigUint64(CTX_MEMORY_BYTES, WINDOW_BYTES, true); // the heap ends; frames and devices are behind it
  const grow = ARCH_STUBS.get("grow");
  if (grow !== undefined)
    context.setBigUint64(CTX_MEMORY_GROW, KERNEL_CODE + BigInt(stubs.offset(grow)), true);
}

/** Sites with offsets in the whole code, not the module's. */
function shiftedSites(sites: Uint8Array): Uint8Array {
  const shifted = Uint8Array.from(sites);
  const view = new DataView(shifted.buffer);
  for (let at = 0; at < shifted.length; at += SITE_SIZE) {
    view.setUint32(
      at + SITE_CODE_OFFSET,
      view.getUint32(at + SITE_CODE_OFFSET, true) + STUB_TABLE_BYTES,
      true,
    );
  }
  return shifted;
}

function symbolsOf(module: CompiledModule, stubs: readonly StubSymbol[]): ElfSymbol[] {
  const functions = module.functions.flatMap(({ name, offset, size }) =>
    offset === undefined ? [] : [{ name, offset: STUB_TABLE_BYTES + offset, size }],
  );
  return [...functions, ...stubs]
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ name, offset, size }) => ({ name, address: KERNEL_CODE + BigInt(offset), size }));
}

/** The kernel's static data, from KERNEL_DATA_GPA on, as one piece. */
function staticData(segments: InstanceImage["segments"]): Uint8Array {
  const end = Math.max(KERNEL_DATA_GPA, ...segments.map(({ address, bytes }) => address + bytes.length));
  const data = new Uint8Array(end - KERNEL_DATA_GPA);
  for (const { address, bytes } of segments) {
    if (address < KERNEL_DATA_GPA) throw new LinkError(`kernel data at ${address}, below ${KERNEL_DATA_GPA}`);
    data.set(bytes, address - KERNEL_DATA_GPA);
  }
  return data;
}

function dataSegment(address: number, bytes: Uint8Array): ElfSegment {
  const virtualAddress = KERNEL_WINDOW + BigInt(address);
  return { virtualAddress, physicalAddress: address, bytes, flags: PF_R | PF_W };
}

function alignUp(offset: number): number {
  return (offset + CODE_ALIGN - 1) & -CODE_ALIGN;
}
