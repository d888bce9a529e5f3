// Instances that import from each other, as machine code in a real KVM guest.
//
// All of them live at once in one machine: contexts, tables and code one after the other, a window for each memory, and one array
// of function descriptors. What one instance calls of another goes through a trampoline, which changes contexts.

import {
  CTX_HEADER_SIZE,
  CTX_LIMIT,
  CTX_MEMORY_BASE,
  CTX_MEMORY_BYTES,
  CTX_MEMORY_GROW,
  CTX_MEMORY_MAX_PAGES,
  CTX_MEMORY_PAGES,
  CTX_RESULT,
  CTX_SAFEPOINT,
  CTX_STACK_LIMIT,
  ENTRY_SIZE,
  GLOBAL_SIZE,
  RESULT_SIZE,
  TABLE_BASE,
  TABLE_LENGTH,
  TABLE_SIZE,
  TRAP_NONE,
  TRAP_OUT_OF_BOUNDS,
} from "../../guest-kernel/abi/instance.ts";
import type {
  Aot,
  CompiledModule,
  ExternKind,
  InstanceImage,
  ModuleImport,
} from "../../guest-kernel/image/aot.ts";
import type { Registers } from "../../vmm/kvm/vcpu.ts";
import {
  CALL_STUB,
  GROW_STUB,
  InstanceMachine,
  MODULE_CODE,
  type Outcome,
  PREEMPT_LIMIT,
  SAFEPOINT_STUB,
  STACK_LIMIT,
  callCode,
  isGrowExit,
  passArguments,
  readSites,
  resultsOf,
} from "./compiled-instance.ts";
import { type CodeExit, CODE_BASE, WINDOW_BASE } from "./guest-code.ts";
import {
  type Extern,
  type ExternGlobal,
  type ExternTable,
  InstantiationTrap,
  LinkError,
  type LinkedMemory,
  matches,
} from "./externs.ts";
import { trampolineCode } from "./trampoline.ts";

const WASM_PAGE = 65536;
// Guest-physical, in a machine of RAM_BYTES; page tables are where windows have them.
const REFERENCES_GPA = 0x4000000;
const REFERENCES = 8192;
const CONTEXTS_GPA = 0x4100000;
const CONTEXTS_END = 0x6000000;
const MEMORIES_GPA = 0x6000000;
const MEMORY_PAGES = 64; // that each memory can have in fact
const RAM_BYTES = 0x40000000;

/** Instances by the names that they are registered under, in a machine of their own. */
export class LinkedWorld {
  readonly host = new InstanceMachine(RAM_BYTES);
  readonly preempt: boolean;
  readonly #aot: Aot;
  readonly #registered = new Map<string, LinkedInstance>();
  readonly #numbers = new Map<string, number>();
  readonly #instances: LinkedInstance[] = [];
  readonly #memories: LinkedMemory[] = [];
  #nextContext = CONTEXTS_GPA;
  #nextCode = MODULE_CODE;
  #nextReference = 0;

  constructor(aot: Aot, options: { preempt: boolean }) {
    this.#aot = aot;
    this.preempt = options.preempt;
  }

  register(name: string, instance: LinkedInstance): void {
    this.#registered.set(name, instance);
  }

  /** Compiles a module. @throws AotError */
  compile(wasm: Uint8Array): CompiledModule {
    return this.#aot.compile(wasm, {
      preemptible: this.preempt,
      typeNumber: (signature) => numberIn(this.#numbers, signature),
    });
  }

  /** Makes an instance of a module. @throws AotError, LinkError, InstantiationTrap */
  instantiate(wasm: Uint8Array): LinkedInstance {
    const module = this.compile(wasm);
    try {
      const imports = module.imports.map((wanted) => this.#resolve(module, wanted));
      const instance = new LinkedInstance(this, module, imports, wasm.length);
      this.#instances.push(instance);
      instance.start();
      return instance;
    } finally {
      module.free();
    }
  }

  /** Serves memory.grow until the code is done: the registers then, or the trap that ended it. */
  finish(first: CodeExit): Registers | { trap: number; at: number } {
    const { machine } = this.host;
    let exit = first;
    while (isGrowExit(exit)) {
      const context = Number(exit.registers.r14 - WINDOW_BASE);
      const old = this.#grow(context, Number(exit.registers.rdi & 0xffffffffn));
      // The upper half may be anything.
      machine.ram.view.setBigUint64(context + CTX_RESULT, BigInt(old >>> 0) | 0xabcd_0000_0000n, true);
      exit = machine.resume();
    }
    if (exit.kind === "store") return exit.registers;
    if (exit.kind !== "fault") throw new Error(`code ended with a ${exit.kind}`);
    const offset = Number(exit.registers.rip - CODE_BASE);
    const site = this.#instances
      .map((instance) => instance.site(offset))
      .find((found) => found !== undefined);
    if (site === undefined || site.kind === TRAP_NONE)
      throw new Error(`exception ${exit.vector} without a site at ${offset}`);
    return { trap: site.kind, at: site.at };
  }

  /** Asks every instance for a stop at its next safepoint, if that is what the world is about. */
  setLimits(): void {
    for (const { context } of this.#instances)
      this.host.machine.ram.view.setBigUint64(
        context + CTX_LIMIT,
        this.preempt ? PREEMPT_LIMIT : STACK_LIMIT,
        true,
      );
  }

  close(): void {
    this.host.close();
  }

  // ── places ────────────────────────────────────────────────────────────────────────────────────────────

  /** Room for a context and tables, zeroed. */
  takeContext(bytes: number): number {
    const at = this.#nextContext;
    this.#nextContext = roundUp(at + bytes, 64);
    if (this.#nextContext > CONTEXTS_END) throw new RangeError("no room for contexts");
    return at;
  }

  /** Puts code in place; returns its offset from CODE_BASE. */
  takeCode(code: Uint8Array): number {
    const at = this.#nextCode;
    this.host.machine.loadCode(code, at);
    this.#nextCode = roundUp(at + code.length, 64);
    return at;
  }

  /** The descriptors' bytes, and the first reference of a module that has `count` functions. */
  takeReferences(count: number): { bytes: Uint8Array; address: bigint; first: number } {
    const first = this.#nextReference;
    this.#nextReference += count;
    if (this.#nextReference >= REFERENCES) throw new RangeError("no room for references");
    const bytes = this.host.machine.ram.bytes.subarray(
      REFERENCES_GPA,
      REFERENCES_GPA + REFERENCES * ENTRY_SIZE,
    );
    return { bytes, address: WINDOW_BASE + BigInt(REFERENCES_GPA), first };
  }

  newMemory(min: number, max: number): LinkedMemory {
    const gpa = MEMORIES_GPA + this.#memories.length * MEMORY_PAGES * WASM_PAGE;
    if (gpa + MEMORY_PAGES * WASM_PAGE > RAM_BYTES) throw new RangeError("no room for memories");
    const window = this.host.windows.openBeside(gpa);
    const memory: LinkedMemory = { kind: "memory", gpa, window, max, pages: 0, contexts: [] };
    this.#memories.push(memory);
    this.#resize(memory, min);
    return memory;
  }

  /** Gives an instance its memory. */
  attach(memory: LinkedMemory, context: number): void {
    memory.contexts.push(context);
    this.#resize(memory, memory.pages);
  }

  #grow(context: number, more: number): number {
    const memory = this.#memories.find(({ contexts }) => contexts.includes(context));
    const old = memory?.pages ?? 0;
    if (memory === undefined || old + more > Math.min(memory.max, MEMORY_PAGES)) return more === 0 ? old : -1;
    this.#resize(memory, old + more);
    return old;
  }

  #resize(memory: LinkedMemory, pages: number): void {
    const { view } = this.host.machine.ram;
    memory.pages = pages;
    memory.window.grow(Math.min(pages, MEMORY_PAGES));
    for (const context of memory.contexts) {
      view.setBigUint64(context + CTX_MEMORY_BASE, memory.window.address, true);
      view.setUint32(context + CTX_MEMORY_PAGES, pages, true);
      view.setUint32(context + CTX_MEMORY_MAX_PAGES, memory.max, true);
      view.setBigUint64(context + CTX_MEMORY_BYTES, BigInt(pages * WASM_PAGE), true);
    }
  }

  #resolve(module: CompiledModule, wanted: ModuleImport): Extern {
    const found = this.#registered.get(wanted.module)?.exports.get(wanted.name);
    if (found === undefined) throw new LinkError("unknown import");
    if (!matches(module, wanted, found)) throw new LinkError("incompatible import type");
    return found;
  }
}

/** One instance. */
export class LinkedInstance {
  readonly exports = new Map<string, Extern>();
  /** Guest-physical address of its context. */
  readonly context: number;
  readonly #world: LinkedWorld;
  readonly #module: CompiledModule;
  readonly #codeAt: number;
  readonly #sites: ReturnType<typeof readSites>;
  readonly #functions: bigint[]; // what others call
  readonly #imports: readonly Extern[];
  readonly #memory: LinkedMemory | undefined;
  readonly #trap: number; // that ended the instantiation

  /** `imports` are what the module's imports stand for, in order. */
  constructor(world: LinkedWorld, module: CompiledModule, imports: readonly Extern[], wasmBytes: number) {
    this.#world = world;
    this.#module = module;
    this.#imports = imports;
    this.#codeAt = world.takeCode(module.code);
    this.#sites = readSites(module);
    this.context = world.takeContext(module.context.size + module.tableBytes + 16 + wasmBytes);
    this.#functions = this.#makeFunctions();
    const { trap, segments } = this.#fill();
    this.#memory =
      imports.find((found) => found.kind === "memory") ??
      (module.memory && world.newMemory(module.memory.min, module.memory.max));
    this.#writeHeader();
    for (const { name, kind, index } of module.exports) this.exports.set(name, this.#extern(kind, index));
    const fits = trap !== TRAP_NONE || this.#writeSegments(segments);
    this.#trap = fits ? trap : TRAP_OUT_OF_BOUNDS;
  }

  /** Ends the instantiation. @throws InstantiationTrap */
  start(): void {
    if (this.#trap !== TRAP_NONE) throw new InstantiationTrap(this.#trap);
    const { start } = this.#module;
    const outcome = start === undefined ? undefined : this.#run(this.#functions[start]!, ">", []);
    if (outcome !== undefined && "trap" in outcome) throw new InstantiationTrap(outcome.trap);
  }

  /** Calls an exported function. Arguments are bits; the upper half of an i32 may be anything. */
  call(name: string, args: readonly bigint[]): Outcome {
    const found = this.exports.get(name);
    if (found?.kind !== "function") throw new Error(`no function ${name}`);
    return this.#run(found.code, found.signature, args);
  }

  /** The bits of an exported global. */
  global(name: string): bigint {
    const found = this.exports.get(name);
    if (found?.kind !== "global") throw new Error(`no global ${name}`);
    return readValue(this.#world.host.machine.ram.view, found.gpa, found.type);
  }

  /** The site at an offset of the machine's code, if that is this instance's. */
  site(at: number): { kind: number; at: number } | undefined {
    return this.#sites.get(at - this.#codeAt);
  }

  #run(code: bigint, signature: string, args: readonly bigint[]): Outcome {
    const { machine } = this.#world.host;
    const [params = "", results = ""] = signature.split(">");
    const passed = passArguments(params, args);
    machine.loadCode(Uint8Array.from(callCode(passed, code, results)), CALL_STUB);
    this.#world.setLimits();
    const ended = this.#world.finish(
      machine.run({
        ...passed.registers,
        rip: CODE_BASE + BigInt(CALL_STUB),
        r14: WINDOW_BASE + BigInt(this.context),
        r15: this.#memory?.window.address ?? 0n,
      }),
    );
    if ("trap" in ended) return ended;
    const area = this.context + CTX_HEADER_SIZE;
    return {
      results: resultsOf(results, ended, (i) =>
        readValue(machine.ram.view, area + RESULT_SIZE * i, results[i]!),
      ),
    };
  }

  /** The code by which others call each function: an imported one's is its exporter's. */
  #makeFunctions(): bigint[] {
    const foreign = this.#imports.flatMap((found) => (found.kind === "function" ? [found.code] : []));
    return this.#module.functions.map(({ signature, offset }, i) => {
      const imported = foreign[i];
      if (imported !== undefined) return imported;
      const context = WINDOW_BASE + BigInt(this.context);
      const code = trampolineCode(signature, context, CODE_BASE + BigInt(this.#codeAt + offset!));
      return CODE_BASE + BigInt(this.#world.takeCode(code));
    });
  }

  /** Puts the context and the tables in place. Element segments are written on the way. */
  #fill(): InstanceImage {
    const references = this.#world.takeReferences(this.#module.functions.length);
    const image = this.#module.instantiate({
      contextAddress: WINDOW_BASE + BigInt(this.context),
      codeAddress: CODE_BASE + BigInt(this.#codeAt),
      imports: this.#imports.flatMap((found) => (found.kind === "function" ? [found.code] : [])),
      globals: this.#imports.flatMap((found) =>
        found.kind === "global" ? [this.#importedGlobal(found)] : [],
      ),
      shared: {
        functions: this.#functions,
        tables: this.#tablesImported().map(({ gpa }) => WINDOW_BASE + BigInt(gpa)),
        references: references.bytes,
        referencesAddress: references.address,
        firstReference: references.first,
        writeElements: (table, start, entries) => this.#writeElements(table, start, entries),
      },
    });
    this.#world.host.machine.ram.bytes.set(image.context, this.context);
    return image;
  }

  /** Its bits, or its address if it is mutable. */
  #importedGlobal({ mutable, gpa, type }: ExternGlobal): bigint {
    return mutable ? WINDOW_BASE + BigInt(gpa) : readValue(this.#world.host.machine.ram.view, gpa, type);
  }

  #tablesImported(): ExternTable[] {
    return this.#imports.filter((found) => found.kind === "table");
  }

  #writeElements(table: number, start: number, entries: Uint8Array): boolean {
    const { view, bytes } = this.#world.host.machine.ram;
    const { gpa } = this.#tablesImported()[table]!; // imported tables come first
    const count = entries.length / ENTRY_SIZE;
    if (start + count > view.getUint32(gpa + TABLE_LENGTH, true)) return false;
    bytes.set(entries, Number(view.getBigUint64(gpa + TABLE_BASE, true) - WINDOW_BASE) + start * ENTRY_SIZE);
    return true;
  }

  #writeHeader(): void {
    const { view } = this.#world.host.machine.ram;
    view.setBigUint64(this.context + CTX_STACK_LIMIT, STACK_LIMIT, true);
    view.setBigUint64(this.context + CTX_MEMORY_GROW, CODE_BASE + BigInt(GROW_STUB), true);
    view.setBigUint64(this.context + CTX_SAFEPOINT, CODE_BASE + BigInt(SAFEPOINT_STUB), true);
    if (this.#memory) this.#world.attach(this.#memory, this.context);
  }

  #writeSegments(segments: InstanceImage["segments"]): boolean {
    for (const { address, bytes } of segments) {
      const { pages = 0, gpa = 0 } = this.#memory ?? {};
      if (address + bytes.length > pages * WASM_PAGE) return false;
      if (address + bytes.length > MEMORY_PAGES * WASM_PAGE) throw new RangeError("no room for a segment");
      this.#world.host.machine.ram.bytes.set(bytes, gpa + address);
    }
    return true;
  }

  #extern(kind: ExternKind, index: number): Extern {
    const imported = this.#imports.filter((found) => found.kind === kind)[index];
    if (imported !== undefined) return imported;
    switch (kind) {
      case "function":
        return { kind, signature: this.#module.functions[index]!.signature, code: this.#functions[index]! };
      case "global": {
        const gpa = this.context + this.#module.context.globals + index * GLOBAL_SIZE;
        return { kind, ...this.#module.globals[index]!, gpa };
      }
      case "table": {
        const gpa = this.context + this.#module.context.tables + index * TABLE_SIZE;
        const { type, max } = this.#module.tables[index]!;
        const { view } = this.#world.host.machine.ram;
        return { kind, type, max, gpa, length: () => view.getUint32(gpa + TABLE_LENGTH, true) };
      }
      case "memory":
      default:
        return this.#memory!;
    }
  }
}

/** The bits of a value of the type with the letter `type`. */
function readValue(view: DataView, gpa: number, type: string): bigint {
  const low = view.getBigUint64(gpa, true);
  return type === "v" ? low | (view.getBigUint64(gpa + 8, true) << 64n) : low;
}

function numberIn(numbers: Map<string, number>, key: string): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size + 1);
  return numbers.size;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
