// The sections of an image that lead from a code address to a source line: not for debuggers, which have DWARF.

/** Sites (abi/instance.ts), by code offset. */
export const SITES_SECTION = ".oscortex.sites";
/** The line table (abi/line-table.ts). */
export const LINES_SECTION = ".oscortex.lines";
