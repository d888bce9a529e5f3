// A command line as words. Blanks part words; '...' and "..." keep them together; outside of '...' a backslash takes
// the next character as it is, and $? is the last command's status.

const BLANK: i32 = 32;
const TAB: i32 = 9;
const QUOTE: i32 = 39; // '
const DOUBLE_QUOTE: i32 = 34;
const BACKSLASH: i32 = 92;
const DOLLAR: i32 = 36;
const QUESTION_MARK: i32 = 63;
const MOST_PER_UNIT: i32 = 6; // `$?` may be -2147483648
const NONE: i32 = -1;

/** Why splitLine returned null. */
export let splitProblem: string = "";

/** The words of a line, with the status that `$?` stands for; null if a quote is left open. */
export function splitLine(line: string, status: i32): string[] | null {
  const words = new Array<string>();
  const word = new StaticArray<u16>(line.length * MOST_PER_UNIT);
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
    else if (
      unit == DOLLAR &&
      quote != QUOTE &&
      i + 1 < line.length &&
      line.charCodeAt(i + 1) == QUESTION_MARK
    ) {
      length = append(word, length, status.toString());
      i++;
    } else word[length++] = <u16>unit;
  }
  if (quote != NONE) {
    splitProblem = "a quote is left open: " + String.fromCharCode(quote);
    return null;
  }
  if (inWord) words.push(textOf(word, length));
  return words;
}

/** Puts a text at the end of a word: the word's new length. */
function append(word: StaticArray<u16>, length: i32, text: string): i32 {
  for (let i = 0; i < text.length; i++) word[length++] = <u16>text.charCodeAt(i);
  return length;
}

function textOf(units: StaticArray<u16>, length: i32): string {
  // SAFETY: length counts units that were stored.
  return String.UTF16.decodeUnsafe(changetype<usize>(units), 2 * length);
}
