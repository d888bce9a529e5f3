// Reads the types of variables off asc's program, once it has compiled.

import type {
  DebugClass,
  DebugField,
  DebugFunctionTypes,
  DebugTypes,
  TypeCode,
} from "../../guest-kernel/image/debug-types.ts";

// What is used of the compiler's own classes, `src/program.ts` and `src/types.ts` of assemblyscript.

interface AscType {
  size: number; // bits
  classReference: AscClass | null;
  signatureReference: object | null;
  toString(): string;
}

interface AscElement {
  kind: number;
  internalName: string;
}

interface AscVariable extends AscElement {
  type: AscType;
}

interface AscFunction extends AscElement {
  localsByIndex: AscVariable[];
  signature: { returnType: AscType };
}

interface AscClass extends AscElement {
  name: string;
  nextMemoryOffset: number;
  members: Map<string, AscMember> | null;
  getArrayValueType(): AscType;
}

interface AscMember extends AscElement {
  isField?: boolean;
  instance?: (AscVariable & { memoryOffset: number }) | null;
}

/** The compiler's program. */
export interface AscProgram {
  instancesByName: Map<string, AscElement>;
  elementsByName: Map<string, AscElement>;
}

const KIND_GLOBAL = 0; // ElementKind.Global
const NUMBERS = new Set(["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "v128"]);
// Pointers into linear memory are 32 bits wide.
const ALIASES = new Map<string, TypeCode>([
  ["isize", "i32"],
  ["usize", "u32"],
  ["bool", "bool"],
]);
const ARRAY = /^~lib\/(?:array\/Array<|staticarray\/StaticArray<|typedarray\/[A-Za-z0-9]+$)/;
const STRING = "~lib/string/String";

/** The types of all variables that the program compiled, in the compiler's order. */
export function collectTypes(program: AscProgram): DebugTypes {
  return new Collector().collect(program);
}

class Collector {
  readonly #classes: DebugClass[] = [];
  readonly #numbers = new Map<AscClass, number>();

  collect(program: AscProgram): DebugTypes {
    const functions = new Map<string, DebugFunctionTypes>();
    for (const element of program.instancesByName.values())
      if (isFunction(element)) functions.set(element.internalName, this.#functionTypes(element));
    const globals = new Map<string, TypeCode>();
    for (const element of program.elementsByName.values())
      if (isGlobal(element)) globals.set(element.internalName, this.#code(element.type));
    return { classes: this.#classes, functions, globals };
  }

  #functionTypes({ signature, localsByIndex }: AscFunction): DebugFunctionTypes {
    const { returnType } = signature;
    return {
      result: returnType.toString() === "void" ? undefined : this.#code(returnType),
      locals: localsByIndex.map(({ type }) => this.#code(type)),
    };
  }

  #code(type: AscType): TypeCode {
    if (type.classReference) return `#${this.#numberOf(type.classReference)}`;
    if (type.signatureReference) return "u32";
    const name = type.toString();
    return ALIASES.get(name) ?? (NUMBERS.has(name) ? name : "ref");
  }

  #numberOf(entry: AscClass): number {
    const known = this.#numbers.get(entry);
    if (known !== undefined) return known;
    const number = this.#classes.length;
    this.#numbers.set(entry, number); // before its fields, which may refer to it
    const described: DebugClass = { name: shortName(entry.name), bytes: entry.nextMemoryOffset, fields: [] };
    this.#classes.push(described);
    described.fields = this.#fields(entry);
    return number;
  }

  #fields(entry: AscClass): DebugField[] {
    if (entry.internalName === STRING) return [["text", 0, "@char16_t"]];
    const fields = [...(entry.members ?? [])].flatMap(([name, { isField, instance }]): DebugField[] =>
      isField === true && instance ? [[name, instance.memoryOffset, this.#code(instance.type)]] : [],
    );
    if (!ARRAY.test(entry.internalName)) return fields;
    const item = this.#code(entry.getArrayValueType());
    if (fields.length === 0) return [["items", 0, `@${item}`]];
    return fields.map(([name, offset, type]) => [name, offset, name === "dataStart" ? `^${item}` : type]);
  }
}

/** `Array<~lib/string/String>` as people read it. */
function shortName(name: string): string {
  return name.replaceAll(/[^<>,() ]*\//g, "");
}

function isFunction(element: AscElement): element is AscFunction {
  return "localsByIndex" in element;
}

function isGlobal(element: AscElement): element is AscVariable {
  return element.kind === KIND_GLOBAL && "type" in element;
}
