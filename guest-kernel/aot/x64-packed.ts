// The packed vector instructions by mnemonic: prefix << 16 | opcode map << 8 | opcode, for `VectorAssembler.packed`.
// Intel SDM volume 2, chapters 3 to 5. All are in SSE4.2 or earlier.

// 0F
export const MOVLHPS: u32 = 0x000116;
export const UNPCKLPS: u32 = 0x000114;
export const MOVMSKPS: u32 = 0x000150;
export const SQRTPS: u32 = 0x000151;
export const ADDPS: u32 = 0x000158;
export const MULPS: u32 = 0x000159;
export const CVTPS2PD: u32 = 0x00015a;
export const CVTDQ2PS: u32 = 0x00015b;
export const SUBPS: u32 = 0x00015c;
export const MINPS: u32 = 0x00015d;
export const DIVPS: u32 = 0x00015e;
export const MAXPS: u32 = 0x00015f;
export const ANDNPS: u32 = 0x000155;
export const CMPPS: u32 = 0x0001c2;
export const SHUFPS: u32 = 0x0001c6;

// 66 0F
export const MOVMSKPD: u32 = 0x660150;
export const SQRTPD: u32 = 0x660151;
export const ADDPD: u32 = 0x660158;
export const MULPD: u32 = 0x660159;
export const CVTPD2PS: u32 = 0x66015a;
export const SUBPD: u32 = 0x66015c;
export const MINPD: u32 = 0x66015d;
export const DIVPD: u32 = 0x66015e;
export const MAXPD: u32 = 0x66015f;
export const PUNPCKLBW: u32 = 0x660160;
export const PUNPCKLWD: u32 = 0x660161;
export const PUNPCKLDQ: u32 = 0x660162;
export const PACKSSWB: u32 = 0x660163;
export const PCMPGTB: u32 = 0x660164;
export const PCMPGTW: u32 = 0x660165;
export const PCMPGTD: u32 = 0x660166;
export const PACKUSWB: u32 = 0x660167;
export const PUNPCKHBW: u32 = 0x660168;
export const PUNPCKHWD: u32 = 0x660169;
export const PUNPCKHDQ: u32 = 0x66016a;
export const PACKSSDW: u32 = 0x66016b;
export const PUNPCKLQDQ: u32 = 0x66016c;
export const PUNPCKHQDQ: u32 = 0x66016d;
export const PSHUFD: u32 = 0x660170;
export const PCMPEQB: u32 = 0x660174;
export const PCMPEQW: u32 = 0x660175;
export const PCMPEQD: u32 = 0x660176;
export const CMPPD: u32 = 0x6601c2;
export const PSRLW: u32 = 0x6601d1;
export const PSRLD: u32 = 0x6601d2;
export const PSRLQ: u32 = 0x6601d3;
export const PADDQ: u32 = 0x6601d4;
export const PMULLW: u32 = 0x6601d5;
export const PMOVMSKB: u32 = 0x6601d7;
export const PSUBUSB: u32 = 0x6601d8;
export const PSUBUSW: u32 = 0x6601d9;
export const PMINUB: u32 = 0x6601da;
export const PAND: u32 = 0x6601db;
export const PADDUSB: u32 = 0x6601dc;
export const PADDUSW: u32 = 0x6601dd;
export const PMAXUB: u32 = 0x6601de;
export const PANDN: u32 = 0x6601df;
export const PAVGB: u32 = 0x6601e0;
export const PSRAW: u32 = 0x6601e1;
export const PSRAD: u32 = 0x6601e2;
export const PAVGW: u32 = 0x6601e3;
export const PMULHUW: u32 = 0x6601e4;
export const PMULHW: u32 = 0x6601e5;
export const CVTTPD2DQ: u32 = 0x6601e6;
export const PSUBSB: u32 = 0x6601e8;
export const PSUBSW: u32 = 0x6601e9;
export const PMINSW: u32 = 0x6601ea;
export const POR: u32 = 0x6601eb;
export const PADDSB: u32 = 0x6601ec;
export const PADDSW: u32 = 0x6601ed;
export const PMAXSW: u32 = 0x6601ee;
export const PXOR: u32 = 0x6601ef;
export const PSLLW: u32 = 0x6601f1;
export const PSLLD: u32 = 0x6601f2;
export const PSLLQ: u32 = 0x6601f3;
export const PMULUDQ: u32 = 0x6601f4;
export const PMADDWD: u32 = 0x6601f5;
export const PSUBB: u32 = 0x6601f8;
export const PSUBW: u32 = 0x6601f9;
export const PSUBD: u32 = 0x6601fa;
export const PSUBQ: u32 = 0x6601fb;
export const PADDB: u32 = 0x6601fc;
export const PADDW: u32 = 0x6601fd;
export const PADDD: u32 = 0x6601fe;

// F3 0F
export const CVTTPS2DQ: u32 = 0xf3015b;
export const MOVQ_LOAD: u32 = 0xf3017e;
export const CVTDQ2PD: u32 = 0xf301e6;

// F2 0F
export const MOVSD: u32 = 0xf20110;
export const MOVDDUP: u32 = 0xf20112;
export const PSHUFLW: u32 = 0xf20170;

// 66 0F 38
export const PSHUFB: u32 = 0x660200;
export const PMADDUBSW: u32 = 0x660204;
export const PMULHRSW: u32 = 0x66020b;
export const PTEST: u32 = 0x660217;
export const PABSB: u32 = 0x66021c;
export const PABSW: u32 = 0x66021d;
export const PABSD: u32 = 0x66021e;
export const PMOVSXBW: u32 = 0x660220;
export const PMOVSXWD: u32 = 0x660223;
export const PMOVSXDQ: u32 = 0x660225;
export const PMULDQ: u32 = 0x660228;
export const PCMPEQQ: u32 = 0x660229;
export const PACKUSDW: u32 = 0x66022b;
export const PMOVZXBW: u32 = 0x660230;
export const PMOVZXWD: u32 = 0x660233;
export const PMOVZXDQ: u32 = 0x660235;
export const PCMPGTQ: u32 = 0x660237;
export const PMINSB: u32 = 0x660238;
export const PMINSD: u32 = 0x660239;
export const PMINUW: u32 = 0x66023a;
export const PMINUD: u32 = 0x66023b;
export const PMAXSB: u32 = 0x66023c;
export const PMAXSD: u32 = 0x66023d;
export const PMAXUW: u32 = 0x66023e;
export const PMAXUD: u32 = 0x66023f;
export const PMULLD: u32 = 0x660240;

// 66 0F 3A, with an immediate
export const ROUNDPS: u32 = 0x660308;
export const ROUNDPD: u32 = 0x660309;
export const PBLENDW: u32 = 0x66030e;
export const PALIGNR: u32 = 0x66030f;
export const INSERTPS: u32 = 0x660321;

// Immediates of CMPPS and CMPPD
export const COMPARE_EQ: u32 = 0;
export const COMPARE_LT: u32 = 1;
export const COMPARE_LE: u32 = 2;
export const COMPARE_UNORDERED: u32 = 3;
export const COMPARE_NEQ: u32 = 4;
