// Modules of any size: the functions of a module, many times over.

const SECTION_FUNCTION = 3;
const SECTION_CODE = 10;
const SECTION_CUSTOM = 0;
const HEADER_SIZE = 8;

/** A module with the functions of `wasm` repeated `times` times, without custom sections. */
export function repeatFunctions(wasm: Uint8Array, times: number): Uint8Array {
  const parts: Uint8Array[] = [wasm.subarray(0, HEADER_SIZE)];
  let at = HEADER_SIZE;
  while (at < wasm.length) {
    const id = wasm[at];
    const size = readLeb(wasm, at + 1);
    const contents = wasm.subarray(size.end, size.end + size.value);
    const repeated =
      id === SECTION_FUNCTION || id === SECTION_CODE ? repeatVector(contents, times) : contents;
    if (id !== SECTION_CUSTOM) parts.push(Uint8Array.from([id ?? 0]), leb(repeated.length), repeated);
    at = size.end + size.value;
  }
  return Buffer.concat(parts);
}

function repeatVector(contents: Uint8Array, times: number): Uint8Array {
  const count = readLeb(contents, 0);
  const items = Array<Uint8Array>(times).fill(contents.subarray(count.end));
  return Buffer.concat([leb(count.value * times), ...items]);
}

/** An unsigned LEB128 of at most 32 bits. */
function readLeb(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let end = at, shift = 0; ; shift += 7) {
    const byte = bytes[end++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end };
  }
}

function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) return Uint8Array.from(bytes);
  }
}
