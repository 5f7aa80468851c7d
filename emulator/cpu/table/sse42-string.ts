/** String compares of SSE4.2. */
import type { Family } from './row.ts';

export const sse42String: Family = {
  name: 'sse42-string',
  rows: [
    ['66 0f 3a 60', 'pcmpestrm Vo,Wo,Iu', 'pcmpestrm'],
    ['66 0f 3a 61', 'pcmpestri Vo,Wo,Iu', 'pcmpestri'],
    ['66 0f 3a 62', 'pcmpistrm Vo,Wo,Iu', 'pcmpistrm'],
    ['66 0f 3a 63', 'pcmpistri Vo,Wo,Iu', 'pcmpistri'],
  ],
};
