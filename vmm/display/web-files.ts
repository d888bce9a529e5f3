// The page and noVNC, which the server serves.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";

/** A file as a browser gets it. */
export interface WebFile {
  type: string;
  body: Uint8Array;
}

const PAGE = join(SOURCE_ROOT, "shell-host/web");
const NOVNC = join(SOURCE_ROOT, "node_modules/@novnc/novnc");
const TEXT_TYPES = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const PAGE_FILES: ReadonlyMap<string, string> = new Map([
  ["/", "index.html"],
  ["/style.css", "style.css"],
  ["/app.js", "app.js"],
  ["/icon.svg", "icon.svg"],
]);

// Names without dots but the last, so that no path leads out.
const NOVNC_PATH = /^\/novnc\/((?:core|vendor)(?:\/[a-zA-Z0-9_-]+)+\.js)$/;

/** The file at a path of a URL; undefined if there is none. */
export async function webFile(path: string): Promise<WebFile | undefined> {
  const own = PAGE_FILES.get(path);
  const foreign = NOVNC_PATH.exec(path)?.[1];
  const file = own === undefined ? foreign && join(NOVNC, foreign) : join(PAGE, own);
  if (file === undefined) return undefined;
  try {
    return { type: typeOf(file), body: await readFile(file) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function typeOf(file: string): string {
  const extension = file.slice(file.lastIndexOf(".") + 1);
  for (const [name, type] of Object.entries(TEXT_TYPES)) if (name === extension) return type;
  return "application/octet-stream";
}
