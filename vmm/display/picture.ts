import type { FramebufferDevice, Mode } from "../../devices/framebuffer/device.ts";
import type { Picture } from "./rfb/session.ts";

/** What a framebuffer shows in a mode; read where the guest draws it. */
export function pictureOf(framebuffer: FramebufferDevice, mode: Mode): Picture {
  const { width, height } = mode;
  return { width, height, row: (x, y, count) => framebuffer.row(mode, x, y, count) };
}

/** A black one. */
export function blankPicture({ width, height }: { width: number; height: number }): Picture {
  const row = new Uint32Array(width);
  return { width, height, row: (x, _, count) => row.subarray(x, x + count) };
}
