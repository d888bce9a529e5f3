// Keysyms below 0x1000 that are not ASCII or Latin-1: X11 has numbered characters by their 8-bit character sets.

const ENCODINGS: ReadonlyMap<number, string> = new Map([
  [0x1, "iso-8859-2"],
  [0x2, "iso-8859-3"],
  [0x3, "iso-8859-4"],
  [0x5, "iso-8859-6"],
  [0x6, "koi8-r"],
  [0x7, "iso-8859-7"],
  [0xc, "iso-8859-8"],
  [0xd, "windows-874"],
]);

const FIRST = 0xa1;
const LETTERS = 0xc0; // from here on Cyrillic and Greek are as in their sets

// Where X11 differs
const OTHERS: ReadonlyMap<number, number> = new Map([
  [0x7d2, 0x3a3], // Sigma
  [0x7d3, 0],
  [0x7f2, 0x3c3], // sigma
  [0x7f3, 0x3c2], // at the end of a word
  [0x13bc, 0x152], // OE of Latin-9
  [0x13bd, 0x153],
  [0x13be, 0x178],
  [0x20ac, 0x20ac], // the euro
]);

/** The code point of such a keysym; undefined if it is none. */
export function legacyCharacter(keysym: number): number | undefined {
  const other = OTHERS.get(keysym);
  if (other !== undefined) return other === 0 ? undefined : other;
  const set = keysym >> 8;
  const byte = keysym & 0xff;
  const encoding = ENCODINGS.get(set);
  const first = set === 0x6 || set === 0x7 ? LETTERS : FIRST;
  if (encoding === undefined || byte < first) return undefined;
  const codePoint = new TextDecoder(encoding).decode(Uint8Array.of(byte)).codePointAt(0);
  return codePoint === undefined || codePoint === 0xfffd ? undefined : codePoint;
}
