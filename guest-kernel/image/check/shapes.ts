// The instructions that aot emits, and no others: how each is encoded and what it does to registers. Written from the
// Intel SDM volume 2, not from the emitter: a byte sequence that is not here is a fault.

/** A kind of instruction with a ModRM byte. */
export interface Shape {
  name: string;
  /** What the reg field names: a general register, a vector register, or nothing (it is a digit of the opcode). */
  reg: "general" | "vector" | "digit";
  /** What the rm field names if it is a register. */
  rm: "general" | "vector" | "memory";
  /** Bytes of its memory operand: `w` 4 or 8 by REX.W; 0 for none. */
  memory: number | "w";
  /** Bytes of its immediate. */
  immediate: 0 | 1 | 2 | 4;
  /** Which operand it changes. */
  writes: "reg" | "rm" | "both" | "none";
  /** How much of a general register it changes: by REX.W, 32 bits (the rest becomes 0), or its low byte or word. */
  width: "w" | "32" | "part";
}

type Rest = Partial<Omit<Shape, "name">>;

const SHAPES = new Map<string, Shape>();

/** Prefix, opcode map (0, 0f, 0f38, 0f3a), opcode, and `/digit` where the reg field is one. */
function define(key: string, name: string, rest: Rest): void {
  SHAPES.set(key, {
    name,
    reg: "general",
    rm: "general",
    memory: "w",
    immediate: 0,
    writes: "reg",
    width: "w",
    ...rest,
  });
}

/** The shape of an opcode; its `/digit` form counts first. */
export function shapeOf(prefix: number, map: number, opcode: number, digit: number): Shape | undefined {
  const key = shapeKey(prefix, map, opcode);
  return SHAPES.get(`${key}/${digit}`) ?? SHAPES.get(key);
}

function shapeKey(prefix: number, map: number, opcode: number): string {
  return [prefix, map, opcode].map((part) => part.toString(16)).join(".");
}

// ── general registers ───────────────────────────────────────────────────────────────────────────────────

const ARITHMETIC = ["add", "or", "", "", "and", "sub", "xor", "cmp"];
for (const [i, name] of ARITHMETIC.entries()) {
  if (name === "") continue;
  const writes = name === "cmp" ? "none" : "reg";
  define(shapeKey(0, 0, (i << 3) | 3), name, { writes });
  define(`${shapeKey(0, 0, 0x83)}/${i}`, name, {
    reg: "digit",
    immediate: 1,
    writes: name === "cmp" ? "none" : "rm",
  });
  define(`${shapeKey(0, 0, 0x81)}/${i}`, name, {
    reg: "digit",
    immediate: 4,
    writes: name === "cmp" ? "none" : "rm",
  });
}
define(shapeKey(0, 0, 0x39), "cmpTo", { writes: "none" });
define(shapeKey(0, 0, 0x85), "test", { writes: "none" });
define(`${shapeKey(0, 0, 0xf7)}/0`, "testImmediate", { reg: "digit", immediate: 4, writes: "none" });
define(`${shapeKey(0, 0, 0xf7)}/3`, "neg", { reg: "digit", writes: "rm" });
define(`${shapeKey(0, 0, 0xf7)}/6`, "div", { reg: "digit", writes: "none" });
define(`${shapeKey(0, 0, 0xf7)}/7`, "idiv", { reg: "digit", writes: "none" });
define(shapeKey(0, 0, 0x8b), "mov", {});
define(shapeKey(0, 0, 0x89), "movTo", { writes: "rm" });
define(shapeKey(0, 0, 0x88), "movTo8", { memory: 1, writes: "rm", width: "part" });
define(shapeKey(0x66, 0, 0x89), "movTo16", { memory: 2, writes: "rm", width: "part" });
define(`${shapeKey(0, 0, 0xc7)}/0`, "movImmediate", { reg: "digit", immediate: 4, writes: "rm" });
define(`${shapeKey(0, 0, 0xc6)}/0`, "movImmediate8", {
  reg: "digit",
  rm: "memory",
  memory: 1,
  immediate: 1,
  writes: "rm",
});
define(`${shapeKey(0x66, 0, 0xc7)}/0`, "movImmediate16", {
  reg: "digit",
  rm: "memory",
  memory: 2,
  immediate: 2,
  writes: "rm",
});
define(shapeKey(0, 0, 0x63), "movsxd", { memory: 4 });
define(shapeKey(0, 0, 0x8d), "lea", { rm: "memory", memory: 0 });
define(shapeKey(0, 0, 0x87), "xchg", { writes: "both" });
define(shapeKey(0, 0, 0x86), "xchg8", { rm: "memory", memory: 1, writes: "both", width: "part" });
define(shapeKey(0x66, 0, 0x87), "xchg16", { rm: "memory", memory: 2, writes: "both", width: "part" });
for (const [digit, name] of [
  [0, "rol"],
  [1, "ror"],
  [4, "shl"],
  [5, "shr"],
  [7, "sar"],
] as const) {
  define(`${shapeKey(0, 0, 0xc1)}/${digit}`, name, { reg: "digit", memory: 0, immediate: 1, writes: "rm" });
  define(`${shapeKey(0, 0, 0xd1)}/${digit}`, `${name}One`, { reg: "digit", memory: 0, writes: "rm" });
  define(`${shapeKey(0, 0, 0xd3)}/${digit}`, `${name}Cl`, { reg: "digit", memory: 0, writes: "rm" });
}
define(shapeKey(0, 0, 0x69), "imul", { immediate: 4 });
define(shapeKey(0, 0, 0x6b), "imul", { immediate: 1 });
define(shapeKey(0, 0x0f, 0xaf), "imul", {});
define(shapeKey(0, 0x0f, 0xb6), "movzx8", { memory: 1, width: "32" });
define(shapeKey(0, 0x0f, 0xb7), "movzx16", { memory: 2, width: "32" });
define(shapeKey(0, 0x0f, 0xbe), "movsx8", { memory: 1 });
define(shapeKey(0, 0x0f, 0xbf), "movsx16", { memory: 2 });
define(shapeKey(0, 0x0f, 0xbc), "bsf", {});
define(shapeKey(0, 0x0f, 0xbd), "bsr", {});
define(shapeKey(0xf3, 0x0f, 0xb8), "popcnt", {});
define(shapeKey(0xf3, 0x0f, 0xbc), "tzcnt", {});
define(shapeKey(0xf3, 0x0f, 0xbd), "lzcnt", {});
for (let cc = 0; cc < 16; cc++) {
  define(shapeKey(0, 0x0f, 0x40 | cc), "cmov", {});
  define(shapeKey(0, 0x0f, 0x90 | cc), "set", { reg: "digit", memory: 0, writes: "rm", width: "part" });
}
// Those whose memory form takes a lock
define(shapeKey(0, 0x0f, 0xb1), "cmpxchg", { rm: "memory", writes: "rm" });
define(shapeKey(0, 0x0f, 0xb0), "cmpxchg8", { rm: "memory", memory: 1, writes: "rm", width: "part" });
define(shapeKey(0x66, 0x0f, 0xb1), "cmpxchg16", { rm: "memory", memory: 2, writes: "rm", width: "part" });
define(shapeKey(0, 0x0f, 0xc1), "xadd", { rm: "memory", writes: "both" });
define(shapeKey(0, 0x0f, 0xc0), "xadd8", { rm: "memory", memory: 1, writes: "both", width: "part" });
define(shapeKey(0x66, 0x0f, 0xc1), "xadd16", { rm: "memory", memory: 2, writes: "both", width: "part" });
// Where control goes
define(`${shapeKey(0, 0, 0xff)}/2`, "callTo", { reg: "digit", memory: 8, writes: "none" });
define(`${shapeKey(0, 0, 0xff)}/4`, "jumpTo", { reg: "digit", memory: 8, writes: "none" });

// ── vector registers ────────────────────────────────────────────────────────────────────────────────────

const VECTOR: Rest = { reg: "vector", rm: "vector", memory: 0 };

/** Opcodes of one prefix and map that change a vector register by another, memory operands excluded. */
function defineVectors(prefix: number, map: number, opcodes: readonly number[], immediate: 0 | 1 = 0): void {
  for (const opcode of opcodes) define(shapeKey(prefix, map, opcode), "vector", { ...VECTOR, immediate });
}

defineVectors(
  0,
  0x0f,
  [0x14, 0x16, 0x28, 0x51, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f],
);
defineVectors(0, 0x0f, [0xc2, 0xc6], 1);
defineVectors(0x66, 0x0f, [0x51, 0x58, 0x59, 0x5a, 0x5c, 0x5d, 0x5e, 0x5f]);
defineVectors(
  0x66,
  0x0f,
  [0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d],
);
defineVectors(
  0x66,
  0x0f,
  [0x74, 0x75, 0x76, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde],
);
defineVectors(
  0x66,
  0x0f,
  [0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee],
);
defineVectors(0x66, 0x0f, [0xef, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe]);
defineVectors(0x66, 0x0f, [0x70, 0xc2], 1);
defineVectors(0xf2, 0x0f, [0x70], 1);
defineVectors(0xf3, 0x0f, [0x5b, 0x7e, 0xe6]);
defineVectors(
  0x66,
  0x0f38,
  [0x00, 0x04, 0x0b, 0x17, 0x1c, 0x1d, 0x1e, 0x28, 0x29, 0x2b, 0x37, 0x38, 0x39, 0x3a],
);
defineVectors(0x66, 0x0f38, [0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40]);
defineVectors(0x66, 0x0f3a, [0x08, 0x09, 0x0a, 0x0b, 0x0e, 0x0f, 0x21], 1);
// Shifts of lanes by an immediate: the rm field is what changes
for (const [opcode, digits] of [
  [0x71, [2, 4, 6]],
  [0x72, [2, 4, 6]],
  [0x73, [2, 6]],
] as const) {
  for (const digit of digits)
    define(`${shapeKey(0x66, 0x0f, opcode)}/${digit}`, "vectorShift", {
      reg: "digit",
      rm: "vector",
      memory: 0,
      immediate: 1,
      writes: "rm",
    });
}
// Scalars, which may come from memory
for (const [prefix, memory] of [
  [0xf3, 4],
  [0xf2, 8],
] as const) {
  define(shapeKey(prefix, 0x0f, 0x10), "vectorLoad", { ...VECTOR, memory });
  define(shapeKey(prefix, 0x0f, 0x11), "vectorStore", { ...VECTOR, rm: "memory", memory, writes: "rm" });
  for (const opcode of [0x51, 0x58, 0x59, 0x5a, 0x5c, 0x5d, 0x5e, 0x5f])
    define(shapeKey(prefix, 0x0f, opcode), "vector", { ...VECTOR, memory });
  define(shapeKey(prefix, 0x0f, 0x2a), "fromInteger", { ...VECTOR, rm: "general", memory: "w" });
  define(shapeKey(prefix, 0x0f, 0x2c), "toInteger", { ...VECTOR, reg: "general", memory });
}
define(shapeKey(0, 0x0f, 0x2e), "vectorCompare", { ...VECTOR, memory: 4, writes: "none" });
define(shapeKey(0x66, 0x0f, 0x2e), "vectorCompare", { ...VECTOR, memory: 8, writes: "none" });
// Whole vectors at any alignment, and parts of them
define(shapeKey(0, 0x0f, 0x10), "vectorLoad", { ...VECTOR, rm: "memory", memory: 16 });
define(shapeKey(0, 0x0f, 0x11), "vectorStore", { ...VECTOR, rm: "memory", memory: 16, writes: "rm" });
define(shapeKey(0xf2, 0x0f, 0x12), "vectorLoad", { ...VECTOR, memory: 8 });
for (const opcode of [0x20, 0x23, 0x25, 0x30, 0x33, 0x35])
  define(shapeKey(0x66, 0x0f38, opcode), "vectorLoad", { ...VECTOR, memory: 8 });
// Between both kinds of registers
define(shapeKey(0x66, 0x0f, 0x6e), "fromGeneral", { ...VECTOR, rm: "general", memory: "w" });
define(shapeKey(0x66, 0x0f, 0x7e), "toGeneral", { ...VECTOR, rm: "general", memory: "w", writes: "rm" });
define(shapeKey(0, 0x0f, 0x50), "mask", { ...VECTOR, reg: "general", width: "32" });
define(shapeKey(0x66, 0x0f, 0x50), "mask", { ...VECTOR, reg: "general", width: "32" });
define(shapeKey(0x66, 0x0f, 0xd7), "mask", { ...VECTOR, reg: "general", width: "32" });
define(shapeKey(0x66, 0x0f3a, 0x14), "extract", {
  ...VECTOR,
  rm: "general",
  memory: 1,
  immediate: 1,
  writes: "rm",
  width: "32",
});
define(shapeKey(0x66, 0x0f3a, 0x15), "extract", {
  ...VECTOR,
  rm: "general",
  memory: 2,
  immediate: 1,
  writes: "rm",
  width: "32",
});
define(shapeKey(0x66, 0x0f3a, 0x16), "extract", {
  ...VECTOR,
  rm: "general",
  memory: "w",
  immediate: 1,
  writes: "rm",
});
define(shapeKey(0x66, 0x0f3a, 0x20), "insert", { ...VECTOR, rm: "general", memory: 1, immediate: 1 });
define(shapeKey(0x66, 0x0f, 0xc4), "insert", { ...VECTOR, rm: "general", memory: 2, immediate: 1 });
define(shapeKey(0x66, 0x0f3a, 0x22), "insert", { ...VECTOR, rm: "general", memory: "w", immediate: 1 });
