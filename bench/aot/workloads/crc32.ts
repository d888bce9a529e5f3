// CRC-32 (ISO-HDLC, reflected polynomial 0xedb88320) of 4 MiB, a byte at a time.

const SIZE: i32 = 1 << 16;
const ROUNDS: i32 = 64;

const table = new StaticArray<u32>(256);
const data = new StaticArray<u8>(SIZE);

export function crc32(): u32 {
  for (let i = 0; i < 256; i++) {
    let value = <u32>i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0xedb88320 : value >> 1;
    table[i] = value;
  }
  for (let i = 0; i < SIZE; i++) data[i] = <u8>(i * 31);
  let crc: u32 = 0xffffffff;
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 0; i < SIZE; i++) crc = table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}
