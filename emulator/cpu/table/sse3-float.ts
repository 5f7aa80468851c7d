/** Floating point of SSE3 and SSE4.1, RCP and RSQRT. */
import type { Family } from './row.ts';

export const sse3Float: Family = {
  name: 'sse3-float',
  rows: [
    ['f2 0f 7c', 'haddps Vo,Wo', 'hadd<u32>'],
    ['66 0f 7c', 'haddpd Vo,Wo', 'hadd<u64>'],
    ['f2 0f 7d', 'hsubps Vo,Wo', 'hsub<u32>'],
    ['66 0f 7d', 'hsubpd Vo,Wo', 'hsub<u64>'],
    ['f2 0f d0', 'addsubps Vo,Wo', 'addsub<u32>'],
    ['66 0f d0', 'addsubpd Vo,Wo', 'addsub<u64>'],
    ['66 0f 3a 08', 'roundps Vo,Wo,Iu', 'roundPacked<u32>'],
    ['66 0f 3a 09', 'roundpd Vo,Wo,Iu', 'roundPacked<u64>'],
    ['66 0f 3a 0a', 'roundss Vd,Wd,Iu', 'roundScalar<u32>'],
    ['66 0f 3a 0b', 'roundsd Vq,Wq,Iu', 'roundScalar<u64>'],
    ['66 0f 3a 40', 'dpps Vo,Wo,Iu', 'dp<u32>'],
    ['66 0f 3a 41', 'dppd Vo,Wo,Iu', 'dp<u64>'],
    ['np 0f 53', 'rcpps Vo,Wo', 'rcpps'],
    ['np 0f 52', 'rsqrtps Vo,Wo', 'rsqrtps'],
    ['f3 0f 53', 'rcpss Vd,Wd', 'rcpss'],
    ['f3 0f 52', 'rsqrtss Vd,Wd', 'rsqrtss'],
  ],
};
