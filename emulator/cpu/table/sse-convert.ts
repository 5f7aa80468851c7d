/** Conversions of SSE and SSE2. */
import type { Family } from './row.ts';

export const sseConvert: Family = {
  name: 'sse-convert',
  rows: [
    ['f3 0f 2a', 'cvtsi2ss Vd,Ey', 'cvtsi2ss<T>'],
    ['f2 0f 2a', 'cvtsi2sd Vq,Ey', 'cvtsi2sd<T>'],
    ['f3 0f 2c', 'cvttss2si Gy,Wd', 'cvttss2si<T>'],
    ['f2 0f 2c', 'cvttsd2si Gy,Wq', 'cvttsd2si<T>'],
    ['f3 0f 2d', 'cvtss2si Gy,Wd', 'cvtss2si<T>'],
    ['f2 0f 2d', 'cvtsd2si Gy,Wq', 'cvtsd2si<T>'],
    ['np 0f 2a', 'cvtpi2ps Vq,Qq', 'cvtpi2ps'],
    ['66 0f 2a', 'cvtpi2pd Vo,Qq', 'cvtpi2pd'],
    ['np 0f 2c', 'cvttps2pi Pq,Wq', 'cvttps2pi'],
    ['66 0f 2c', 'cvttpd2pi Pq,Wo', 'cvttpd2pi'],
    ['np 0f 2d', 'cvtps2pi Pq,Wq', 'cvtps2pi'],
    ['66 0f 2d', 'cvtpd2pi Pq,Wo', 'cvtpd2pi'],
    ['np 0f 5a', 'cvtps2pd Vo,Wq', 'cvtps2pd'],
    ['66 0f 5a', 'cvtpd2ps Vo,Wo', 'cvtpd2ps'],
    ['f3 0f 5a', 'cvtss2sd Vq,Wd', 'cvtss2sd'],
    ['f2 0f 5a', 'cvtsd2ss Vd,Wq', 'cvtsd2ss'],
    ['np 0f 5b', 'cvtdq2ps Vo,Wo', 'cvtdq2ps'],
    ['66 0f 5b', 'cvtps2dq Vo,Wo', 'cvtps2dq'],
    ['f3 0f 5b', 'cvttps2dq Vo,Wo', 'cvttps2dq'],
    ['66 0f e6', 'cvttpd2dq Vo,Wo', 'cvttpd2dq'],
    ['f2 0f e6', 'cvtpd2dq Vo,Wo', 'cvtpd2dq'],
    ['f3 0f e6', 'cvtdq2pd Vo,Wq', 'cvtdq2pd'],
  ],
};
