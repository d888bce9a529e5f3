// Call frame information of the stubs, from what their emitters note (arch/frame-notes.ts).

import { CTX_KERNEL_RSP, CTX_MEMORY_BASE, CTX_RSP } from "../../abi/instance.ts";
import { KERNEL_CONTEXT_GPA, KERNEL_WINDOW_GIB } from "../../abi/memory-map.ts";
import { Expression } from "./expression.ts";
import { FrameCode } from "./frame-info.ts";
import { DWARF_R14, DWARF_R15, DWARF_RBP, DWARF_RIP, DWARF_RSP, dwarfRegister } from "./registers.ts";

/** From this offset in the kernel's code on. */
export interface FrameNote {
  codeOffset: number;
  /** FRAME_* of arch/frame-notes.ts. */
  kind: number;
  operand: number;
}

// arch/frame-notes.ts
const FRAME_CALLED = 1;
const FRAME_CFA = 2;
const FRAME_SAVED = 3;
const FRAME_RESTORED = 4;
const FRAME_END = 5;
const FRAME_CONTEXT = 6;
const FRAME_CONTEXT_STACK = 7;
const FRAME_CONTEXT_BASE = 8;
const FRAME_KERNEL = 9;
const FRAME_RESUMED = 10;
const FRAME_TRAP = 11;

const KERNEL_WINDOW = BigInt(KERNEL_WINDOW_GIB) << 30n;
const REGISTERS = 16;
const RBX = 3;
// What `resume` pushes: rbp rbx r12 r13, below its return address.
const RESUME_PUSHES = [DWARF_RBP, RBX, 12, 13];
const RESUME_CFA = 8 + 8 * RESUME_PUSHES.length;

/** The frame of the code that begins at `start`; `notes` are those inside of it. */
export function stubFrame(start: number, notes: readonly FrameNote[]): Uint8Array {
  const code = new FrameCode();
  code.at = start;
  for (const note of notes) {
    code.advance(note.codeOffset);
    apply(code, note);
  }
  return code.bytes();
}

function apply(code: FrameCode, { kind, operand }: FrameNote): void {
  switch (kind) {
    case FRAME_CALLED:
      return startOver(code);
    case FRAME_CFA:
      return code.cfa(DWARF_RSP, operand);
    case FRAME_SAVED:
      return code.saved(dwarfRegister(operand >> 16), operand & 0xffff);
    case FRAME_RESTORED:
      return code.restored(dwarfRegister(operand));
    case FRAME_END:
      return code.undefined(DWARF_RIP);
    case FRAME_CONTEXT:
      startOver(code);
      return code.cfaExpression(new Expression().register(DWARF_R14, CTX_RSP).load().add(8).bytes());
    case FRAME_CONTEXT_STACK:
      return applyContextStack(code);
    case FRAME_CONTEXT_BASE:
      apply(code, { codeOffset: 0, kind: FRAME_CONTEXT, operand });
      return code.value(DWARF_R15, new Expression().register(DWARF_R14, CTX_MEMORY_BASE).load().bytes());
    case FRAME_KERNEL:
      applyResumed(code);
      return code.cfaExpression(
        new Expression().register(DWARF_R14, CTX_KERNEL_RSP).load().add(RESUME_CFA).bytes(),
      );
    case FRAME_RESUMED:
      return applyResumed(code);
    case FRAME_TRAP:
      return applyTrap(code, operand);
    default:
      throw new Error(`frame note ${kind}`);
  }
}

function startOver(code: FrameCode): void {
  code.called();
  for (let register = 0; register < REGISTERS; register++) code.restored(register);
}

function applyContextStack(code: FrameCode): void {
  const context = (): Expression => new Expression().register(DWARF_RSP, 0).load();
  startOver(code);
  code.cfaExpression(context().add(CTX_RSP).load().add(8).bytes());
  code.savedAt(DWARF_R14, new Expression().register(DWARF_RSP, 0).bytes());
  code.value(DWARF_R15, context().add(CTX_MEMORY_BASE).load().bytes());
}

function applyResumed(code: FrameCode): void {
  startOver(code);
  code.cfa(DWARF_RSP, RESUME_CFA);
  RESUME_PUSHES.forEach((register, i) => code.saved(register, 16 + 8 * i));
  const context = KERNEL_WINDOW + BigInt(KERNEL_CONTEXT_GPA);
  code.value(DWARF_R14, new Expression().constant(context).bytes());
  code.value(DWARF_R15, new Expression().constant(KERNEL_WINDOW).bytes());
}

/** rip cs rflags rsp ss lie at rsp + `offset`. */
function applyTrap(code: FrameCode, offset: number): void {
  code.cfaExpression(
    new Expression()
      .register(DWARF_RSP, offset + 24)
      .load()
      .bytes(),
  );
  code.savedAt(DWARF_RIP, new Expression().register(DWARF_RSP, offset).bytes());
}
