/** x87 arithmetic: memory, register, reversed and popping forms. */
import type { Family, Row } from './row.ts';

/** ModRM.reg of the memory and ST(0) forms; the ST(i) forms swap SUB with SUBR and DIV with DIVR. */
const OPERATIONS: readonly (readonly [string, number, number])[] = [
  ['add', 0, 0],
  ['mul', 1, 1],
  ['sub', 4, 5],
  ['subr', 5, 4],
  ['div', 6, 7],
  ['divr', 7, 6],
];

export const x87Arithmetic: Family = {
  name: 'x87-arithmetic',
  rows: [
    ...OPERATIONS.flatMap(([name, reg, swapped]): Row[] => [
      [`d8 /m${reg}`, `f${name} Md`, `f${name}<u32>`],
      [`dc /m${reg}`, `f${name} Mq`, `f${name}<u64>`],
      [`da /m${reg}`, `fi${name} Md`, `fi${name}<i32>`],
      [`de /m${reg}`, `fi${name} Mw`, `fi${name}<i16>`],
      [`d8 /r${reg}`, `f${name} Nt`, `f${name}St0`],
      [`dc /r${swapped}`, `f${name} Nt`, `f${name}Sti`],
      [`de /r${swapped}`, `f${name}p Nt`, `f${name}p`],
    ]),
    ['d9 /4.0', 'fchs', 'fchs'],
    ['d9 /4.1', 'fabs', 'fabs'],
    ['d9 /6.4', 'fxtract', 'fxtract'],
    ['d9 /6.5', 'fprem1', 'fprem1'],
    ['d9 /7.0', 'fprem', 'fprem'],
    ['d9 /7.2', 'fsqrt', 'fsqrt'],
    ['d9 /7.4', 'frndint', 'frndint'],
    ['d9 /7.5', 'fscale', 'fscale'],
  ],
};
