// Lists of NUL-terminated UTF-8 words, as arguments and folders have them.

/** Encodes each word with a NUL behind it. */
export function encodeWords(words: string[]): ArrayBuffer {
  let length = 0;
  for (let i = 0; i < words.length; i++) length += String.UTF8.byteLength(words[i], true);
  const buffer = new ArrayBuffer(length);
  let at = changetype<usize>(buffer);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    // SAFETY: byteLength of each word with its NUL was added up above.
    at += String.UTF8.encodeUnsafe(changetype<usize>(word), word.length, at, true);
  }
  return buffer;
}

/** The words in `length` bytes. A last word without its NUL is left out. */
export function decodeWords(buffer: usize, length: i32): string[] {
  const words = new Array<string>();
  let start = 0;
  for (let at = 0; at < length; at++) {
    if (load<u8>(buffer + at) != 0) continue;
    words.push(String.UTF8.decodeUnsafe(buffer + start, at - start));
    start = at + 1;
  }
  return words;
}
