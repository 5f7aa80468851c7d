/** Packed shifts of MMX and SSE2. */
import type { Family, Row } from './row.ts';

/** Opcode with a count in a register, opcode and ModRM.reg with an immediate. */
const OPERATIONS: readonly (readonly [string, string, string])[] = [
  ['psllw', 'f1', '71 /r6'],
  ['pslld', 'f2', '72 /r6'],
  ['psllq', 'f3', '73 /r6'],
  ['psrlw', 'd1', '71 /r2'],
  ['psrld', 'd2', '72 /r2'],
  ['psrlq', 'd3', '73 /r2'],
  ['psraw', 'e1', '71 /r4'],
  ['psrad', 'e2', '72 /r4'],
];

export const packedShift: Family = {
  name: 'packed-shift',
  rows: [
    ...OPERATIONS.flatMap(([name, byRegister, byImmediate]): Row[] => [
      [`np 0f ${byRegister}`, `${name} Pq,Qq`, `${name}<u64>`],
      [`66 0f ${byRegister}`, `${name} Vo,Wo`, `${name}<v128>`],
      [`np 0f ${byImmediate}`, `${name} Nq,Iu`, `${name}I<u64>`],
      [`66 0f ${byImmediate}`, `${name} Uo,Iu`, `${name}I<v128>`],
    ]),
    ['66 0f 73 /r7', 'pslldq Uo,Iu', 'pslldq'],
    ['66 0f 73 /r3', 'psrldq Uo,Iu', 'psrldq'],
  ],
};
