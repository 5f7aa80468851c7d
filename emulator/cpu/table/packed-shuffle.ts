/** Packs, unpacks, shuffles, inserts and extracts of MMX, SSE and SSE2. */
import type { Family, Row } from './row.ts';

const BOTH: readonly (readonly [string, string, string])[] = [
  ['60', 'punpcklbw', 'd'],
  ['61', 'punpcklwd', 'd'],
  ['62', 'punpckldq', 'd'],
  ['63', 'packsswb', 'q'],
  ['67', 'packuswb', 'q'],
  ['68', 'punpckhbw', 'q'],
  ['69', 'punpckhwd', 'q'],
  ['6a', 'punpckhdq', 'q'],
  ['6b', 'packssdw', 'q'],
];

export const packedShuffle: Family = {
  name: 'packed-shuffle',
  rows: [
    ...BOTH.flatMap(([opcode, name, size]): Row[] => [
      [`np 0f ${opcode}`, `${name} Pq,Q${size}`, `${name}<u64>`],
      [`66 0f ${opcode}`, `${name} Vo,Wo`, `${name}<v128>`],
    ]),
    ['66 0f 6c', 'punpcklqdq Vo,Wo', 'punpcklqdq'],
    ['66 0f 6d', 'punpckhqdq Vo,Wo', 'punpckhqdq'],
    ['np 0f 14', 'unpcklps Vo,Wo', 'unpcklps'],
    ['66 0f 14', 'unpcklpd Vo,Wo', 'punpcklqdq'],
    ['np 0f 15', 'unpckhps Vo,Wo', 'unpckhps'],
    ['66 0f 15', 'unpckhpd Vo,Wo', 'punpckhqdq'],
    ['np 0f 70', 'pshufw Pq,Qq,Iu', 'pshufw'],
    ['66 0f 70', 'pshufd Vo,Wo,Iu', 'pshufd'],
    ['f3 0f 70', 'pshufhw Vo,Wo,Iu', 'pshufhw'],
    ['f2 0f 70', 'pshuflw Vo,Wo,Iu', 'pshuflw'],
    ['np 0f c6', 'shufps Vo,Wo,Iu', 'shufps'],
    ['66 0f c6', 'shufpd Vo,Wo,Iu', 'shufpd'],
    ['np 0f c4', 'pinsrw Pq,Ew,Iu', 'pinsrw<u64>'],
    ['66 0f c4', 'pinsrw Vo,Ew,Iu', 'pinsrw<v128>'],
    ['np 0f c5', 'pextrw Gd,Nq,Iu', 'pextrw<u64>'],
    ['66 0f c5', 'pextrw Gd,Uo,Iu', 'pextrw<v128>'],
  ],
};
