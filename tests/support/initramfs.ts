// The guest's initramfs with further files.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { cpioArchive } from "./cpio.ts";

const HEADER_BYTES = 110; // of a "newc" entry, in front of its name

/** The built archive and these files, by their absolute paths. */
export function initramfsWith(files: Record<string, Uint8Array>): Uint8Array {
  const archive = readFileSync(join(SOURCE_ROOT, "build/initramfs.cpio"));
  const trailer = archive.lastIndexOf("TRAILER!!!") - HEADER_BYTES;
  const entries = Object.entries(files).map(([path, data]) => ({ name: path.slice(1), data }));
  return Buffer.concat([archive.subarray(0, trailer), cpioArchive(entries)]);
}
