/** Packed integer arithmetic, logic and compares of MMX and SSE2. */
import type { Family, Row } from './row.ts';

const OPERATIONS: readonly (readonly [string, string])[] = [
  ['fc', 'paddb'],
  ['fd', 'paddw'],
  ['fe', 'paddd'],
  ['d4', 'paddq'],
  ['f8', 'psubb'],
  ['f9', 'psubw'],
  ['fa', 'psubd'],
  ['fb', 'psubq'],
  ['ec', 'paddsb'],
  ['ed', 'paddsw'],
  ['dc', 'paddusb'],
  ['dd', 'paddusw'],
  ['e8', 'psubsb'],
  ['e9', 'psubsw'],
  ['d8', 'psubusb'],
  ['d9', 'psubusw'],
  ['d5', 'pmullw'],
  ['e5', 'pmulhw'],
  ['e4', 'pmulhuw'],
  ['f4', 'pmuludq'],
  ['f5', 'pmaddwd'],
  ['e0', 'pavgb'],
  ['e3', 'pavgw'],
  ['da', 'pminub'],
  ['de', 'pmaxub'],
  ['ea', 'pminsw'],
  ['ee', 'pmaxsw'],
  ['f6', 'psadbw'],
  ['db', 'pand'],
  ['df', 'pandn'],
  ['eb', 'por'],
  ['ef', 'pxor'],
  ['74', 'pcmpeqb'],
  ['75', 'pcmpeqw'],
  ['76', 'pcmpeqd'],
  ['64', 'pcmpgtb'],
  ['65', 'pcmpgtw'],
  ['66', 'pcmpgtd'],
];

const LOGIC: readonly (readonly [string, string, string])[] = [
  ['54', 'and', 'pand'],
  ['55', 'andn', 'pandn'],
  ['56', 'or', 'por'],
  ['57', 'xor', 'pxor'],
];

export const packedInteger: Family = {
  name: 'packed-integer',
  rows: [
    ...OPERATIONS.flatMap(([opcode, name]): Row[] => [
      [`np 0f ${opcode}`, `${name} Pq,Qq`, `${name}<u64>`],
      [`66 0f ${opcode}`, `${name} Vo,Wo`, `${name}<v128>`],
    ]),
    // Logic on floating-point vectors is the same logic.
    ...LOGIC.flatMap(([opcode, name, handler]): Row[] => [
      [`np 0f ${opcode}`, `${name}ps Vo,Wo`, `${handler}<v128>`],
      [`66 0f ${opcode}`, `${name}pd Vo,Wo`, `${handler}<v128>`],
    ]),
  ],
};
