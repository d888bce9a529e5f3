// Fonts as AssemblyScript sources. The compiler takes the bytes as a string literal, which it stores as it is: an array of as many
// numbers would take it seconds.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { encodeFont } from "./font-file.ts";

// What the engine imports, and where its outlines come from: npm packages under the SIL Open Font License 1.1.
const FONTS: Record<string, string> = {
  "inter-regular": "@fontsource/inter/files/inter-latin-400-normal.woff",
  "inter-medium": "@fontsource/inter/files/inter-latin-500-normal.woff",
  "inter-semibold": "@fontsource/inter/files/inter-latin-600-normal.woff",
  "jetbrains-mono-regular": "@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff",
};

const FONT_SOURCE = /(?:^|\/)engine\/text\/fonts\/([a-z-]+)\.ts$/;
const locate = createRequire(import.meta.url);
const sources = new Map<string, string>();

/** The source of `text/fonts/NAME.ts` of the engine, which exports FONT_BYTES; undefined if the path names no font. */
export async function fontSource(path: string): Promise<string | undefined> {
  const name = FONT_SOURCE.exec(path)?.[1] ?? "";
  const file = FONTS[name];
  if (file === undefined) return undefined;
  const source = sources.get(name) ?? (await makeSource(file));
  sources.set(name, source);
  return source;
}

async function makeSource(file: string): Promise<string> {
  const { create } = await import("fontkit"); // takes 0.2 s: not before it is needed
  const font = create(readFileSync(locate.resolve(file)));
  if (!("layout" in font)) throw new Error(`${file} is a collection of fonts`);
  return `export const FONT_BYTES: string = "${escape(encodeFont(font))}";\n`;
}

/** A string literal whose UTF-16 code units are the bytes, two each. */
function escape(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const unit = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    text += `\\u${unit.toString(16).padStart(4, "0")}`;
  }
  return text;
}
