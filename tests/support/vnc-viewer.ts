// A VNC viewer on a socket that keeps the picture, for tests of whole machines: what it shows is what a user sees.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import * as p from "../../vmm/display/rfb/protocol.ts";
import type { Picture } from "./png.ts";
import { type Clipping, RfbClient, says } from "./rfb-client.ts";
import { ViewerPicture } from "./viewer-picture.ts";

const LEFT = 1;
const SHIFT = 0xffe1;

/** What viewers of today ask for, less compression. */
export const PLAIN_ENCODINGS: readonly number[] = [
  p.ENCODING_RAW,
  p.ENCODING_EXTENDED_DESKTOP_SIZE,
  p.ENCODING_LAST_RECT,
];

/** Looks all the time, and points and types when told. */
export class VncViewer {
  readonly #socket: Socket;
  readonly #client = new RfbClient();
  readonly #picture = new ViewerPicture();
  #waiting: (() => void)[] = [];
  #error: unknown;

  /** Connects to HOST:PORT; close it. */
  static async open(endpoint: string, encodings: readonly number[] = PLAIN_ENCODINGS): Promise<VncViewer> {
    const [host = "", port] = endpoint.split(":");
    const socket = connect({ host, port: Number(port), noDelay: true });
    await once(socket, "connect");
    const viewer = new VncViewer(socket);
    await viewer.#handshake();
    socket.write(says.encodings(...encodings));
    void viewer.#look();
    return viewer;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#client.send(bytes));
    socket.on("error", (error) => this.#fail(error));
  }

  /** Waits until what it sees fulfils a condition, which is asked after each update. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  get width(): number {
    return this.#picture.width;
  }

  get height(): number {
    return this.#picture.height;
  }

  /** Rectangles of each encoding so far. */
  get seen(): ReadonlyMap<number, number> {
    return this.#picture.seen;
  }

  /** A pixel, 0xRRGGBB. */
  pixel(x: number, y: number): number {
    return this.#picture.pixels[y * this.width + x] ?? -1;
  }

  /** What it sees. */
  picture(): Picture {
    return this.#picture.picture();
  }

  move(x: number, y: number, buttons = 0): void {
    this.#socket.write(says.pointer(x, y, buttons));
  }

  click(x: number, y: number): void {
    this.move(x, y);
    this.move(x, y, LEFT);
    this.move(x, y);
  }

  /** Presses keysyms one after the other, then lets them go, the last first. */
  press(...keysyms: number[]): void {
    for (const keysym of keysyms) this.#socket.write(says.key(keysym, true));
    for (const keysym of keysyms.toReversed()) this.#socket.write(says.key(keysym, false));
  }

  /** Types characters of Latin-1. */
  type(text: string): void {
    for (const character of text) {
      const keysym = character.codePointAt(0) ?? 0;
      if (/[A-Z]/.test(character)) this.press(SHIFT, keysym);
      else this.press(keysym);
    }
  }

  /** What came about the machine's clipboard. */
  get clippings(): readonly Clipping[] {
    return this.#client.clippings;
  }

  /** Says anything. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
    this.#fail(new Error("the viewer was closed"));
  }

  async #handshake(): Promise<void> {
    for (const needed of [
      () => this.#client.text(12) === p.VERSION && this.#socket.write(p.VERSION),
      () => this.#client.take(this.#client.take(1)[0]!) && this.#socket.write(Uint8Array.of(1)),
      () => this.#client.take(4) && this.#socket.write(Uint8Array.of(1)),
      () => this.#client.readServerInit(),
    ])
      await this.#client.read(needed);
    this.#picture.resize(this.#client.width, this.#client.height);
  }

  async #look(): Promise<void> {
    try {
      for (let whole = true; ; whole = false) {
        const all = { x: 0, y: 0, width: this.width, height: this.height };
        this.#socket.write(says.request(all, !whole));
        for (let left = await this.#client.read(() => this.#client.readUpdateHead()); left > 0; left--) {
          const rect = await this.#client.read(() => this.#client.readRect());
          if (rect.encoding === p.ENCODING_LAST_RECT) break;
          this.#picture.apply(rect);
        }
        this.#wake();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #fail(error: unknown): void {
    this.#error ??= error;
    this.#wake();
  }
}
