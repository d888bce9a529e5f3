// Types as debug information describes them: those of the source where it is known, else those of WebAssembly.

import type { DebugClass, TypeCode } from "../debug-types.ts";

/** How a debugger shows the bytes of a value. */
export type DebugType = BaseType | PointerType | ClassType | RowType;

/** A number. */
export interface BaseType {
  kind: "base";
  name: string;
  /** DW_ATE_*. */
  encoding: number;
  bytes: number;
}

/** An offset in linear memory. */
export interface PointerType {
  kind: "pointer";
  to: DebugType;
}

/** An object. */
export interface ClassType {
  kind: "class";
  name: string;
  bytes: number;
  members: { name: string; offset: number; type: DebugType }[];
}

/** Values in a row, as many as fill the object that begins there: the runtime keeps its size before it. */
export interface RowType {
  kind: "row";
  of: DebugType;
}

export const DW_ATE_BOOLEAN = 0x02;
export const DW_ATE_FLOAT = 0x04;
export const DW_ATE_SIGNED = 0x05;
export const DW_ATE_UNSIGNED = 0x07;
export const DW_ATE_UTF = 0x10;

/** Bytes of a pointer in linear memory. */
export const POINTER_BYTES = 4;

const REFERENCE = base("ref", DW_ATE_UNSIGNED, 8);
const BASE_TYPES: ReadonlyMap<string, BaseType> = new Map(
  [
    base("bool", DW_ATE_BOOLEAN, 1),
    ...[8, 16, 32, 64].flatMap((bits) => [
      base(`i${bits}`, DW_ATE_SIGNED, bits / 8),
      base(`u${bits}`, DW_ATE_UNSIGNED, bits / 8),
    ]),
    base("f32", DW_ATE_FLOAT, 4),
    base("f64", DW_ATE_FLOAT, 8),
    base("v128", DW_ATE_UNSIGNED, 16),
    base("char16_t", DW_ATE_UTF, 2), // by this name gdb prints a row of them as text
  ].map((type) => [type.name, type]),
);
// Letters of signatures, aot.ts
const BY_LETTER: ReadonlyMap<string, string> = new Map([
  ["i", "i32"],
  ["I", "i64"],
  ["f", "f32"],
  ["F", "f64"],
  ["v", "v128"],
]);

/** The type that a letter of a signature names. */
export function typeOfLetter(letter: string): BaseType {
  return BASE_TYPES.get(BY_LETTER.get(letter) ?? "") ?? REFERENCE;
}

/** Bytes that a value of the type takes where it is stored. */
export function bytesOf(type: DebugType): number {
  if (type.kind === "pointer") return POINTER_BYTES;
  return type.kind === "row" ? 0 : type.bytes;
}

/** The types that a module's type codes mean: equal codes are the same object. */
export class TypeTable {
  readonly #classes: readonly DebugClass[];
  readonly #made = new Map<TypeCode, DebugType>();
  readonly #objects = new Map<number, ClassType>();

  constructor(classes: readonly DebugClass[]) {
    this.#classes = classes;
  }

  of(code: TypeCode): DebugType {
    const known = this.#made.get(code) ?? BASE_TYPES.get(code);
    if (known !== undefined) return known;
    const made = this.#make(code);
    this.#made.set(code, made);
    return made;
  }

  #make(code: TypeCode): DebugType {
    if (code.startsWith("#")) return { kind: "pointer", to: this.#object(Number(code.slice(1))) };
    if (code.startsWith("^")) return { kind: "pointer", to: this.of(code.slice(1)) };
    if (code.startsWith("@")) return { kind: "row", of: this.of(code.slice(1)) };
    return REFERENCE;
  }

  /** Classes can refer to each other in circles: each is there before its members are. */
  #object(number: number): ClassType {
    const known = this.#objects.get(number);
    if (known !== undefined) return known;
    const { name, bytes, fields } = this.#classes[number]!; // SAFETY: decodeDebugTypes has checked every code
    const made: ClassType = { kind: "class", name, bytes, members: [] };
    this.#objects.set(number, made);
    made.members = fields.map(([field, offset, type]) => ({ name: field, offset, type: this.of(type) }));
    return made;
  }
}

function base(name: string, encoding: number, bytes: number): BaseType {
  return { kind: "base", name, encoding, bytes };
}
