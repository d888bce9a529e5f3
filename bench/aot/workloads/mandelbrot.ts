// Escape times of the points of a grid.

const WIDTH: i32 = 256;
const HEIGHT: i32 = 160;
const MAX_ITERATIONS: i32 = 200;

export function mandelbrot(): u32 {
  let checksum: u32 = 0;
  for (let row = 0; row < HEIGHT; row++) {
    const imaginary = (<f64>row * 2) / HEIGHT - 1;
    for (let column = 0; column < WIDTH; column++)
      checksum = checksum * 31 + escapeTime((<f64>column * 3) / WIDTH - 2, imaginary);
  }
  return checksum;
}

function escapeTime(real: f64, imaginary: f64): i32 {
  let x: f64 = 0;
  let y: f64 = 0;
  let i = 0;
  while (i < MAX_ITERATIONS) {
    const x2 = x * x;
    const y2 = y * y;
    if (x2 + y2 > 4) break;
    y = 2 * x * y + imaginary;
    x = x2 - y2 + real;
    i++;
  }
  return i;
}
