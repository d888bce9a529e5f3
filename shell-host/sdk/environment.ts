// The environment that the process was started with: `NAME=VALUE` texts.

import { env } from "./oscortex.ts";
import { decodeWords } from "./words.ts";

/** All of it. */
export function environment(): string[] {
  const length = env(0, 0);
  if (length <= 0) return [];
  const buffer = new ArrayBuffer(length);
  env(changetype<usize>(buffer), length);
  return decodeWords(changetype<usize>(buffer), length);
}

/** The value of a name, null if there is none. */
export function environmentValue(name: string): string | null {
  const prefix = name + "=";
  const words = environment();
  for (let i = 0; i < words.length; i++)
    if (words[i].startsWith(prefix)) return words[i].slice(prefix.length);
  return null;
}
