// Product of square matrices of f32, four columns at a time.

const N: i32 = 256;
const ROW: usize = 4 * N;

const left = new StaticArray<f32>(N * N);
const right = new StaticArray<f32>(N * N);
const product = new StaticArray<f32>(N * N);

export function multiply(): u32 {
  for (let i = 0; i < N * N; i++) {
    left[i] = <f32>(i & 63) * 0.5;
    right[i] = <f32>(i % 37) - 18;
  }
  for (let row = 0; row < N; row++) for (let column = 0; column < N; column += 4) multiplyAt(row, column);
  let checksum: u32 = 0;
  for (let i = 0; i < N * N; i++) checksum = checksum * 31 + reinterpret<u32>(product[i]);
  return checksum;
}

function multiplyAt(row: i32, column: i32): void {
  let factor = changetype<usize>(left) + <usize>row * ROW;
  let other = changetype<usize>(right) + 4 * <usize>column;
  let sum = f32x4.splat(0);
  for (let i = 0; i < N; i++) {
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(factor), v128.load(other)));
    factor += 4;
    other += ROW;
  }
  v128.store(changetype<usize>(product) + <usize>row * ROW + 4 * <usize>column, sum);
}
