// A viewer that does what the test says: bytes for a session, and what comes back, decoded.
import { constants, deflateSync, inflateSync } from "node:zlib";
import type { Rect } from "../../devices/framebuffer/damage.ts";
import type { SessionOutput } from "../../vmm/display/rfb/session.ts";
import * as p from "../../vmm/display/rfb/protocol.ts";
import { challengeResponse } from "../../vmm/display/rfb/vnc-auth.ts";

/** A rectangle of an update; `pixels` of those that have some, as the framebuffer's. */
export interface SeenRect extends Rect {
  encoding: number;
  pixels?: Uint32Array;
  /** What follows the header of a pseudo-encoding. */
  extra?: Uint8Array;
  /** Of a CopyRect: where the pixels are. */
  from?: { x: number; y: number };
}

/** A message about the server's clipboard: `flags` of an extended one, and its text or whatever else it has. */
export interface Clipping {
  flags?: number;
  text?: string;
  content?: Uint8Array;
}

/** How the viewer asked for its pixels: 32 bits, red at 16, unless it has changed that. */
export interface ViewerFormat {
  bytes: number;
  toRgb: (value: number) => number;
}

const NATIVE: ViewerFormat = { bytes: 4, toRgb: (value) => value & 0xffffff };

class Incomplete extends Error {}

/** Collects a session's output, and reads it. Small and slow, as a second opinion should be. */
export class RfbClient implements SessionOutput {
  near = true;
  /** What `send` answers. */
  accepts = true;
  format: ViewerFormat = NATIVE;
  width = 0;
  height = 0;
  name = "";
  /** What came about the server's clipboard while updates were read. */
  readonly clippings: Clipping[] = [];
  #bytes = Buffer.alloc(0);
  #onBytes = (): void => {};
  readonly #packed = new Map<number, Uint8Array[]>(); // all of each zlib stream
  readonly #unpackedLength = new Map<number, number>();

  send(bytes: Uint8Array): boolean {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    this.#onBytes();
    return this.accepts;
  }

  /** Bytes that were not read. */
  get waiting(): number {
    return this.#bytes.length;
  }

  take(count: number): Buffer {
    if (this.#bytes.length < count) throw new Incomplete(`${this.#bytes.length} bytes, wanted ${count}`);
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  text(count: number): string {
    return this.take(count).toString("latin1");
  }

  /** Gets in as a viewer of version 3.8. */
  connect(receive: (bytes: Uint8Array) => void, password?: string): void {
    if (this.text(12) !== p.VERSION) throw new Error("no version");
    receive(Buffer.from(p.VERSION));
    const types = this.take(this.take(1)[0]!);
    receive(Uint8Array.of(types[0]!));
    if (types[0] === p.SECURITY_VNC)
      receive(challengeResponse(password ?? "", new Uint8Array(this.take(p.CHALLENGE_SIZE))));
    if (this.take(4).readUInt32BE() !== p.SECURITY_OK) throw new Error("refused");
    receive(Uint8Array.of(1));
    this.readServerInit();
  }

  readServerInit(): void {
    const head = this.take(24);
    this.width = head.readUInt16BE(0);
    this.height = head.readUInt16BE(2);
    this.name = this.text(head.readUInt32BE(20));
  }

  /** Waits for a whole update, and reads it. */
  nextUpdate(): Promise<SeenRect[]> {
    return this.read(() => this.readUpdate());
  }

  /** Waits until enough bytes have come for a read, which may be tried several times. */
  async read<T>(attempt: () => T): Promise<T> {
    for (;;) {
      const bytes = this.#bytes;
      const pieces = new Map([...this.#packed].map(([stream, packed]) => [stream, packed.length]));
      const lengths = new Map(this.#unpackedLength);
      const clippings = this.clippings.length;
      try {
        return attempt();
      } catch (error) {
        if (!(error instanceof Incomplete)) throw error;
        this.#bytes = bytes;
        this.clippings.length = clippings;
        for (const [stream, packed] of this.#packed) packed.length = pieces.get(stream) ?? 0;
        this.#unpackedLength.clear();
        for (const [stream, length] of lengths) this.#unpackedLength.set(stream, length);
      }
      await new Promise<void>((resolve) => (this.#onBytes = resolve));
    }
  }

  /** Reads one whole update. */
  readUpdate(): SeenRect[] {
    const rects: SeenRect[] = [];
    for (let left = this.readUpdateHead(); left > 0; left--) {
      const rect = this.readRect();
      if (rect.encoding === p.ENCODING_LAST_RECT) break;
      rects.push(rect);
    }
    return rects;
  }

  /** Begins to read an update: how many rectangles it has, if no LastRect ends it before. */
  readUpdateHead(): number {
    while (this.#nextType() === p.SERVER_CUT_TEXT) this.clippings.push(this.readCutText());
    const head = this.take(4);
    if (head[0] !== p.FRAMEBUFFER_UPDATE) throw new Error(`message ${head[0]}`);
    return head.readUInt16BE(2);
  }

  /** Reads a message about the server's clipboard. */
  readCutText(): Clipping {
    const head = this.take(8);
    if (head[0] !== p.SERVER_CUT_TEXT) throw new Error(`message ${head[0]}`);
    const size = head.readInt32BE(4);
    if (size >= 0) return { text: this.text(size) };
    const flags = this.take(4).readUInt32BE();
    const content = this.take(-size - 4);
    const isText = (flags & (p.CLIPBOARD_PROVIDE | p.CLIPBOARD_CAPS)) === p.CLIPBOARD_PROVIDE;
    if (!isText) return { flags, content };
    const bytes = inflateSync(content);
    return { flags, text: bytes.subarray(4, 4 + bytes.readUInt32BE()).toString() };
  }

  #nextType(): number {
    if (this.#bytes.length === 0) throw new Incomplete("no bytes");
    return this.#bytes[0]!;
  }

  /** Reads a rectangle of an update. */
  readRect(): SeenRect {
    const head = this.take(12);
    const rect: SeenRect = {
      x: head.readUInt16BE(0),
      y: head.readUInt16BE(2),
      width: head.readUInt16BE(4),
      height: head.readUInt16BE(6),
      encoding: head.readInt32BE(8),
    };
    const count = rect.width * rect.height;
    switch (rect.encoding) {
      case p.ENCODING_RAW:
        return { ...rect, pixels: this.#pixels(this.take(count * this.format.bytes)) };
      case p.ENCODING_COPY_RECT: {
        const from = this.take(4);
        return { ...rect, from: { x: from.readUInt16BE(0), y: from.readUInt16BE(2) } };
      }
      case p.ENCODING_ZLIB:
        return { ...rect, pixels: this.#pixels(this.#unpack(p.ENCODING_ZLIB)) };
      case p.ENCODING_ZRLE:
        return { ...rect, pixels: this.#tiles(rect, this.#unpack(p.ENCODING_ZRLE)) };
      case p.ENCODING_CURSOR:
        return {
          ...rect,
          extra: this.take(count * this.format.bytes + Math.ceil(rect.width / 8) * rect.height),
        };
      case p.ENCODING_VMWARE_CURSOR:
        return { ...rect, extra: this.take(2 + 4 * count) };
      case p.ENCODING_EXTENDED_DESKTOP_SIZE:
        this.width = rect.width;
        this.height = rect.height;
        return { ...rect, extra: this.take(20) };
      case p.ENCODING_DESKTOP_SIZE:
        this.width = rect.width;
        this.height = rect.height;
        return rect;
      default:
        return rect;
    }
  }

  #unpack(stream: number): Buffer {
    const packed = this.#packed.get(stream) ?? [];
    this.#packed.set(stream, packed);
    packed.push(this.take(this.take(4).readUInt32BE()));
    const all = inflateSync(Buffer.concat(packed), { finishFlush: constants.Z_SYNC_FLUSH });
    const from = this.#unpackedLength.get(stream) ?? 0;
    this.#unpackedLength.set(stream, all.length);
    return all.subarray(from);
  }

  #pixels(bytes: Buffer): Uint32Array {
    const { bytes: size, toRgb } = this.format;
    if (this.format === NATIVE)
      return new Uint32Array(Uint8Array.from(bytes).buffer).map((pixel) => pixel & 0xffffff);
    return Uint32Array.from({ length: bytes.length / size }, (_, i) =>
      toRgb(bytes.readUIntLE(i * size, size)),
    );
  }

  /** RFC 6143 §7.7.6, with pixels of 3 bytes for those of 4. */
  #tiles(rect: SeenRect, bytes: Buffer): Uint32Array {
    const pixels = new Uint32Array(rect.width * rect.height);
    let at = 0;
    const size = this.format.bytes === 4 ? 3 : this.format.bytes;
    const pixel = (): number => this.format.toRgb(bytes.readUIntLE((at += size) - size, size));
    const runLength = (): number => {
      let length = 1;
      for (let more = 255; more === 255; length += more) more = bytes[at++]!;
      return length;
    };
    for (let y = 0; y < rect.height; y += 64) {
      for (let x = 0; x < rect.width; x += 64) {
        const width = Math.min(64, rect.width - x);
        const height = Math.min(64, rect.height - y);
        const tile: number[] = [];
        const kind = bytes[at++]!;
        const palette = Array.from({ length: kind > 128 ? kind - 128 : kind <= 16 ? kind : 0 }, pixel);
        if (kind === 0) for (let i = 0; i < width * height; i++) tile.push(pixel());
        else if (kind === 1) for (let i = 0; i < width * height; i++) tile.push(palette[0]!);
        else if (kind <= 16) {
          const bits = kind === 2 ? 1 : kind <= 4 ? 2 : 4;
          for (let row = 0; row < height; row++) {
            for (let i = 0; i < width; i++) {
              const byte = bytes[at + Math.floor((i * bits) / 8)]!;
              tile.push(palette[(byte >> (8 - bits - ((i * bits) % 8))) & ((1 << bits) - 1)]!);
            }
            at += Math.ceil((width * bits) / 8);
          }
        } else if (kind === 128) {
          while (tile.length < width * height) {
            const value = pixel();
            for (let left = runLength(); left > 0; left--) tile.push(value);
          }
        } else if (kind >= 130) {
          while (tile.length < width * height) {
            const index = bytes[at++]!;
            const length = index & 128 ? runLength() : 1;
            for (let left = length; left > 0; left--) tile.push(palette[index & 127]!);
          }
        } else throw new Error(`tile of kind ${kind}`);
        if (tile.length !== width * height) throw new Error(`tile of ${tile.length} pixels`);
        for (const [i, value] of tile.entries())
          pixels[(y + Math.floor(i / width)) * rect.width + x + (i % width)] = value;
      }
    }
    if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes behind the tiles`);
    return pixels;
  }
}

/** Messages of a viewer. */
export const says = {
  encodings(...encodings: number[]): Uint8Array {
    const bytes = Buffer.alloc(4 + 4 * encodings.length);
    bytes[0] = p.SET_ENCODINGS;
    bytes.writeUInt16BE(encodings.length, 2);
    for (const [i, encoding] of encodings.entries()) bytes.writeInt32BE(encoding, 4 + 4 * i);
    return bytes;
  },
  request({ x, y, width, height }: Rect, incremental = true): Uint8Array {
    const bytes = Buffer.alloc(10);
    bytes[0] = p.FRAMEBUFFER_UPDATE_REQUEST;
    bytes[1] = incremental ? 1 : 0;
    for (const [i, value] of [x, y, width, height].entries()) bytes.writeUInt16BE(value, 2 + 2 * i);
    return bytes;
  },
  pointer(x: number, y: number, buttons: number): Uint8Array {
    const bytes = Buffer.from([p.POINTER_EVENT, buttons, 0, 0, 0, 0]);
    bytes.writeUInt16BE(x, 2);
    bytes.writeUInt16BE(y, 4);
    return bytes;
  },
  key(keysym: number, down: boolean): Uint8Array {
    const bytes = Buffer.from([p.KEY_EVENT, down ? 1 : 0, 0, 0, 0, 0, 0, 0]);
    bytes.writeUInt32BE(keysym, 4);
    return bytes;
  },
  extendedKey(keysym: number, scanCode: number, down: boolean): Uint8Array {
    const bytes = Buffer.alloc(12);
    bytes[0] = p.QEMU_CLIENT_MESSAGE;
    bytes.writeUInt16BE(down ? 1 : 0, 2);
    bytes.writeUInt32BE(keysym, 4);
    bytes.writeUInt32BE(scanCode, 8);
    return bytes;
  },
  pixelFormat(
    bits: number,
    bigEndian: boolean,
    [redMax, greenMax, blueMax]: [number, number, number],
    [redShift, greenShift, blueShift]: [number, number, number],
    depth = bits === 32 ? 24 : bits,
  ): Uint8Array {
    const bytes = Buffer.alloc(20);
    bytes.set([p.SET_PIXEL_FORMAT, 0, 0, 0, bits, depth, bigEndian ? 1 : 0, 1]);
    for (const [i, max] of [redMax, greenMax, blueMax].entries()) bytes.writeUInt16BE(max, 8 + 2 * i);
    bytes.set([redShift, greenShift, blueShift], 14);
    return bytes;
  },
  desktopSize(width: number, height: number): Uint8Array {
    const bytes = Buffer.alloc(24);
    bytes[0] = p.SET_DESKTOP_SIZE;
    bytes.writeUInt16BE(width, 2);
    bytes.writeUInt16BE(height, 4);
    bytes[6] = 1;
    bytes.writeUInt16BE(width, 16);
    bytes.writeUInt16BE(height, 18);
    return bytes;
  },
  /** The head of a text of Latin-1, or of an extended message if its length is negative. */
  cutText(length: number): Uint8Array {
    const bytes = Buffer.alloc(8);
    bytes[0] = p.CLIENT_CUT_TEXT;
    bytes.writeInt32BE(length, 4);
    return bytes;
  },
  extendedCutText(flags: number, content: Uint8Array = new Uint8Array(0)): Uint8Array {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(flags >>> 0);
    return Buffer.concat([says.cutText(-4 - content.length), bytes, content]);
  },
  /** An extended message with a text; `size`: what it says how long that is. */
  provide(text: string, size?: number): Uint8Array {
    const content = Buffer.from(text);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(size ?? content.length);
    return says.extendedCutText(
      p.CLIPBOARD_PROVIDE | p.CLIPBOARD_TEXT,
      deflateSync(Buffer.concat([head, content])),
    );
  },
};
