/** ROL ROR RCL RCR SHL SHR SAR, SHLD SHRD, bit tests and scans, POPCNT. */
import type { Family, Row } from './row.ts';

const OPERATIONS = ['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'shl', 'sar'] as const;

const shiftRows: Row[] = OPERATIONS.flatMap((operation, reg): Row[] => [
  [`c0 /${reg}`, `${operation} Eb,Iu`, `${operation}EI<T>`, 'w'],
  [`c1 /${reg}`, `${operation} Ev,Iu`, `${operation}EI<T>`, 'w'],
  [`d0 /${reg}`, `${operation} Eb,I1`, `${operation}EI<T>`, 'w'],
  [`d1 /${reg}`, `${operation} Ev,I1`, `${operation}EI<T>`, 'w'],
  [`d2 /${reg}`, `${operation} Eb`, `${operation}EC<T>`, 'w'],
  [`d3 /${reg}`, `${operation} Ev`, `${operation}EC<T>`, 'w'],
]);

const bitRows: Row[] = ['bt', 'bts', 'btr', 'btc'].flatMap((operation, i): Row[] => {
  const write = operation === 'bt' ? '' : 'lock w';
  return [
    [`0f ${(0xa3 + 8 * i).toString(16)}`, `${operation} Ev,Gv`, `${operation}EG<T>`, write],
    [`0f ba /${i + 4}`, `${operation} Ev,Iu`, `${operation}EI<T>`, write],
  ];
});

export const shifts: Family = {
  name: 'shifts',
  rows: [
    ...shiftRows,
    ['0f a4', 'shld Ev,Gv,Iu', 'shldI<T>', 'w'],
    ['0f a5', 'shld Ev,Gv', 'shldC<T>', 'w'],
    ['0f ac', 'shrd Ev,Gv,Iu', 'shrdI<T>', 'w'],
    ['0f ad', 'shrd Ev,Gv', 'shrdC<T>', 'w'],
    ...bitRows,
    ['0f bc', 'bsf Gv,Ev', 'bsf<T>'],
    ['0f bd', 'bsr Gv,Ev', 'bsr<T>'],
    ['f3 0f b8', 'popcnt Gv,Ev', 'popcount<T>'],
  ],
};
