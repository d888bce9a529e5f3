// A command line as words. Blanks part words; '...' and "..." keep them together; a backslash outside of '...' takes
// the next character as it is.

const BLANK: i32 = 32;
const TAB: i32 = 9;
const QUOTE: i32 = 39; // '
const DOUBLE_QUOTE: i32 = 34;
const BACKSLASH: i32 = 92;
const NONE: i32 = -1;

/** Why splitLine returned null. */
export let splitProblem: string = "";

/** The words of a line; null if a quote is left open. */
export function splitLine(line: string): string[] | null {
  const words = new Array<string>();
  const word = new StaticArray<u16>(line.length);
  let length = 0; // of the word so far
  let inWord = false;
  let quote = NONE;
  for (let i = 0; i < line.length; i++) {
    const unit = line.charCodeAt(i);
    if (quote == NONE && (unit == BLANK || unit == TAB)) {
      if (inWord) words.push(textOf(word, length));
      length = 0;
      inWord = false;
      continue;
    }
    inWord = true; // '' is a word too
    if (unit == quote) quote = NONE;
    else if (quote == NONE && (unit == QUOTE || unit == DOUBLE_QUOTE)) quote = unit;
    else if (unit == BACKSLASH && quote != QUOTE && i + 1 < line.length)
      word[length++] = <u16>line.charCodeAt(++i);
    else word[length++] = <u16>unit;
  }
  if (quote != NONE) {
    splitProblem = "a quote is left open: " + String.fromCharCode(quote);
    return null;
  }
  if (inWord) words.push(textOf(word, length));
  return words;
}

function textOf(units: StaticArray<u16>, length: i32): string {
  // SAFETY: length counts units that were stored.
  return String.UTF16.decodeUnsafe(changetype<usize>(units), 2 * length);
}
