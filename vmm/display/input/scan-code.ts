// Scan codes of an XT keyboard (set 1) → codes of <linux/input-event-codes.h>.

const EXTENDED = 0x80; // how the QEMU extended key event marks the prefix E0

// Up to 0x58 (F12) Linux has kept the numbers.
const SAME_UP_TO = 0x58;

const OTHERS: ReadonlyMap<number, number> = new Map([
  [0x54, 99], // SysRq, with Alt
  [0x59, 117], // keypad =
  [0x70, 93], // Katakana/Hiragana
  [0x73, 89], // Ro
  [0x79, 92], // Henkan
  [0x7b, 94], // Muhenkan
  [0x7d, 124], // Yen
  [0x7e, 121], // keypad ,
  [EXTENDED | 0x1c, 96], // keypad Enter
  [EXTENDED | 0x1d, 97], // right Control
  [EXTENDED | 0x20, 113], // mute
  [EXTENDED | 0x2e, 114], // quieter
  [EXTENDED | 0x30, 115], // louder
  [EXTENDED | 0x35, 98], // keypad /
  [EXTENDED | 0x37, 99], // Print
  [EXTENDED | 0x38, 100], // right Alt
  [EXTENDED | 0x46, 119], // Pause
  [EXTENDED | 0x47, 102], // Home
  [EXTENDED | 0x48, 103], // Up
  [EXTENDED | 0x49, 104], // Page Up
  [EXTENDED | 0x4b, 105], // Left
  [EXTENDED | 0x4d, 106], // Right
  [EXTENDED | 0x4f, 107], // End
  [EXTENDED | 0x50, 108], // Down
  [EXTENDED | 0x51, 109], // Page Down
  [EXTENDED | 0x52, 110], // Insert
  [EXTENDED | 0x53, 111], // Delete
  [EXTENDED | 0x5b, 125], // left Meta
  [EXTENDED | 0x5c, 126], // right Meta
  [EXTENDED | 0x5d, 127], // Menu
]);

/** The key at a scan code, which has 0x80 added for the prefix E0; undefined if there is none. */
export function keyOfScanCode(scanCode: number): number | undefined {
  const other = OTHERS.get(scanCode);
  if (other !== undefined) return other;
  return scanCode >= 1 && scanCode <= SAME_UP_TO ? scanCode : undefined;
}
