// Text of clipboards: ServerCutText and ClientCutText, RFC 6143 §7.5.6 and §7.6.4, and the extended clipboard
// pseudo-encoding of the rfbproto document, of which text is the only format here.

import { constants, deflateSync, inflateSync } from "node:zlib";
import { CLIPBOARD_MAX } from "../../../guest-kernel/abi/window.ts";
import * as p from "./protocol.ts";

// What is provided at most, before it is compressed: each line may end by two bytes instead of one.
const PROVIDED_MAX = 4 + 2 * CLIPBOARD_MAX + 1;
const HEAD = 8; // bytes before the text or flags
const UNKNOWN = "?"; // for what Latin-1 has not

/** ServerCutText for a viewer that knows Latin-1 alone. */
export function cutText(text: string): Uint8Array {
  const latin = Buffer.from(text.replace(/[^\0-\xff]/gu, UNKNOWN), "latin1");
  const bytes = Buffer.alloc(HEAD + latin.length);
  bytes[0] = p.SERVER_CUT_TEXT;
  bytes.writeUInt32BE(latin.length, 4);
  bytes.set(latin, HEAD);
  return bytes;
}

/** What this server can do, and how much text it takes. */
export function clipboardCaps(): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(CLIPBOARD_MAX);
  const actions =
    p.CLIPBOARD_CAPS | p.CLIPBOARD_REQUEST | p.CLIPBOARD_PEEK | p.CLIPBOARD_NOTIFY | p.CLIPBOARD_PROVIDE;
  return extended(actions | p.CLIPBOARD_TEXT, size);
}

/** Says that there is another text, or none. */
export function clipboardNotice(hasText: boolean): Uint8Array {
  return extended(p.CLIPBOARD_NOTIFY | (hasText ? p.CLIPBOARD_TEXT : 0));
}

/** Asks the viewer for its text. */
export function clipboardRequest(): Uint8Array {
  return extended(p.CLIPBOARD_REQUEST | p.CLIPBOARD_TEXT);
}

/** Hands a text over: lines end by CR and LF, a NUL ends all. */
export function clipboardProvision(text: string): Uint8Array {
  const content = Buffer.from(`${text.replaceAll("\n", "\r\n")}\0`);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(content.length);
  return extended(p.CLIPBOARD_PROVIDE | p.CLIPBOARD_TEXT, deflateSync(Buffer.concat([size, content])));
}

/** The text that a viewer provides; undefined if it makes no sense or is more than a clipboard holds. */
export function providedText(flags: number, packed: Uint8Array): string | undefined {
  if ((flags & p.CLIPBOARD_TEXT) === 0) return undefined; // text is the lowest bit, so it comes first
  try {
    // Viewers such as noVNC flush their stream and do not end it.
    const bytes = inflateSync(packed, {
      maxOutputLength: PROVIDED_MAX,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    if (bytes.length < 4) return undefined;
    const size = bytes.readUInt32BE(0);
    if (size > bytes.length - 4) return undefined;
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(4, 4 + size));
    return text.replace(/\0[^]*$/, "").replaceAll("\r\n", "\n");
  } catch (error) {
    if (isViewersFault(error)) return undefined;
    throw error;
  }
}

/** Bytes that zlib cannot unpack, that become too many, or that are no UTF-8. */
function isViewersFault(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false;
  return /^Z_|^ERR_BUFFER_TOO_LARGE$|^ERR_ENCODING_INVALID_ENCODED_DATA$/.test(error.code);
}

function extended(flags: number, content: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = Buffer.alloc(HEAD + 4 + content.length);
  bytes[0] = p.SERVER_CUT_TEXT;
  bytes.writeInt32BE(-(4 + content.length), 4); // below zero: extended
  bytes.writeUInt32BE(flags >>> 0, HEAD);
  bytes.set(content, HEAD + 4);
  return bytes;
}
