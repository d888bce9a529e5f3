// What the compositor must show, the slow way: every pixel of the screen from the bottom up, by floating-point numbers'
// plain rules, sharing no code with the compositor.

/** A surface of the model. */
export interface ModelSurface {
  left: number;
  top: number;
  width: number;
  height: number;
  /** 0xAARRGGBB, premultiplied; a colour for all of it. */
  pixels: Uint32Array | number;
  opaque: boolean;
  rounded: boolean;
  /** Darkness where it is darkest, 0 for none. */
  shadow: number;
  dim: number;
  visible: boolean;
}

const BASE = [0x20, 0x24, 0x2c];
const RADIUS = 10; // logical pixels
const DEVIATION = 12;
const DROP = 8;

/** The red, green and blue of a pixel of the screen, bottom surface first; at scale 100. */
export function modelPixel(surfaces: readonly ModelSurface[], x: number, y: number): number[] {
  let pixel = [...BASE];
  for (const surface of surfaces) {
    if (!surface.visible) continue;
    const coverage = coverageAt(surface, x, y);
    const hidden = surface.opaque && coverage === 1;
    if (surface.shadow > 0 && !hidden) {
      const light = 1 - surface.shadow * shadowAt(surface, x, y);
      pixel = pixel.map((channel) => channel * light);
    }
    if (coverage > 0) pixel = layOver(pixel, surface, x, y, coverage);
  }
  return pixel;
}

function layOver(pixel: number[], surface: ModelSurface, x: number, y: number, coverage: number): number[] {
  const { pixels, dim } = surface;
  const top =
    typeof pixels === "number" ? pixels : pixels[(y - surface.top) * surface.width + x - surface.left]!;
  const alpha = surface.opaque ? 1 : (top >>> 24) / 255;
  return pixel.map((channel, i) => {
    const own = (((top >>> (16 - 8 * i)) & 255) * (surface.opaque ? dim : 256)) / 256;
    return Math.min(own * coverage + channel * (1 - alpha * coverage), 255);
  });
}

/** How much of the pixel is inside of the surface, its corners cut. */
function coverageAt(surface: ModelSurface, x: number, y: number): number {
  const dx = Math.min(x - surface.left, surface.left + surface.width - 1 - x);
  const dy = Math.min(y - surface.top, surface.top + surface.height - 1 - y);
  if (dx < 0 || dy < 0) return 0;
  const small = Math.min(surface.width, surface.height) < 2 * RADIUS;
  if (!surface.rounded || small || dx >= RADIUS || dy >= RADIUS) return 1;
  let inside = 0;
  const samples = 16;
  for (let i = 0; i < samples; i++)
    for (let j = 0; j < samples; j++)
      if (Math.hypot(RADIUS - dx - (i + 0.5) / samples, RADIUS - dy - (j + 0.5) / samples) <= RADIUS)
        inside++;
  return inside / samples ** 2;
}

/** How dark the shadow is, of its darkest. */
function shadowAt(surface: ModelSurface, x: number, y: number): number {
  const reach = 3 * DEVIATION;
  const across = edge(x - surface.left + reach, surface.left + surface.width + reach - 1 - x);
  const top = surface.top + DROP;
  return across * edge(y - top + reach, top + surface.height + reach - 1 - y);
}

/** The blurred edge, `near` pixels from where it begins and `far` from where it ends. */
function edge(near: number, far: number): number {
  const index = Math.min(near, far, RAMP.length - 1);
  return index < 0 ? 0 : RAMP[index]!;
}

const RAMP = ((): number[] => {
  let sum = 0;
  const sums = Array.from({ length: 6 * DEVIATION }, (_, i) => {
    sum += Math.exp(-(((i + 0.5 - 3 * DEVIATION) / DEVIATION) ** 2) / 2);
    return sum;
  });
  return sums.map((value) => value / sum);
})();
