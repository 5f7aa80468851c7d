/** Floating-point compares of SSE and SSE2. */
import type { Family } from './row.ts';

export const sseCompare: Family = {
  name: 'sse-compare',
  rows: [
    ['np 0f c2', 'cmpps Vo,Wo,Iu', 'cmpPacked<u32>'],
    ['66 0f c2', 'cmppd Vo,Wo,Iu', 'cmpPacked<u64>'],
    ['f3 0f c2', 'cmpss Vd,Wd,Iu', 'cmpScalar<u32>'],
    ['f2 0f c2', 'cmpsd Vq,Wq,Iu', 'cmpScalar<u64>'],
    ['np 0f 2e', 'ucomiss Vd,Wd', 'comiQuiet<u32>'],
    ['66 0f 2e', 'ucomisd Vq,Wq', 'comiQuiet<u64>'],
    ['np 0f 2f', 'comiss Vd,Wd', 'comiSignaling<u32>'],
    ['66 0f 2f', 'comisd Vq,Wq', 'comiSignaling<u64>'],
  ],
};
