// The desktop of a running machine: a text shell that tells what is where, and whoever looks and points.
import { setTimeout as delay } from "node:timers/promises";
import type { RunningCommand } from "./oscortex-command.ts";
import { type Picture, decodePng } from "./png.ts";
import { middleOf, parseUiTree, type UiItem, type UiWindow } from "./ui-tree.ts";

const LOOK_MS = 50; // between looks at what nobody tells of

/** Points at the screen: Chromium's mouse, or a VNC viewer. */
export interface Hand {
  move(x: number, y: number): unknown;
  down(): unknown;
  up(): unknown;
}

/** What a user sees and does. */
export class GuestDesktop {
  readonly #shell: RunningCommand;
  readonly #hand: Hand;

  constructor(shell: RunningCommand, hand: Hand) {
    this.#shell = shell;
    this.#hand = hand;
  }

  async windows(): Promise<UiWindow[]> {
    return parseUiTree(await this.#shell.command("cat /sys/ui/tree"));
  }

  /** Waits for something on the screen, inside of something else if that is named. */
  async find(role: string, label: string | RegExp, within?: UiItem): Promise<UiItem> {
    return this.until(async () => {
      const windows = await this.windows();
      return windows
        .flatMap(({ items }) => items)
        .find((item) => item.role === role && matches(item.label, label) && isWithin(item, within));
    });
  }

  /** Waits for a window with a title. */
  window(title: string): Promise<UiWindow> {
    return this.until(async () => (await this.windows()).find(({ label }) => label === title));
  }

  /** Waits until no window has a title. */
  async gone(title: string): Promise<void> {
    await this.until(async () =>
      (await this.windows()).some(({ label }) => label === title) ? undefined : true,
    );
  }

  /** Asks until there is an answer. The test's own timeout ends it. */
  async until<T>(ask: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await delay(LOOK_MS);
    }
  }

  /** Waits for something, and clicks it. */
  async click(role: string, label: string | RegExp, within?: UiItem): Promise<void> {
    await this.clickAt(...middleOf(await this.find(role, label, within)));
  }

  async clickAt(x: number, y: number): Promise<void> {
    await this.#hand.move(x, y);
    await this.#hand.down();
    await this.#hand.up();
  }

  /** Opens an app from the launcher. */
  async launch(title: string): Promise<void> {
    await this.click("button", "Apps");
    await this.click("app", title);
  }

  /** Drags with the left button, in some steps. */
  async drag(fromX: number, fromY: number, byX: number, byY: number): Promise<void> {
    const steps = 8;
    await this.#hand.move(fromX, fromY);
    await this.#hand.down();
    for (let i = 1; i <= steps; i++)
      await this.#hand.move(fromX + (byX * i) / steps, fromY + (byY * i) / steps);
    await this.#hand.up();
  }
}

function isWithin(item: UiItem, outer?: UiItem): boolean {
  if (outer === undefined) return true;
  const [x, y] = middleOf(item);
  return x >= outer.x && x < outer.x + outer.width && y >= outer.y && y < outer.y + outer.height;
}

function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? text === wanted : wanted.test(text);
}

/** What GET /screenshot.png of a display server gives. */
export async function screenshot(url: string): Promise<Picture> {
  const answer = await fetch(new URL("/screenshot.png", url));
  return decodePng(Buffer.from(await answer.arrayBuffer()));
}

/** The same, once two in a row are the same. */
export async function stillScreenshot(url: string): Promise<Picture> {
  for (let last: Picture | undefined; ;) {
    const next = await screenshot(url);
    if (last !== undefined && Buffer.compare(last.rgba, next.rgba) === 0) return next;
    last = next;
    await delay(300);
  }
}
