// A viewer that counts: RFB 3.8 over TCP with Raw pixels, which are not kept.

import { connect, type Socket } from "node:net";

const VERSION = "RFB 003.008\n";
const SECURITY_NONE = 1;
const SERVER_INIT = 24; // bytes, before the name
const RECT_HEADER = 12;
const PIXEL = 4;
const ENCODING_RAW = 0;
const SET_ENCODINGS = 2;
const UPDATE_REQUEST = 3;
const POINTER_EVENT = 5;

/** One update, as it has come whole. */
export interface Update {
  /** When, on the clock of `performance.now`. */
  at: number;
  pixels: number;
}

/** Looks at a screen, and asks for the next update as soon as one is there, as viewers do. */
export class Viewer {
  width = 0;
  height = 0;
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #skip = 0; // bytes of pixels to come
  #rects = 0; // of the update that comes
  #pixels = 0;
  #waiting: ((update: Update) => void)[] = [];
  #onBytes: () => void = () => {};
  #onUpdate: (update: Update) => void = () => {};

  /** Connects to HOST:PORT, and asks for the first update. */
  static async open(endpoint: string): Promise<Viewer> {
    const [host = "", port] = endpoint.split(":");
    const viewer = new Viewer(connect({ host, port: Number(port), noDelay: true }));
    await viewer.#handshake();
    return viewer;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", () => socket.destroy());
  }

  /** Calls back for each update from now on, until the function that it returns is called. */
  onUpdate(callback: (update: Update) => void): () => void {
    this.#onUpdate = callback;
    return () => {
      this.#onUpdate = (): void => {};
    };
  }

  /** The next update that comes. */
  next(): Promise<Update> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves once nothing has changed for `ms`. */
  async still(ms: number): Promise<void> {
    for (;;) {
      const update = this.next();
      const timeout = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));
      if ((await Promise.race([update, timeout])) === undefined) return;
    }
  }

  pointer(x: number, y: number, buttons: number): void {
    const bytes = Buffer.from([POINTER_EVENT, buttons, 0, 0, 0, 0]);
    bytes.writeUInt16BE(Math.round(x), 2);
    bytes.writeUInt16BE(Math.round(y), 4);
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #handshake(): Promise<void> {
    await this.#take(VERSION.length);
    this.#socket.write(VERSION);
    const [count = 0] = await this.#take(1);
    await this.#take(count);
    this.#socket.write(Uint8Array.of(SECURITY_NONE));
    await this.#take(4);
    this.#socket.write(Uint8Array.of(1));
    const init = await this.#take(SERVER_INIT);
    this.width = init.readUInt16BE(0);
    this.height = init.readUInt16BE(2);
    await this.#take(init.readUInt32BE(SERVER_INIT - 4));
    this.#onBytes = (): void => this.#parse();
    this.#socket.write(Uint8Array.of(SET_ENCODINGS, 0, 0, 1, 0, 0, 0, ENCODING_RAW));
    this.#request();
    this.#parse();
  }

  async #take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) await new Promise<void>((resolve) => (this.#onBytes = resolve));
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  #receive(bytes: Buffer): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(skipped)]);
    this.#onBytes();
  }

  #parse(): void {
    while (this.#skip === 0) {
      if (this.#rects === 0 && this.#pixels > 0) this.#finish();
      const head = this.#rects === 0 ? 4 : RECT_HEADER;
      if (this.#bytes.length < head) return;
      if (this.#rects === 0) this.#rects = this.#bytes.readUInt16BE(2);
      else this.#beginRect();
      this.#bytes = this.#bytes.subarray(head);
      const here = Math.min(this.#skip, this.#bytes.length);
      this.#skip -= here;
      this.#bytes = this.#bytes.subarray(here);
    }
  }

  #beginRect(): void {
    if (this.#bytes.readInt32BE(8) !== ENCODING_RAW) throw new Error("a rectangle that was not asked for");
    const pixels = this.#bytes.readUInt16BE(4) * this.#bytes.readUInt16BE(6);
    this.#pixels += pixels;
    this.#skip = pixels * PIXEL;
    this.#rects--;
  }

  #finish(): void {
    const update = { at: performance.now(), pixels: this.#pixels };
    this.#pixels = 0;
    this.#request();
    this.#onUpdate(update);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(update);
  }

  #request(): void {
    const bytes = Buffer.from([UPDATE_REQUEST, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.writeUInt16BE(this.width, 6);
    bytes.writeUInt16BE(this.height, 8);
    this.#socket.write(bytes);
  }
}
