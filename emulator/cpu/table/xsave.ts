/** Extended state management. */
import type { Family } from './row.ts';

export const xsave: Family = {
  name: 'xsave',
  rows: [
    ['np 0f 01 /2.0', 'xgetbv', 'xgetbv'],
    ['np 0f 01 /2.1', 'xsetbv', 'xsetbv', 'end'],
    ['np 0f ae /m4', 'xsave Mn', 'xsave', 'w'],
    ['np 0f ae /m5', 'xrstor Mn', 'xrstor'],
  ],
};
