// The checker refuses what it must: pairs of code that keeps a rule and code that breaks it by as little as can be.

import { beforeAll, describe, expect, test } from "vitest";
import { loadAot } from "../../../tests/support/compiler.ts";
import { tinyWasm } from "../../../tests/support/tiny-wasm.ts";
import type { CompiledModule } from "../aot.ts";
import { CodeFault } from "./decode.ts";
import { checkModule } from "./module.ts";

const FRAME = 0x20;
// Of the module below, in the instance context
const IMPORT = 0x80; // one function, () -> i32
const GLOBAL = 0x88; // one global, i32
const TABLE = 0x98; // two tables: of functions, of external references
const EXTERNAL_TABLE = 0xa8;
const DATA = 0xb8; // one segment
const ELEM = 0xc8; // two segments: of functions, of external references
const EXTERNAL_ELEM = 0xd8;
const REFERENCES = 0xe8;

let copyRoutine: Uint8Array;
beforeAll(async () => {
  const module = (await loadAot()).compile(tinyWasm());
  copyRoutine = module.code.slice(0, module.functions[0]!.offset);
  module.free();
}, 60_000);

/** Bytes of hexadecimal digits. */
function bytes(hex: string): number[] {
  return Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

function word(value: number): string {
  return Buffer.from(Uint32Array.of(value).buffer).toString("hex");
}

const PROLOGUE_BYTES = 29;

/** push rbp; mov rbp, rsp; lea rax, [rsp - frame]; cmp rax, [r14 + 8]; jb slow; sub rsp, frame; body; leave; ret; ud2; slow: ud2 */
function functionCode(body: number[]): number[] {
  const probe = bytes(`55 488bec 488d8424 ${word(-FRAME)} 493b4608`);
  const rest = [...bytes(`4881ec ${word(FRAME)}`), ...body, ...bytes("c9c3 0f0b")];
  return [...probe, ...bytes(`0f82 ${word(rest.length)}`), ...rest, ...bytes("0f0b")];
}

/** A module of one function of type `signature`, whose whole code is `code`. */
function moduleOf(code: number[], signature: string): CompiledModule {
  const offset = copyRoutine.length;
  const functions = [
    { name: "imported", signature: ">i", offset: undefined, size: 0 },
    { name: "function", signature, offset, size: code.length },
  ];
  return {
    code: Uint8Array.from([...copyRoutine, ...code]),
    sites: new Uint8Array(),
    functions,
    names: { functions: new Map(), locals: new Map(), globals: new Map() },
    debug: undefined,
    imports: [{ module: "m", name: "f", kind: "function", index: 0 }],
    exports: [],
    globals: [{ type: "i", mutable: true, foreign: false }],
    tables: ["r", "R"].map((type) => ({ type, min: 1, max: undefined, imported: false })),
    dataCount: 1,
    elems: ["r", "R"],
    types: new Map([[0, "i>"]]),
    context: {
      size: 0x100,
      imports: IMPORT,
      globals: GLOBAL,
      tables: TABLE,
      results: 0x80,
      resultCount: (IMPORT - 0x80) / 16,
      datas: DATA,
      elems: ELEM,
      references: REFERENCES,
    },
    memory: { min: 1, max: 1 },
    tableBytes: 0,
    start: undefined,
    instantiate: () => {
      throw new Error("code to look at");
    },
    free: () => {},
  };
}

/** The rule that code of a function breaks, or undefined. */
function brokenRule(code: number[], signature = "ii>", preemptible = false): string | undefined {
  try {
    checkModule(moduleOf(code, signature), { preemptible });
    return undefined;
  } catch (error) {
    if (error instanceof CodeFault) return error.rule;
    throw error;
  }
}

function brokenByBody(body: string): string | undefined {
  return brokenRule(functionCode(bytes(body)));
}

describe("code that keeps to memory", () => {
  test.each([
    ["an index of 32 bits", "8bc7 418b0407", "418b043f", /more than 32 bits/],
    ["an index that is extended without a sign", "8bc7 418b0407", "4863c7 418b0407", /more than 32 bits/],
    [
      "an index that is added to once",
      "8bc7 41bb00000080 4c03d8 478b1c1f",
      "8bc7 4803c0 4803c0 418b0407",
      /more than 32 bits/,
    ],
    [
      "an index that cannot be undefined",
      "8bc7 0fbcc0 8bc0 418b0407",
      "8bc7 0fbcc0 418b0407",
      /more than 32 bits/,
    ],
    [
      "an index that equals one of 32 bits",
      "488bc7 448bd8 493bc3 7402 0f0b 418b0407",
      "488bc7 448bd8 493bc3 7502 0f0b 418b0407",
      /more than 32 bits/,
    ],
    ["a byte of an index of 32 bits", "8bc7 0f94c0 418b0407", "0f94c0 418b0407", /more than 32 bits/],
    ["an offset upwards", "8bc7 418b440708", "8bc7 418b4407f8", /below linear memory/],
    ["a plain index", "8bc7 418b0407", "8bc7 418b04c7", /scaled/],
    ["the memory's base", "8bc7 418b0407", "8bc7 8b0407", /an index on what is no linear memory/],
    ["a store through it", "8bc7 41893c07", "893f", /a number/],
    ["a base that it may have", "418b07", "8b042500100000", /absolute/],
    ["a vector at any address", "8bc7 410f100407", "8bc7 0f1000", /a number/],
    ["an atomic access", "8bc7 f0450fb11c07", "f0440fb15df8", /outside of linear memory/],
    ["a lock where there must be one", "8bc7 f0450fb11c07", "8bc7 450fb11c07", /without a lock/],
    [
      "an i32 that was stored as 64 bits",
      "8bc7 488945f8 488b75f8 418b0437",
      "8945f8 488b75f8 418b0437",
      /more than 32 bits/,
    ],
    [
      "what an import returned, extended",
      `41ff96${word(IMPORT)} 8bc0 418b0407`,
      `41ff96${word(IMPORT)} 418b0407`,
      /more than 32 bits/,
    ],
    [
      "what a call leaves in a preserved register",
      `48895df8 8bdf 41ff96${word(IMPORT)} 418b041f 488b5df8`,
      `8bf7 41ff96${word(IMPORT)} 418b0437`,
      /more than 32 bits/,
    ],
  ])("%s", (_, good, bad, rule) => {
    expect(brokenByBody(good)).toBeUndefined();
    expect(brokenByBody(bad)).toMatch(rule);
  });
});

describe("code that keeps to its frame and its registers", () => {
  test.each([
    ["a slot", "48897df8", "48897d00", /rbp 0 of a frame/],
    ["a slot above the return address", "48897df8", "48897d08", /rbp 8 of a frame/],
    ["the lowest slot", "48897de0", "48897dd8", /rbp -40 of a frame/],
    ["an argument on the stack", "48893c24", "48897c2420", /outside of the frame/],
    ["arguments apart from slots", "48893c24 48897df8", "48893c24 48897de0", /where arguments are passed/],
    ["a frame that it leaves", "", "c3", /frame in place/],
    ["a frame that stays", "488bc7", "488be7", /not for numbers/],
    ["a frame pointer that stays", "488bc7", "488bef", /not for numbers/],
    ["a context that stays", "488bc7", "4c8bf7", /not for numbers/],
    ["a memory base that stays", "488bc7", "4c8bff", /not for numbers/],
    ["a memory base that is no number", "488bc7", "498bc7", /not for numbers/],
    ["a stack pointer that is not adjusted", "4883c008", "4883c408", /not for numbers/],
    ["exchanges of numbers", "4887f7", "4c87ff", /not for numbers/],
    ["its caller's rbx", "48895df8 bb01000000 488b5df8", "bb01000000", /register 3 than/],
    [
      "its caller's r12 in its own place",
      "4c8965f8 41bc01000000 4c8b65f8",
      "4c8965f8 41bc01000000 4c8b65f0",
      /register 12 than/,
    ],
    ["no pushes", "488bc7", "57", /no instruction that aot emits/],
  ])("%s", (_, good, bad, rule) => {
    expect(brokenByBody(good)).toBeUndefined();
    expect(brokenByBody(bad)).toMatch(rule);
  });

  test("returns an i32 in 32 bits", () => {
    expect(brokenRule(functionCode(bytes("8bc7")), "ii>i")).toBeUndefined();
    expect(brokenRule(functionCode(bytes("488bc7")), "ii>i")).toMatch(/not zero-extended/);
  });

  test("reads the arguments that it has on the stack", () => {
    expect(brokenRule(functionCode(bytes("8b4510")), "iiiiiii>")).toBeUndefined();
    expect(brokenRule(functionCode(bytes("8b4510")), "iiiiii>")).toMatch(/rbp 16 of a frame/);
  });
});

describe("code that keeps to its own", () => {
  test.each([
    ["a jump to an instruction", "eb00", "ebff", /inside of another|no instruction/],
    ["a jump in its function", "eb00", "e900100000", /out of its function/],
    ["a branch in its function", "7400", "0f84f0ffff7f", /out of its function/],
    [
      "no jump past the check of the stack",
      "eb00",
      `eb${word(-PROLOGUE_BYTES - 2).slice(0, 2)}`,
      /jumps|inside|middle/,
    ],
    [
      "a call of a function",
      `e8${word(-PROLOGUE_BYTES - 5)}`,
      `e8${word(-PROLOGUE_BYTES - 4)}`,
      /no function/,
    ],
    ["a call of an import", `41ff96${word(IMPORT)}`, `41ff96${word(IMPORT + 8)}`, /bytes at 136|a global/],
    ["a call of a stub that is its own", "41ff5648", "41ff5650", /8 bytes at 80/],
    ["no call of a number", `41ff96${word(IMPORT)}`, "ffd0", /calls a number/],
    ["no jump to a number", "eb00", "ffe0", /jumpTo in the middle/],
    ["no jump to an import", `41ff96${word(IMPORT)}`, `41ffa6${word(IMPORT)}`, /jumpTo in the middle/],
    ["no address of code", "488d07", "488d0500000000", /address in the code/],
    ["no store to code", "0f1005e0ffffff", "0f1105e0ffffff", /on a constant/],
    ["no code of others as a constant", "0f1005e0ffffff", "0f100500100000", /code that is not its own/],
    ["its global", `418b86${word(GLOBAL)}`, `418b86${word(GLOBAL + 8)}`, /4 bytes at 144/],
    ["its global's own bytes", `498986${word(GLOBAL)}`, `498986${word(GLOBAL + 12)}`, /8 bytes at 148/],
    ["no import's address as a number", `418b86${word(GLOBAL)}`, `498b86${word(IMPORT)}`, /loads import/],
    ["no index in its context", `418b86${word(GLOBAL)}`, `8bc7 418b8406${word(GLOBAL)}`, /no linear memory/],
    ["the size of its memory", "418b4618", "41894618", /memoryPages/],
    ["not the limit of its stack", "493b26", "49893e", /limit/],
    ["not the kernel's stack", "418b4618", "498b4630", /8 bytes at 48/],
    ["not the base of its memory", "418b4618", "498b4610", /8 bytes at 16/],
    [
      "drops a segment",
      `41c786${word(DATA + 8)}00000000`,
      `41c786${word(DATA + 8)}01000000`,
      /segmentLength/,
    ],
    [
      "not the length of a table",
      `418b86${word(TABLE + 8)}`,
      `41898e${word(TABLE + 8)}`,
      /length of a table/,
    ],
    ["not the base of a table", `418b86${word(TABLE + 8)}`, `498b86${word(TABLE)}`, /loads tableBase/],
  ])("%s", (_, good, bad, rule) => {
    expect(brokenByBody(good)).toBeUndefined();
    expect(brokenByBody(bad)).toMatch(rule);
  });

  test.each([
    ["syscall", "0f05"],
    ["sysenter", "0f34"],
    ["int 0x80", "cd80"],
    ["int3", "cc"],
    ["iretq", "48cf"],
    ["far return", "cb"],
    ["in al, dx", "ec"],
    ["out dx, al", "ee"],
    ["hlt", "f4"],
    ["cli", "fa"],
    ["sti", "fb"],
    ["std", "fd"],
    ["popfq", "9d"],
    ["wrmsr", "0f30"],
    ["rdmsr", "0f32"],
    ["rdtsc", "0f31"],
    ["cpuid", "0fa2"],
    ["wrfsbase", "f3480faed0"],
    ["wrpkru", "0f01ef"],
    ["xsetbv", "0f01d1"],
    ["mov cr3, rax", "0f22d8"],
    ["mov ds, eax", "8ed8"],
    ["a gs prefix", "658b07"],
    ["an address-size prefix", "67418b0407"],
    ["fxrstor", "480fae0f"],
    ["ldmxcsr", "0fae1424"],
    ["retn 8", "c20800"],
    ["enter", "c8100000"],
    ["call with a segment", "ff1c24"],
    ["rep movsb", "f3a4"],
    ["rep stosq", "f348ab"],
    ["xlat", "d7"],
    ["pop rax", "58"],
    ["VEX", "c5f877"],
  ])("refuses %s", (_, instruction) => {
    expect(brokenByBody(instruction)).toMatch(
      /no instruction that aot emits|operand that aot does not give it/,
    );
  });
});

describe("bulk operations and tables that are checked", () => {
  const trap = (condition: string, before: string, body: string): string => {
    // a branch to the ud2 behind the function's return
    const after = bytes(body).length + 2;
    return `${before} 0f8${condition} ${word(after)} ${body}`;
  };
  const inMemory = (start: "3a" | "32", rest: string): string =>
    trap("7", `4c8d1c${start === "3a" ? "17" : "16"} 4d3b5e70`, rest);

  test.each([
    [
      "memory.fill",
      () => `8bff 8bd2 ${inMemory("3a", "4903ff 8bc6 488bca f3aa")}`,
      () => "8bff 8bd2 4903ff 8bc6 488bca f3aa",
      /not known to be inside of memory/,
    ],
    [
      "a fill of as many bytes",
      () => `8bff 8bd2 ${inMemory("3a", "4903ff 8bc6 488bca f3aa")}`,
      () => `8bff 8bd2 ${inMemory("3a", "4903ff 8bc6 8bce f3aa")}`,
      /not known to be inside of memory/,
    ],
    [
      "a fill from there on",
      () => `8bff 8bd2 ${inMemory("3a", "4903ff 8bc6 488bca f3aa")}`,
      () => `8bff 8bf6 8bd2 ${inMemory("32", "4903ff 8bc6 488bca f3aa")}`,
      /not known to be inside of memory/,
    ],
    [
      "a check that traps",
      () => `8bff 8bd2 ${inMemory("3a", "4903ff 8bc6 488bca f3aa")}`,
      () => `8bff 8bd2 4c8d1c17 4d3b5e70 7700 4903ff 8bc6 488bca f3aa`,
      /not known to be inside of memory/,
    ],
    [
      "a check by the size in bytes",
      () => `8bff 8bd2 ${inMemory("3a", "4903ff 8bc6 488bca f3aa")}`,
      () => `8bff 8bd2 ${trap("7", "4c8d1c17 453b5e18", "4903ff 8bc6 488bca f3aa")}`,
      /not known to be inside of memory/,
    ],
    [
      "a check of what a loop leaves alone",
      () => "8bff 8bd2 4c8d1c17 4d3b5e70 0f8713000000 458b07 85c0 75eb 4903ff 8bc6 488bca f3aa",
      () => "8bff 8bd2 4c8d1c17 4d3b5e70 0f8713000000 418b3f 85c0 75eb 4903ff 8bc6 488bca f3aa",
      /not known to be inside of memory/,
    ],
    [
      "a check that every path takes",
      () => `8bff 8bd2 ${inMemory("3a", "4903ff 8bc6 488bca f3aa")}`,
      () => `8bff 8bd2 85c0 7411 ${inMemory("3a", "4903ff 8bc6 488bca f3aa").slice(0)}`,
      /not known to be inside of memory/,
    ],
  ])("%s", (_, good, bad, rule) => {
    expect(brokenByBody(good())).toBeUndefined();
    expect(brokenByBody(bad())).toMatch(rule);
  });

  // call_indirect: mov r11d, edi; cmp r11d, [length]; jae; shl r11, 4; add r11, [base]; cmp qword [r11], 0; je; cmp dword [r11 + 8], 0; jne; mov r11, [r11]; call r11
  const parts = {
    bound: `453b9e${word(TABLE + 8)} 0f83 BOUND`,
    scale: "49c1e304",
    base: `4d039e${word(TABLE)}`,
    filled: "49833b00 0f84 FILLED",
    typed: "41837b0800 0f85 TYPED",
    load: "4d8b1b",
    call: "41ffd3",
  };
  const order = ["bound", "scale", "base", "filled", "typed", "load", "call"] as const;

  function callIndirect(change: Partial<Record<(typeof order)[number], string>> = {}): string {
    let text = ["448bdf", ...order.map((part) => change[part] ?? parts[part])].join(" ");
    for (const field of ["BOUND", "FILLED", "TYPED"]) {
      const at = text.indexOf(field);
      if (at < 0) continue;
      const rest = text.slice(at + field.length).replace(/FILLED|TYPED/g, "00000000");
      text = text.slice(0, at) + word(bytes(rest).length + 2) + text.slice(at + field.length);
    }
    return text;
  }

  test("call_indirect", () => {
    expect(brokenByBody(callIndirect())).toBeUndefined();
  });

  test.each<[string, Partial<Record<(typeof order)[number], string>>, RegExp]>([
    ["without a bound", { bound: "" }, /holds a entry|a number/],
    ["with a bound that goes on", { bound: `453b9e${word(TABLE + 8)} 7300` }, /holds a entry|a number/],
    [
      "with the other table's bound",
      { bound: `453b9e${word(EXTERNAL_TABLE + 8)} 0f83 BOUND` },
      /holds a entry/,
    ],
    ["with a signed bound", { bound: `453b9e${word(TABLE + 8)} 0f8d BOUND` }, /holds a entry/],
    ["with other steps", { scale: "49c1e303" }, /a number|on a tableBase/],
    ["with the other table's base", { base: `4d039e${word(EXTERNAL_TABLE)}` }, /holds a entry/],
    ["of null", { filled: "" }, /the code of a table entry unchecked/],
    ["of null that goes on", { filled: "49833b00 7400" }, /holds a number/],
    ["of any type", { typed: "" }, /the code of a table entry unchecked/],
    ["of a type that is not there", { typed: "41837b0807 0f85 TYPED" }, /a type that is not there/],
    ["of what lies beside the code", { load: "4d8b5b08" }, /holds a entry/],
    ["of the code's address and more", { load: "4d8b1b 4983c308" }, /calculates with a code/],
    ["of a code address in a slot", { load: "4d8b1b 4c895df8" }, /calculates with a code/],
  ])("call_indirect %s is refused", (_, change, rule) => {
    expect(brokenByBody(callIndirect(change))).toMatch(rule);
  });

  test("call_indirect through external references is refused", () => {
    const body = callIndirect({
      bound: `453b9e${word(EXTERNAL_TABLE + 8)} 0f83 BOUND`,
      base: `4d039e${word(EXTERNAL_TABLE)}`,
    });
    expect(brokenByBody(body)).toMatch(/what an external reference says/);
  });

  // mov eax, [length]; lea r11, [start + rdx]; cmp r11, rax; ja
  const range = (start: "17" | "16", length: number, rest: string): string =>
    trap("7", `418b86${word(length)} 4c8d1c${start} 4c3bd8`, rest);
  const entryCopy = (to: number, toBase: number, from: number, fromBase: number): string => {
    const tail = copyCallTail(to, toBase, from, fromBase);
    return `8bff 8bf6 8bd2 ${tail}`;
  };
  function copyCallTail(to: number, toBase: number, from: number, fromBase: number): string {
    const scale =
      `48c1e704 4803be${word(0)}`.length > 0
        ? `48c1e704 4903be${word(toBase)} 48c1e604 4903b6${word(fromBase)} 48c1e204`
        : "";
    const inner = (call: string): string => range("17", to, range("16", from, `${scale} ${call}`));
    const placeholder = inner(`e8${word(0)}`);
    const before = `8bff 8bf6 8bd2 ${placeholder}`;
    const distance = -(copyRoutine.length + PROLOGUE_BYTES + bytes(before).length);
    return inner(`e8${word(distance)}`);
  }

  test.each<[string, number[], RegExp | undefined]>([
    ["of a table to itself", [TABLE + 8, TABLE, TABLE + 8, TABLE], undefined],
    ["of a segment to a table", [TABLE + 8, TABLE, ELEM + 8, ELEM], undefined],
    [
      "between tables of numbers",
      [EXTERNAL_TABLE + 8, EXTERNAL_TABLE, EXTERNAL_ELEM + 8, EXTERNAL_ELEM],
      undefined,
    ],
    [
      "of numbers to a table of functions",
      [TABLE + 8, TABLE, EXTERNAL_TABLE + 8, EXTERNAL_TABLE],
      /not known to be inside/,
    ],
    [
      "of a segment of numbers to a table of functions",
      [TABLE + 8, TABLE, EXTERNAL_ELEM + 8, EXTERNAL_ELEM],
      /not known to be inside/,
    ],
    [
      "checked by another table's length",
      [EXTERNAL_TABLE + 8, TABLE, TABLE + 8, TABLE],
      /not known to be inside/,
    ],
    [
      "checked by another segment's length",
      [TABLE + 8, TABLE, EXTERNAL_ELEM + 8, ELEM],
      /not known to be inside/,
    ],
    ["of bytes of a data segment", [TABLE + 8, TABLE, DATA + 8, DATA], /calculates with|not known|holds/],
  ])("copies %s", (_, [to = 0, toBase = 0, from = 0, fromBase = 0], rule) => {
    const found = brokenByBody(entryCopy(to, toBase, from, fromBase));
    if (rule) expect(found).toMatch(rule);
    else expect(found).toBeUndefined();
  });

  // table.set: cmp eax, [length]; jae; shl rax, 4; add rax, [base]; then what is stored
  const entryAt = (table: number, rest: string): string =>
    `8bc7 ${trap("3", `413b86${word(table + 8)}`, `48c1e004 490386${word(table)} ${rest}`)}`;
  const descriptor = (check: boolean, rest: string): string =>
    check
      ? `8bf6 ${trap("3", `413bb6${word(REFERENCES + 12)}`, `48c1e604 4903b6${word(REFERENCES)} ${rest}`)}`
      : `8bf6 48c1e604 4903b6${word(REFERENCES)} ${rest}`;

  test.each<[string, () => string, RegExp | undefined]>([
    ["a function's descriptor", () => entryAt(TABLE, descriptor(true, "0f1006 0f1100")), undefined],
    ["an external reference", () => entryAt(EXTERNAL_TABLE, "488930"), undefined],
    ["a number to a table of functions", () => entryAt(TABLE, "488930"), /code|entry/],
    [
      "a descriptor, and a condition to its register then",
      () => entryAt(TABLE, descriptor(true, "0f1006 0f1100 400f94c6 400fb6f6 418b3437")),
      undefined,
    ],
    [
      "a descriptor, and a condition to its register, which is then read",
      () => entryAt(TABLE, descriptor(true, "0f1006 0f1100 400f94c6 8bfe")),
      /calculates with a mixed/,
    ],
    [
      "a descriptor, and reads its register",
      () => entryAt(TABLE, descriptor(true, "0f1006 0f1100 8bfe")),
      /calculates with a descriptor/,
    ],
    ["any vector to a table of functions", () => entryAt(TABLE, "0f1100"), /stores a vector/],
    ["a vector of memory", () => entryAt(TABLE, "410f1007 0f1100"), /stores a vector/],
    [
      "a descriptor that was changed",
      () => entryAt(TABLE, descriptor(true, "0f1006 0f57c0 0f1100")),
      /stores a vector/,
    ],
    [
      "a descriptor beyond the last",
      () => entryAt(TABLE, descriptor(false, "0f1006 0f1100")),
      /references of the context/,
    ],
    ["a type alone", () => entryAt(TABLE, "897008"), /entry/],
  ])("stores %s", (_, body, rule) => {
    const found = brokenByBody(body());
    if (rule) expect(found).toMatch(rule);
    else expect(found).toBeUndefined();
  });

  test("jumps through a table whose index is below its length", () => {
    // cmp eax, 1; jae otherwise; lea r11, [rip + table]; lea r11, [r11 + 4 rax]; movsxd rax, [r11]; lea r11, [r11 + rax + 4]; jmp r11
    const jump = (limit: string, condition: string, target: number): string =>
      `8bc7 83f8${limit} 0f8${condition}1a000000 4c8d1d0f000000 4d8d1c83 496303 4d8d5c0304 41ffe3 ${word(target)}`;
    expect(brokenByBody(jump("01", "3", 0))).toBeUndefined();
    expect(brokenByBody(jump("01", "3", 0x1000))).toMatch(/out of its function/);
    expect(brokenByBody(jump("01", "3", -3))).toMatch(/inside of another|no instruction/);
    expect(brokenByBody(jump("01", "2", 0))).toMatch(/address in the code/);
    expect(brokenByBody(jump("01", "3", 0).replace("8bc7 ", ""))).toMatch(/index unchecked/);
  });
});

describe("functions", () => {
  const good = (): number[] => functionCode(bytes("8bc7"));
  const changed = (from: string, to: string): number[] => {
    const text = Buffer.from(good()).toString("hex");
    const [a, b] = [from, to].map((part) => part.replaceAll(" ", "")) as [string, string];
    expect(text).toContain(a);
    return bytes(text.replace(a, b));
  };

  test.each<[string, () => number[], RegExp]>([
    ["without a prologue", () => bytes("8bc7 c9c3"), /no prologue|ends in an instruction/],
    [
      "that make more room than they have checked",
      () => changed("4881ec 20000000", "4881ec 00100000"),
      /no prologue/,
    ],
    ["that check more than the stack's limit says", () => changed("493b4608", "493b4610"), /no prologue/],
    [
      "that go on when the stack is full",
      () => changed("c9c3 0f0b 0f0b", "c9c3 0f0b 8bc7"),
      /goes on although/,
    ],
    ["that check the other way round", () => changed("0f82", "0f83"), /no prologue/],
    [
      "whose frame is not aligned",
      () =>
        changed("e0ffffff", "f8ffffff").map((byte, i, all) =>
          all[i - 3] === 0x48 && all[i - 2] === 0x81 ? 8 : byte,
        ),
      /no prologue/,
    ],
    [
      "that end in the middle",
      () => good().slice(0, -4),
      /ends in an instruction|out of its function|leaves its function/,
    ],
  ])("%s are refused", (_, code, rule) => {
    expect(brokenRule(good())).toBeUndefined();
    expect(brokenRule(code())).toMatch(rule);
  });

  test("with another copy routine are refused", () => {
    const module = moduleOf(good(), "ii>");
    expect(checkModule(module, { preemptible: false }).functions).toBe(1);
    module.code[0x17]! ^= 1;
    expect(() => checkModule(module, { preemptible: false })).toThrow(/copy routine/);
  });

  test("that loop must stop when they are asked to", () => {
    // cmp rax, [r14]; slow path: cmp rax, [r14 + 8]; jb; call [r14 + 0x40]; jmp back
    const preemptible = (loop: string): number[] => {
      const body = [...bytes(`4881ec ${word(FRAME)}`), ...bytes(loop)];
      const slow = bytes("493b4608 7206 41ff5640 eb00 0f0b");
      slow[11] = 0x100 - (body.length + 12);
      return [
        ...bytes(`55 488bec 488d8424 ${word(-FRAME)} 493b06 0f82 ${word(body.length)}`),
        ...body,
        ...slow,
      ];
    };
    const stopping = "493b26 7202 ebf9 41ff5640 ebf8"; // top: cmp rsp, [r14]; jb slow; jmp top; slow: call; jmp behind the jb
    expect(brokenRule(preemptible(stopping), "ii>", true)).toBeUndefined();
    expect(brokenRule(preemptible("ebfe"), "ii>", true)).toMatch(/does not stop/);
    expect(brokenRule(preemptible("83f800 7202 ebf9 41ff5640 ebf8"), "ii>", true)).toMatch(/does not stop/);
  });
});

describe("a module that is linked to a library", () => {
  const AFTER = 0x100; // where the library's part of the context ends

  /** The module above, moved behind such a library. */
  function linked(body: string): CompiledModule {
    const module = moduleOf(functionCode(bytes(body)), "ii>");
    const { context } = module;
    const moved = AFTER - IMPORT;
    module.context = {
      ...context,
      size: context.size + moved,
      imports: context.imports + moved,
      globals: context.globals + moved,
      tables: context.tables + moved,
      datas: context.datas + moved,
      elems: context.elems + moved,
      references: context.references + moved,
    };
    return module;
  }

  function brokenWith(
    module: CompiledModule,
    library = moduleOf(functionCode([]), "ii>"),
  ): string | undefined {
    try {
      checkModule(module, { preemptible: false, library });
      return undefined;
    } catch (error) {
      if (error instanceof CodeFault) return error.rule;
      throw error;
    }
  }

  const ownGlobal = `418b86${word(AFTER + GLOBAL - IMPORT)}`;

  test("has its own globals, and not the library's", () => {
    expect(brokenWith(linked(ownGlobal))).toBeUndefined();
    expect(brokenWith(linked(`418b86${word(GLOBAL)}`))).toMatch(/4 bytes at 136/);
  });

  test("calls through its own imports, and not the library's", () => {
    expect(brokenWith(linked(`41ff96${word(AFTER)}`))).toBeUndefined();
    expect(brokenWith(linked(`41ff96${word(IMPORT)}`))).toMatch(/at 128/);
  });

  test("begins behind the library's context", () => {
    const overlapping = linked("");
    const library = moduleOf(functionCode([]), "ii>");
    library.context = { ...library.context, size: AFTER + 8 };
    expect(brokenWith(overlapping, library)).toBe("a context that begins in its library's");
  });

  test("leaves no more results than the library has room for", () => {
    const module = linked("");
    module.context = { ...module.context, resultCount: 1 };
    expect(brokenWith(module)).toBe("results in another part of the context");
    const roomy = moduleOf(functionCode([]), "ii>");
    roomy.context = { ...roomy.context, imports: IMPORT + 16 };
    expect(brokenWith(module, roomy)).toBeUndefined();
  });

  test.each<[string, [number, string][], boolean]>([
    ["the library's number for its type", [[0, "i>"]], true],
    ["another number for another type", [[1, "I>"]], true],
    ["another number for the library's type", [[1, "i>"]], false],
    ["the library's number for another type", [[0, "I>"]], false],
  ])("with %s", (_, types, kept) => {
    const module = linked("");
    module.types = new Map(types);
    const rule = brokenWith(module);
    if (kept) expect(rule).toBeUndefined();
    else expect(rule).toMatch(/^another number than its library's for the type/);
  });
});
