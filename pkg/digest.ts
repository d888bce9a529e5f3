import { sha256 } from "@noble/hashes/sha2.js";

/** The SHA-256 of some bytes, 32 bytes. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

/** A digest as 64 lower-case hexadecimal digits, the spelling used in URLs. */
export function digestHex(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString("hex");
}
