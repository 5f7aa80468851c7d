import { expect, it } from 'vitest';
import { describeCounts } from './counts.ts';

it('sums up and shows each family in both modes', () => {
  const text = describeCounts(
    [
      { family: 'stack', mode: '64-bit', instructions: 12345, differences: 0 },
      { family: 'xsave', mode: '64-bit', instructions: 1, differences: 2 },
      { family: 'stack', mode: 'compatibility', instructions: 1000, differences: 1 },
    ],
    7,
  );
  expect(text.split('\n')).toEqual([
    'Seed 7: 13,346 instructions in 3 groups, 3 differences.',
    '',
    '| family | 64-bit mode | compatibility mode |',
    '| --- | ---: | ---: |',
    '| stack | 12,345 | 1,000 |',
    '| xsave | 1 | - |',
    '',
  ]);
});
