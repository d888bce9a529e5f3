// Texts that guest and host hand each other for their clipboards (guest-kernel/abi/framebuffer.ts).
import * as f from "../../guest-kernel/abi/framebuffer.ts";
import { CLIPBOARD_MAX } from "../../guest-kernel/abi/window.ts";
import type { GuestMemory } from "../guest-memory.ts";

/** A text that the guest has put into its clipboard; another object each time. */
export interface Clipping {
  readonly text: string;
}

/** The text that the guest has at `gpa`; undefined if there is none that makes sense. What is no UTF-8 becomes U+FFFD. */
export function readClipboard(memory: GuestMemory, gpa: number): Clipping | undefined {
  if (!memory.contains(gpa, f.CLIPBOARD_TEXT)) return undefined;
  const length = memory.view.getUint32(gpa + f.CLIPBOARD_LENGTH, true);
  if (length > CLIPBOARD_MAX || !memory.contains(gpa + f.CLIPBOARD_TEXT, length)) return undefined;
  const from = gpa + f.CLIPBOARD_TEXT;
  return { text: new TextDecoder().decode(memory.bytes.slice(from, from + length)) }; // slice: a copy, not shared
}

/** Puts a text where the guest has room for it at `gpa`; none, if it is too little. */
export function writeClipboard(memory: GuestMemory, gpa: number, text: Uint8Array): void {
  if (!memory.contains(gpa, f.CLIPBOARD_TEXT)) return;
  const room = memory.view.getUint32(gpa + f.CLIPBOARD_LENGTH, true);
  const fits = text.length <= room && memory.contains(gpa + f.CLIPBOARD_TEXT, text.length);
  if (fits) memory.bytes.set(text, gpa + f.CLIPBOARD_TEXT);
  memory.view.setUint32(gpa + f.CLIPBOARD_LENGTH, fits ? text.length : 0, true);
}
