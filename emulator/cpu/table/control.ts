/** Jumps, calls, returns, loops, software interrupts, BOUND. */
import type { Family, Row } from './row.ts';

const conditional: Row[] = Array.from({ length: 16 }, (_, code): Row[] => {
  const low = code.toString(16);
  return [
    [`7${low}`, 'jcc Jb', `hot:jcc${code}`, 'f64'],
    [`0f 8${low}`, 'jcc Jz', `hot:jcc${code}`, 'f64'],
  ];
}).flat();

export const control: Family = {
  name: 'control',
  rows: [
    ...conditional,
    ['eb', 'jmp Jb', 'hot:jmpJ', 'f64 end'],
    ['e9', 'jmp Jz', 'hot:jmpJ', 'f64 end'],
    ['e8', 'call Jz', 'callJ<T>', 'f64 end stack T=v'],
    ['c3', 'ret Fv', 'ret<T>', 'f64 end stack'],
    ['c2', 'ret Iw', 'retI<T>', 'f64 end stack T=v'],
    ['ff /2', 'call Ev', 'callE<T>', 'f64 end stack'],
    ['ff /4', 'jmp Ev', 'jmpE<T>', 'f64 end'],
    ['e0', 'loopne Jb', 'loopne', 'f64 end'],
    ['e1', 'loope Jb', 'loope', 'f64 end'],
    ['e2', 'loop Jb', 'loop', 'f64 end'],
    ['e3', 'jcxz Jb', 'jcxz', 'f64 end'],
    ['9a', 'call Pp', 'callFar', 'i64 end'],
    ['ea', 'jmp Pp', 'jmpFar', 'i64 end'],
    ['ff /m3', 'call Mp', 'callFarM<T>', 'end T=v'],
    ['ff /m5', 'jmp Mp', 'jmpFarM<T>', 'end T=v'],
    ['cb', 'retf', 'retFar', 'end stack'],
    ['ca', 'retf Iw', 'retFarI', 'end stack'],
    ['cf', 'iret', 'iret', 'end stack'],
    ['cc', 'int3', 'int3', 'end'],
    ['cd', 'int Iu', 'intI', 'end'],
    ['ce', 'into', 'into', 'i64 end'],
    ['f1', 'int1', 'int1', 'end'],
    ['62', 'bound Gv,Ma', 'bound<T>', 'i64'],
  ],
};
