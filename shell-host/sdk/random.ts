// Random bytes.

import { random } from "./oscortex.ts";

/** `length` unpredictable bytes, fit for keys. */
export function randomBytes(length: i32): Uint8Array {
  const bytes = new Uint8Array(length);
  random(bytes.dataStart, length);
  return bytes;
}
