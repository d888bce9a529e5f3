// The entries of types in .debug_info, DWARF 5 §5.

import * as abbreviation from "./abbreviations.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { Expression } from "./expression.ts";
import { bytesOf, type ClassType, type DebugType, POINTER_BYTES, type RowType } from "./types.ts";

// Before each managed object lies its size in bytes, u32.
const SIZE_BEFORE = 4;

/** Writes the types of a unit, each once; `reference` is then where it is. */
export class TypeEntries {
  readonly #out: ByteWriter;
  readonly #unitStart: number;
  readonly #offsets = new Map<DebugType, number>();
  readonly #waiting: DebugType[] = [];
  readonly #fields: { at: number; type: DebugType }[] = [];

  constructor(out: ByteWriter, unitStart: number) {
    this.#out = out;
    this.#unitStart = unitStart;
  }

  /** Writes `types` and all that they refer to. */
  write(types: Iterable<DebugType>): void {
    this.#waiting.push(...types);
    for (let type = this.#waiting.shift(); type !== undefined; type = this.#waiting.shift())
      if (!this.#offsets.has(type)) this.#writeType(type);
    for (const { at, type } of this.#fields.splice(0)) this.#out.patch32(at, this.reference(type));
  }

  /** The offset in the unit of a type that was written. */
  reference(type: DebugType): number {
    return this.#offsets.get(type)!; // SAFETY: write() has had all types of the unit
  }

  #writeType(type: DebugType): void {
    const out = this.#out;
    this.#offsets.set(type, out.length - this.#unitStart);
    switch (type.kind) {
      case "base":
        out.uleb(abbreviation.BASE_TYPE);
        out.text(type.name);
        out.uleb(type.bytes);
        return out.u8(type.encoding);
      case "pointer":
        return this.#writePointer(type.to);
      case "class":
        return this.#writeClass(type);
      case "row":
        return this.#writeRow(type);
      default:
        return unknownKind(type);
    }
  }

  /**
   * A pointer of 32 bits. gdb keeps one kind of pointer for each entry of a type, also for addresses that it takes itself: of
   * numbers and pointers, which variables outside of linear memory can be, these pointers point at a name of their own.
   */
  #writePointer(to: DebugType): void {
    const out = this.#out;
    out.uleb(abbreviation.POINTER);
    out.uleb(POINTER_BYTES);
    if (to.kind !== "base" && to.kind !== "pointer") return this.#refer(to);
    out.u32(out.length + 4 - this.#unitStart); // what follows
    out.uleb(abbreviation.TYPEDEF);
    out.text(`linear_${to.kind === "pointer" ? "pointer" : to.name}`);
    return this.#refer(to);
  }

  /** A class is a structure, which also goes by its bare name. */
  #writeClass(type: ClassType): void {
    const out = this.#out;
    const { name, bytes, members } = type;
    out.uleb(members.length === 0 ? abbreviation.EMPTY_OBJECT : abbreviation.OBJECT);
    out.text(name);
    out.uleb(bytes);
    for (const member of members) {
      out.uleb(abbreviation.MEMBER);
      out.text(member.name);
      this.#refer(member.type);
      out.uleb(member.offset);
    }
    if (members.length > 0) out.u8(0);
    out.uleb(abbreviation.TYPEDEF);
    out.text(name);
    this.#refer(type);
  }

  #writeRow({ of }: RowType): void {
    const out = this.#out;
    out.uleb(abbreviation.ROW);
    this.#refer(of);
    out.uleb(abbreviation.ROW_LENGTH);
    const last = new Expression()
      .objectAddress()
      .subtract(SIZE_BEFORE)
      .load32()
      .divide(bytesOf(of))
      .subtract(1);
    const bytes = last.bytes();
    out.uleb(bytes.length);
    out.append(bytes);
    out.u8(0);
  }

  #refer(type: DebugType): void {
    this.#waiting.push(type);
    this.#fields.push({ at: this.#out.length, type });
    this.#out.u32(0);
  }
}

function unknownKind(type: never): never {
  throw new TypeError(`type ${String(type)}`);
}
