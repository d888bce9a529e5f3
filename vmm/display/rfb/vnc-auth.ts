// VNC authentication, RFC 6143 §7.2.2: DES of a challenge, with the password's first eight bytes as the key.

import { createCipheriv, timingSafeEqual } from "node:crypto";

const KEY_SIZE = 8;

/** What a viewer that knows the password answers to a challenge of 16 bytes. */
export function challengeResponse(password: string, challenge: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY_SIZE);
  key.set(new TextEncoder().encode(password).subarray(0, KEY_SIZE));
  const mirrored = key.map(mirrorBits);
  // DES is triple DES with one key thrice, which OpenSSL has kept.
  const cipher = createCipheriv("des-ede3", Buffer.concat([mirrored, mirrored, mirrored]), null);
  cipher.setAutoPadding(false);
  return new Uint8Array(Buffer.concat([cipher.update(challenge), cipher.final()]));
}

/** Whether an answer is right. Takes as long for a wrong one. */
export function checkResponse(password: string, challenge: Uint8Array, response: Uint8Array): boolean {
  return timingSafeEqual(challengeResponse(password, challenge), response);
}

/** VNC takes the lowest bit of each byte of a DES key for the highest. */
function mirrorBits(byte: number): number {
  let mirrored = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) mirrored |= 0x80 >> bit;
  return mirrored;
}
