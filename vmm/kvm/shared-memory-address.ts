import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const MARKER_LENGTH = 16;
// proc(5): "7f1200000000-7f1200040000 rw-p …"; a WebAssembly memory begins where its writable mapping does
const WRITABLE_MAPPING = /^([0-9a-f]+)-([0-9a-f]+) rw/gm;

/**
 * Where a `WebAssembly.Memory`'s buffer lies in this process, for a binding that cannot ask V8: a random marker in
 * its first bytes is looked for where writable mappings begin, and what was there is put back.
 *
 * Nobody else may use those bytes meanwhile. Throws if the buffer does not begin a mapping.
 */
export function findSharedMemory(buffer: ArrayBufferLike): bigint {
  const start = new Uint8Array(buffer, 0, MARKER_LENGTH);
  const saved = Uint8Array.from(start);
  const marker = randomBytes(MARKER_LENGTH);
  const memory = openSync("/proc/self/mem", "r");
  try {
    start.set(marker);
    for (const address of mappingsOf(buffer.byteLength)) {
      if (marker.equals(readAt(memory, address))) return address;
    }
  } finally {
    start.set(saved);
    closeSync(memory);
  }
  throw new Error("the shared memory does not begin a mapping of this process");
}

function mappingsOf(minimumLength: number): bigint[] {
  return [...readFileSync("/proc/self/maps", "latin1").matchAll(WRITABLE_MAPPING)]
    .map(([, start, end]) => [BigInt(`0x${start}`), BigInt(`0x${end}`)] as const)
    .filter(([start, end]) => end - start >= BigInt(minimumLength))
    .map(([start]) => start);
}

function readAt(memory: number, address: bigint): Buffer {
  const bytes = Buffer.alloc(MARKER_LENGTH);
  readSync(memory, bytes, 0, MARKER_LENGTH, address);
  return bytes;
}
