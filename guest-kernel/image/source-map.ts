// Source Map revision 3, as asc writes it: one generated line, whose columns are byte offsets in the module.

/** A source map breaks its format, or is not one of a WebAssembly module. */
export class SourceMapError extends Error {
  override readonly name = "SourceMapError";
}

/** Where a piece of a module's code comes from. */
export interface Mapping {
  /** First byte of the piece, from the start of the module. */
  wasmOffset: number;
  /** Index into `sources`. */
  source: number;
  /** From 0. */
  line: number;
  /** From 0. */
  column: number;
}

/** The parts of a source map that locate code. */
export interface SourceMap {
  sources: string[];
  /** In the order of the map. */
  mappings: Mapping[];
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGITS = new Map(Array.from(BASE64, (character, value) => [character.charCodeAt(0), value]));
const CONTINUATION = 32;
const COMMA = 0x2c;

/** Parses the text of a source map. Segments without a source are left out. @throws SourceMapError */
export function parseSourceMap(text: string): SourceMap {
  const { sources, mappings } = parseDocument(text);
  return { sources, mappings: decodeMappings(mappings, sources.length) };
}

function parseDocument(text: string): { sources: string[]; mappings: string } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new SourceMapError("not JSON", { cause });
  }
  if (typeof document !== "object" || document === null) throw new SourceMapError("not an object");
  const fields = new Map<string, unknown>(Object.entries(document));
  const [version, sources, mappings] = [fields.get("version"), fields.get("sources"), fields.get("mappings")];
  if (version !== 3) throw new SourceMapError(`version ${String(version)}`);
  if (!Array.isArray(sources) || !sources.every((source) => typeof source === "string"))
    throw new SourceMapError("sources are not a list of strings");
  if (typeof mappings !== "string") throw new SourceMapError("no mappings");
  return { sources, mappings };
}

/** Every number in `mappings` is the difference to the one before, as base64 VLQ, segments apart by commas. */
function decodeMappings(text: string, sourceCount: number): Mapping[] {
  if (text.includes(";")) throw new SourceMapError("more than one generated line");
  const mappings: Mapping[] = [];
  const current: Mapping = { wasmOffset: 0, source: 0, line: 0, column: 0 };
  for (let at = 0; at < text.length; at++) {
    const fields: number[] = [];
    while (at < text.length && text.charCodeAt(at) !== COMMA) at = decodeVlq(text, at, fields);
    current.wasmOffset += fields[0] ?? 0;
    if (fields.length < 4) continue; // no source: the compiler's own code
    current.source += fields[1]!;
    current.line += fields[2]!;
    current.column += fields[3]!;
    if (current.wasmOffset < 0 || current.line < 0 || current.column < 0)
      throw new SourceMapError("negative position");
    if (current.source < 0 || current.source >= sourceCount)
      throw new SourceMapError(`source ${current.source} of ${sourceCount}`);
    mappings.push({ ...current });
  }
  return mappings;
}

/** Appends the number at `at` to `fields`; where the next one begins. */
function decodeVlq(text: string, at: number, fields: number[]): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 5) {
    const digit = DIGITS.get(text.charCodeAt(at++));
    if (digit === undefined) throw new SourceMapError(`bad digit at ${at - 1}`);
    value += (digit & (CONTINUATION - 1)) * 2 ** shift;
    if ((digit & CONTINUATION) !== 0) continue;
    const magnitude = Math.floor(value / 2);
    fields.push(value % 2 === 0 ? magnitude : -magnitude);
    return at;
  }
  throw new SourceMapError(`number too long at ${at}`);
}
