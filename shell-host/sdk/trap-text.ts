import { TRAP_TEXTS } from "../../guest-kernel/abi/trap-text.ts";

/** What a kind of trap, TRAP_*, is called. */
export function trapText(kind: u32): string {
  return kind < <u32>TRAP_TEXTS.length ? TRAP_TEXTS[kind] : "trap " + kind.toString();
}
