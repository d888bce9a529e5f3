import { beforeAll, describe, expect, test } from "vitest";
import { compileGuest } from "../../tests/support/asc.ts";

/** What x64.exports.ts exports. */
interface Exports {
  codeStart(): number;
  emit(n: number): number;
  overflows(bytes: number, maxBytes: number): number;
}

// Number of the encoding in x64.exports.ts, what it is, and the bytes that GNU as makes of it (or an equal encoding).
const ENCODINGS: readonly (readonly [number, string, string])[] = [
  [0, "push rbp", "55"],
  [1, "push r12", "41 54"],
  [2, "pop r15", "41 5f"],
  [3, "mov rbp, rsp", "48 8b ec"],
  [4, "mov eax, [rbp-8]", "8b 45 f8"],
  [5, "mov r9, [r14+128]", "4d 8b 8e 80 00 00 00"],
  [6, "mov rcx, [rsp+16]", "48 8b 4c 24 10"],
  [7, "mov edx, [r12]", "41 8b 14 24"],
  [8, "mov edx, [r13]", "41 8b 55 00"],
  [9, "mov eax, [r15+rbx+0x12345678]", "41 8b 84 1f 78 56 34 12"],
  [10, "mov [r15+r12*8+4], r10", "4f 89 54 e7 04"],
  [11, "mov [r15+rax], sil", "41 88 34 07"],
  [12, "mov [r15+2], r8w", "66 45 89 47 02"],
  [13, "mov byte ptr [rax+1], 0x7f", "c6 40 01 7f"],
  [14, "mov word ptr [rax+1], 0x1234", "66 c7 40 01 34 12"],
  [15, "mov r11d, 0x80000000", "41 bb 00 00 00 80"],
  [16, "mov rax, -1", "48 c7 c0 ff ff ff ff"],
  [17, "movabs r9, 0x1122334455667788", "49 b9 88 77 66 55 44 33 22 11"],
  [18, "movzx eax, dil", "40 0f b6 c7"],
  [19, "movsx r8, byte ptr [rax]", "4c 0f be 00"],
  [20, "movsx ecx, r9w", "41 0f bf c9"],
  [21, "movsxd rax, eax", "48 63 c0"],
  [22, "lea rax, [rsp-0x1000]", "48 8d 84 24 00 f0 ff ff"],
  [23, "cmovne eax, r10d", "41 0f 45 c2"],
  [24, "seta sil", "40 0f 97 c6"],
  [25, "add eax, [rbp-128]", "03 45 80"],
  [26, "sub [rbp-136], rbx", "48 29 9d 78 ff ff ff"],
  [27, "and r12d, 0xff", "41 81 e4 ff 00 00 00"],
  [28, "cmp qword ptr [r14], -1", "49 83 3e ff"],
  [29, "test ecx, ecx", "85 c9"],
  [30, "sar rbx, 63", "48 c1 fb 3f"],
  [31, "rol r8d, cl", "41 d3 c0"],
  [32, "imul rax, [rbp-8]", "48 0f af 45 f8"],
  [33, "imul eax, ebx, 1000", "69 c3 e8 03 00 00"],
  [34, "idiv r10", "49 f7 fa"],
  [35, "cqo", "48 99"],
  [36, "popcnt rax, r8", "f3 49 0f b8 c0"],
  [37, "bsr r9d, eax", "44 0f bd c8"],
  [38, "neg r13d", "41 f7 dd"],
  [39, "cmp rsp, [r14]", "49 3b 26"],
  [40, "call [r14+136]", "41 ff 96 88 00 00 00"],
  [41, "jmp r11", "41 ff e3"],
  [42, "ret", "c3"],
  [43, "ud2", "0f 0b"],
  [44, "rep movsb", "f3 a4"],
  [45, "rep stosb", "f3 aa"],
  [46, "lock cmpxchg [r15+rcx+8], edx", "f0 41 0f b1 54 0f 08"],
  [47, "lock xadd [r15+8], dil", "f0 41 0f c0 7f 08"],
  [48, "lock xadd [r15+8], r9w", "f0 66 45 0f c1 4f 08"],
  [49, "mfence", "0f ae f0"],
  [50, "pause", "f3 90"],
  [51, "rdtsc", "0f 31"],
  [52, "fxsave64 [rsp]", "48 0f ae 04 24"],
  [53, "xchg rax, r11", "4c 87 d8"],
  [54, "push qword ptr [rax+8]", "ff 70 08"],
  [55, "push -2", "68 fe ff ff ff"],
  [56, "leave", "c9"],
  [57, "iretq", "48 cf"],
  [58, "bswap r9", "49 0f c9"],
  [59, "test eax, 3", "f7 c0 03 00 00 00"],
  [60, "lzcnt eax, r9d", "f3 41 0f bd c1"],
  [61, "mov rax, cr2", "0f 20 d0"],
  [62, "mov cr3, rcx", "0f 22 d9"],
  [63, "stmxcsr [rsp+4]", "0f ae 5c 24 04"],
  [64, "mov qword ptr [rbp-0x1000], -1", "48 c7 85 00 f0 ff ff ff ff ff ff"],
  [65, "xchg [r15], sil", "41 86 37"],
  [66, "jb end; jmp end; jne top; end: call top", "0f 82 07 00 00 00 e9 02 00 00 00 75 f3 e8 ee ff ff ff"],
  [67, "lea r9, [rip+0]", "4c 8d 0d 00 00 00 00"],
  [68, "jmp [rax+rcx*8]", "ff 24 c8"],
  [69, "pop qword ptr [r14+48]", "41 8f 46 30"],
  [80, "movsd xmm8, [r15+rax]", "f2 45 0f 10 04 07"],
  [81, "movss [rbp-16], xmm15", "f3 44 0f 11 7d f0"],
  [82, "movaps xmm3, xmm12", "41 0f 28 dc"],
  [83, "movups xmm0, [rsi+16]", "0f 10 46 10"],
  [84, "movups [rdi], xmm9", "44 0f 11 0f"],
  [85, "movq xmm9, r11", "66 4d 0f 6e cb"],
  [86, "movd eax, xmm8", "66 44 0f 7e c0"],
  [87, "addsd xmm1, xmm10", "f2 41 0f 58 ca"],
  [88, "sqrtss xmm1, [rbp-8]", "f3 0f 51 4d f8"],
  [89, "andnps xmm2, xmm3", "0f 55 d3"],
  [90, "ucomisd xmm0, xmm1", "66 0f 2e c1"],
  [91, "ucomiss xmm8, xmm9", "45 0f 2e c1"],
  [92, "roundsd xmm1, xmm9, 10", "66 41 0f 3a 0b c9 0a"],
  [93, "roundss xmm1, xmm2, 11", "66 0f 3a 0a ca 0b"],
  [94, "cvttsd2si r8, xmm3", "f2 4c 0f 2c c3"],
  [95, "cvttss2si eax, xmm3", "f3 0f 2c c3"],
  [96, "cvtsi2ss xmm4, r9", "f3 49 0f 2a e1"],
  [97, "cvtss2sd xmm1, xmm2", "f3 0f 5a ca"],
  [98, "cvtsd2ss xmm1, xmm2", "f2 0f 5a ca"],
  [99, "xorps xmm11, xmm11", "45 0f 57 db"],
];

describe("Assembler", () => {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
  let aot: Exports;

  beforeAll(async () => {
    const module = await compileGuest("guest-kernel/aot/x64.exports.ts");
    const abort = (): never => {
      throw new Error("abort");
    };
    const instance = await WebAssembly.instantiate(module, { env: { memory, abort } });
    aot = instance.exports as unknown as Exports;
  });

  test.each(ENCODINGS)("encodes %i: %s", (n, _, bytes) => {
    const length = aot.emit(n);
    const code = Buffer.from(memory.buffer, aot.codeStart(), length);
    expect(code.toString("hex").replaceAll(/..(?!$)/g, "$& ")).toBe(bytes);
  });

  test("grows up to its limit and then says so", () => {
    expect(aot.overflows(100_000, 1 << 20)).toBe(0);
    expect(aot.overflows(100_000, 1 << 16)).toBe(1);
  });
});
