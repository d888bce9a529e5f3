// Products of square matrices, the schoolbook way.

const N: i32 = 192;

const leftI32 = new StaticArray<i32>(N * N);
const rightI32 = new StaticArray<i32>(N * N);
const leftF64 = new StaticArray<f64>(N * N);
const rightF64 = new StaticArray<f64>(N * N);
const productI32 = new StaticArray<i32>(N * N);
const productF64 = new StaticArray<f64>(N * N);

export function multiplyI32(): u32 {
  for (let i = 0; i < N * N; i++) {
    leftI32[i] = i ^ 0x55;
    rightI32[i] = i * 3 - 7;
  }
  multiply<i32>(leftI32, rightI32, productI32);
  let checksum: u32 = 0;
  for (let i = 0; i < N * N; i++) checksum = checksum * 31 + productI32[i];
  return checksum;
}

export function multiplyF64(): u32 {
  for (let i = 0; i < N * N; i++) {
    leftF64[i] = <f64>(i & 63) * 0.5;
    rightF64[i] = <f64>(i % 37) - 18;
  }
  multiply<f64>(leftF64, rightF64, productF64);
  let checksum: u64 = 0;
  for (let i = 0; i < N * N; i++) checksum = checksum * 31 + reinterpret<u64>(productF64[i]);
  return <u32>(checksum ^ (checksum >> 32));
}

function multiply<T>(left: StaticArray<T>, right: StaticArray<T>, product: StaticArray<T>): void {
  for (let row = 0; row < N; row++) {
    for (let column = 0; column < N; column++) {
      let sum: T = <T>0;
      for (let i = 0; i < N; i++) sum += left[row * N + i] * right[i * N + column];
      product[row * N + column] = sum;
    }
  }
}
