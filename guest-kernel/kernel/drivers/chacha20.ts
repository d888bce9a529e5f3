// The ChaCha20 block function, RFC 8439 §2.3.

const ROUNDS_DOUBLE: u32 = 10;
const working = memory.data(64, 4); // u32[16]

/** Bytes of key that chacha20Block reads. */
export const CHACHA20_KEY_SIZE: usize = 32;
/** Bytes that chacha20Block writes. */
export const CHACHA20_BLOCK_SIZE: usize = 64;

/** Writes the keystream block number `counter` of `key` with a 12-byte `nonce` to `out`, which may not overlap them. */
export function chacha20Block(key: usize, counter: u32, nonce: usize, out: usize): void {
  store<u32>(out, 0x61707865); // "expand 32-byte k"
  store<u32>(out, 0x3320646e, 4);
  store<u32>(out, 0x79622d32, 8);
  store<u32>(out, 0x6b206574, 12);
  memory.copy(out + 16, key, CHACHA20_KEY_SIZE);
  store<u32>(out, counter, 48);
  memory.copy(out + 52, nonce, 12);
  memory.copy(working, out, CHACHA20_BLOCK_SIZE);
  for (let i: u32 = 0; i < ROUNDS_DOUBLE; i++) {
    for (let column: usize = 0; column < 4; column++)
      quarterRound(column, column + 4, column + 8, column + 12);
    for (let diagonal: usize = 0; diagonal < 4; diagonal++)
      quarterRound(diagonal, 4 + ((diagonal + 1) & 3), 8 + ((diagonal + 2) & 3), 12 + ((diagonal + 3) & 3));
  }
  for (let at: usize = 0; at < CHACHA20_BLOCK_SIZE; at += 4) {
    store<u32>(out + at, load<u32>(out + at) + load<u32>(working + at));
  }
  memory.fill(working, 0, CHACHA20_BLOCK_SIZE); // nothing from which the key follows stays behind
}

function quarterRound(ia: usize, ib: usize, ic: usize, id: usize): void {
  let a = load<u32>(working + 4 * ia);
  let b = load<u32>(working + 4 * ib);
  let c = load<u32>(working + 4 * ic);
  let d = load<u32>(working + 4 * id);
  a += b;
  d = rotl<u32>(d ^ a, 16);
  c += d;
  b = rotl<u32>(b ^ c, 12);
  a += b;
  d = rotl<u32>(d ^ a, 8);
  c += d;
  b = rotl<u32>(b ^ c, 7);
  store<u32>(working + 4 * ia, a);
  store<u32>(working + 4 * ib, b);
  store<u32>(working + 4 * ic, c);
  store<u32>(working + 4 * id, d);
}
