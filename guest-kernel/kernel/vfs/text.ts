// ASCII text written into a fixed buffer: what files in /sys and requests to servers are made with. One text at
// a time; allocates nothing. What does not fit is cut off.

let at: usize = 0;
let end: usize = 0;
let begin: usize = 0;

/** Begins a text of at most `capacity` bytes at `buffer`. */
export function textBegin(buffer: usize, capacity: u32): void {
  begin = buffer;
  at = buffer;
  end = buffer + <usize>capacity;
}

/** Ends the text; returns its length in bytes. */
export function textEnd(): u32 {
  return <u32>(at - begin);
}

/** Appends one byte. */
export function textByte(byte: u8): void {
  if (at < end) store<u8>(at++, byte);
}

/** Appends a literal of ASCII characters. */
export function textPut(text: string): void {
  for (let i = 0; i < text.length; i++) textByte(<u8>text.charCodeAt(i));
}

/** Appends `length` bytes at `src`. */
export function textBytes(src: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) textByte(load<u8>(src + <usize>i));
}

/** Appends a number in decimal. */
export function textNumber(value: u64): void {
  let scale: u64 = 1;
  while (value / scale >= 10) scale *= 10;
  for (; scale != 0; scale /= 10) textByte(48 + <u8>((value / scale) % 10));
}

/** Appends a number in decimal, with its sign if it is negative. */
export function textSigned(value: i64): void {
  if (value < 0) textByte(45);
  textNumber(value < 0 ? 0 - <u64>value : <u64>value);
}

/** Appends `length` bytes at `src` as lower-case hexadecimal. */
export function textHex(src: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(src + <usize>i);
    textByte(hexDigit(byte >> 4));
    textByte(hexDigit(byte & 15));
  }
}

/** Appends a line `key=value`. */
export function textEntry(key: string, value: i64): void {
  textPut(key);
  textByte(61);
  textSigned(value);
  textByte(10);
}

function hexDigit(value: u8): u8 {
  return value < 10 ? 48 + value : 87 + value;
}
