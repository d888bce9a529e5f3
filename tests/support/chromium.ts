// Chromium, as Debian has it, on a page of ours.
import { type Browser, chromium, type Page } from "playwright-core";
import { pathOf } from "./programs.ts";

const STATE_TIMEOUT_MS = 60_000;

/** A browser; close it. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: pathOf("chromium"), args: ["--no-sandbox"] });
}

/** The page of a display server, once it shows the screen. What goes wrong in it is in `problems`. */
export async function openScreen(
  browser: Browser,
  url: string,
  size: { width: number; height: number },
  deviceScaleFactor = 1,
): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ viewport: size, deviceScaleFactor });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector("html[data-state=connected]", { timeout: STATE_TIMEOUT_MS });
  return { page, problems };
}

/** The pixels that the page's canvas has, as red, green, blue and alpha; waits until `accept` takes them. */
export async function canvasPixels(
  page: Page,
  accept: (rgba: Uint8Array, width: number, height: number) => boolean,
): Promise<{ width: number; height: number; rgba: Uint8Array }> {
  for (;;) {
    const { width, height, data } = await page.evaluate(() => {
      const canvas = document.querySelector("canvas")!;
      const { width: w, height: h } = canvas;
      const pixels = canvas.getContext("2d")!.getImageData(0, 0, w, h).data;
      let text = "";
      for (let at = 0; at < pixels.length; at += 0x8000)
        text += String.fromCharCode(...pixels.subarray(at, at + 0x8000));
      return { width: w, height: h, data: btoa(text) };
    });
    const rgba = new Uint8Array(Buffer.from(data, "base64"));
    if (accept(rgba, width, height)) return { width, height, rgba };
    await page.waitForTimeout(50);
  }
}
