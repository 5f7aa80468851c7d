/** Moves of MMX, SSE, SSE2 and SSE3. */
import type { Family, Row } from './row.ts';

const vectorMoves: Row[] = [
  ['np 0f 10', 'movups Vo,Wo', 'movupsVW'],
  ['66 0f 10', 'movupd Vo,Wo', 'movupsVW'],
  ['f3 0f 10', 'movss Vd,Wd', 'movScalarVW<u32>'],
  ['f2 0f 10', 'movsd Vq,Wq', 'movScalarVW<u64>'],
  ['np 0f 11', 'movups Wo,Vo', 'movupsWV', 'w'],
  ['66 0f 11', 'movupd Wo,Vo', 'movupsWV', 'w'],
  ['f3 0f 11', 'movss Wd,Vd', 'movScalarWV<u32>', 'w'],
  ['f2 0f 11', 'movsd Wq,Vq', 'movScalarWV<u64>', 'w'],
  ['np 0f 28', 'movaps Vo,Wo', 'movapsVW'],
  ['66 0f 28', 'movapd Vo,Wo', 'movapsVW'],
  ['np 0f 29', 'movaps Wo,Vo', 'movapsWV', 'w'],
  ['66 0f 29', 'movapd Wo,Vo', 'movapsWV', 'w'],
  ['66 0f 6f', 'movdqa Vo,Wo', 'movapsVW'],
  ['f3 0f 6f', 'movdqu Vo,Wo', 'movupsVW'],
  ['66 0f 7f', 'movdqa Wo,Vo', 'movapsWV', 'w'],
  ['f3 0f 7f', 'movdqu Wo,Vo', 'movupsWV', 'w'],
  ['f2 0f f0', 'lddqu Vo,Mo', 'movupsVW'],
  ['np 0f 2b', 'movntps Mo,Vo', 'movntMV', 'w'],
  ['66 0f 2b', 'movntpd Mo,Vo', 'movntMV', 'w'],
  ['66 0f e7', 'movntdq Mo,Vo', 'movntMV', 'w'],
  ['np 0f e7', 'movntq Mq,Pq', 'movntq', 'w'],
  ['66 0f 38 2a', 'movntdqa Vo,Mo', 'movapsVW'],
];

const halfMoves: Row[] = [
  ['np 0f 12', 'movlps Vq,Wq', 'movlpsVW'],
  ['66 0f 12', 'movlpd Vq,Mq', 'movlpsVW'],
  ['np 0f 13', 'movlps Mq,Vq', 'movlpsMV', 'w'],
  ['66 0f 13', 'movlpd Mq,Vq', 'movlpsMV', 'w'],
  ['np 0f 16', 'movhps Vq,Wq', 'movhpsVW'],
  ['66 0f 16', 'movhpd Vq,Mq', 'movhpsVW'],
  ['np 0f 17', 'movhps Mq,Vq', 'movhpsMV', 'w'],
  ['66 0f 17', 'movhpd Mq,Vq', 'movhpsMV', 'w'],
  ['f2 0f 12', 'movddup Vq,Wq', 'movddup'],
  ['f3 0f 12', 'movsldup Vo,Wo', 'movsldup'],
  ['f3 0f 16', 'movshdup Vo,Wo', 'movshdup'],
];

const otherMoves: Row[] = [
  ['66 0f 6e', 'movd Vo,Ey', 'movToXmm<T>'],
  ['66 0f 7e', 'movd Ey,Vo', 'movFromXmm<T>', 'w'],
  ['np 0f 6e', 'movd Pq,Ey', 'movToMmx<T>'],
  ['np 0f 7e', 'movd Ey,Pq', 'movFromMmx<T>', 'w'],
  ['f3 0f 7e', 'movq Vq,Wq', 'movqVW'],
  ['66 0f d6', 'movq Wq,Vq', 'movqWV', 'w'],
  ['np 0f 6f', 'movq Pq,Qq', 'movqPQ'],
  ['np 0f 7f', 'movq Qq,Pq', 'movqQP', 'w'],
  ['f2 0f d6', 'movdq2q Pq,Uq', 'movdq2q'],
  ['f3 0f d6', 'movq2dq Vo,Nq', 'movq2dq'],
  ['np 0f 50', 'movmskps Gd,Uo', 'movmskps'],
  ['66 0f 50', 'movmskpd Gd,Uo', 'movmskpd'],
  ['np 0f d7', 'pmovmskb Gd,Nq', 'pmovmskb<u64>'],
  ['66 0f d7', 'pmovmskb Gd,Uo', 'pmovmskb<v128>'],
  ['np 0f f7', 'maskmovq Pq,Nq', 'maskmov<u64>'],
  ['np 0f 77', 'emms', 'emms'],
  ['66 0f f7', 'maskmovdqu Vo,Uo', 'maskmov<v128>'],
];

export const sseMove: Family = { name: 'sse-move', rows: [...vectorMoves, ...halfMoves, ...otherMoves] };
