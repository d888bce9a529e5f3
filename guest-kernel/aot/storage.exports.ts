// The compiler with its large memory counted, for storage.test.ts.

import { Compiler } from "./compiler.ts";
import { storageUse } from "./storage.ts";

const LARGE: usize = 1 << 16; // storage.ts

let codeBytes: usize = 0; // of the code's memory
let taken: usize = 0; // since the last step began, whatever was given back

storageUse(
  (bytes, _spare) => {
    taken += bytes;
    return heap.alloc(bytes);
  },
  (address, _bytes) => heap.free(address),
);

export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}

export function begin(bytes: usize, length: u32): Compiler {
  codeBytes = 0;
  return new Compiler(bytes, length, 0);
}

export function stepRoom(compiler: Compiler): usize {
  return compiler.stepRoom();
}

export function step(compiler: Compiler): i32 {
  taken = 0;
  return compiler.step();
}

/** What the last step took of large memory, without that for the code. */
export function takenWithoutCode(compiler: Compiler): usize {
  let code: usize = 0;
  for (let size = compiler.codeCapacity(); size > codeBytes && size >= LARGE; size >>= 1) code += size;
  codeBytes = compiler.codeCapacity();
  return taken - code;
}
