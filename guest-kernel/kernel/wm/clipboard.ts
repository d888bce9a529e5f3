// The clipboard: one text, which only the window with the focus sets and sees.

let text: usize = 0;
let size: u32 = 0;

/** Makes room for another text of `length` bytes, at most CLIPBOARD_MAX; where to write it. */
export function clipboardRoom(length: u32): usize {
  if (text != 0) heap.free(text);
  text = length == 0 ? 0 : heap.alloc(length);
  size = length;
  return text;
}

/** Where the text is. */
export function clipboardText(): usize {
  return text;
}

/** Its length in bytes; 0 if there is none. */
export function clipboardLength(): u32 {
  return size;
}
