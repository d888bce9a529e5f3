// Elementary functions.

import { digestBegin, digestEnd, digestFloat } from "./digest.ts";

const STEPS: i32 = 40;

/** A digest of the values of every elementary function at a number of points. */
export function mathDigest(): u32 {
  digestBegin();
  for (let i = 1; i <= STEPS; i++) {
    doubles(<f64>i / 7);
  }
  return digestEnd();
}

function doubles(x: f64): void {
  const part = x / 8;
  digestFloat(Math.sin(x) + Math.cos(x) + Math.tan(x));
  digestFloat(Math.asin(part) + Math.acos(part) + Math.atan(x) + Math.atan2(x, part));
  digestFloat(Math.sinh(x) + Math.cosh(x) + Math.tanh(x));
  digestFloat(Math.asinh(x) + Math.acosh(1 + x) + Math.atanh(part));
  digestFloat(Math.exp(x) + Math.expm1(x) + Math.log(x) + Math.log1p(x) + Math.log2(x) + Math.log10(x));
  digestFloat(Math.pow(x, part) + Math.cbrt(x) + Math.hypot(x, part) + Math.sqrt(x));
}
