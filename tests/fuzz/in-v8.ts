// A module under test in V8.

import type { CompiledModule } from "../../guest-kernel/image/aot.ts";
import { callAdapter, globalsModule, importAdapter } from "./adapter.ts";
import { type CallOutcome, type Subject, type TrapClass, classOfError } from "./outcome.ts";
import { MEMORY_EXPORT, exportAll, globalExport } from "./wasm-bytes.ts";

type Exports = Record<string, unknown>;

/** An instance in V8, imported functions and globals in place. */
export class InV8 implements Subject {
  readonly trap: TrapClass | undefined;
  readonly #adapter: Exports = {};
  readonly #memory: WebAssembly.Memory | undefined;
  readonly #globalCount: number;
  #notes: bigint[] = [];

  /** `module` is what aot made of `bytes`; V8 must take them, too. */
  constructor(bytes: Uint8Array<ArrayBuffer>, module: CompiledModule) {
    this.#globalCount = module.globals.length;
    const exported = exportAll(bytes, {
      hasMemory: module.memory !== undefined,
      globals: module.globals.length,
    });
    const compiled = new WebAssembly.Module(exported);
    const imports = this.#imports(module);
    let exports: Exports;
    try {
      exports = new WebAssembly.Instance(compiled, imports).exports;
    } catch (error) {
      this.trap = classOfError(error);
      return;
    }
    const memory = exports[MEMORY_EXPORT];
    this.#memory = memory instanceof WebAssembly.Memory ? memory : undefined;
    const functions = module.exports.filter(({ kind }) => kind === "function");
    const adapter = callAdapter(
      functions.map(({ index }) => module.functions[index]!.signature),
      module.globals,
    );
    const given = [
      ...functions.map(({ name }, i) => [`f${i}`, exports[name]]),
      ...module.globals.map((_, i) => [`g${i}`, exports[globalExport(i)]]),
    ];
    this.#adapter = instanceOf(adapter, { m: Object.fromEntries(given) });
  }

  call(f: number, args: readonly bigint[]): CallOutcome {
    try {
      return { words: this.#words(`f${f}`, args) };
    } catch (error) {
      return { trap: classOfError(error) };
    }
  }

  globals(): bigint[][] {
    return Array.from({ length: this.#globalCount }, (_, i) => this.#words(`g${i}`, []));
  }

  memory(): Uint8Array {
    return new Uint8Array(this.#memory?.buffer ?? new ArrayBuffer(0));
  }

  takeNotes(): bigint[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  #words(name: string, args: readonly bigint[]): bigint[] {
    const result = call(this.#adapter[name], args);
    const words: unknown[] = Array.isArray(result) ? result : result === undefined ? [] : [result];
    return words.map((word) => BigInt.asUintN(64, word as bigint));
  }

  #imports(module: CompiledModule): WebAssembly.Imports {
    const signatures = module.imports.flatMap(({ kind, index }) =>
      kind === "function" ? [module.functions[index]!.signature] : [],
    );
    const note = (word: bigint): void => void this.#notes.push(BigInt.asUintN(64, word));
    const functions = instanceOf(importAdapter(signatures), { m: { note } });
    const imported = module.imports.flatMap(({ kind, index }) =>
      kind === "global" ? [module.globals[index]!] : [],
    );
    const globals = instanceOf(globalsModule(imported), {});
    const imports: WebAssembly.Imports = {};
    const next = { function: 0, global: 0 };
    for (const { module: from, name, kind } of module.imports) {
      if (kind !== "function" && kind !== "global") throw new Error(`cannot import a ${kind}`);
      const value = kind === "function" ? functions[`f${next.function++}`] : globals[`g${next.global++}`];
      (imports[from] ??= {})[name] = value as WebAssembly.ImportValue;
    }
    return imports;
  }
}

function instanceOf(bytes: Uint8Array<ArrayBuffer>, imports: Record<string, Exports>): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports as WebAssembly.Imports).exports;
}

function call(exported: unknown, args: readonly bigint[]): unknown {
  if (typeof exported !== "function") throw new Error("not a function");
  return Reflect.apply(
    exported,
    undefined,
    args.map((word) => BigInt.asIntN(64, word)),
  );
}
