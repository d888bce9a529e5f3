// What the tests of PNG files call.

import { Bitmap } from "./bitmap.ts";
import { encodePng } from "./png-encode.ts";
import { decodePng } from "./png.ts";

let bitmap: Bitmap | null = null;
let encoded: Uint8Array = new Uint8Array(0);

/** Reads a file at an address; true if it is a picture. */
export function decode(address: usize, length: i32): bool {
  const file = new Uint8Array(length);
  memory.copy(file.dataStart, address, length);
  bitmap = decodePng(file);
  return bitmap !== null;
}

export function width(): i32 {
  return (bitmap as Bitmap).width;
}

export function height(): i32 {
  return (bitmap as Bitmap).height;
}

export function pixels(): usize {
  return (bitmap as Bitmap).pixels;
}

/** Makes a file of the picture; the address of its bytes. */
export function encode(): usize {
  encoded = encodePng(bitmap as Bitmap);
  return encoded.dataStart;
}

export function encodedLength(): i32 {
  return encoded.length;
}

export function collect(): void {
  bitmap = null;
  __collect();
}
