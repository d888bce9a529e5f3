// SHA-256, FIPS 180-4 §6.2. Letters are the standard's. A message may come in slices of any length.

/** Bytes of a digest. */
export const SHA256_DIGEST_SIZE: usize = 32;

const BLOCK_SIZE: usize = 64;
const LENGTH_AT: usize = 56; // §5.1.1: in the last block, the message length in bits as a big-endian u64

/** A hash in progress. Lives in static memory of its owner: `changetype<Sha256>(memory.data(104))`. */
@unmanaged
export class Sha256 {
  h0: u32;
  h1: u32;
  h2: u32;
  h3: u32;
  h4: u32;
  h5: u32;
  h6: u32;
  h7: u32;
  length: u64; // bytes so far
  block0: u64; // the first 8 of the 64 bytes that wait for their block to fill up
}

/** Bytes that a `Sha256` takes. */
export const SHA256_STATE_SIZE: usize = 104;

const BLOCK: usize = offsetof<Sha256>("block0");
if (BLOCK + BLOCK_SIZE != SHA256_STATE_SIZE) ERROR("SHA256_STATE_SIZE");

// §4.2.2
const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);
const W = memory.data(256); // the message schedule

/** Begins a message. */
export function sha256Init(hash: Sha256): void {
  // §5.3.3
  hash.h0 = 0x6a09e667;
  hash.h1 = 0xbb67ae85;
  hash.h2 = 0x3c6ef372;
  hash.h3 = 0xa54ff53a;
  hash.h4 = 0x510e527f;
  hash.h5 = 0x9b05688c;
  hash.h6 = 0x1f83d9ab;
  hash.h7 = 0x5be0cd19;
  hash.length = 0;
}

/** Adds `len` bytes at `src` to the message. */
export function sha256Update(hash: Sha256, src: usize, len: u32): void {
  const block = changetype<usize>(hash) + BLOCK;
  const end = src + <usize>len;
  const filled = <usize>hash.length & (BLOCK_SIZE - 1);
  hash.length += <u64>len;
  if (filled != 0) {
    const part = min<usize>(BLOCK_SIZE - filled, <usize>len);
    memory.copy(block + filled, src, part);
    if (filled + part < BLOCK_SIZE) return;
    compress(hash, block);
    src += part;
  }
  while (end - src >= BLOCK_SIZE) {
    compress(hash, src);
    src += BLOCK_SIZE;
  }
  memory.copy(block, src, end - src);
}

/** Ends the message and stores its 32-byte digest. The hash must be begun again before further use. */
export function sha256Final(hash: Sha256, digest: usize): void {
  const block = changetype<usize>(hash) + BLOCK;
  const bits = hash.length << 3;
  let filled = <usize>hash.length & (BLOCK_SIZE - 1);
  store<u8>(block + filled++, 0x80);
  if (filled > LENGTH_AT) {
    memory.fill(block + filled, 0, BLOCK_SIZE - filled);
    compress(hash, block);
    filled = 0;
  }
  memory.fill(block + filled, 0, LENGTH_AT - filled);
  store<u64>(block + LENGTH_AT, bswap<u64>(bits));
  compress(hash, block);
  for (let i: usize = 0; i < SHA256_DIGEST_SIZE; i += 4) {
    store<u32>(digest + i, bswap<u32>(load<u32>(changetype<usize>(hash) + i)));
  }
}

// §4.1.2
function Ch(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z));
}

function Maj(x: u32, y: u32, z: u32): u32 {
  return (x & y) | (z & (x | y));
}

function Sigma0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}

function Sigma1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}

function sigma0(x: u32): u32 {
  return rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
}

function sigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10);
}

/** §6.2.2 step 1: the message schedule of the block at `src`. */
function schedule(src: usize): void {
  for (let t: usize = 0; t < 64; t += 4) store<u32>(W + t, bswap<u32>(load<u32>(src + t)));
  for (let t = W + 64; t < W + 256; t += 4) {
    const sum = sigma1(load<u32>(t - 8)) + load<u32>(t - 28) + sigma0(load<u32>(t - 60)) + load<u32>(t - 64);
    store<u32>(t, sum);
  }
}

/** §6.2.2: works one block of 64 bytes into the hash. */
function compress(hash: Sha256, src: usize): void {
  schedule(src);
  let a = hash.h0;
  let b = hash.h1;
  let c = hash.h2;
  let d = hash.h3;
  let e = hash.h4;
  let f = hash.h5;
  let g = hash.h6;
  let h = hash.h7;
  // PERF: eight rounds a turn, so that the letters' rotation costs no moves.
  for (let t: usize = 0; t < 256; t += 32) {
    const w = W + t;
    const k = K + t;
    h += Sigma1(e) + Ch(e, f, g) + load<u32>(k) + load<u32>(w);
    d += h;
    h += Sigma0(a) + Maj(a, b, c);
    g += Sigma1(d) + Ch(d, e, f) + load<u32>(k, 4) + load<u32>(w, 4);
    c += g;
    g += Sigma0(h) + Maj(h, a, b);
    f += Sigma1(c) + Ch(c, d, e) + load<u32>(k, 8) + load<u32>(w, 8);
    b += f;
    f += Sigma0(g) + Maj(g, h, a);
    e += Sigma1(b) + Ch(b, c, d) + load<u32>(k, 12) + load<u32>(w, 12);
    a += e;
    e += Sigma0(f) + Maj(f, g, h);
    d += Sigma1(a) + Ch(a, b, c) + load<u32>(k, 16) + load<u32>(w, 16);
    h += d;
    d += Sigma0(e) + Maj(e, f, g);
    c += Sigma1(h) + Ch(h, a, b) + load<u32>(k, 20) + load<u32>(w, 20);
    g += c;
    c += Sigma0(d) + Maj(d, e, f);
    b += Sigma1(g) + Ch(g, h, a) + load<u32>(k, 24) + load<u32>(w, 24);
    f += b;
    b += Sigma0(c) + Maj(c, d, e);
    a += Sigma1(f) + Ch(f, g, h) + load<u32>(k, 28) + load<u32>(w, 28);
    e += a;
    a += Sigma0(b) + Maj(b, c, d);
  }
  hash.h0 += a;
  hash.h1 += b;
  hash.h2 += c;
  hash.h3 += d;
  hash.h4 += e;
  hash.h5 += f;
  hash.h6 += g;
  hash.h7 += h;
}
