// What the desktop does in a guest, as a VNC viewer sees it: settings, frame times, servers, crashes, hangs.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFailed, test } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { packApp } from "../support/app.ts";
import * as p from "../../vmm/display/rfb/protocol.ts";
import { startChromium } from "../support/chromium.ts";
import { startFaultyPackageServer } from "../support/faulty-package-server.ts";
import { GuestDesktop, stillScreenshot } from "../support/guest-desktop.ts";
import { lacksKvm } from "../support/kvm.ts";
import { REPOSITORY, type RunningCommand, startOscortex } from "../support/oscortex-command.ts";
import { encodePng } from "../support/png.ts";
import { lacksProgram } from "../support/programs.ts";
import { says } from "../support/rfb-client.ts";
import { TIME_FACTOR } from "../support/time-factor.ts";
import type { UiItem } from "../support/ui-tree.ts";
import { PLAIN_ENCODINGS, VncViewer } from "../support/vnc-viewer.ts";

const TIMEOUT_MS = 60_000 * TIME_FACTOR;
const LEFT = 1;
const [CONTROL, ALT, ENTER] = [0xffe3, 0xffe9, 0xff0d]; // keysyms
const PICTURES = join(SOURCE_ROOT, "build/desktop-test"); // for whoever wants to see what the test saw

/** A machine with a viewer. */
class Seat {
  readonly shell: RunningCommand;
  readonly viewer: VncViewer;
  readonly desktop: GuestDesktop;

  static async open(options: readonly string[]): Promise<Seat> {
    const shell = startOscortex(["--display", "127.0.0.1:0", "--vnc", "127.0.0.1:0", ...options]);
    await shell.until(() => /VNC viewers at \S+\n/.test(shell.stderr));
    const viewer = await VncViewer.open(/VNC viewers at (\S+)/.exec(shell.stderr)![1]!);
    const seat = new Seat(shell, viewer);
    onTestFailed(() => seat.keep("failed"));
    return seat;
  }

  private constructor(shell: RunningCommand, viewer: VncViewer) {
    this.shell = shell;
    this.viewer = viewer;
    let at: [number, number] = [0, 0];
    let buttons = 0;
    this.desktop = new GuestDesktop(shell, {
      move: (x, y) => viewer.move(...(at = [Math.round(x), Math.round(y)]), buttons),
      down: () => viewer.move(...at, (buttons = LEFT)),
      up: () => viewer.move(...at, (buttons = 0)),
    });
  }

  /** Keeps what the viewer sees. */
  keep(name: string): void {
    mkdirSync(PICTURES, { recursive: true });
    writeFileSync(join(PICTURES, `${name}.png`), encodePng(this.viewer.picture()));
  }

  async end(): Promise<void> {
    this.viewer.close();
    this.shell.type("exit 0\n");
    expect((await this.shell.ended).status).toBe(0);
  }
}

/** A folder of bundles: the app that makes trouble, and some of the samples. */
async function repositoryWith(...samples: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-desktop-"));
  writeFileSync(join(folder, "trouble.osx"), await packApp("tests/fixtures/trouble-app"));
  for (const name of samples) copyFileSync(join(REPOSITORY, `${name}.osx`), join(folder, `${name}.osx`));
  return folder;
}

/** How many pixels of a place have a colour. */
function countOf(
  viewer: VncViewer,
  { x, y, width, height }: UiItem,
  accept: (rgb: number) => boolean,
): number {
  let count = 0;
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++) if (accept(viewer.pixel(column, row))) count++;
  return count;
}

function brightness(rgb: number): number {
  return ((rgb >> 16) & 255) + ((rgb >> 8) & 255) + (rgb & 255);
}

describe.skipIf(lacksKvm())("the desktop in a guest", { timeout: TIMEOUT_MS }, () => {
  test("settings: theme, size and frame times change what the viewer sees", async () => {
    const seat = await Seat.open(["--resolution", "1280x800"]);
    const { desktop, viewer } = seat;
    await desktop.launch("Settings");
    const window = await desktop.window("Settings");
    const corner = {
      ...window,
      x: window.x + window.width - 60,
      y: window.y + window.height - 60,
      width: 40,
      height: 40,
    };
    const isDark = (): boolean => brightness(viewer.pixel(corner.x, corner.y)) < 300;
    await desktop.find("tab", /^(Light|Dark)$/);
    const before = isDark();
    await desktop.click("tab", before ? "Light" : "Dark");
    await viewer.until(() => isDark() !== before);
    seat.keep("settings-theme");

    await desktop.click("place", "Screen");
    await desktop.click("choice", "1024 × 768");
    await viewer.until(() => viewer.width === 1024 && viewer.height === 768);
    await desktop.find("choice-selected", "1024 × 768");
    const dock = await desktop.until(async () =>
      (await desktop.windows()).find(({ state, width }) => state === "panel" && width === 1024),
    );
    expect(dock.y + dock.height).toBe(768);
    seat.keep("settings-screen");

    // The meter: by a switch, and by keys; its numbers and bars are of frames that there were.
    await desktop.click("switch-off", "Frame times");
    const meter = await desktop.find("meter", /^\d+ fps, \d+\.\d ms, \d+\.\d ms, \d+ late$/);
    const sees = (): boolean => countOf(viewer, meter, isAccent) > 20;
    await viewer.until(sees);
    await desktop.find("switch-on", "Frame times");
    await desktop.drag(window.x + 60, 60, 200, 100); // frames to count
    const [, rate] = await desktop.until(async () => {
      const { label } = await desktop.find("meter", / fps, /);
      const numbers = /^(\d+) fps, (\d+\.\d) ms/.exec(label);
      return Number(numbers?.[2]) > 0 ? (numbers ?? undefined) : undefined;
    });
    expect(Number(rate)).toBeLessThan(200);
    seat.keep("frame-meter");
    viewer.press(CONTROL, ALT, "f".charCodeAt(0));
    await desktop.gone("Frame times");
    await viewer.until(() => !sees());
    viewer.press(CONTROL, ALT, "f".charCodeAt(0));
    await desktop.window("Frame times");
    await viewer.until(sees);
    await seat.end();
  });

  test("a window that is dragged is copied by viewers that can, and all see what the screen shows", async () => {
    const seat = await Seat.open(["--resolution", "1280x800"]);
    const { desktop, viewer, shell } = seat;
    const encodings = [p.ENCODING_COPY_RECT, ...PLAIN_ENCODINGS];
    const copier = await VncViewer.open(/VNC viewers at (\S+)/.exec(shell.stderr)![1]!, encodings);
    onTestFailed(() => console.log(JSON.stringify([...copier.seen])));
    await desktop.launch("Settings");
    const { x, y } = await desktop.window("Settings");
    // Step by step, each as soon as the last one shows.
    const rects = (): number => [...copier.seen.values()].reduce((sum, count) => sum + count, 0);
    viewer.move(x + 150, y + 18);
    viewer.move(x + 150, y + 18, LEFT);
    const copies = (): number => copier.seen.get(p.ENCODING_COPY_RECT) ?? 0;
    for (let step = 1; step <= 20 || copies() <= 5; step++) {
      const before = rects();
      viewer.move(x + 150 + 10 * (step % 20), y + 18 + 5 * (step % 7), LEFT);
      await copier.until(() => rects() > before);
    }
    viewer.move(x + 350, y + 48);
    const url = /screen at (\S+)/.exec(shell.stderr)![1]!;
    const shown = await stillScreenshot(url);
    const same = (one: VncViewer): boolean => Buffer.compare(one.picture().rgba, shown.rgba) === 0;
    await copier.until(() => same(copier));
    await viewer.until(() => same(viewer));
    copier.close();
    await seat.end();
  });

  test("package servers: one that is down and comes up, then another", async () => {
    const [first, second] = [await repositoryWith(), mkdtempSync(join(tmpdir(), "oscortex-other-"))];
    copyFileSync(join(REPOSITORY, "swatch.osx"), join(second, "swatch.osx"));
    const server = await startFaultyPackageServer({ folder: first, host: "127.0.0.1", port: 0 });
    const other = await startFaultyPackageServer({ folder: second, host: "127.0.0.1", port: 0 });
    try {
      await server.pause();
      const options = ["--server", `http://127.0.0.1:${server.port}`, "--allow", `gateway:${other.port}`];
      const seat = await Seat.open(["--resolution", "1280x800", ...options]);
      const { desktop, viewer } = seat;
      await desktop.click("button", "Apps");
      await desktop.find("button", "Try again");
      seat.keep("catalog-error");
      await server.resume();
      await desktop.click("button", "Try again");
      await desktop.find("app", "Trouble");
      seat.keep("catalog-retried");

      // An app that cannot be fetched, while nobody looks at the launcher.
      server.fault = { kind: "stall" };
      await desktop.click("app", "Trouble");
      await desktop.click("button", "Apps"); // away
      await desktop.gone("Apps");
      await server.pause();
      await desktop.find("notification", "Trouble cannot be started");
      seat.keep("notification");

      const current = (await seat.shell.command("cat /sys/pkg/server")).trim();
      expect(current).toMatch(/^address=10\.0\.2\.2\nport=\d+$/);
      await desktop.launch("Settings");
      const window = await desktop.window("Settings");
      await desktop.click("place", "Packages");
      const [, port = ""] = /port=(\d+)/.exec(current) ?? [];
      const field = await desktop.find("field", `10.0.2.2:${port}`, window);
      await desktop.clickAt(field.x + field.width - 8, field.y + field.height / 2);
      viewer.press(CONTROL, "a".charCodeAt(0));
      viewer.type(`10.0.2.2:${other.port}`);
      viewer.press(ENTER);
      await desktop.until(async () =>
        (await seat.shell.command("cat /sys/pkg/server")).includes(`port=${other.port}`) ? true : undefined,
      );
      seat.keep("settings-packages");
      await desktop.click("button", "Apps");
      await desktop.find("app", "Swatch");
      const windows = await desktop.windows();
      expect(windows.flatMap(({ items }) => items).some(({ label }) => label === "Trouble")).toBe(false);
      await seat.end();
    } finally {
      await server.close();
      await other.close();
      for (const folder of [first, second]) rmSync(folder, { recursive: true });
    }
  });

  test("apps that crash get a page, whoever has started them; one that hangs can be ended", async () => {
    const folder = await repositoryWith();
    try {
      const seat = await Seat.open(["--resolution", "1280x800", "--repository", folder]);
      const { desktop, viewer, shell } = seat;

      await desktop.launch("Trouble");
      await desktop.click("button", "Crash");
      await desktop.window("Trouble has stopped");
      await desktop.find("textarea", /unreachable executed at .*main\.ts:\d+/);
      seat.keep("crash-page");
      await desktop.click("button", "Start again");
      await desktop.gone("Trouble has stopped");
      await desktop.click("button", "close", await desktop.window("Trouble"));
      await desktop.gone("Trouble");

      // Started in the text shell: it opens a window as well, and its crash is told.
      await shell.command("run org.oscortex.trouble &");
      await desktop.click("button", "Crash");
      const page = await desktop.window("Trouble has stopped");
      expect(page.app).toBe("org.oscortex.host");
      await desktop.click("button", "Start again");
      const again = await desktop.window("Trouble");

      await desktop.click("button", "Hang");
      const runs = new RegExp(`^ *${again.pid} .* run `, "m");
      await desktop.until(async () =>
        runs.test(await shell.command("cat /sys/proc/list")) ? true : undefined,
      );
      const x = again.x + again.width - 20;
      const spot = (): number => brightness(viewer.pixel(again.x + 30, again.y + again.height - 30));
      const bright = spot();
      await desktop.clickAt(x, again.y + 18); // its close button
      await viewer.until(() => spot() < bright * 0.8); // dimmed
      const question = await desktop.window("Not answering");
      const marked = (await desktop.windows()).find(({ id }) => id === again.id);
      expect(marked?.state).toContain("hung");
      seat.keep("hung");
      await desktop.click("button", "End it", question);
      await desktop.gone("Trouble");
      await desktop.gone("Not answering");
      await seat.end();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(lacksKvm() || lacksProgram("chromium"))("the clipboard", { timeout: TIMEOUT_MS }, () => {
  test("goes between the machine, the browser's computer and a VNC viewer", async () => {
    const folder = await repositoryWith();
    const browser = await startChromium();
    try {
      const seat = await Seat.open(["--resolution", "1280x800", "--repository", folder]);
      const { desktop, viewer, shell } = seat;
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        permissions: ["clipboard-read", "clipboard-write"],
      });
      const page = await context.newPage();
      await page.goto(/screen at (\S+)/.exec(shell.stderr)![1]!);
      await page.waitForSelector("html[data-state=connected]");
      await desktop.launch("Trouble");
      await desktop.find("typed", "");

      // From the browser's computer, by the keys that paste.
      await page.evaluate(() => navigator.clipboard.writeText("Grüße, Welt"));
      await page.keyboard.press("Control+v");
      await desktop.find("typed", "Grüße, Welt");
      // Back: what is cut in the machine is in the browser's computer, and told to the viewer.
      await page.keyboard.type("!");
      await desktop.find("typed", "Grüße, Welt!");
      await page.keyboard.press("Control+a");
      await page.keyboard.press("Control+x");
      await desktop.find("typed", "");
      await desktop.until(async () =>
        (await page.evaluate(() => navigator.clipboard.readText())) === "Grüße, Welt!" ? true : undefined,
      );
      await viewer.until(() => viewer.clippings.some(({ text }) => text === "Grüße, Welt!"));

      // What a key of another layout types: Playwright has the US one, so the page gets the event itself.
      await page.evaluate(() => {
        const canvas = document.querySelector("canvas")!;
        for (const [key, code] of [
          ["ä", "Quote"],
          ["ж", "Semicolon"],
        ] as const)
          for (const type of ["keydown", "keyup"])
            canvas.dispatchEvent(new KeyboardEvent(type, { key, code, bubbles: true, cancelable: true }));
      });
      await desktop.find("typed", /^ä/);
      await page.keyboard.press("Control+a");
      await page.keyboard.press("Backspace");
      await desktop.find("typed", "");

      // From a viewer that knows Latin-1 alone.
      viewer.send(Buffer.concat([says.cutText(5), Buffer.from("d\xe9j\xe0 ", "latin1")]));
      viewer.press(CONTROL, "v".charCodeAt(0));
      viewer.press(CONTROL, "v".charCodeAt(0));
      await desktop.find("typed", "déjà déjà ");
      await seat.end();
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true });
    }
  });
});

/** The colour of the meter's bars, roughly: more blue than red. */
function isAccent(rgb: number): boolean {
  return (rgb & 255) > 150 && (rgb & 255) - ((rgb >> 16) & 255) > 60;
}
