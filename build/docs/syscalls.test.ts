/** docs/SYSCALLS.md says what the kernel's table says, and the table calls things by their names. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../paths.ts';
import { formattedPage, readNames, readRows } from './syscalls.ts';

describe('the table of system calls', () => {
  it('has every row under its Linux name', () => {
    const names = readNames();
    const wrong = [...readRows().values()].filter(({ number, name }) => names.get(number) !== name);
    expect(wrong).toEqual([]);
  });

  it('is what docs/SYSCALLS.md says; node build/docs/syscalls.ts writes it', async () => {
    expect(readFileSync(fromRoot('docs/SYSCALLS.md'), 'utf8')).toBe(await formattedPage());
  });

  it('has at least 220 calls', () => {
    expect(readRows().size).toBeGreaterThanOrEqual(220);
  });
});
