// What the source says of variables' types, which WebAssembly does not: noted by pkg/pack when asc compiles a debug build,
// carried as JSON (a section of a bundle, a file beside the kernel's module), read when debug information is made.

/** The document breaks its format. */
export class DebugTypesError extends Error {
  override readonly name = "DebugTypesError";
}

/**
 * A type: the name of a number type (`u8`, `f64`, `bool`, `char16_t`); `#N` for a reference to an object of class N; `^TYPE`
 * for a pointer to values of a type; `@TYPE` for values in a row, as many as fill the object, which begins there.
 */
export type TypeCode = string;

/** A field: its name, its offset in the object, its type. */
export type DebugField = [name: string, offset: number, type: TypeCode];

/** A class of objects in linear memory. */
export interface DebugClass {
  name: string;
  /** Without what the runtime keeps before an object. */
  bytes: number;
  fields: DebugField[];
}

/** Types of a function. */
export interface DebugFunctionTypes {
  /** Undefined if it returns nothing. */
  result: TypeCode | undefined;
  /** Of its locals, in their order, parameters first. */
  locals: TypeCode[];
}

/** Types of a module's variables. Functions and globals are named as in its name section. */
export interface DebugTypes {
  classes: DebugClass[];
  functions: Map<string, DebugFunctionTypes>;
  globals: Map<string, TypeCode>;
}

const NOTHING = "";
const TYPE_CODE = /^[\^@]*(?:#\d+|[a-z]+\w*)$/;

/** Encodes types; equal types give equal bytes. */
export function encodeDebugTypes({ classes, functions, globals }: DebugTypes): Uint8Array {
  const document = {
    classes: classes.map(({ name, bytes, fields }) => ({ name, bytes, fields })),
    functions: [...functions].map(([name, { result, locals }]) => [name, result ?? NOTHING, locals]),
    globals: [...globals],
  };
  return Buffer.from(JSON.stringify(document));
}

/** Decodes types from an untrusted bundle. @throws DebugTypesError */
export function decodeDebugTypes(bytes: Uint8Array): DebugTypes {
  const document = fieldsOf(parse(bytes), "the document");
  const classes = listOf(document.get("classes"), "classes").map(decodeClass);
  const { length } = classes;
  for (const { fields } of classes) for (const [, , type] of fields) typeOf(type, length);
  const functions = listOf(document.get("functions"), "functions").map((entry) =>
    decodeFunction(entry, length),
  );
  const globals = listOf(document.get("globals"), "globals").map((entry) => decodeGlobal(entry, length));
  return { classes, functions: new Map(functions), globals: new Map(globals) };
}

function decodeFunction(entry: unknown, classCount: number): [name: string, DebugFunctionTypes] {
  const [name, result, locals] = listOf(entry, "a function");
  const types = {
    result: result === NOTHING ? undefined : typeOf(result, classCount),
    locals: listOf(locals, "locals").map((type) => typeOf(type, classCount)),
  };
  return [textOf(name, "a function"), types];
}

function decodeGlobal(entry: unknown, classCount: number): [name: string, TypeCode] {
  const [name, type] = listOf(entry, "a global");
  return [textOf(name, "a global"), typeOf(type, classCount)];
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new DebugTypesError("not JSON", { cause });
  }
}

function decodeClass(entry: unknown): DebugClass {
  const fields = fieldsOf(entry, "a class");
  return {
    name: textOf(fields.get("name"), "a class"),
    bytes: numberOf(fields.get("bytes")),
    fields: listOf(fields.get("fields"), "fields").map((field) => {
      const [name, offset, type] = listOf(field, "a field");
      return [textOf(name, "a field"), numberOf(offset), textOf(type, "a type")];
    }),
  };
}

function typeOf(value: unknown, classCount: number): TypeCode {
  const type = textOf(value, "a type");
  const named = /#(\d+)$/.exec(type)?.[1];
  if (!TYPE_CODE.test(type) || (named !== undefined && Number(named) >= classCount))
    throw new DebugTypesError(`type ${JSON.stringify(type)} of ${classCount} classes`);
  return type;
}

function fieldsOf(value: unknown, what: string): Map<string, unknown> {
  if (typeof value !== "object" || value === null) throw new DebugTypesError(`${what} is not an object`);
  return new Map(Object.entries(value));
}

function listOf(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new DebugTypesError(`${what}: not a list`);
  return value;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== "string") throw new DebugTypesError(`${what} has no name`);
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new DebugTypesError(`offset or size ${JSON.stringify(value)}`);
  return value;
}
