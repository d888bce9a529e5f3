// The guest's initramfs with further files.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { decodeCpio, encodeCpio } from "../../vmm/image/cpio.ts";

/** What the built archive has and these files, by their absolute paths. */
export function initramfsWith(files: Record<string, Uint8Array>): Uint8Array {
  const all = decodeCpio(readFileSync(join(SOURCE_ROOT, "build/initramfs.cpio")));
  for (const [path, contents] of Object.entries(files)) all.set(path.slice(1), contents);
  return encodeCpio([...all].map(([path, contents]) => ({ path, contents, executable: true })));
}
