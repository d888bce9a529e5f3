import { Rect } from "../foundation/geometry.ts";
import { Key } from "../gestures/events.ts";
import { FocusNode } from "./focus.ts";

const ASIDE: f64 = 3; // what is aside counts as so many times as far

/** The node nearest to a place on the side of an arrow key; null if there is none. */
export function nearestToward(key: Key, from: Rect, nodes: FocusNode[], but: FocusNode): FocusNode | null {
  let best: FocusNode | null = null;
  let least = Infinity;
  for (let i = 0; i < nodes.length; i++) {
    const box = nodes[i].box();
    if (nodes[i] === but || box === null || box.owner === null) continue;
    const distance = distanceToward(key, from, box.globalRect());
    if (distance >= least) continue;
    least = distance;
    best = nodes[i];
  }
  return best;
}

/** How far a place is on the side of a key; infinite if it is not there. */
function distanceToward(key: Key, from: Rect, to: Rect): f64 {
  if (key == Key.Up || key == Key.Down) {
    const aside = gap(from.left, from.right, to.left, to.right);
    const shift = from.left - to.left;
    if (key == Key.Up) return distance(from.top - to.bottom, from.centerY - to.centerY, aside, shift);
    return distance(to.top - from.bottom, to.centerY - from.centerY, aside, shift);
  }
  const aside = gap(from.top, from.bottom, to.top, to.bottom);
  const shift = from.top - to.top;
  if (key == Key.Left) return distance(from.left - to.right, from.centerX - to.centerX, aside, shift);
  return distance(to.left - from.right, to.centerX - from.centerX, aside, shift);
}

/** `ahead`: between the two, `centers`: between their middles; what overlaps is on no side of the other. */
function distance(ahead: f64, centers: f64, aside: f64, shift: f64): f64 {
  if (centers <= 0 || ahead < -centers / 2) return Infinity;
  return max(0.0, ahead) + ASIDE * aside + abs(shift) / 100;
}

/** Between two lines side by side; 0 if they overlap. */
function gap(a0: f64, a1: f64, b0: f64, b1: f64): f64 {
  return max(0.0, max(b0 - a1, a0 - b1));
}
