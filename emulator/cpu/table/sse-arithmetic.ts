/** ADD SUB MUL DIV MIN MAX SQRT RCP RSQRT of packed and scalar floating point, horizontal and alternating sums. */
import type { Family, Row } from './row.ts';

const OPERATIONS: readonly (readonly [string, string])[] = [
  ['51', 'sqrt'],
  ['58', 'add'],
  ['59', 'mul'],
  ['5c', 'sub'],
  ['5d', 'min'],
  ['5e', 'div'],
  ['5f', 'max'],
];

export const sseArithmetic: Family = {
  name: 'sse-arithmetic',
  rows: OPERATIONS.flatMap(([opcode, name]): Row[] => [
    [`np 0f ${opcode}`, `${name}ps Vo,Wo`, `${name}ps`],
    [`66 0f ${opcode}`, `${name}pd Vo,Wo`, `${name}pd`],
    [`f3 0f ${opcode}`, `${name}ss Vd,Wd`, `${name}ss`],
    [`f2 0f ${opcode}`, `${name}sd Vq,Wq`, `${name}sd`],
  ]),
};
