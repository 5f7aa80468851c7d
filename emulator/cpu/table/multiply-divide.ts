/** MUL IMUL DIV IDIV and decimal adjustment. */
import type { Family } from './row.ts';

export const multiplyDivide: Family = {
  name: 'multiply-divide',
  rows: [
    ['f6 /4', 'mul Eb', 'mul<T>'],
    ['f7 /4', 'mul Ev', 'mul<T>'],
    ['f6 /5', 'imul Eb', 'imul<T>'],
    ['f7 /5', 'imul Ev', 'imul<T>'],
    ['f6 /6', 'div Eb', 'div<T>'],
    ['f7 /6', 'div Ev', 'div<T>'],
    ['f6 /7', 'idiv Eb', 'idiv<T>'],
    ['f7 /7', 'idiv Ev', 'idiv<T>'],
    ['0f af', 'imul Gv,Ev', 'imulGE<T>'],
    ['69', 'imul Gv,Ev,Iz', 'imulGEI<T>'],
    ['6b', 'imul Gv,Ev,Ib', 'imulGEI<T>'],
    ['27', 'daa', 'daa', 'i64'],
    ['2f', 'das', 'das', 'i64'],
    ['37', 'aaa', 'aaa', 'i64'],
    ['3f', 'aas', 'aas', 'i64'],
    ['d4', 'aam Iu', 'aam', 'i64'],
    ['d5', 'aad Iu', 'aad', 'i64'],
  ],
};
