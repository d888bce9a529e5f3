// The whole of it: a guest with a desktop, in Chromium.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { canvasPixels, openScreen, startChromium } from "../support/chromium.ts";
import { startFaultyPackageServer } from "../support/faulty-package-server.ts";
import { compareWithGolden } from "../support/golden.ts";
import { GuestDesktop, stillScreenshot } from "../support/guest-desktop.ts";
import { lacksKvm } from "../support/kvm.ts";
import { REPOSITORY, startOscortex } from "../support/oscortex-command.ts";
import { decodePng, type Picture } from "../support/png.ts";
import { lacksProgram, pathOf } from "../support/programs.ts";
import { TIME_FACTOR } from "../support/time-factor.ts";
import { middleOf } from "../support/ui-tree.ts";

const SIZE = { width: 1280, height: 800 };
const TIMEOUT_MS = 240_000 * TIME_FACTOR;
const CLOCK_X = 1100; // what is to the right of it tells the time
const MINES = "org.oscortex.mines";

/** The part of a picture left of a column. */
function leftOf(column: number, { width, height, rgba }: Picture): Picture {
  const rows = Array.from({ length: height }, (_, y) =>
    rgba.subarray(y * width * 4, (y * width + column) * 4),
  );
  return { width: column, height, rgba: new Uint8Array(Buffer.concat(rows)) };
}

/** The mean difference of two pictures' channels, 0..255, the alpha left out. */
function differenceOf(a: Picture, b: Picture): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let sum = 0;
  for (let at = 0; at < a.rgba.length; at++) if (at % 4 < 3) sum += Math.abs(a.rgba[at]! - b.rgba[at]!);
  return sum / ((a.rgba.length / 4) * 3);
}

/** A picture file of a kind that browsers know, as Chromium decodes it. */
async function decodeInPage(page: Page, type: string, file: Buffer): Promise<Picture> {
  const url = `data:${type};base64,${file.toString("base64")}`;
  const { width, height, data } = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let text = "";
    for (let at = 0; at < pixels.length; at += 0x8000)
      text += String.fromCharCode(...pixels.subarray(at, at + 0x8000));
    return { width: canvas.width, height: canvas.height, data: btoa(text) };
  }, url);
  return { width, height, rgba: new Uint8Array(Buffer.from(data, "base64")) };
}

describe.skipIf(lacksKvm() || lacksProgram("chromium"))("the desktop in Chromium", () => {
  test(
    "fetches an app, types into the terminal, drags a window, ends a process",
    { timeout: TIMEOUT_MS },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "oscortex-screen-"));
      const packages = await startFaultyPackageServer({ folder: REPOSITORY, host: "127.0.0.1", port: 0 });
      packages.fault = { kind: "slow", pieceBytes: 4096, delayMs: 150 }; // so that there is progress to see
      const still = join(folder, "still.png");
      const shell = startOscortex([
        "--display",
        "127.0.0.1:0",
        "--vnc",
        "127.0.0.1:0",
        "--resolution",
        `${SIZE.width}x${SIZE.height}`,
        "--screenshot",
        still,
        "--server",
        `http://127.0.0.1:${packages.port}`,
      ]);
      const browser = await startChromium();
      try {
        await shell.until(() => /screen at \S+\n[^]*VNC viewers at \S+\n/.test(shell.stderr));
        const url = /screen at (\S+)/.exec(shell.stderr)![1]!;
        const vnc = /VNC viewers at (\S+)/.exec(shell.stderr)![1]!;
        const { page, problems } = await openScreen(browser, url, SIZE);
        const desktop = new GuestDesktop(shell, page.mouse);

        // What it looks like at first, in a file, in the browser, and to another viewer.
        await desktop.find("button", "Apps");
        const first = await stillScreenshot(url);
        compareWithGolden("screen-desktop", leftOf(CLOCK_X, first));
        const seen = await canvasPixels(page, () => true);
        expect(differenceOf(seen, first)).toBeLessThan(0.5); // the clock may have gone on
        if (!lacksProgram("vncsnapshot")) {
          const file = join(folder, "snapshot.jpg");
          await promisify(execFile)(pathOf("vncsnapshot"), ["-quality", "100", vnc.replace(":", "::"), file]);
          const snapshot = await decodeInPage(page, "image/jpeg", readFileSync(file));
          expect(differenceOf(snapshot, first)).toBeLessThan(4); // JPEG
        }

        // With nothing to do, it sleeps.
        await desktop.until(async () =>
          /^ +2 .* wait /m.test(await shell.command("ps")) ? true : undefined,
        );

        // The catalog, and an app that is not here yet.
        await desktop.click("button", "Apps");
        await desktop.click("app", "Mines");
        await desktop.until(async () => {
          const [, name, done, total] =
            /^(\S+) \S+ (\d+) (\d+)$/m.exec(await shell.command("cat /sys/pkg/progress")) ?? [];
          return name === MINES && Number(done) > 0 && Number(done) < Number(total) ? true : undefined;
        });
        const mines = await desktop.until(async () =>
          (await desktop.windows()).find(({ app }) => app === MINES),
        );
        expect(packages.requests.some((path) => path.startsWith("/pkg/"))).toBe(true);

        // Its window is moved by its title bar.
        await desktop.drag(mines.x + 60, mines.y + 18, 90, 40);
        await desktop.until(async () => {
          const now = (await desktop.windows()).find(({ id }) => id === mines.id);
          return now?.x === mines.x + 90 && now.y === mines.y + 40 ? true : undefined;
        });

        // The terminal takes what is typed, from whatever keyboard.
        await desktop.click("button", "Apps");
        await desktop.click("app", "Terminal");
        await desktop.window("Terminal");
        await desktop.find("terminal", /oscortex\$ ?$/);
        await page.keyboard.type("echo Typed/Here: 'A*B'\n");
        await desktop.find("terminal", /\nTyped\/Here: A\*B\n/);

        // System Monitor ends the app; its window goes, the others stay.
        await desktop.click("button", "Apps");
        await desktop.click("app", "System Monitor");
        await desktop.click("row", new RegExp(` ${mines.pid}$`));
        await desktop.click("button", "End process");
        const dialog = await desktop.find("dialog", /^End .+\?$/);
        await page.mouse.click(...middleOf(await desktop.find("button", "End process", dialog)));
        await desktop.until(async () =>
          (await desktop.windows()).some(({ app }) => app === MINES) ? undefined : true,
        );
        const titles = (await desktop.windows()).map(({ label }) => label);
        expect(titles).toEqual(expect.arrayContaining(["System Monitor", "Terminal"]));

        expect(problems).toEqual([]);
        shell.type("exit 0\n");
        expect((await shell.ended).status).toBe(0);
        expect(existsSync(still)).toBe(true);
        expect(decodePng(readFileSync(still))).toMatchObject(SIZE);
      } finally {
        await browser.close();
        await packages.close();
        rmSync(folder, { recursive: true });
      }
    },
  );
});
