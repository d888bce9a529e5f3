// What a viewer says once it is connected, RFC 6143 §7.5.
import type { Rect } from "../../../devices/framebuffer/damage.ts";
import { CLIPBOARD_MAX } from "../../../guest-kernel/abi/window.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { RfbError } from "./errors.ts";
import { type PixelFormat, parsePixelFormat } from "./pixel-format.ts";
import * as p from "./protocol.ts";

const MAX_ENCODINGS = 1024;
const MAX_SCREENS = 64;

/** Who is told. */
export interface MessageTarget {
  setPixelFormat(format: PixelFormat): void;
  /** In the order in which the viewer likes them; pseudo-encodings among them. */
  setEncodings(encodings: readonly number[]): void;
  /** The viewer can take an update of a part of the screen: of what has changed, or of all of it. */
  requestUpdate(rect: Rect, incremental: boolean): void;
  key(keysym: number, down: boolean): void;
  /** As `key`, with the place of the key on the keyboard as a scan code of an XT keyboard. */
  extendedKey(keysym: number, scanCode: number, down: boolean): void;
  /** `buttons` has a bit per button, the lowest for the left one. */
  pointer(x: number, y: number, buttons: number): void;
  setDesktopSize(width: number, height: number): void;
  /** The viewer has another text in its clipboard. */
  cutText(text: string): void;
  /** A message of the extended clipboard: CLIPBOARD_* flags, and what follows them. */
  extendedCutText(flags: number, content: Uint8Array): void;
}

type Parser = (view: DataView, target: MessageTarget, queue: ByteQueue) => number;

// By type: bytes that say how long the message is, and what tells it to the target. A parser returns the message's
// length, and tells nothing if that is more than there is.
const PARSERS: ReadonlyMap<number, readonly [head: number, parse: Parser]> = new Map([
  [p.SET_PIXEL_FORMAT, [4 + p.PIXEL_FORMAT_SIZE, setPixelFormat]],
  [p.SET_ENCODINGS, [4, setEncodings]],
  [p.FRAMEBUFFER_UPDATE_REQUEST, [10, requestUpdate]],
  [p.KEY_EVENT, [8, keyEvent]],
  [p.POINTER_EVENT, [6, pointerEvent]],
  [p.CLIENT_CUT_TEXT, [8, cutText]],
  [p.SET_DESKTOP_SIZE, [8, setDesktopSize]],
  [p.QEMU_CLIENT_MESSAGE, [12, qemuMessage]],
]);

/** Takes the first message, if all of it has come; false if not. @throws RfbError */
export function takeMessage(queue: ByteQueue, target: MessageTarget): boolean {
  const type = queue.bytes[0];
  if (type === undefined) return false;
  const [head, parse] = PARSERS.get(type) ?? [];
  if (head === undefined || parse === undefined) throw new RfbError(`message of type ${type}`);
  if (queue.length < head) return false;
  const length = parse(queue.view, target, queue);
  if (length > queue.length) return false;
  queue.take(length);
  return true;
}

function setPixelFormat(view: DataView, target: MessageTarget): number {
  target.setPixelFormat(parsePixelFormat(view, 4));
  return 4 + p.PIXEL_FORMAT_SIZE;
}

function setEncodings(view: DataView, target: MessageTarget, queue: ByteQueue): number {
  const count = view.getUint16(2);
  if (count > MAX_ENCODINGS) throw new RfbError(`${count} encodings`);
  const length = 4 + 4 * count;
  if (queue.length >= length)
    target.setEncodings(Array.from({ length: count }, (_, i) => view.getInt32(4 + 4 * i)));
  return length;
}

function requestUpdate(view: DataView, target: MessageTarget): number {
  const rect = {
    x: view.getUint16(2),
    y: view.getUint16(4),
    width: view.getUint16(6),
    height: view.getUint16(8),
  };
  target.requestUpdate(rect, view.getUint8(1) !== 0);
  return 10;
}

function keyEvent(view: DataView, target: MessageTarget): number {
  target.key(view.getUint32(4), view.getUint8(1) !== 0);
  return 8;
}

function pointerEvent(view: DataView, target: MessageTarget): number {
  target.pointer(view.getUint16(2), view.getUint16(4), view.getUint8(1));
  return 6;
}

/** Text that is longer than a clipboard holds, or too short to say anything, is nobody's. */
function cutText(view: DataView, target: MessageTarget, queue: ByteQueue): number {
  const signed = view.getInt32(4);
  const size = Math.abs(signed);
  const isExtended = signed < 0;
  if (size > CLIPBOARD_MAX || (isExtended && size < 4)) {
    queue.skip(8 + size);
    return 0;
  }
  if (queue.length < 8 + size) return 8 + size;
  const content = queue.bytes.slice(8, 8 + size);
  if (isExtended) target.extendedCutText(view.getUint32(8), content.subarray(4));
  else target.cutText(Buffer.from(content).toString("latin1"));
  return 8 + size;
}

function setDesktopSize(view: DataView, target: MessageTarget, queue: ByteQueue): number {
  const screens = view.getUint8(6);
  if (screens > MAX_SCREENS) throw new RfbError(`${screens} screens`);
  const length = 8 + 16 * screens;
  if (queue.length >= length) target.setDesktopSize(view.getUint16(2), view.getUint16(4));
  return length;
}

function qemuMessage(view: DataView, target: MessageTarget): number {
  const type = view.getUint8(1);
  if (type !== p.QEMU_EXTENDED_KEY_EVENT) throw new RfbError(`QEMU message of type ${type}`);
  target.extendedKey(view.getUint32(4), view.getUint32(8), view.getUint16(2) !== 0);
  return 12;
}
