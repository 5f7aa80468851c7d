/** SSSE3. */
import type { Family, Row } from './row.ts';

const OPERATIONS: readonly (readonly [string, string])[] = [
  ['00', 'pshufb'],
  ['01', 'phaddw'],
  ['02', 'phaddd'],
  ['03', 'phaddsw'],
  ['04', 'pmaddubsw'],
  ['05', 'phsubw'],
  ['06', 'phsubd'],
  ['07', 'phsubsw'],
  ['08', 'psignb'],
  ['09', 'psignw'],
  ['0a', 'psignd'],
  ['0b', 'pmulhrsw'],
  ['1c', 'pabsb'],
  ['1d', 'pabsw'],
  ['1e', 'pabsd'],
];

export const ssse3: Family = {
  name: 'ssse3',
  rows: [
    ...OPERATIONS.flatMap(([opcode, name]): Row[] => [
      [`np 0f 38 ${opcode}`, `${name} Pq,Qq`, `${name}<u64>`],
      [`66 0f 38 ${opcode}`, `${name} Vo,Wo`, `${name}<v128>`],
    ]),
    ['np 0f 3a 0f', 'palignr Pq,Qq,Iu', 'palignr<u64>'],
    ['66 0f 3a 0f', 'palignr Vo,Wo,Iu', 'palignr<v128>'],
  ],
};
