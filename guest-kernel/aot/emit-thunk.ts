// Code for an imported function as something that a table can point at.

import { IMPORT_SIZE } from "../abi/instance.ts";
import { Layout } from "./layout.ts";
import { R14, mem } from "./operand.ts";
import { Assembler } from "./x64.ts";

/** Emits a jump to import `func`. Arguments, context and stack are already as it wants them. */
export function emitThunk(a: Assembler, layout: Layout, func: u32): void {
  a.jmpRm(mem(R14, <i32>(layout.imports + func * <u32>IMPORT_SIZE)));
}
