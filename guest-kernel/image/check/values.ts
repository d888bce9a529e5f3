// What the checker knows of the value in a register or a frame slot.

/** A value. `id` names the number itself: two places with the same id hold the same number. */
export type Value =
  /** A number from 0 to `max`; Infinity for any 64 bits. */
  | { kind: "number"; max: number; id: string }
  /** What the caller had in a register that calls preserve. */
  | { kind: "caller"; register: number }
  /** The sum of two numbers. */
  | { kind: "sum"; left: string; right: string; max: number; id: string }
  /** Entries that table `table` has: TABLE_LENGTH. */
  | { kind: "length"; of: string; id: string }
  /** Entries that it has room for: TABLE_MAX. */
  | { kind: "room"; of: string; id: string }
  /** An index below the length of a table, or below the number of descriptors. */
  | { kind: "index"; table: number | "descriptors"; id: string }
  /** Sixteen times the number `of`: a number itself. */
  | { kind: "scaled"; of: string; index: number | "descriptors" | undefined; max: number; id: string }
  /** Address of the table's first entry plus sixteen times the number `of`; `valid` if that is below its length. */
  | { kind: "entry"; table: number; of: string; valid: boolean; filled: boolean; type: number | undefined }
  /** Address of a byte or entry of a segment: the number `of` from its first. */
  | { kind: "segment"; of: string; start: string }
  /** Address of byte `of` of linear memory. */
  | { kind: "linear"; of: string }
  /** Address of a table's words in another instance. */
  | { kind: "table"; table: number }
  /** Address of a global's value in another instance. */
  | { kind: "global"; global: number }
  /** Address of a function's descriptor. */
  | { kind: "descriptor" }
  /** Of which the lowest byte is a number, and the rest of an address perhaps: only that byte may be read. */
  | { kind: "mixed" }
  /** Code that a table entry of this type named. */
  | { kind: "code"; type: number };

export const MAX_U32 = 2 ** 32 - 1;
/** The sum of two 32-bit numbers. */
export const MAX_SUM = 2 * MAX_U32;

/** A number of which nothing more is known. */
export function numberUpTo(max: number, id: string): Value {
  return { kind: "number", max, id };
}

/** The largest number that the value can be; Infinity for addresses and what is unknown. */
export function maxOf(value: Value): number {
  if ("max" in value) return value.max;
  return idOf(value) === undefined ? Infinity : MAX_U32;
}

/** The value's id, if it is a number. */
export function idOf(value: Value): string | undefined {
  return "id" in value ? value.id : undefined;
}

/** True if both are the same, whatever path led here. */
export function isSame(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === "number") return b.kind === "number" && a.id === b.id && a.max === b.max;
  if (a.kind === "caller") return b.kind === "caller" && a.register === b.register;
  return a.kind === b.kind && JSON.stringify(a) === JSON.stringify(b);
}

/** True if the value is the number `id`, or has been made of it. */
export function mentions(value: Value, id: string): boolean {
  if ("id" in value && value.id === id) return true;
  if (value.kind === "sum") return value.left === id || value.right === id;
  return ("of" in value && value.of === id) || ("start" in value && value.start === id);
}

/** What holds of both; `id` names the result where they differ. */
export function join(a: Value, b: Value, id: string): Value {
  if (isSame(a, b)) return a;
  return numberUpTo(Math.max(maxOf(a), maxOf(b)), id);
}
