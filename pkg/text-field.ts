// Text in fixed-size fields of catalog and manifest: UTF-8, NUL-padded, at least one NUL.

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text in a field, or undefined if the field is not NUL-padded UTF-8 with at least one NUL. */
export function readTextField(bytes: Uint8Array, offset: number, size: number): string | undefined {
  const field = bytes.subarray(offset, offset + size);
  const length = field.indexOf(0);
  if (length < 0 || field.subarray(length).some((byte) => byte !== 0)) return undefined;
  try {
    return decoder.decode(field.subarray(0, length));
  } catch {
    return undefined; // not UTF-8
  }
}

/** Writes text into a zeroed field; false, with nothing written, if it does not fit or holds a NUL. */
export function writeTextField(bytes: Uint8Array, offset: number, size: number, text: string): boolean {
  const encoded = encoder.encode(text);
  if (encoded.length >= size || encoded.includes(0)) return false;
  bytes.set(encoded, offset);
  return true;
}
