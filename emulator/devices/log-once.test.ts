import { expect, it } from 'vitest';
import { logOnce } from './log-once.ts';

it('names each thing once, and only so many things', () => {
  const lines: string[] = [];
  const once = logOnce((level, message) => lines.push(`${level}: ${message}`));
  once('a port');
  once('a port');
  once('another port');
  expect(lines).toEqual(['info: a port', 'info: another port']);
  for (let i = 0; i < 100_000; i++) once(`thing ${String(i)}`);
  expect(lines).toHaveLength(1000);
  expect(lines.at(-1)).toBe('info: thing 997');
});
