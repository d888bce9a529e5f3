// The screen's size and scale: what whoever looks wants, or what the settings say.

import { E_INVAL, E_NOMEM } from "../../abi/errors.ts";
import { cornersMake } from "../compositor/corner.ts";
import { screenDamageAll } from "../compositor/frame.ts";
import { screenPixels, screenScale, screenSet } from "../compositor/screen.ts";
import { shadowsMake } from "../compositor/shadow.ts";
import {
  framebufferHeight,
  framebufferPixels,
  framebufferSetMode,
  framebufferStride,
  framebufferWantedHeight,
  framebufferWantedScale,
  framebufferWantedWidth,
  framebufferWidth,
} from "../drivers/framebuffer.ts";
import { tellScreen } from "./broadcast.ts";
import { layoutAll } from "./layout.ts";
import { pointerLook } from "./pointer.ts";

const WIDTH_MIN: u32 = 320;
const HEIGHT_MIN: u32 = 240;
const SIDE_MAX: u32 = 4096;
const SCALE_MIN: u32 = 50; // percent
const SCALE_MAX: u32 = 300;

/** Takes the size and scale that whoever looks wants, as far as it makes sense. */
export function screenTakeWanted(): void {
  const scale = framebufferWantedScale();
  screenMode(
    max(WIDTH_MIN, min(framebufferWantedWidth(), SIDE_MAX)),
    max(HEIGHT_MIN, min(framebufferWantedHeight(), SIDE_MAX)),
    scale == 0 ? 100 : max(SCALE_MIN, min(scale, SCALE_MAX)),
  );
}

/** Sets a mode, and fits the windows to it. 0, -E_INVAL, or -E_NOMEM and the mode is as it was. */
export function screenMode(width: u32, height: u32, scale: u32): i32 {
  if (width < WIDTH_MIN || width > SIDE_MAX || height < HEIGHT_MIN || height > SIDE_MAX) return -E_INVAL;
  if (scale < SCALE_MIN || scale > SCALE_MAX) return -E_INVAL;
  if (width != framebufferWidth() || height != framebufferHeight()) {
    if (!framebufferSetMode(width, height)) return -E_NOMEM;
  }
  screenAdopt(
    framebufferPixels(),
    <i32>framebufferWidth(),
    <i32>framebufferHeight(),
    <i32>framebufferStride(),
    <i32>scale,
  );
  return 0;
}

/** Draws at `pixels` from here on. */
export function screenAdopt(pixels: usize, width: i32, height: i32, stride: i32, scale: i32): void {
  const before = screenPixels == 0 ? scale : screenScale;
  const made = screenPixels != 0 && scale == before;
  screenSet(pixels, width, height, stride, scale);
  if (!made) {
    cornersMake();
    shadowsMake();
  }
  screenDamageAll();
  tellScreen();
  layoutAll(scale, before);
  pointerLook();
}
