// DWARF's numbers of the x86-64 registers, psABI figure 3.36.

export const DWARF_RBP = 6;
export const DWARF_RSP = 7;
export const DWARF_R14 = 14;
export const DWARF_R15 = 15;
export const DWARF_RIP = 16;

const BY_ENCODING = [0, 2, 1, 3, DWARF_RSP, DWARF_RBP, 4, 5];

/** DWARF's number of a general register that instructions encode as `encoding`. */
export function dwarfRegister(encoding: number): number {
  return BY_ENCODING[encoding] ?? encoding;
}
