// The clipboard: one text, which only the window with the focus sets and sees, and which whoever looks at the screen shares.

import { CLIPBOARD_LENGTH, CLIPBOARD_TEXT } from "../../abi/framebuffer.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { CLIPBOARD_MAX } from "../../abi/window.ts";
import { framebufferClipboard, framebufferTakePaste } from "../drivers/framebuffer.ts";
import { framesAlloc } from "../mm/frames.ts";
import { checkUtf8 } from "../pkg/utf8.ts";

const FRAMES: u32 = 17;
if (<usize>FRAMES * PAGE_SIZE < CLIPBOARD_TEXT + CLIPBOARD_MAX) ERROR("FRAMES");

let content: usize = 0; // CLIPBOARD_* of abi/framebuffer.ts; 0 where there is no screen

/** Allocates it. Once, at boot: a machine that has no memory then cannot start. */
export function clipboardInit(): void {
  if (content == 0) content = framesAlloc(FRAMES);
  assert(content != 0, "clipboardInit: no memory");
  store<u32>(content, 0, CLIPBOARD_LENGTH);
}

/** Where another text of at most CLIPBOARD_MAX bytes is to be written. clipboardTake ends that. */
export function clipboardRoom(): usize {
  return content + CLIPBOARD_TEXT; // SAFETY: who has the focus has a screen
}

/** There is another text, of `length` bytes: whoever looks at the screen may have it too. */
export function clipboardTake(length: u32): void {
  store<u32>(content, length, CLIPBOARD_LENGTH);
  framebufferClipboard(content);
}

/** Where the text is. */
export function clipboardText(): usize {
  return content + CLIPBOARD_TEXT;
}

/** Its length in bytes; 0 if there is none. */
export function clipboardLength(): u32 {
  return content == 0 ? 0 : load<u32>(content, CLIPBOARD_LENGTH);
}

/** Takes a text that whoever looks has offered, if there is another one. */
export function clipboardPoll(): void {
  if (content == 0 || !framebufferTakePaste(content)) return;
  if (!checkUtf8(clipboardText(), clipboardLength())) store<u32>(content, 0, CLIPBOARD_LENGTH);
}
