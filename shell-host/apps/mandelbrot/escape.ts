// The Mandelbrot set: how soon points escape, two at a time in a vector of f64.

/** How many steps the two points (x, y) and (x + step, y) take to leave the circle of radius 2; `most` if they do not. */
export function escapePair(x: f64, step: f64, y: f64, most: i32, counts: usize): void {
  const cx = f64x2.replace_lane(f64x2.splat(x), 1, x + step);
  const cy = f64x2.splat(y);
  const four = f64x2.splat(4);
  let zx = cx;
  let zy = cy;
  let count = i64x2.splat(0);
  for (let i = 0; i < most; i++) {
    const xx = f64x2.mul(zx, zx);
    const yy = f64x2.mul(zy, zy);
    // All ones where the point is still inside.
    const inside = f64x2.le(f64x2.add(xx, yy), four);
    if (!v128.any_true(inside)) break;
    count = i64x2.sub(count, inside);
    const xy = f64x2.mul(zx, zy);
    zx = f64x2.add(f64x2.sub(xx, yy), cx);
    zy = f64x2.add(f64x2.add(xy, xy), cy);
  }
  store<i32>(counts, <i32>i64x2.extract_lane(count, 0));
  store<i32>(counts, <i32>i64x2.extract_lane(count, 1), 4);
}
