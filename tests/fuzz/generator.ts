// binaryen's wasm-opt, loaded once and run in this process: a process of its own for each module would cost half a second.

import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Script, createContext, runInContext } from "node:vm";

/** What aot takes: WebAssembly 2.0. */
const FEATURES = [
  "--mvp-features",
  "--enable-sign-ext",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-multivalue",
  "--enable-reference-types",
  "--enable-bulk-memory",
  "--enable-simd",
];

// What the program uses of Node's globals besides the process.
const WEB = { performance, WebAssembly, setTimeout, clearTimeout, TextDecoder, TextEncoder, Buffer, crypto };

/** The generator ended without a module. */
export class GeneratorError extends Error {
  override readonly name = "GeneratorError";
}

/** Makes valid modules of random bytes. */
export class ModuleGenerator {
  readonly #program: WasmOpt;
  readonly #input: string;
  readonly #output: string;

  private constructor(program: WasmOpt) {
    this.#program = program;
    this.#input = join(tmpdir(), `oscortex-fuzz-${process.pid}.bin`);
    this.#output = join(tmpdir(), `oscortex-fuzz-${process.pid}.wasm`);
  }

  /** Loads binaryen, a development dependency. */
  static async load(): Promise<ModuleGenerator> {
    return new ModuleGenerator(await WasmOpt.load());
  }

  /**
   * The module that `bytes` stand for: the same for the same bytes. With `denan` every NaN that an operation makes becomes
   * zero, so that nothing depends on bits that the specification leaves open.
   * @throws GeneratorError
   */
  generate(bytes: Uint8Array, { denan }: { denan: boolean }): Uint8Array<ArrayBuffer> {
    writeFileSync(this.#input, bytes);
    const passes = denan ? ["--denan"] : [];
    this.#program.run([
      this.#input,
      "--quiet",
      "--translate-to-fuzz",
      "-o",
      this.#output,
      ...passes,
      ...FEATURES,
    ]);
    return new Uint8Array(readFileSync(this.#output));
  }

  /** Removes its files. */
  close(): void {
    for (const file of [this.#input, this.#output]) {
      try {
        unlinkSync(file);
      } catch {
        // It was never written.
      }
    }
  }
}

/** What is used of the program's globals; Emscripten makes them. */
interface ProgramScope {
  callMain(args: string[]): number;
  stackSave(): number;
  stackRestore(pointer: number): void;
}

class WasmOpt {
  readonly #scope: ProgramScope;

  private constructor(scope: ProgramScope) {
    this.#scope = scope;
  }

  static async load(): Promise<WasmOpt> {
    const resolve = createRequire(import.meta.url);
    const file = join(dirname(resolve.resolve("binaryen")), "bin/wasm-opt");
    const source = readFileSync(file, "utf8").replace(/^#!.*/, "");
    let scope: object = {};
    await new Promise<void>((ready) => {
      scope = createContext({
        Module: { noInitialRun: true, onRuntimeInitialized: ready },
        process: standIn(file),
        require: resolve,
        console: { log: () => {}, warn: () => {}, error: () => {} },
        __filename: file,
        __dirname: dirname(file),
        ...WEB,
      });
      new Script(source, { filename: file }).runInContext(scope);
    });
    return new WasmOpt({
      callMain: (args) => Number(Reflect.apply(runInContext("callMain", scope), undefined, [args])),
      stackSave: () => Number(Reflect.apply(runInContext("stackSave", scope), undefined, [])),
      stackRestore: (pointer) =>
        void Reflect.apply(runInContext("stackRestore", scope), undefined, [pointer]),
    });
  }

  run(args: string[]): void {
    const stack = this.#scope.stackSave();
    try {
      const status = this.#scope.callMain(args);
      if (status !== 0) throw new GeneratorError(`wasm-opt ended with status ${status}`);
    } catch (error) {
      if (error instanceof GeneratorError) throw error;
      throw new GeneratorError("wasm-opt crashed", { cause: error });
    } finally {
      this.#scope.stackRestore(stack);
    }
  }
}

/** What the program sees as the process: this one, but with arguments and an exit status of its own. */
function standIn(file: string): object {
  return Object.assign(Object.create(process) as object, { argv: ["node", file], exitCode: 0 });
}
