// Runs compiled WebAssembly in a real KVM guest: one instance at a time.

import {
  CTX_LIMIT,
  CTX_MEMORY_BASE,
  CTX_MEMORY_BYTES,
  CTX_MEMORY_GROW,
  CTX_MEMORY_MAX_PAGES,
  CTX_MEMORY_PAGES,
  CTX_RESULT,
  CTX_SAFEPOINT,
  CTX_STACK_LIMIT,
  GLOBAL_SIZE,
  RESULT_SIZE,
  SITE_CODE_OFFSET,
  SITE_SIZE,
  SITE_WASM_OFFSET,
  TRAP_NONE,
  TRAP_OUT_OF_BOUNDS,
} from "../../guest-kernel/abi/instance.ts";
import {
  KERNEL_CONTEXT_END,
  KERNEL_CONTEXT_GPA,
  KERNEL_STACK_GPA,
} from "../../guest-kernel/abi/memory-map.ts";
import type { CompiledModule } from "../../guest-kernel/image/aot.ts";
import { type CodeExit, CODE_BASE, CodeMachine, EXIT_ADDRESS, WINDOW_BASE } from "./guest-code.ts";
import {
  type GuestWindow,
  GuestWindows,
  RAM_BYTES,
  WINDOW_MAX_PAGES,
  WINDOW_MEMORY_GPA,
} from "./guest-windows.ts";

const WASM_PAGE = 65536;
// Offsets in the code
export const GROW_STUB = 0x40;
export const SAFEPOINT_STUB = 0x80;
const IMPORT_STUB = 0xc0;
export const CALL_STUB = 0x100;
export const MODULE_CODE = 0x2000;

/** CTX_STACK_LIMIT of instances. */
export const STACK_LIMIT = WINDOW_BASE + BigInt(KERNEL_STACK_GPA + 0x8000);
/** CTX_LIMIT that asks for a stop at the next safepoint. */
export const PREEMPT_LIMIT = 0xffffffffffffffffn;
const INT_ARGUMENTS = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"] as const;
const FLOAT_ARGUMENTS = 8;
const EXIT_DONE = 0;
const EXIT_GROW = 1;
const EXIT_HOST = 2; // and the number of the imported function
const HOST_STUBS = 0x1000; // offset in the code
const HOST_STUB_SIZE = 32;

/** How a call ended: the bits of its results, or the kind of the trap and the wasm offset that its site names. */
export type Outcome = { results: bigint[] } | { trap: number; at: number };

/** Code addresses of imported functions do not matter to most tests: these return at once, registers clobbered. */
const IMPORT_CODE = [
  0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x48, 0x89, 0xc1, 0x48, 0x89, 0xc2, 0x48, 0x89, 0xc6, 0x48, 0x89,
  0xc7, 0x49, 0x89, 0xc0, 0x49, 0x89, 0xc1, 0x49, 0x89, 0xc2, 0x49, 0x89, 0xc3, 0x0f, 0x57, 0xc0, 0xc3,
];

/** push rax; mov rax, [r14 + CTX_STACK_LIMIT]; mov [r14 + CTX_LIMIT], rax; pop rax; ret */
const SAFEPOINT_CODE = [0x50, 0x49, 0x8b, 0x46, CTX_STACK_LIMIT, 0x49, 0x89, 0x46, CTX_LIMIT, 0x58, 0xc3];

/** mov rax, [r14 + CTX_RESULT]; ret */
const RETURN_RESULT = [0x49, 0x8b, 0x46, CTX_RESULT, 0xc3];

/** What the host does for imported function `number`: its arguments, of integer types, and its result in bits. */
export type HostCall = (number: number, argument: (index: number) => bigint) => bigint;

/** A machine with compiled code's surroundings. */
export class InstanceMachine {
  readonly machine: CodeMachine;
  readonly windows: GuestWindows;

  constructor(ramBytes = RAM_BYTES) {
    this.machine = new CodeMachine(ramBytes);
    this.windows = new GuestWindows(this.machine.ram);
    this.machine.loadCode(Uint8Array.from([...exitCode(EXIT_GROW), ...RETURN_RESULT]), GROW_STUB);
    this.machine.loadCode(Uint8Array.from(SAFEPOINT_CODE), SAFEPOINT_STUB);
    this.machine.loadCode(Uint8Array.from(IMPORT_CODE), IMPORT_STUB);
  }

  close(): void {
    this.machine.close();
  }
}

/** An instance of a module. Making another one on the same machine ends its life. */
export class CompiledInstance {
  /** The trap that ended the instantiation, or TRAP_NONE. */
  readonly trap: number;
  readonly #machine: CodeMachine;
  readonly #module: CompiledModule;
  readonly #window: GuestWindow;
  readonly #sites: ReturnType<typeof readSites>;
  readonly #limit: bigint;
  readonly #hostCall: HostCall | undefined;

  /**
   * `imports` are the code addresses of imported functions, or `hostCall` is what they do; `globals` are `globals` the bits of imported globals, `pages` and `maxPages` sizes of an imported memory. `preempt` asks for a stop at
   * the first safepoint of every call; the code must be preemptible.
   */
  constructor(
    host: InstanceMachine,
    module: CompiledModule,
    options: {
      imports?: bigint[];
      hostCall?: HostCall;
      globals?: bigint[];
      pages?: number;
      maxPages?: number;
      preempt?: boolean;
    } = {},
  ) {
    this.#machine = host.machine;
    this.#module = module;
    this.#hostCall = options.hostCall;
    this.#limit = options.preempt ? PREEMPT_LIMIT : STACK_LIMIT;
    this.#window = host.windows.open();
    this.#sites = readSites(module);
    const image = module.instantiate({
      contextAddress: WINDOW_BASE + BigInt(KERNEL_CONTEXT_GPA),
      codeAddress: CODE_BASE + BigInt(MODULE_CODE),
      imports:
        options.imports ??
        (options.hostCall && this.#loadHostStubs()) ??
        module.imports.flatMap(({ kind }) => (kind === "function" ? [CODE_BASE + BigInt(IMPORT_STUB)] : [])),
      globals: options.globals ?? [],
    });
    if (image.context.length > KERNEL_CONTEXT_END - KERNEL_CONTEXT_GPA)
      throw new RangeError("context too large");
    this.#machine.ram.bytes.set(image.context, KERNEL_CONTEXT_GPA);
    this.#machine.loadCode(module.code, MODULE_CODE);
    const pages = options.pages ?? module.memory?.min ?? 0;
    this.#writeHeader(pages, options.maxPages ?? module.memory?.max ?? 0);
    this.trap = image.trap === TRAP_NONE ? this.#writeSegments(pages, image.segments) : image.trap;
  }

  /** Calls function `index`. Arguments are bits; the upper half of an i32 may be anything. */
  call(index: number, args: readonly bigint[] = []): Outcome {
    const { signature, offset } = this.#module.functions[index]!;
    const [params = "", results = ""] = signature.split(">");
    const passed = passArguments(params, args);
    const target = CODE_BASE + BigInt(MODULE_CODE + offset!);
    this.#machine.loadCode(Uint8Array.from(callCode(passed, target, results)), CALL_STUB);
    this.#set(CTX_LIMIT, this.#limit);
    const exit = this.#finish(
      this.#machine.run({
        ...passed.registers,
        rip: CODE_BASE + BigInt(CALL_STUB),
        r15: this.#window.address,
      }),
    );
    if (exit.kind === "fault") return this.#site(exit.registers.rip, exit.vector);
    if (exit.kind !== "store") throw new Error(`code ended with a ${exit.kind}`);
    const area = this.#module.context.results;
    return {
      results: resultsOf(results, exit.registers, (i) => this.#value(results[i]!, area + RESULT_SIZE * i)),
    };
  }

  /** The bits of a global. */
  global(index: number): bigint {
    const { type } = this.#module.globals[index]!;
    return this.#value(type, this.#module.context.globals + GLOBAL_SIZE * index);
  }

  get memoryPages(): number {
    return this.#machine.ram.view.getUint32(KERNEL_CONTEXT_GPA + CTX_MEMORY_PAGES, true);
  }

  /** Puts bytes into memory. */
  writeMemory(address: number, bytes: Uint8Array): void {
    this.#machine.ram.bytes.set(bytes, WINDOW_MEMORY_GPA + address);
  }

  /** A copy of memory. */
  memory(address: number, length: number): Uint8Array {
    return new Uint8Array(
      this.#machine.ram.bytes.slice(WINDOW_MEMORY_GPA + address, WINDOW_MEMORY_GPA + address + length),
    );
  }

  /** Serves memory.grow until the code is done. */
  #finish(first: CodeExit): CodeExit {
    let exit = first;
    while (isGrowExit(exit) || this.#isHostCall(exit)) {
      const result = isGrowExit(exit)
        ? BigInt(this.#grow(Number(exit.registers.rdi & 0xffffffffn)) >>> 0) | 0xabcd_0000_0000n // the upper half may be anything
        : this.#serveHostCall(exit);
      this.#set(CTX_RESULT, BigInt.asUintN(64, result));
      exit = this.#machine.resume();
    }
    return exit;
  }

  #isHostCall(exit: CodeExit): boolean {
    return exit.kind === "store" && exit.value >= EXIT_HOST;
  }

  #serveHostCall(exit: CodeExit): bigint {
    if (exit.kind !== "store" || this.#hostCall === undefined) throw new Error("no host call");
    const { registers } = exit;
    const stack = Number(registers.rsp - WINDOW_BASE) + 8; // above the return address
    return this.#hostCall(exit.value - EXIT_HOST, (index) => {
      const register = INT_ARGUMENTS[index];
      if (register !== undefined) return registers[register];
      return this.#machine.ram.view.getBigUint64(stack + 8 * (index - INT_ARGUMENTS.length), true);
    });
  }

  /** Code for each imported function that asks the host. */
  #loadHostStubs(): bigint[] {
    const functions = this.#module.imports.filter(({ kind }) => kind === "function");
    return functions.map((_, i) => {
      const at = HOST_STUBS + i * HOST_STUB_SIZE;
      this.#machine.loadCode(Uint8Array.from([...exitCode(EXIT_HOST + i), ...RETURN_RESULT]), at);
      return CODE_BASE + BigInt(at);
    });
  }

  #grow(more: number): number {
    const { view } = this.#machine.ram;
    const old = view.getUint32(KERNEL_CONTEXT_GPA + CTX_MEMORY_PAGES, true);
    if (old + more > view.getUint32(KERNEL_CONTEXT_GPA + CTX_MEMORY_MAX_PAGES, true)) return -1;
    this.#resize(old + more);
    return old;
  }

  #resize(pages: number): void {
    this.#machine.ram.view.setUint32(KERNEL_CONTEXT_GPA + CTX_MEMORY_PAGES, pages, true);
    this.#set(CTX_MEMORY_BYTES, BigInt(pages * WASM_PAGE));
    this.#window.grow(pages);
  }

  /** The bits of a value whose type has the letter `type`. */
  #value(type: string, offset: number): bigint {
    return this.#get(offset) | (type === "v" ? this.#get(offset + 8) << 64n : 0n);
  }

  #get(offset: number): bigint {
    return this.#machine.ram.view.getBigUint64(KERNEL_CONTEXT_GPA + offset, true);
  }

  #set(offset: number, value: bigint): void {
    this.#machine.ram.view.setBigUint64(KERNEL_CONTEXT_GPA + offset, value, true);
  }

  #writeHeader(pages: number, maxPages: number): void {
    const max = Math.min(maxPages, WINDOW_MAX_PAGES);
    if (pages > WINDOW_MAX_PAGES) throw new RangeError(`${pages} pages of memory`);
    this.#set(CTX_STACK_LIMIT, STACK_LIMIT);
    this.#set(CTX_MEMORY_BASE, this.#window.address);
    this.#set(CTX_MEMORY_GROW, CODE_BASE + BigInt(GROW_STUB));
    this.#set(CTX_SAFEPOINT, CODE_BASE + BigInt(SAFEPOINT_STUB));
    this.#machine.ram.view.setUint32(KERNEL_CONTEXT_GPA + CTX_MEMORY_MAX_PAGES, max, true);
    this.#resize(pages);
  }

  #writeSegments(pages: number, segments: { address: number; bytes: Uint8Array }[]): number {
    for (const { address, bytes } of segments) {
      if (address + bytes.length > pages * WASM_PAGE) return TRAP_OUT_OF_BOUNDS;
      this.#machine.ram.bytes.set(bytes, WINDOW_MEMORY_GPA + address);
    }
    return TRAP_NONE;
  }

  #site(rip: bigint, vector: number): Outcome {
    const offset = Number(rip - CODE_BASE) - MODULE_CODE;
    const site = this.#sites.get(offset);
    if (site === undefined || site.kind === TRAP_NONE)
      throw new Error(`exception ${vector} without a site at ${offset}`);
    return { trap: site.kind, at: site.at };
  }
}

/** The sites of a module by code offset: what traps there, and the wasm offset. */
export function readSites({ sites }: CompiledModule): Map<number, { kind: number; at: number }> {
  const found = new Map<number, { kind: number; at: number }>();
  const view = new DataView(sites.buffer, sites.byteOffset, sites.length);
  for (let at = 0; at < sites.length; at += SITE_SIZE) {
    const where = view.getUint32(at + SITE_WASM_OFFSET, true);
    const offset = view.getUint32(at + SITE_CODE_OFFSET, true);
    found.set(offset, { kind: where >>> 24, at: where & 0xffffff });
  }
  return found;
}

/** The results of a call that has returned; `stored` reads one of several from the context. */
export function resultsOf(
  results: string,
  { rax, rdx }: { rax: bigint; rdx: bigint },
  stored: (index: number) => bigint,
): bigint[] {
  if (results === "v") return [rax | (rdx << 64n)];
  if (results.length === 1) return [rax];
  return Array.from(results, (_, i) => stored(i));
}

/** True if code asks for memory.grow: rdi has the pages, and resuming returns CTX_RESULT. */
export function isGrowExit(exit: CodeExit): boolean {
  return exit.kind === "store" && exit.value === EXIT_GROW;
}

/** Arguments where the calling convention wants them. */
export interface PassedArguments {
  registers: Partial<Record<(typeof INT_ARGUMENTS)[number], bigint>>;
  vectors: { bits: bigint; wide: boolean }[];
  stack: bigint[]; // words
}

/** Distributes the bits of arguments. */
export function passArguments(params: string, args: readonly bigint[]): PassedArguments {
  const passed: PassedArguments = { registers: {}, vectors: [], stack: [] };
  let ints = 0;
  for (const [i, type] of params.split("").entries()) {
    const bits = args[i] ?? 0n;
    const wide = type === "v";
    const usesXmm = wide || type === "f" || type === "F";
    if (usesXmm && passed.vectors.length < FLOAT_ARGUMENTS) passed.vectors.push({ bits, wide });
    else if (!usesXmm && ints < INT_ARGUMENTS.length) passed.registers[INT_ARGUMENTS[ints++]!] = bits;
    else passed.stack.push(...(wide ? [low(bits), high(bits)] : [bits]));
  }
  return passed;
}

/** Code that loads the other arguments, calls `target` and exits with the result's bits in rax. */
export function callCode({ vectors, stack }: PassedArguments, target: bigint, results: string): number[] {
  const code = stack.length % 2 === 1 ? [0x6a, 0x00] : []; // push 0: keep rsp aligned
  for (const bits of stack.toReversed()) code.push(0x48, 0xb8, ...quad(bits), 0x50); // mov rax, bits; push rax
  for (const [i, { bits, wide }] of vectors.entries()) {
    code.push(0x48, 0xb8, ...quad(low(bits)), 0x66, 0x48, 0x0f, 0x6e, 0xc0 | (i << 3)); // mov rax, bits; movq xmm, rax
    if (!wide) continue;
    code.push(0x48, 0xb8, ...quad(high(bits)), 0x66, 0x48, 0x0f, 0x3a, 0x22, 0xc0 | (i << 3), 1); // pinsrq xmm, rax, 1
  }
  code.push(0x48, 0xb8, ...quad(target), 0xff, 0xd0); // mov rax, target; call rax
  if (results === "f" || results === "F") code.push(0x66, 0x48, 0x0f, 0x7e, 0xc0); // movq rax, xmm0
  if (results === "v") code.push(0x66, 0x48, 0x0f, 0x7e, 0xc0, 0x66, 0x48, 0x0f, 0x3a, 0x16, 0xc2, 1); // and pextrq rdx, xmm0, 1
  return [...code, ...exitCode(EXIT_DONE)];
}

/** mov r11, EXIT_ADDRESS; mov dword [r11], value */
function exitCode(value: number): number[] {
  return [0x49, 0xbb, ...quad(EXIT_ADDRESS), 0x41, 0xc7, 0x03, value, 0, 0, 0];
}

function low(bits: bigint): bigint {
  return BigInt.asUintN(64, bits);
}

function high(bits: bigint): bigint {
  return BigInt.asUintN(64, bits >> 64n);
}

function quad(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
