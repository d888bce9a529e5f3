// A module that runs twice: in V8, and as machine code in a KVM guest. Each step must come out the same.

import { TRAP_NONE } from "../../guest-kernel/abi/instance.ts";
import type { Aot, CompiledModule } from "../../guest-kernel/image/aot.ts";
import { CompiledInstance, type InstanceMachine } from "./compiled-instance.ts";

const WASM_PAGE = 65536;

/** What an imported function does. It may look at what it is passed only: the memories are two. */
export type Import = (...args: number[]) => number;

/** Two instances of one module, which export their memory as `memory`. */
export class TwinInstance {
  /** Calls of imports, as V8 made them: name, then arguments. */
  readonly calls: (readonly [string, ...number[]])[] = [];
  readonly #module: CompiledModule;
  readonly #inV8: WebAssembly.Exports;
  readonly #inGuest: CompiledInstance;
  readonly #memory: WebAssembly.Memory;
  readonly #guestCalls: (readonly [string, ...number[]])[] = [];

  /** `imports` by name; those that are missing return 0. Those of other types than i32 must not be called. */
  constructor(
    host: InstanceMachine,
    aot: Aot,
    wasm: Uint8Array<ArrayBuffer>,
    { imports = {}, memory = "memory" }: { imports?: Record<string, Import>; memory?: string } = {},
  ) {
    this.#module = aot.compile(wasm, { preemptible: true, lzcnt: true, bmi1: true });
    const functions = this.#module.imports.map(({ name, module, kind, index }) => {
      if (kind !== "function") throw new Error(`import ${name} is a ${kind}`);
      const { signature } = this.#module.functions[index]!;
      const isPlain = /^i*>i?$/.test(signature);
      const refuse = (): never => {
        throw new Error(`a call of ${name}, which is ${signature}`);
      };
      return {
        module,
        name,
        does: isPlain ? (imports[name] ?? (() => 0)) : refuse,
        params: signature.indexOf(">"),
      };
    });
    this.#inGuest = new CompiledInstance(host, this.#module, {
      hostCall: (number, argument) => {
        const { name, does, params } = functions[number]!;
        const args = Array.from({ length: params }, (_, i) => Number(BigInt.asIntN(32, argument(i))));
        this.#guestCalls.push([name, ...args]);
        return BigInt(does(...args));
      },
    });
    if (this.#inGuest.trap !== TRAP_NONE) throw new Error(`trap ${this.#inGuest.trap}`);
    const given: Record<string, Record<string, Import>> = {};
    for (const { module, name, does } of functions) {
      (given[module] ??= {})[name] = (...args) => {
        this.calls.push([name, ...args]);
        return does(...args);
      };
    }
    this.#inV8 = new WebAssembly.Instance(new WebAssembly.Module(wasm), given).exports;
    const exported = this.#inV8[memory];
    if (!(exported instanceof WebAssembly.Memory)) throw new Error(`no memory ${memory}`);
    this.#memory = exported;
  }

  /** Calls an exported function of i32 on both sides, which must return and call the same. @throws Error if they do not */
  call(name: string, ...args: number[]): number {
    const exported = this.#inV8[name];
    const index = this.#module.exports.find((e) => e.name === name && e.kind === "function")?.index;
    if (typeof exported !== "function" || index === undefined) throw new Error(`no function ${name}`);
    const expected: unknown = Reflect.apply(exported, undefined, args);
    const outcome = this.#inGuest.call(
      index,
      args.map((value) => BigInt(value)),
    );
    if ("trap" in outcome)
      throw new Error(`${name}: trap ${outcome.trap} at byte ${outcome.at}, V8 ${String(expected)}`);
    const found = outcome.results.map((bits) => Number(BigInt.asIntN(32, bits)))[0];
    if (found !== expected) throw new Error(`${name}: ${found}, V8 ${String(expected)}`);
    this.#compareCalls();
    return found ?? 0;
  }

  /** Puts bytes into both memories. */
  write(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.#memory.buffer).set(bytes, address);
    this.#inGuest.writeMemory(address, bytes);
  }

  /** What is in both memories. */
  read(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer).slice(address, address + length);
  }

  readU32(address: number): number {
    return new DataView(this.#memory.buffer).getUint32(address, true);
  }

  /** The bits of an exported global. */
  global(name: string): number {
    const found = this.#module.exports.find((e) => e.name === name && e.kind === "global")!;
    return Number(BigInt.asIntN(32, this.#inGuest.global(found.index)));
  }

  /** Compares the memories, and ends the life of both. @throws Error if they differ */
  close(): void {
    const expected = new Uint8Array(this.#memory.buffer);
    const found = this.#inGuest.memory(0, this.#inGuest.memoryPages * WASM_PAGE);
    this.#module.free();
    if (Buffer.compare(found, expected) === 0) return;
    const at = found.findIndex((byte, i) => byte !== expected[i]);
    throw new Error(
      `memory of ${found.length} bytes differs from V8's at ${at}: ${found[at]}, ${expected[at]}`,
    );
  }

  #compareCalls(): void {
    const [found, expected] = [this.#guestCalls, this.calls].map((calls) => JSON.stringify(calls));
    if (found !== expected) throw new Error(`calls of imports: ${found}, V8 ${String(expected)}`);
  }
}
