// The coverage of rounded corners, one mask for each radius.

import { FillSink, flattenPath } from "./flatten.ts";
import { Mask } from "./bitmap.ts";
import { MaskSink } from "./mask-sink.ts";
import { Path } from "./path.ts";
import { beginEdges, rasterize } from "./rasterizer.ts";

const STEPS: f64 = 4; // radii are rounded to quarters of a pixel
const MAX_MASKS: i32 = 64;

let corners = new Map<i32, Mask>();
const fill = new FillSink();

/** The mask of a top left corner, radius > 0 in device pixels. As wide and high as the radius, rounded up. */
export function cornerMask(radius: f64): Mask {
  const key = max(1, <i32>floor(radius * STEPS + 0.5));
  if (corners.has(key)) return corners.get(key);
  if (corners.size >= MAX_MASKS) corners.clear();
  const mask = drawCorner(<f64>key / STEPS);
  corners.set(key, mask);
  return mask;
}

function drawCorner(radius: f64): Mask {
  const size = <i32>ceil(radius);
  const mask = new Mask(size, size);
  beginEdges();
  flattenPath(new Path().addCircle(radius, radius, radius), 1, 0, 0, fill);
  rasterize(0, 0, size, size, false, new MaskSink(mask));
  // What is right of the centre, or below it, is inside of the box.
  return mask;
}
