import type { Picture } from "./png.ts";

/** A shared memory of 16 MiB as compileGuest's modules import it. */
export function guestMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
}

/** What a guest module draws must not throw away: an abort in it is an Error with its message's place. */
export function guestImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  const abort = (message: number, file: number, line: number, column: number): never => {
    throw new Error(`${guestText(memory, message)} at ${guestText(memory, file)}:${line}:${column}`);
  };
  return { env: { memory, abort, seed: () => 1 } };
}

/** The UTF-16 text of a managed string; its length in bytes is in the word before it. */
export function guestText(memory: WebAssembly.Memory, address: number): string {
  if (address === 0) return "";
  const length = new DataView(memory.buffer).getUint32(address - 4, true);
  return Buffer.from(memory.buffer, address, length).toString("utf16le");
}

/** A picture of premultiplied 0xAARRGGBB pixels in guest memory. */
export function pictureOf(
  memory: WebAssembly.Memory,
  address: number,
  width: number,
  height: number,
): Picture {
  const bgra = new Uint8Array(memory.buffer, address, width * height * 4);
  const rgba = new Uint8Array(width * height * 4);
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = bgra[at + 3] ?? 0;
    const straight = (channel: number): number =>
      alpha === 0 ? 0 : Math.min(255, Math.round(((bgra[at + channel] ?? 0) * 255) / alpha));
    rgba.set([straight(2), straight(1), straight(0), alpha], at);
  }
  return { width, height, rgba };
}
