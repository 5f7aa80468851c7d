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

export const SIMD_FORMS: readonly VectorForm[] = [
  ...moves,
  ...arithmetic,
  ...arithmetic,
  ...compares,
  ...conversions,
  ...integers,
];
