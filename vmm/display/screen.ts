// The screen for all viewers together: one reader of the guest's damage, one keyboard, one pointer.
import type { Clipping } from "../../devices/framebuffer/clipboard.ts";
import type { Cursor } from "../../devices/framebuffer/cursor.ts";
import type { FramebufferDevice, Wanted } from "../../devices/framebuffer/device.ts";
import { FRAMEBUFFER_MAX_SIDE } from "../../guest-kernel/abi/framebuffer.ts";
import { type EventSink, HeldKeys } from "./input/held-keys.ts";
import { Keyboard } from "./input/keyboard.ts";
import { Pointer } from "./input/pointer.ts";
import { blankPicture, pictureOf } from "./picture.ts";
import * as p from "./rfb/protocol.ts";
import { type Picture, RfbSession, type SessionOutput } from "./rfb/session.ts";

const NAME = "Oscortex";
const SIZE_TIMEOUT_MS = 2000; // after which a guest that has not taken a size never will
const MIN_SIDE = 64;

/** Shows a framebuffer to viewers, and brings their input to the guest. */
export class ScreenShare {
  readonly #framebuffer: FramebufferDevice;
  readonly #held: HeldKeys;
  readonly #sessions = new Set<RfbSession>();
  #picture: Picture;
  #serveSoon: NodeJS.Immediate | undefined;
  #onChange: (() => void) | undefined;
  #sizeRequest: { session: RfbSession | undefined; timer: NodeJS.Timeout } | undefined;

  constructor(framebuffer: FramebufferDevice, input: EventSink) {
    this.#framebuffer = framebuffer;
    this.#held = new HeldKeys(input);
    this.#picture = blankPicture(framebuffer.wanted);
    framebuffer.listener = {
      onMode: () => this.#modeChanged(),
      onDamage: () => this.#serve(),
      onCursor: () => this.#flush(),
      onClipboard: () => this.#flush(),
    };
  }

  /** What is shown. */
  get picture(): Picture {
    return this.#picture;
  }

  /** Viewers that are connected. */
  get viewers(): number {
    return this.#sessions.size;
  }

  /** A viewer comes. Call `leave` when it has gone. */
  join(output: SessionOutput, password: string | undefined): RfbSession {
    const keyboard = new Keyboard(this.#held);
    const pointer = new Pointer(this.#held);
    const session: RfbSession = new RfbSession({
      screen: this.#screenOf(() => session),
      input: {
        key: (keysym, down) => keyboard.key(keysym, down),
        scanCode: (scanCode, keysym, down) => keyboard.scanCode(scanCode, keysym, down),
        pointer: (x, y, buttons, picture) => pointer.moved(x, y, buttons, picture),
        close: () => {
          keyboard.close();
          pointer.close();
        },
      },
      output,
      password,
    });
    this.#sessions.add(session);
    return session;
  }

  /** A viewer has gone; what it held is let go. */
  leave(session: RfbSession): void {
    if (!this.#sessions.delete(session)) return;
    session.close();
    if (this.#sizeRequest?.session === session) this.#sizeRequest.session = undefined;
  }

  /** Calls back once, at the next change of the picture; whoever asked before is not called. */
  nextChange(callback: () => void): void {
    this.#onChange = callback;
    this.#watch();
  }

  /** Frames that the guest says it has shown. */
  get frames(): number {
    return this.#framebuffer.frames;
  }

  /** Whether the guest has drawn anything. */
  get drawn(): boolean {
    return this.#framebuffer.mode !== undefined;
  }

  /** Asks the guest for another size. Throws RangeError for one that cannot be. */
  want(wanted: Wanted): void {
    this.#framebuffer.wanted = wanted;
  }

  /** Ends every session. */
  close(): void {
    for (const session of this.#sessions) this.leave(session);
    this.#onChange = undefined;
    clearTimeout(this.#sizeRequest?.timer);
    clearImmediate(this.#serveSoon);
  }

  #screenOf(session: () => RfbSession): ConstructorParameters<typeof RfbSession>[0]["screen"] {
    const picture = (): Picture => this.#picture;
    const cursor = (): Cursor | undefined => this.#framebuffer.cursor;
    const begun = (): number => this.#framebuffer.begun;
    const clipboard = (): Clipping | undefined => this.#framebuffer.clipboard;
    return {
      name: NAME,
      get picture() {
        return picture();
      },
      get cursor() {
        return cursor();
      },
      get begun() {
        return begun();
      },
      get clipboard() {
        return clipboard();
      },
      paste: (text) => this.#framebuffer.paste(text),
      collect: () => {
        if (this.#collect() && this.#sessions.size > 1) this.#soon(); // others may wait for it
      },
      watch: () => this.#watch(),
      requestSize: (width, height) => this.#requestSize(session(), width, height),
    };
  }

  /** Tells every session of what has changed; true if there was anything. */
  #collect(): boolean {
    let found = false;
    const { begun } = this.#framebuffer; // before: what is told then is all of the frames before this one
    this.#framebuffer.takeDamage(
      (rect) => {
        found = true;
        for (const session of this.#sessions) session.damaged(rect);
      },
      (copy) => {
        found = true;
        for (const session of this.#sessions) session.copied(copy);
      },
    );
    for (const session of this.#sessions) session.collected(begun);
    this.#framebuffer.copies = this.#anyWantsCopies();
    if (found) this.#changed();
    return found;
  }

  #anyWantsCopies(): boolean {
    for (const session of this.#sessions) if (session.wantsCopies) return true;
    return false;
  }

  #changed(): void {
    const callback = this.#onChange;
    this.#onChange = undefined;
    callback?.();
  }

  #watch(): void {
    if (this.#framebuffer.watch()) this.#soon();
  }

  /** On the next turn of the event loop: a guest that is never still must not keep us here. */
  #soon(): void {
    this.#serveSoon ??= setImmediate(() => this.#serve());
  }

  #serve(): void {
    clearImmediate(this.#serveSoon);
    this.#serveSoon = undefined;
    this.#collect();
    this.#flush();
    if (this.#onChange !== undefined) this.#watch();
  }

  #flush(): void {
    for (const session of this.#sessions) session.flush();
  }

  #modeChanged(): void {
    const { mode } = this.#framebuffer;
    this.#picture = mode === undefined ? blankPicture(this.#picture) : pictureOf(this.#framebuffer, mode);
    this.#framebuffer.takeDamage(() => {}); // all of it is new
    this.#changed();
    const request = this.#endSizeRequest();
    for (const session of this.#sessions) {
      const own = session === request;
      const other = request === undefined ? p.SIZE_BY_SERVER : p.SIZE_BY_OTHER_CLIENT;
      session.sizeAnswered(own ? p.SIZE_BY_THIS_CLIENT : other, p.SIZE_DONE);
      session.flush();
    }
  }

  #requestSize(session: RfbSession, width: number, height: number): void {
    const { picture } = this;
    const valid = [width, height].every((side) => side >= MIN_SIDE && side <= FRAMEBUFFER_MAX_SIDE);
    if (!valid) return session.sizeAnswered(p.SIZE_BY_THIS_CLIENT, p.SIZE_INVALID_LAYOUT);
    if (width === picture.width && height === picture.height)
      return session.sizeAnswered(p.SIZE_BY_THIS_CLIENT, p.SIZE_DONE);
    this.#endSizeRequest()?.sizeAnswered(p.SIZE_BY_THIS_CLIENT, p.SIZE_PROHIBITED); // another wish came
    this.#sizeRequest = { session, timer: setTimeout(() => this.#sizeTimedOut(), SIZE_TIMEOUT_MS).unref() };
    this.want({ width, height, scale: this.#framebuffer.wanted.scale });
  }

  #endSizeRequest(): RfbSession | undefined {
    const session = this.#sizeRequest?.session;
    clearTimeout(this.#sizeRequest?.timer);
    this.#sizeRequest = undefined;
    return session;
  }

  #sizeTimedOut(): void {
    const { width, height } = this.#picture;
    this.want({ width, height, scale: this.#framebuffer.wanted.scale });
    this.#endSizeRequest()?.sizeAnswered(p.SIZE_BY_THIS_CLIENT, p.SIZE_NO_RESOURCES);
  }
}
