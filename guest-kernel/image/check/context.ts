// What lies where in the instance context, seen from compiled code: abi/instance.ts, aot/layout.ts.

import {
  CTX_LIMIT,
  CTX_MEMORY_BYTES,
  CTX_MEMORY_GROW,
  CTX_MEMORY_PAGES,
  CTX_SAFEPOINT,
  CTX_STACK_LIMIT,
  GLOBAL_SIZE,
  IMPORT_SIZE,
  REFERENCES_COUNT,
  REFERENCES_ENTRIES,
  REFERENCES_FIRST,
  RESULT_SIZE,
  SEGMENT_BASE,
  SEGMENT_LENGTH,
  SEGMENT_SIZE,
  TABLE_BASE,
  TABLE_LENGTH,
  TABLE_MAX,
  TABLE_SIZE,
} from "../../abi/instance.ts";

/** Offsets in the context, and what is there. */
export interface ContextLayout {
  results: number;
  resultCount: number;
  imports: number;
  importCount: number;
  globals: number;
  /** Of each global whether its value is in another instance. */
  foreignGlobals: readonly boolean[];
  tables: number;
  /** Of each table whether another instance has it, and whether it holds external references. */
  tableKinds: readonly { imported: boolean; external: boolean }[];
  datas: number;
  dataCount: number;
  elems: number;
  /** Of each element segment whether it holds external references. */
  externalElems: readonly boolean[];
  references: number;
}

/** What an operand in the context is. */
export type ContextPart =
  | { part: "limit" | "stackLimit" | "memoryPages" | "memoryBytes" | "safepoint" | "memoryGrow" | "result" }
  | { part: "import"; index: number }
  | { part: "global"; index: number }
  | { part: "globalAddress"; index: number }
  | TablePart
  | { part: "tableAddress"; index: number }
  | { part: "segmentBase" | "segmentLength"; of: string; external: boolean | undefined }
  | { part: "references" | "firstReference" | "referenceCount" };

/** A word of a table. */
export interface TablePart {
  part: "tableBase" | "tableLength" | "tableRoom";
  index: number;
}

const HEADER: ReadonlyMap<string, ContextPart> = new Map([
  [`${CTX_LIMIT}:8`, { part: "limit" }],
  [`${CTX_STACK_LIMIT}:8`, { part: "stackLimit" }],
  [`${CTX_MEMORY_PAGES}:4`, { part: "memoryPages" }],
  [`${CTX_MEMORY_BYTES}:8`, { part: "memoryBytes" }],
  [`${CTX_SAFEPOINT}:8`, { part: "safepoint" }],
  [`${CTX_MEMORY_GROW}:8`, { part: "memoryGrow" }],
]);
const REFERENCES: ReadonlyMap<string, ContextPart> = new Map([
  [`${REFERENCES_ENTRIES}:8`, { part: "references" }],
  [`${REFERENCES_FIRST}:4`, { part: "firstReference" }],
  [`${REFERENCES_COUNT}:4`, { part: "referenceCount" }],
]);

/** What the `bytes` bytes at `offset` in the context are; undefined if code has nothing to do with them. */
export function contextPart(layout: ContextLayout, offset: number, bytes: number): ContextPart | undefined {
  const header = HEADER.get(`${offset}:${bytes}`);
  if (header) return header;
  const references = REFERENCES.get(`${offset - layout.references}:${bytes}`);
  if (references) return references;
  if (offset >= layout.results && offset + bytes <= layout.results + RESULT_SIZE * layout.resultCount)
    return { part: "result" };
  return (
    importPart(layout, offset, bytes) ??
    globalPart(layout, offset, bytes) ??
    ownTablePart(layout, offset, bytes) ??
    segmentPart(layout.datas, layout.dataCount, offset, bytes, (i) => [`data ${i}`, undefined]) ??
    segmentPart(layout.elems, layout.externalElems.length, offset, bytes, (i) => [
      `elem ${i}`,
      layout.externalElems[i],
    ])
  );
}

function importPart(
  { imports, importCount }: ContextLayout,
  offset: number,
  bytes: number,
): ContextPart | undefined {
  const index = (offset - imports) / IMPORT_SIZE;
  return Number.isInteger(index) && index >= 0 && index < importCount && bytes === IMPORT_SIZE
    ? { part: "import", index }
    : undefined;
}

function globalPart(
  { globals, foreignGlobals }: ContextLayout,
  offset: number,
  bytes: number,
): ContextPart | undefined {
  const index = Math.floor((offset - globals) / GLOBAL_SIZE);
  const foreign = foreignGlobals[index];
  if (foreign === undefined || index < 0) return undefined;
  const inside = offset - globals - GLOBAL_SIZE * index;
  if (foreign) return inside === 0 && bytes === 8 ? { part: "globalAddress", index } : undefined;
  return inside === 0 && bytes <= GLOBAL_SIZE ? { part: "global", index } : undefined;
}

function ownTablePart(
  { tables, tableKinds }: ContextLayout,
  offset: number,
  bytes: number,
): ContextPart | undefined {
  const index = Math.floor((offset - tables) / TABLE_SIZE);
  const kind = index < 0 ? undefined : tableKinds[index];
  if (kind === undefined) return undefined;
  const inside = offset - tables - TABLE_SIZE * index;
  if (kind.imported) return inside === 0 && bytes === 8 ? { part: "tableAddress", index } : undefined;
  return tablePart(index, inside, bytes);
}

/** A word of table `index`, at `inside` from its first. */
export function tablePart(index: number, inside: number, bytes: number): TablePart | undefined {
  if (inside === TABLE_BASE && bytes === 8) return { part: "tableBase", index };
  if (inside === TABLE_LENGTH && bytes === 4) return { part: "tableLength", index };
  return inside === TABLE_MAX && bytes === 4 ? { part: "tableRoom", index } : undefined;
}

function segmentPart(
  first: number,
  count: number,
  offset: number,
  bytes: number,
  describe: (index: number) => [name: string, external: boolean | undefined],
): ContextPart | undefined {
  const index = Math.floor((offset - first) / SEGMENT_SIZE);
  if (index < 0 || index >= count) return undefined;
  const [of, external] = describe(index);
  const inside = offset - first - SEGMENT_SIZE * index;
  if (inside === SEGMENT_BASE && bytes === 8) return { part: "segmentBase", of, external };
  return inside === SEGMENT_LENGTH && bytes === 4 ? { part: "segmentLength", of, external } : undefined;
}
