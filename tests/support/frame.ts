import { FrameBuffer } from "../../host-net/wire/frame-buffer.ts";

/** A buffer that holds exactly the bytes of a hexadecimal dump; blanks are ignored. */
export function frameOf(hex: string): FrameBuffer {
  const bytes = Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
  const buffer = new FrameBuffer(bytes.length);
  buffer.bytes.set(bytes);
  return buffer;
}

/** The bytes of a buffer as a hexadecimal dump without blanks. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
