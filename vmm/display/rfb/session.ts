// One viewer: bytes in, bytes out. Knows no sockets, so that tests feed it bytes.
import type { Cursor } from "../../../devices/framebuffer/cursor.ts";
import type { Copy, Rect } from "../../../devices/framebuffer/damage.ts";
import { ByteQueue } from "./byte-queue.ts";
import { ClipboardLink, type GuestClipboard } from "./clipboard-link.ts";
import { type MessageTarget, takeMessage } from "./client-messages.ts";
import { alphaCursorRect, maskedCursorRect } from "./cursor.ts";
import { CopyQueue } from "./copies.ts";
import { Handshake } from "./handshake.ts";
import { emitPixelFormat, NATIVE_FORMAT, type PixelFormat, PixelWriter } from "./pixel-format.ts";
import * as p from "./protocol.ts";
import { contains, hull, intersection, Region } from "./region.ts";
import { BandEncoder, bandsOf, copyRect, type Encoding, rectHeader, updateHeader } from "./update.ts";
import type { PixelRows } from "./zrle.ts";

/** A picture that stays the same size. Its pixels may change under whoever reads them. */
export interface Picture extends PixelRows {
  readonly width: number;
  readonly height: number;
}

/** What a viewer looks at. */
export interface SessionScreen extends GuestClipboard {
  readonly name: string;
  /** What is shown now; another object for another size. */
  readonly picture: Picture;
  readonly cursor: Cursor | undefined;
  /** Calls `damaged` for all that has changed so far. */
  collect(): void;
  /** The viewer waits: `damaged` and `flush` are to be called at the next change, never from within this call. */
  watch(): void;
  /** The viewer wants another size. `sizeAnswered` is to be called, later. */
  requestSize(width: number, height: number): void;
  /** Frames that the guest has begun to draw. */
  readonly begun: number;
}

/** What a viewer types and points at. Keys come as they do: also twice, or never released. */
export interface SessionInput {
  key(keysym: number, down: boolean): void;
  /** As `key`, with the scan code of the key (scan-code.ts). */
  scanCode(scanCode: number, keysym: number, down: boolean): void;
  /** A place on the screen, maybe outside, and the buttons that are down. */
  pointer(x: number, y: number, buttons: number, picture: Picture): void;
  /** The viewer is gone: what it holds is let go. */
  close(): void;
}

/** The way to the viewer. */
export interface SessionOutput {
  /** Takes bytes, which stay the caller's no more. False: no more, please, until `drained`. */
  send(bytes: Uint8Array): boolean;
  /** Whether the way is short: then nothing is compressed. */
  readonly near: boolean;
}

/** How a session is set up. */
export interface SessionConfig {
  screen: SessionScreen;
  input: SessionInput;
  output: SessionOutput;
  /** What a viewer has to know to get in. */
  password: string | undefined;
}

const NOWHERE: Rect = { x: 0, y: 0, width: 0, height: 0 };

/** The state of one viewer. `receive` throws RfbError when the viewer breaks the protocol; the caller then closes it. */
export class RfbSession implements MessageTarget {
  readonly #screen: SessionScreen;
  readonly #input: SessionInput;
  readonly #output: SessionOutput;
  readonly #handshake: Handshake;
  readonly #queue = new ByteQueue();
  readonly #damage = new Region();
  readonly #encoder = new BandEncoder();
  readonly #copies = new CopyQueue();
  readonly #clipboard: ClipboardLink;

  #connected = false;
  #closed = false;
  #blocked = false; // the output takes nothing
  #encoding = false; // a band is being compressed
  #bands: Rect[] = []; // of the update that is being sent
  #bandAt = 0;
  #bandPicture: Picture | undefined; // that they are of
  #untilLastRect = false; // the update ends with a LastRect

  #writer = new PixelWriter(NATIVE_FORMAT);
  #encodings: ReadonlySet<number> = new Set();
  #requested: Rect | undefined; // an update was asked for, of this
  #picture: Picture | undefined; // whose size the viewer knows
  #cursorSent: Cursor | undefined | "none" = "none";
  #announced = new Set<number>(); // pseudo-encodings that were answered once
  #sizeAnswers: { reason: number; status: number }[] = [];

  constructor({ screen, input, output, password }: SessionConfig) {
    this.#screen = screen;
    this.#input = input;
    this.#output = output;
    this.#handshake = new Handshake((bytes) => this.#send(bytes), password);
    this.#clipboard = new ClipboardLink(screen, (bytes) => this.#send(bytes));
  }

  /** Whether the viewer has got in. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Whether the viewer did not know the password. */
  get refused(): boolean {
    return this.#handshake.refused;
  }

  /** Bytes from the viewer. @throws RfbError */
  receive(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    while (!this.#closed && this.#step());
  }

  /** The output takes bytes again. */
  drained(): void {
    this.#blocked = false;
    this.#pump();
  }

  /** A part of the picture has changed. Sent with `flush`. */
  damaged(rect: Rect): void {
    const seen = intersection(rect, wholeOf(this.#picture ?? this.#screen.picture));
    if (seen !== undefined) this.#damage.add(seen);
  }

  /** Pixels have moved on the screen: told in its place among what `damaged` tells. */
  copied(copy: Copy): void {
    const known = wholeOf(this.#picture ?? this.#screen.picture);
    const fits = [copy.from, copy.to].every((rect) => contains(known, rect));
    if (this.wantsCopies && fits) this.#copies.add(copy, this.#damage);
    else this.damaged(copy.to);
  }

  /** Everything of the frames before `begun` has been told by `damaged` and `copied`. */
  collected(begun: number): void {
    this.#copies.collected(begun);
  }

  /** Whether the viewer can copy pixels. */
  get wantsCopies(): boolean {
    return this.#encodings.has(p.ENCODING_COPY_RECT);
  }

  /** Sends what the viewer has asked for. After `damaged`, and when picture or cursor are others. */
  flush(): void {
    this.#pump();
  }

  /** The answer to a wish for a size: its outcome, and whose wish it was. */
  sizeAnswered(reason: number, status: number): void {
    if (!this.#encodings.has(p.ENCODING_EXTENDED_DESKTOP_SIZE)) return;
    this.#sizeAnswers = [{ reason, status }]; // only the last one tells anything
    this.#pump();
  }

  /** The viewer is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#encoder.close();
    this.#clipboard.keys.release();
    this.#input.close();
  }

  setPixelFormat(format: PixelFormat): void {
    this.#writer = new PixelWriter(format);
    this.#copies.clear();
    this.damaged(wholeOf(this.#picture ?? this.#screen.picture));
  }

  setEncodings(encodings: readonly number[]): void {
    this.#encodings = new Set(encodings);
    this.#announced = new Set();
    this.#cursorSent = "none";
    this.#clipboard.isExtended = this.#encodings.has(p.ENCODING_EXTENDED_CLIPBOARD);
    if (!this.wantsCopies) this.#copies.take(NOWHERE, this.#damage);
    if (this.#encodings.has(p.ENCODING_EXTENDED_DESKTOP_SIZE))
      this.#sizeAnswers = [{ reason: p.SIZE_BY_SERVER, status: p.SIZE_DONE }];
  }

  requestUpdate(rect: Rect, incremental: boolean): void {
    if (!incremental) this.damaged(rect);
    const before = this.#requested;
    this.#requested = before === undefined ? rect : hull(before, rect);
    this.#pump();
  }

  key(keysym: number, down: boolean): void {
    this.#clipboard.keys.add(() => this.#input.key(keysym, down));
  }

  extendedKey(keysym: number, scanCode: number, down: boolean): void {
    if (scanCode === 0) this.key(keysym, down);
    else this.#clipboard.keys.add(() => this.#input.scanCode(scanCode, keysym, down));
  }

  pointer(x: number, y: number, buttons: number): void {
    this.#input.pointer(x, y, buttons, this.#picture ?? this.#screen.picture);
  }

  cutText(text: string): void {
    this.#clipboard.take(text);
  }

  extendedCutText(flags: number, content: Uint8Array): void {
    this.#clipboard.takeExtended(flags, content);
  }

  setDesktopSize(width: number, height: number): void {
    this.#screen.requestSize(width, height);
  }

  #step(): boolean {
    if (this.#connected) return takeMessage(this.#queue, this);
    if (!this.#handshake.step(this.#queue)) return false;
    if (this.#handshake.done) this.#connect();
    return true;
  }

  /** ServerInit, RFC 6143 §7.3.2. */
  #connect(): void {
    this.#connected = true;
    const picture = this.#screen.picture;
    this.#picture = picture;
    const name = new TextEncoder().encode(this.#screen.name);
    const bytes = new Uint8Array(4 + p.PIXEL_FORMAT_SIZE + 4 + name.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, picture.width);
    view.setUint16(2, picture.height);
    emitPixelFormat(view, 4, NATIVE_FORMAT);
    view.setUint32(4 + p.PIXEL_FORMAT_SIZE, name.length);
    bytes.set(name, 4 + p.PIXEL_FORMAT_SIZE + 4);
    this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    if (!this.#output.send(bytes)) this.#blocked = true;
  }

  /** Whether an update is on its way, or could not go. */
  get #busy(): boolean {
    return this.#blocked || this.#encoding || this.#bandPicture !== undefined;
  }

  #pump(): void {
    if (this.#closed || !this.#connected) return;
    if (this.#bandPicture !== undefined) this.#sendBands();
    if (!this.#busy) this.#clipboard.tell();
    if (this.#requested === undefined || this.#busy) return;
    if (this.#sendPseudo()) return;
    this.#screen.collect();
    if (!this.#startUpdate()) this.#screen.watch();
  }

  /** Sends what is new besides pixels, as an update of its own; false if there is nothing. */
  #sendPseudo(): boolean {
    const rects = [...this.#sizeRects(), ...this.#cursorRects(), ...this.#announcements()];
    if (rects.length === 0) return false;
    this.#requested = undefined;
    this.#send(Buffer.concat([updateHeader(rects.length), ...rects]));
    return true;
  }

  #sizeRects(): Uint8Array[] {
    const picture = this.#screen.picture;
    const extended = this.#encodings.has(p.ENCODING_EXTENDED_DESKTOP_SIZE);
    const answers = this.#sizeAnswers;
    this.#sizeAnswers = [];
    if (picture !== this.#picture) {
      const known = this.#picture;
      if (known !== undefined && sameSize(known, picture)) {
        this.#picture = picture;
        this.#copies.clear();
        this.#damage.add(wholeOf(picture));
      } else if (extended || this.#encodings.has(p.ENCODING_DESKTOP_SIZE)) {
        this.#picture = picture;
        this.#damage.clear();
        this.#copies.clear();
        this.#damage.add(wholeOf(picture));
        if (!extended) return [rectHeader(wholeOf(picture), p.ENCODING_DESKTOP_SIZE)];
        return [sizeRect(picture, answers[0] ?? { reason: p.SIZE_BY_SERVER, status: p.SIZE_DONE })];
      }
    }
    return answers.map((answer) => sizeRect(this.#picture ?? picture, answer));
  }

  #cursorRects(): Uint8Array[] {
    const { cursor } = this.#screen;
    if (this.#cursorSent === cursor) return [];
    const alpha = this.#encodings.has(p.ENCODING_VMWARE_CURSOR);
    if (!alpha && !this.#encodings.has(p.ENCODING_CURSOR)) return [];
    this.#cursorSent = cursor;
    return [alpha ? alphaCursorRect(cursor) : maskedCursorRect(cursor, this.#writer)];
  }

  #announcements(): Uint8Array[] {
    const nothing = { x: 0, y: 0, width: 0, height: 0 };
    return [p.ENCODING_QEMU_EXTENDED_KEY].flatMap((encoding) => {
      if (!this.#encodings.has(encoding) || this.#announced.has(encoding)) return [];
      this.#announced.add(encoding);
      return [rectHeader(nothing, encoding)];
    });
  }

  /** Begins an update with what has changed in the part that was asked for; false if nothing has. */
  #startUpdate(): boolean {
    const known = this.#picture;
    const asked = this.#requested;
    if (known === undefined || asked === undefined) return false;
    // A viewer that cannot be told of another size goes on to see as much as fits.
    const { picture } = this.#screen;
    const visible = intersection(wholeOf(picture), wholeOf(known));
    const bounds = visible && intersection(asked, visible);
    if (bounds === undefined) return false;
    const copy = this.#copies.take(bounds, this.#damage);
    const rects = this.#damage.take(bounds);
    if (rects.length === 0 && copy === undefined) return false;
    this.#requested = undefined;
    this.#bands = bandsOf(rects);
    this.#bandAt = 0;
    this.#bandPicture = picture;
    this.#untilLastRect = this.#knowsLastRect;
    const count = this.#bands.length + (copy === undefined ? 0 : 1);
    this.#send(updateHeader(this.#untilLastRect ? p.UNTIL_LAST_RECT : count));
    if (copy !== undefined) this.#send(copyRect(copy.to, copy.from));
    this.#sendBands();
    return true;
  }

  #sendBands(): void {
    while (this.#bandPicture !== undefined && !this.#blocked && !this.#encoding) {
      const band = this.#bands[this.#bandAt];
      const outdated = this.#untilLastRect && this.#bandPicture !== this.#screen.picture;
      if (band === undefined || outdated) return this.#endUpdate();
      this.#bandAt++;
      this.#encoding = true;
      let later = false;
      this.#encoder.encode(this.#bandPicture, band, this.#chooseEncoding(), (bytes) => {
        this.#encoding = false;
        this.#send(bytes);
        if (later) this.#pump();
      });
      this.#copies.read(band, this.#screen.begun, this.#damage); // its pixels have been read, if not sent
      later = true;
    }
  }

  /** So that an update can end when the screen has another size. Older viewers (vncsnapshot) say so and stumble over it. */
  get #knowsLastRect(): boolean {
    return this.#encodings.has(p.ENCODING_LAST_RECT) && this.#encodings.has(p.ENCODING_EXTENDED_DESKTOP_SIZE);
  }

  #endUpdate(): void {
    if (this.#untilLastRect)
      this.#send(rectHeader({ x: 0, y: 0, width: 0, height: 0 }, p.ENCODING_LAST_RECT));
    this.#bands = [];
    this.#bandPicture = undefined;
  }

  #chooseEncoding(): Encoding {
    const writer = this.#writer;
    if (!this.#output.near) {
      if (this.#encodings.has(p.ENCODING_ZLIB)) return { id: p.ENCODING_ZLIB, writer };
      if (this.#encodings.has(p.ENCODING_ZRLE)) return { id: p.ENCODING_ZRLE, writer };
    }
    return { id: p.ENCODING_RAW, writer };
  }
}

function sizeRect(
  { width, height }: Picture,
  { reason, status }: { reason: number; status: number },
): Uint8Array {
  const head = rectHeader({ x: reason, y: status, width, height }, p.ENCODING_EXTENDED_DESKTOP_SIZE);
  const screens = new Uint8Array(4 + 16); // one screen: id, x, y, width, height, flags
  const view = new DataView(screens.buffer);
  view.setUint8(0, 1);
  view.setUint16(4 + 8, width);
  view.setUint16(4 + 10, height);
  return Buffer.concat([head, screens]);
}

function wholeOf({ width, height }: { width: number; height: number }): Rect {
  return { x: 0, y: 0, width, height };
}

function sameSize(a: Picture, b: Picture): boolean {
  return a.width === b.width && a.height === b.height;
}
