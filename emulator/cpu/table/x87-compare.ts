/** x87 compares and FXAM. */
import type { Family } from './row.ts';

export const x87Compare: Family = {
  name: 'x87-compare',
  rows: [
    ['d8 /m2', 'fcom Md', 'fcom<u32>'],
    ['d8 /m3', 'fcomp Md', 'fcomp<u32>'],
    ['dc /m2', 'fcom Mq', 'fcom<u64>'],
    ['dc /m3', 'fcomp Mq', 'fcomp<u64>'],
    ['da /m2', 'ficom Md', 'ficom<i32>'],
    ['da /m3', 'ficomp Md', 'ficomp<i32>'],
    ['de /m2', 'ficom Mw', 'ficom<i16>'],
    ['de /m3', 'ficomp Mw', 'ficomp<i16>'],
    ['d8 /r2', 'fcom Nt', 'fcomSti'],
    ['d8 /r3', 'fcomp Nt', 'fcompSti'],
    ['dc /r2', 'fcom Nt', 'fcomSti'],
    ['dc /r3', 'fcomp Nt', 'fcompSti'],
    ['de /r2', 'fcomp Nt', 'fcompSti'],
    ['de /3.1', 'fcompp', 'fcompp'],
    ['dd /r4', 'fucom Nt', 'fucom'],
    ['dd /r5', 'fucomp Nt', 'fucomp'],
    ['da /5.1', 'fucompp', 'fucompp'],
    ['db /r5', 'fucomi Nt', 'fucomi'],
    ['db /r6', 'fcomi Nt', 'fcomi'],
    ['df /r5', 'fucomip Nt', 'fucomip'],
    ['df /r6', 'fcomip Nt', 'fcomip'],
    ['d9 /4.4', 'ftst', 'ftst'],
    ['d9 /4.5', 'fxam', 'fxam'],
  ],
};
