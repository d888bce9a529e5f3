const PLAIN = /^[A-Za-z0-9_.,:/=+@%-]+$/;

/** Words as a line that the shell splits into the same words again (shell-host/shell/split-line.ts). */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`)).join(" ");
}
