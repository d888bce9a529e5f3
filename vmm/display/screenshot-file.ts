import { renameSync, writeFileSync } from "node:fs";
import { screenshotPng, screenshotPngSync } from "./png.ts";
import type { ScreenShare } from "./screen.ts";

const STILL_MS = 300;

/** Keeps a PNG file of the screen as it was when it last stood still: for 300 ms, with a caret that blinks or a clock. */
export class ScreenshotFile {
  readonly #screen: ScreenShare;
  readonly #path: string;
  #timer: NodeJS.Timeout | undefined;
  #written = false;
  #closed = false;

  constructor(screen: ScreenShare, path: string) {
    this.#screen = screen;
    this.#path = path;
    this.#wait();
  }

  /** The machine has ended: a screen that never stood still is written as it is. Throws the host's error. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    if (!this.#written && this.#screen.drawn) this.#write(screenshotPngSync(this.#screen.picture));
  }

  #wait(): void {
    this.#screen.nextChange(() => this.#waitForStillness(this.#screen.frames));
  }

  #waitForStillness(frames: number): void {
    this.#timer = setTimeout(() => {
      if (this.#screen.frames === frames) void this.#take();
      else this.#waitForStillness(this.#screen.frames);
    }, STILL_MS).unref();
  }

  async #take(): Promise<void> {
    const png = await screenshotPng(this.#screen.picture);
    if (this.#closed) return;
    this.#write(png);
    this.#wait();
  }

  /** Nobody sees half a file. */
  #write(png: Uint8Array): void {
    const draft = `${this.#path}.part`;
    writeFileSync(draft, png);
    renameSync(draft, this.#path);
    this.#written = true;
  }
}
