/** ADD OR ADC SBB AND SUB XOR CMP, TEST, INC, DEC, NEG, NOT (SDM vol. 2). */
import type { Family, Row } from './row.ts';

const OPERATIONS = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'] as const;

function hex(opcode: number): string {
  return opcode.toString(16).padStart(2, '0');
}

function rowsOf(operation: string, number: number): Row[] {
  const base = number * 8;
  const write = operation === 'cmp' ? '' : 'lock w';
  return [
    [hex(base), `${operation} Eb,Gb`, `${operation}EG<T>`, write],
    [hex(base + 1), `${operation} Ev,Gv`, `${operation}EG<T>`, write],
    [hex(base + 2), `${operation} Gb,Eb`, `${operation}GE<T>`],
    [hex(base + 3), `${operation} Gv,Ev`, `${operation}GE<T>`],
    [hex(base + 4), `${operation} Ab,Ib`, `${operation}EI<T>`],
    [hex(base + 5), `${operation} Av,Iz`, `${operation}EI<T>`],
    [`80 /${number}`, `${operation} Eb,Ib`, `${operation}EI<T>`, write],
    [`81 /${number}`, `${operation} Ev,Iz`, `${operation}EI<T>`, write],
    [`82 /${number}`, `${operation} Eb,Ib`, `${operation}EI<T>`, `${write} i64`],
    [`83 /${number}`, `${operation} Ev,Ib`, `${operation}EI<T>`, write],
  ];
}

export const arithmetic: Family = {
  name: 'arithmetic',
  rows: [
    ...OPERATIONS.flatMap(rowsOf),
    ['84', 'test Eb,Gb', 'testEG<T>'],
    ['85', 'test Ev,Gv', 'testEG<T>'],
    ['a8', 'test Ab,Ib', 'testEI<T>'],
    ['a9', 'test Av,Iz', 'testEI<T>'],
    ['f6 /0', 'test Eb,Ib', 'testEI<T>'],
    ['f6 /1', 'test Eb,Ib', 'testEI<T>'],
    ['f7 /0', 'test Ev,Iz', 'testEI<T>'],
    ['f7 /1', 'test Ev,Iz', 'testEI<T>'],
    ['f6 /2', 'not Eb', 'notE<T>', 'lock w'],
    ['f7 /2', 'not Ev', 'notE<T>', 'lock w'],
    ['f6 /3', 'neg Eb', 'negE<T>', 'lock w'],
    ['f7 /3', 'neg Ev', 'negE<T>', 'lock w'],
    ['fe /0', 'inc Eb', 'incE<T>', 'lock w'],
    ['ff /0', 'inc Ev', 'incE<T>', 'lock w'],
    ['fe /1', 'dec Eb', 'decE<T>', 'lock w'],
    ['ff /1', 'dec Ev', 'decE<T>', 'lock w'],
    ['40+r', 'inc Zv', 'incE<T>', 'i64'],
    ['48+r', 'dec Zv', 'decE<T>', 'i64'],
  ],
};
