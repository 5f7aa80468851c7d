/** x87 sines, tangents, logarithms and powers. */
import type { Family } from './row.ts';

export const x87Transcendental: Family = {
  name: 'x87-transcendental',
  rows: [
    ['d9 /6.0', 'f2xm1', 'f2xm1'],
    ['d9 /6.1', 'fyl2x', 'fyl2x'],
    ['d9 /6.2', 'fptan', 'fptan'],
    ['d9 /6.3', 'fpatan', 'fpatan'],
    ['d9 /7.1', 'fyl2xp1', 'fyl2xp1'],
    ['d9 /7.3', 'fsincos', 'fsincos'],
    ['d9 /7.6', 'fsin', 'fsin'],
    ['d9 /7.7', 'fcos', 'fcos'],
  ],
};
