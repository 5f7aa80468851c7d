/** Encodings of SSE instructions that the translator has emitters for (SDM vol. 2). */
export interface VectorForm {
  /** 0x66, 0xf2, 0xf3 or 0 for none. */
  readonly prefix: number;
  readonly opcode: readonly number[];
  /** Of a memory operand. */
  readonly bytes: 4 | 8 | 16;
  readonly unaligned?: true;
  readonly only?: 'register' | 'memory';
  /** Which operand is a general register. */
  readonly general?: 'reg' | 'rm';
  /** REX.W gives it another operand size. */
  readonly wide?: true;
  readonly immediate?: true;
  /** ModRM.reg when it is part of the opcode. */
  readonly extension?: number;
  /** Operands that are MMX registers. */
  readonly mmx?: 'both' | 'reg' | 'rm';
}

const op = (second: number): number[] => [0x0f, second];
const full = (prefix: number, second: number): VectorForm => ({ prefix, opcode: op(second), bytes: 16 });

const ARITHMETIC = [0x51, 0x58, 0x59, 0x5c, 0x5d, 0x5e, 0x5f];
const INTEGER = [
  ...[0xfc, 0xfd, 0xfe, 0xd4, 0xf8, 0xf9, 0xfa, 0xfb, 0xec, 0xed, 0xdc, 0xdd, 0xe8, 0xe9, 0xd8, 0xd9],
  ...[0xd5, 0xf4, 0xf5, 0xe0, 0xe3, 0xda, 0xde, 0xea, 0xee, 0xdb, 0xdf, 0xeb, 0xef, 0x74, 0x75, 0x76],
  ...[0x64, 0x65, 0x66, 0x60, 0x61, 0x62, 0x63, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x14, 0x15],
];

const moves: readonly VectorForm[] = [
  ...[0, 0x66].flatMap((prefix): VectorForm[] => [
    { ...full(prefix, 0x10), unaligned: true },
    { ...full(prefix, 0x11), unaligned: true },
    full(prefix, 0x28),
    full(prefix, 0x29),
    { prefix, opcode: op(0x12), bytes: 8, only: 'memory' },
    { prefix, opcode: op(0x13), bytes: 8, only: 'memory' },
    { prefix, opcode: op(0x16), bytes: 8, only: 'memory' },
    { prefix, opcode: op(0x50), bytes: 16, only: 'register', general: 'reg' },
    { ...full(prefix, 0x2b), only: 'memory' },
  ]),
  // MOVHLPS, MOVLHPS
  { ...full(0, 0x12), only: 'register' },
  { ...full(0, 0x16), only: 'register' },
  ...[0x6f, 0x7f].flatMap((second): VectorForm[] => [
    full(0x66, second),
    { ...full(0xf3, second), unaligned: true },
  ]),
  ...[0x10, 0x11].flatMap((second): VectorForm[] => [
    { prefix: 0xf3, opcode: op(second), bytes: 4 },
    { prefix: 0xf2, opcode: op(second), bytes: 8 },
  ]),
  { prefix: 0xf2, opcode: op(0x12), bytes: 8 },
  { prefix: 0x66, opcode: op(0x6e), bytes: 8, general: 'rm', wide: true },
  { prefix: 0x66, opcode: op(0x7e), bytes: 8, general: 'rm', wide: true },
  { prefix: 0xf3, opcode: op(0x7e), bytes: 8 },
  { prefix: 0x66, opcode: op(0xd6), bytes: 8 },
  { prefix: 0x66, opcode: op(0xd7), bytes: 16, only: 'register', general: 'reg' },
];

const arithmetic: readonly VectorForm[] = ARITHMETIC.flatMap((second): VectorForm[] => [
  full(0, second),
  full(0x66, second),
  { prefix: 0xf3, opcode: op(second), bytes: 4 },
  { prefix: 0xf2, opcode: op(second), bytes: 8 },
]);

const compares: readonly VectorForm[] = [0x2e, 0x2f].flatMap((second): VectorForm[] => [
  { prefix: 0, opcode: op(second), bytes: 4 },
  { prefix: 0x66, opcode: op(second), bytes: 8 },
]);

const conversions: readonly VectorForm[] = [
  { prefix: 0xf2, opcode: op(0x2a), bytes: 8, general: 'rm', wide: true },
  { prefix: 0xf2, opcode: op(0x2c), bytes: 8, general: 'reg', wide: true },
];

const integers: readonly VectorForm[] = [
  ...INTEGER.map((second) => full(0x66, second)),
  ...[0x54, 0x55, 0x56, 0x57].flatMap((second) => [full(0, second), full(0x66, second)]),
  full(0, 0x14),
  full(0, 0x15),
  ...[0x66, 0xf2, 0xf3].map((prefix): VectorForm => ({ ...full(prefix, 0x70), immediate: true })),
  { ...full(0, 0xc6), immediate: true },
  { ...full(0x66, 0xc6), immediate: true },
  ...[0x71, 0x72, 0x73].flatMap((second) =>
    (second === 0x73 ? [2, 3, 6, 7] : [2, 4, 6]).map((extension): VectorForm => ({
      ...full(0x66, second),
      only: 'register',
      extension,
      immediate: true,
    })),
  ),
];

const three = (second: number, third: number): number[] => [0x0f, second, third];
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** What the translator has the interpreter's handlers do (families/direct.ts). */
const direct: readonly VectorForm[] = [
  ...[0xe4, 0xe5, 0xf6, 0xf1, 0xf2, 0xf3, 0xd1, 0xd2, 0xd3, 0xe1, 0xe2].map((second) => full(0x66, second)),
  ...[0, 0x66, 0xf2, 0xf3].map((prefix): VectorForm => ({ ...full(prefix, 0xc2), immediate: true })),
  { prefix: 0xf3, opcode: op(0x2a), bytes: 8, general: 'rm', wide: true },
  { prefix: 0xf3, opcode: op(0x2c), bytes: 4, general: 'reg', wide: true },
  { prefix: 0xf3, opcode: op(0x2d), bytes: 4, general: 'reg', wide: true },
  { prefix: 0xf2, opcode: op(0x2d), bytes: 8, general: 'reg', wide: true },
  ...[0, 0x66, 0xf2, 0xf3].map((prefix) => full(prefix, 0x5a)),
  ...[0, 0x66, 0xf3].map((prefix) => full(prefix, 0x5b)),
  ...[0x66, 0xf2, 0xf3].map((prefix) => full(prefix, 0xe6)),
  ...[0x7c, 0x7d, 0xd0].flatMap((second) => [full(0x66, second), full(0xf2, second)]),
  ...[0x12, 0x16].map((second) => full(0xf3, second)),
  ...[0, 0xf3].flatMap((prefix) => [full(prefix, 0x52), full(prefix, 0x53)]),
  { prefix: 0x66, opcode: op(0x17), bytes: 8, only: 'memory' },
  { ...full(0x66, 0xc4), general: 'rm', immediate: true },
  { ...full(0x66, 0xc5), general: 'reg', only: 'register', immediate: true },
  // SSSE3, SSE4.1 and SSE4.2
  ...[
    ...range(0, 0x0b),
    0x10,
    0x14,
    0x15,
    0x17,
    ...range(0x1c, 0x1e),
    ...range(0x20, 0x25),
    0x28,
    0x29,
    0x2b,
  ].map((third): VectorForm => ({ prefix: 0x66, opcode: three(0x38, third), bytes: 16 })),
  ...[...range(0x30, 0x35), ...range(0x37, 0x41)].map((third): VectorForm => ({
    prefix: 0x66,
    opcode: three(0x38, third),
    bytes: 16,
  })),
  ...[0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x21, 0x40, 0x41, 0x42].map((third): VectorForm => ({
    prefix: 0x66,
    opcode: three(0x3a, third),
    bytes: 16,
    immediate: true,
  })),
  ...range(0x14, 0x17).map((third): VectorForm => ({
    prefix: 0x66,
    opcode: three(0x3a, third),
    bytes: 8,
    general: 'rm',
    immediate: true,
  })),
  ...[0x20, 0x22].map((third): VectorForm => ({
    prefix: 0x66,
    opcode: three(0x3a, third),
    bytes: 8,
    general: 'rm',
    wide: true,
    immediate: true,
  })),
  ...range(0x60, 0x63).map((third): VectorForm => ({
    prefix: 0x66,
    opcode: three(0x3a, third),
    bytes: 16,
    unaligned: true,
    immediate: true,
  })),
];

/** MMX (SDM vol. 1, chapter 9), and what moves between it and XMM registers. */
const mmx: readonly VectorForm[] = [
  ...INTEGER.filter((second) => second !== 0x6c && second !== 0x6d && second > 0x15).map(
    (second): VectorForm => ({
      prefix: 0,
      opcode: op(second),
      bytes: 8,
      mmx: 'both',
    }),
  ),
  ...[0xe4, 0xe5, 0xf6, 0xf1, 0xd1, 0xe1, 0x6f, 0x7f].map((second): VectorForm => ({
    prefix: 0,
    opcode: op(second),
    bytes: 8,
    mmx: 'both',
  })),
  { prefix: 0, opcode: op(0x70), bytes: 8, mmx: 'both', immediate: true },
  { prefix: 0, opcode: three(0x38, 0), bytes: 8, mmx: 'both' },
  { prefix: 0, opcode: op(0x6e), bytes: 8, mmx: 'reg', general: 'rm', wide: true },
  { prefix: 0, opcode: op(0x7e), bytes: 8, mmx: 'reg', general: 'rm', wide: true },
  { prefix: 0, opcode: op(0x2a), bytes: 8, mmx: 'rm' },
  { prefix: 0, opcode: op(0x2d), bytes: 8, mmx: 'reg' },
  { prefix: 0xf3, opcode: op(0xd6), bytes: 8, mmx: 'rm', only: 'register' },
  { prefix: 0xf2, opcode: op(0xd6), bytes: 8, mmx: 'reg', only: 'register' },
];

export const SIMD_FORMS: readonly VectorForm[] = [
  ...moves,
  ...arithmetic,
  ...arithmetic,
  ...compares,
  ...conversions,
  ...integers,
  ...direct,
  ...mmx,
];
