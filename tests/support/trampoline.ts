// How one instance calls a function of another: machine code that changes contexts, and back.
//
// Arguments stay in their registers; those on the stack are copied, and several results go from the one context's
// results area to the other's.

import { CTX_HEADER_SIZE, CTX_MEMORY_BASE, RESULT_SIZE } from "../../guest-kernel/abi/instance.ts";

const INT_ARGUMENTS = 6;
const FLOAT_ARGUMENTS = 8;

/** Code that calls the function at `target`, of the instance whose context is at `context`, for whoever calls it. */
export function trampolineCode(signature: string, context: bigint, target: bigint): Uint8Array {
  const [params = "", results = ""] = signature.split(">");
  const words = stackWords(params);
  return Uint8Array.from(
    [
      [0x55, 0x48, 0x89, 0xe5, 0x41, 0x56, 0x41, 0x57], // push rbp; mov rbp, rsp; push r14; push r15
      [0x48, 0x81, 0xec, ...dword((words + (words % 2)) * 8)], // sub rsp, …
      ...Array.from({ length: words }, (_, i) => copyWord(i)),
      [0x49, 0xbe, ...quad(context)], // mov r14, context
      [0x4d, 0x8b, 0x7e, CTX_MEMORY_BASE], // mov r15, [r14 + CTX_MEMORY_BASE]
      [0x48, 0xb8, ...quad(target), 0xff, 0xd0], // mov rax, target; call rax
      ...(results.length > 1 ? results.split("").map((_, i) => copyResult(i)) : []),
      [0x48, 0x8d, 0x65, 0xf0, 0x41, 0x5f, 0x41, 0x5e, 0x5d, 0xc3], // lea rsp, [rbp - 16]; pop r15; pop r14; pop rbp; ret
    ].flat(),
  );
}

/** Words of the arguments that go on the stack. */
function stackWords(params: string): number {
  let ints = 0;
  let floats = 0;
  let words = 0;
  for (const type of params.split("")) {
    const inXmm = type === "f" || type === "F" || type === "v";
    if (inXmm ? floats++ < FLOAT_ARGUMENTS : ints++ < INT_ARGUMENTS) continue;
    words += type === "v" ? 2 : 1;
  }
  return words;
}

/** mov rax, [rbp + 16 + 8 i]; mov [rsp + 8 i], rax */
function copyWord(i: number): number[] {
  return [0x48, 0x8b, 0x85, ...dword(16 + 8 * i), 0x48, 0x89, 0x84, 0x24, ...dword(8 * i)];
}

/** mov rcx, [rbp - 8]; movups xmm0, [r14 + …]; movups [rcx + …], xmm0 */
function copyResult(i: number): number[] {
  const at = dword(CTX_HEADER_SIZE + RESULT_SIZE * i);
  return [0x48, 0x8b, 0x4d, 0xf8, 0x41, 0x0f, 0x10, 0x86, ...at, 0x0f, 0x11, 0x81, ...at];
}

function dword(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}

function quad(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
