// The arguments that the process was started with.

import { args } from "./oscortex.ts";
import { decodeWords } from "./words.ts";

/** The process's arguments, without its name. */
export function programArguments(): string[] {
  const length = args(0, 0);
  if (length <= 0) return [];
  const buffer = new ArrayBuffer(length);
  args(changetype<usize>(buffer), length);
  return decodeWords(changetype<usize>(buffer), length);
}

/** A number of only digits, at most 9; -1 if the text is none. */
export function parseCount(text: string): i32 {
  if (text.length == 0 || text.length > 9) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}
