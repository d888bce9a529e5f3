// Where the compositor draws: the framebuffer, or in tests any memory.

/** First pixel, u32 0xXXRRGGBB each; 0 where there is no screen. */
export let screenPixels: usize = 0;
/** Pixels in a row. */
export let screenWidth: i32 = 0;
/** Rows. */
export let screenHeight: i32 = 0;
/** Bytes from a row to the next. */
export let screenStride: i32 = 0;
/** Device pixels for 100 logical ones. */
export let screenScale: i32 = 100;

/** Sets where to draw from here on. All of it is to be damaged then. */
export function screenSet(pixels: usize, width: i32, height: i32, stride: i32, scale: i32): void {
  screenPixels = pixels;
  screenWidth = width;
  screenHeight = height;
  screenStride = stride;
  screenScale = scale;
}

/** Device pixels of a length in logical ones. */
export function devicePixels(logical: i32): i32 {
  return (logical * screenScale + 50) / 100;
}

/** Where the pixel is. It must be on the screen. */
export function screenAt(x: i32, y: i32): usize {
  return screenPixels + <usize>(y * screenStride + x * 4);
}
