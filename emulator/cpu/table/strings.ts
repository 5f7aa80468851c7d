/** MOVS CMPS STOS LODS SCAS INS OUTS, with their repetitions. */
import type { Family } from './row.ts';

export const strings: Family = {
  name: 'strings',
  rows: [
    ['a4', 'movs Yb,Xb', 'movs<T>'],
    ['a5', 'movs Yv,Xv', 'movs<T>'],
    ['a6', 'cmps Xb,Yb', 'cmps<T>'],
    ['a7', 'cmps Xv,Yv', 'cmps<T>'],
    ['aa', 'stos Yb', 'stos<T>'],
    ['ab', 'stos Yv', 'stos<T>'],
    ['ac', 'lods Xb', 'lods<T>'],
    ['ad', 'lods Xv', 'lods<T>'],
    ['ae', 'scas Yb', 'scas<T>'],
    ['af', 'scas Yv', 'scas<T>'],
    ['6c', 'ins Yb', 'ins<T>'],
    ['6d', 'ins Yz', 'ins<T>'],
    ['6e', 'outs Xb', 'outs<T>'],
    ['6f', 'outs Xz', 'outs<T>'],
  ],
};
