// `getppid()` on the host, in a loop of machine code: what a system call costs there, with nothing around it.

import { measureHostCode } from "./host-code.ts";
import type { Row } from "./stats.ts";

const CALLS_PER_BATCH = 1000;

// Writes 1000 times the ns that 1000 calls took, as u64, to standard output.
const CODE = [
  [0x48, 0x81, 0xec, 0x00, 0x40, 0x00, 0x00], //       sub rsp, 0x4000
  [0x45, 0x31, 0xe4], //                               xor r12d, r12d
  [0xe8, 0x4b, 0x00, 0x00, 0x00], //            batch: call now
  [0x49, 0x89, 0xc5], //                               mov r13, rax
  [0xbb, 0xe8, 0x03, 0x00, 0x00], //                   mov ebx, 1000
  [0xb8, 0x6e, 0x00, 0x00, 0x00], //            again: mov eax, SYS_getppid
  [0x0f, 0x05], //                                     syscall
  [0xff, 0xcb], //                                     dec ebx
  [0x75, 0xf5], //                                     jne again
  [0xe8, 0x33, 0x00, 0x00, 0x00], //                   call now
  [0x4c, 0x29, 0xe8], //                               sub rax, r13
  [0x4a, 0x89, 0x44, 0xe4, 0x20], //                   mov [rsp + r12 * 8 + 32], rax
  [0x41, 0xff, 0xc4], //                               inc r12d
  [0x41, 0x81, 0xfc, 0xe8, 0x03, 0x00, 0x00], //       cmp r12d, 1000
  [0x75, 0xcf], //                                     jne batch
  [0xb8, 0x01, 0x00, 0x00, 0x00], //                   mov eax, SYS_write
  [0xbf, 0x01, 0x00, 0x00, 0x00], //                   mov edi, STDOUT_FILENO
  [0x48, 0x8d, 0x74, 0x24, 0x20], //                   lea rsi, [rsp + 32]
  [0xba, 0x40, 0x1f, 0x00, 0x00], //                   mov edx, 8000
  [0x0f, 0x05], //                                     syscall
  [0xb8, 0x3c, 0x00, 0x00, 0x00], //                   mov eax, SYS_exit
  [0x31, 0xff], //                                     xor edi, edi
  [0x0f, 0x05], //                                     syscall
  [0xb8, 0xe4, 0x00, 0x00, 0x00], //              now: mov eax, SYS_clock_gettime
  [0xbf, 0x01, 0x00, 0x00, 0x00], //                   mov edi, CLOCK_MONOTONIC
  [0x48, 0x8d, 0x74, 0x24, 0x08], //                   lea rsi, [rsp + 8]
  [0x0f, 0x05], //                                     syscall
  [0x48, 0x69, 0x44, 0x24, 0x08, 0x00, 0xca, 0x9a, 0x3b], // imul rax, [rsp + 8], 10^9
  [0x48, 0x03, 0x44, 0x24, 0x10], //                   add rax, [rsp + 16]
  [0xc3], //                                                ret
];

/** Measures `getppid()` over 1000 batches of 1000 calls. */
export function measureHostGetppid(subject = "syscall"): Row {
  return measureHostCode(subject, "host getppid()", CODE, CALLS_PER_BATCH);
}
