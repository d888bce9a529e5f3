// The options that have to do with the screen.

import type { Wanted } from "../../devices/framebuffer/device.ts";
import type { ListenAddress } from "../display/server.ts";
import { UsageError } from "./usage-error.ts";

/** The screen that the user asked for. */
export interface DisplayOption {
  /** Where the page is; undefined: nobody looks, but for a screenshot. */
  web: ListenAddress | undefined;
  /** The user named the port: another one will not do. */
  exactPort: boolean;
  /** Where plain RFB is. */
  vnc: ListenAddress | undefined;
  passwordFile: string | undefined;
  wanted: Wanted;
  /** The page asks for another size when its window has one. */
  resizable: boolean;
  screenshot: string | undefined;
}

/** As given. */
export interface DisplayWords {
  headless: boolean;
  display?: string;
  "no-display": boolean;
  vnc?: string;
  "display-password-file"?: string;
  resolution?: string;
  screenshot?: string;
}

/** Where the page is without `--display`, if the port is free. */
export const DEFAULT_WEB: ListenAddress = { host: "127.0.0.1", port: 6080 };

const DEFAULT_SCREEN: Wanted = { width: 1280, height: 800, scale: 100 };
const MIN_SIDE = 64;
const MAX_SIDE = 8192;
const MIN_SCALE = 0.5;
const MAX_SCALE = 4;

/** The help's lines. */
export const DISPLAY_HELP = `  --display [ADDR:]PORT  show the screen to browsers there (default: ${DEFAULT_WEB.host}:${DEFAULT_WEB.port}, or another
                      port if that is taken); other addresses than loopback need the token that the link has
  --vnc [ADDR:]PORT   show it to VNC viewers there
  --display-password-file FILE  its first line is the password of viewers, and the token of the link
  --no-display        no screen
  --resolution WxH[@SCALE]  the screen's pixels, and how many of them make a point, such as 2560x1600@2
                      (default: ${DEFAULT_SCREEN.width}x${DEFAULT_SCREEN.height}, then the size of the browser's window)
  --screenshot FILE   keep a PNG picture of the screen as it was when it last stood still`;

/** Options for `parseArgs`. */
export const DISPLAY_ARGUMENTS = {
  display: { type: "string" },
  "no-display": { type: "boolean", default: false },
  vnc: { type: "string" },
  "display-password-file": { type: "string" },
  resolution: { type: "string" },
  screenshot: { type: "string" },
} as const;

/** What the words mean; undefined: no screen. Throws UsageError. */
export function displayOption(words: DisplayWords): DisplayOption | undefined {
  const { display, vnc, screenshot, resolution } = words;
  const passwordFile = words["display-password-file"];
  const isServed = display !== undefined || vnc !== undefined || (!words.headless && !words["no-display"]);
  if (words["no-display"] && (display !== undefined || vnc !== undefined || screenshot !== undefined))
    throw new UsageError("--no-display excludes --display, --vnc and --screenshot");
  if (!isServed && passwordFile !== undefined)
    throw new UsageError("--display-password-file needs --display");
  if (!isServed && screenshot === undefined) return undefined;
  const web = display === undefined ? DEFAULT_WEB : listenAddress("--display", display);
  return {
    web: isServed ? web : undefined,
    exactPort: display !== undefined,
    vnc: vnc === undefined ? undefined : listenAddress("--vnc", vnc),
    passwordFile,
    wanted: resolution === undefined ? DEFAULT_SCREEN : parseResolution(resolution),
    resizable: resolution === undefined,
    screenshot,
  };
}

/** `[ADDR:]PORT`, with an IPv6 address in brackets. */
function listenAddress(option: string, text: string): ListenAddress {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]:|([^:[\]]+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 0xffff)
    throw new UsageError(`${option}: expected PORT or ADDRESS:PORT, got ${JSON.stringify(text)}`);
  return { host: bracketed ?? plain ?? DEFAULT_WEB.host, port: Number(port) };
}

function parseResolution(text: string): Wanted {
  const [, width, height, scale] = /^(\d{2,4})x(\d{2,4})(?:@(\d(?:\.\d{1,2})?))?$/.exec(text) ?? [];
  const sides = [Number(width), Number(height)];
  const factor = Number(scale ?? 1);
  const isFit = sides.every((side) => side >= MIN_SIDE && side <= MAX_SIDE);
  if (!isFit || !(factor >= MIN_SCALE && factor <= MAX_SCALE))
    throw new UsageError(
      `--resolution: expected WIDTHxHEIGHT of ${MIN_SIDE}..${MAX_SIDE}, or with @SCALE of ${MIN_SCALE}..${MAX_SCALE}, got ${JSON.stringify(text)}`,
    );
  return { width: Number(width), height: Number(height), scale: Math.round(100 * factor) };
}
