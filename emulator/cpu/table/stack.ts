/** PUSH POP PUSHA POPA PUSHF POPF ENTER LEAVE. */
import type { Family } from './row.ts';

export const stack: Family = {
  name: 'stack',
  rows: [
    ['50+r', 'push Zv', 'pushE<T>', 'd64 stack'],
    ['58+r', 'pop Zv', 'popE<T>', 'd64 stack'],
    ['ff /6', 'push Ev', 'pushE<T>', 'd64 stack'],
    ['8f /0', 'pop Ev', 'popE<T>', 'd64 w stack'],
    ['68', 'push Iz', 'pushI<T>', 'd64 stack T=v'],
    ['6a', 'push Ib', 'pushI<T>', 'd64 stack T=v'],
    ['60', 'pusha Fv', 'pusha<T>', 'i64 stack'],
    ['61', 'popa Fv', 'popa<T>', 'i64 stack'],
    ['9c', 'pushf Fv', 'pushf<T>', 'd64 stack'],
    ['9d', 'popf Fv', 'popf<T>', 'd64 stack'],
    ['c8', 'enter Ie', 'enter<T>', 'd64 stack T=v'],
    ['c9', 'leave Fv', 'leave<T>', 'd64 stack'],
    ['06', 'push.es Fv', 'pushEs<T>', 'i64 stack'],
    ['0e', 'push.cs Fv', 'pushCs<T>', 'i64 stack'],
    ['16', 'push.ss Fv', 'pushSs<T>', 'i64 stack'],
    ['1e', 'push.ds Fv', 'pushDs<T>', 'i64 stack'],
    ['0f a0', 'push.fs Fv', 'pushFs<T>', 'd64 stack'],
    ['0f a8', 'push.gs Fv', 'pushGs<T>', 'd64 stack'],
  ],
};
