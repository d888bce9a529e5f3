// What instances exchange: functions, globals, tables and memories in a KVM guest, and whether they fit.

import type { CompiledModule, ModuleImport } from "../../guest-kernel/image/aot.ts";
import type { GuestWindow } from "./guest-windows.ts";

/** A memory, which instances may share. */
export interface LinkedMemory {
  readonly kind: "memory";
  readonly gpa: number;
  readonly window: GuestWindow;
  readonly max: number;
  pages: number;
  /** Contexts of the instances that have it. */
  readonly contexts: number[];
}

/** A function. */
export interface ExternFunction {
  readonly kind: "function";
  readonly signature: string;
  /** What others call. */
  readonly code: bigint;
}

/** A global. */
export interface ExternGlobal {
  readonly kind: "global";
  readonly type: string;
  readonly mutable: boolean;
  readonly gpa: number;
}

/** A table. */
export interface ExternTable {
  readonly kind: "table";
  readonly type: string;
  readonly max: number | undefined;
  /** Of what abi/instance.ts TABLE_* describes. */
  readonly gpa: number;
  length(): number;
}

/** What an instance exports, in a form that others can import. */
export type Extern = ExternFunction | ExternGlobal | ExternTable | LinkedMemory;

/** An import is missing, or is of another type. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

/** A module's instantiation trapped. What it did before that stays. */
export class InstantiationTrap extends Error {
  override readonly name = "InstantiationTrap";
  readonly trap: number;

  constructor(trap: number) {
    super(`trap ${trap}`);
    this.trap = trap;
  }
}

/** Whether an export is what an import asks for, WebAssembly 2.0 §3.2.7. */
export function matches(module: CompiledModule, { kind, index }: ModuleImport, found: Extern): boolean {
  switch (found.kind) {
    case "function":
      return kind === "function" && found.signature === module.functions[index]!.signature;
    case "global": {
      if (kind !== "global") return false;
      const { type, mutable } = module.globals[index]!;
      return found.type === type && found.mutable === mutable;
    }
    case "table": {
      if (kind !== "table") return false;
      const { type, min, max } = module.tables[index]!;
      return found.type === type && limitsMatch(found.length(), found.max ?? Infinity, min, max ?? Infinity);
    }
    case "memory":
    default:
      return kind === "memory" && limitsMatch(found.pages, found.max, module.memory!.min, module.memory!.max);
  }
}

/** §3.2.7.1. No maximum is the greatest one. */
function limitsMatch(size: number, max: number, wantedMin: number, wantedMax: number): boolean {
  return size >= wantedMin && max <= wantedMax;
}
