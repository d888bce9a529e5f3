// Shadows of rounded rectangles: a mask that was blurred once is a nine-patch for every box of that radius and blur.

import { Mask } from "./bitmap.ts";
import { Color } from "./color.ts";
import { FillSink, flattenPath } from "./flatten.ts";
import { MaskSink } from "./mask-sink.ts";
import { Path } from "./path.ts";
import { beginEdges, rasterize } from "./rasterizer.ts";
import { Rect } from "../foundation/geometry.ts";

/** A shadow of a box. */
export class BoxShadow {
  constructor(
    readonly color: Color,
    /** Distance below the box. */
    readonly y: f64,
    /** How far the edge is smeared, as in CSS: twice the deviation of the Gaussian. */
    readonly blur: f64,
    /** How much larger than the box on every side. */
    readonly spread: f64 = 0,
    readonly x: f64 = 0,
  ) {}

  equals(other: BoxShadow): bool {
    return (
      this.color == other.color &&
      this.x == other.x &&
      this.y == other.y &&
      this.blur == other.blur &&
      this.spread == other.spread
    );
  }

  /** What a shadow of `box` may touch. */
  bounds(box: Rect): Rect {
    return box.shift(this.x, this.y).inflate(this.spread + this.blur * 1.5 + 1);
  }
}

/** A quarter of a blurred box: the top left part, up to where nothing changes any more. */
export class ShadowPatch {
  constructor(
    readonly mask: Mask,
    /** Pixels of the mask outside of the box. */
    readonly margin: i32,
  ) {}
}

const MAX_BLUR: f64 = 64; // device pixels
const MAX_PATCHES: i32 = 32;

let patches = new Map<u64, ShadowPatch>();
const fill = new FillSink();

/** The patch for a radius and a blur, in device pixels, of a box of at least the size `width` x `height`. */
export function shadowPatch(radius: f64, blur: f64, width: i32, height: i32): ShadowPatch {
  const smear = <i32>ceil(min(blur, MAX_BLUR) * 1.5);
  const roundness = <i32>ceil(radius);
  // A box too small to have a middle that the blur of its edges leaves alone gets a patch of its own size.
  const halfWidth = min(roundness + smear, (width + 1) / 2);
  const halfHeight = min(roundness + smear, (height + 1) / 2);
  const widthBit = halfWidth * 2 == width + 1 ? 1 : 0; // an odd size differs from the even one below it
  const heightBit = halfHeight * 2 == height + 1 ? 1 : 0;
  const key =
    ((<u64>(radius * 4)) << 48) |
    ((<u64>(blur * 4)) << 32) |
    ((<u64>halfWidth) << 17) |
    ((<u64>halfHeight) << 2) |
    (widthBit << 1) |
    heightBit;
  if (patches.has(key)) return patches.get(key);
  if (patches.size >= MAX_PATCHES) patches.clear();
  const boxWidth = halfWidth * 2 - widthBit;
  const boxHeight = halfHeight * 2 - heightBit;
  const patch = new ShadowPatch(drawPatch(radius, blur, boxWidth, boxHeight, smear), smear);
  patches.set(key, patch);
  return patch;
}

function drawPatch(radius: f64, blur: f64, width: i32, height: i32, margin: i32): Mask {
  const mask = new Mask(width + 2 * margin, height + 2 * margin);
  beginEdges();
  const box = Rect.at(margin, margin, width, height);
  flattenPath(new Path().addRoundRect(box, radius), 1, 0, 0, fill);
  rasterize(0, 0, mask.width, mask.height, false, new MaskSink(mask));
  blurMask(mask, min(blur, MAX_BLUR) / 2);
  const quarter = new Mask(margin + (width + 1) / 2, margin + (height + 1) / 2);
  for (let y = 0; y < quarter.height; y++) memory.copy(quarter.row(y), mask.row(y), quarter.width);
  return quarter;
}

/** Three box blurs one after the other come close to a Gaussian. */
function blurMask(mask: Mask, deviation: f64): void {
  if (deviation <= 0) return;
  const ideal = sqrt(4 * deviation * deviation + 1); // width of each of three boxes
  let narrow = <i32>floor(ideal);
  if ((narrow & 1) == 0) narrow--;
  const narrows = <i32>(
    floor((12 * deviation * deviation - 3 * narrow * narrow - 12 * narrow - 9) / (-4 * narrow - 4) + 0.5)
  );
  const line = new StaticArray<u8>(max(mask.width, mask.height));
  const scratch = changetype<usize>(line);
  for (let pass = 0; pass < 3; pass++) {
    const reach = (pass < narrows ? narrow : narrow + 2) >> 1;
    for (let y = 0; y < mask.height; y++) blurLine(mask.row(y), 1, mask.width, reach, scratch);
    for (let x = 0; x < mask.width; x++) blurLine(mask.row(0) + x, mask.width, mask.height, reach, scratch);
  }
}

function blurLine(line: usize, step: i32, count: i32, reach: i32, scratch: usize): void {
  for (let i = 0; i < count; i++) store<u8>(scratch + i, load<u8>(line + i * step));
  const size = 2 * reach + 1;
  let sum = 0;
  for (let i = 0; i < min(reach, count); i++) sum += load<u8>(scratch + i);
  for (let i = 0; i < count; i++) {
    if (i + reach < count) sum += load<u8>(scratch + i + reach);
    store<u8>(line + i * step, <u8>((sum + reach) / size));
    if (i >= reach) sum -= load<u8>(scratch + i - reach);
  }
}
