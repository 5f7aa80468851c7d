/** ipcmk, ipcs and ipcrm on Linux: what one makes the next lists and the last removes; vmstat. */
import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost, run } from '../testing/on-host.ts';

beforeAll(buildForHost, BUILD_TIMEOUT_MS);

const bin = (name: string, ...args: string[]) => run(`bin/${name}`, args);

/** The row of an identifier, in words. */
function row(option: string, id: string): string[] | undefined {
  const { stdout } = bin('ipcs', option);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/ +/))
    .find((words) => words[1] === id);
}

describe.each([
  ['q', ['-Q'], 'Message queue id', '--rw-r-----', '-qo', ['0', '0']],
  ['m', ['-M', '8k'], 'Shared memory id', '--rw-r-----', '-mb', ['8192']],
  ['s', ['-S', '3'], 'Semaphore id', '--ra-r-----', '-sb', ['3']],
] as const)('facility %s', (letter, options, title, mode, columns, values) => {
  const make = (): string => {
    const { stdout, status } = bin('ipcmk', ...options, '-p', '640');
    expect(status).toBe(0);
    const [, id] = new RegExp(`^${title}: (\\d+)\n$`).exec(stdout) ?? [];
    if (id === undefined) throw new Error(`ipcmk printed ${stdout}`);
    return id;
  };

  it('is made, listed and removed by number', () => {
    const id = make();
    const words = row(columns, id);
    expect(words?.slice(0, 2)).toEqual([letter, id]);
    expect(words?.[2]).toMatch(/^0x[0-9a-f]{8}$/);
    expect(words?.[3]).toBe(mode);
    expect(words?.slice(6)).toEqual(values);
    expect(bin('ipcs', `-${letter}a`).stdout).toContain('CREATOR');
    expect(bin('ipcrm', `-${letter}`, id)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(row(columns, id)).toBeUndefined();
    const again = bin('ipcrm', `-${letter}`, id);
    expect([again.status, again.stderr]).toEqual([1, `ipcrm: identifier ${id}: Invalid argument\n`]);
  });

  it('is removed by key', () => {
    const id = make();
    const key = row(columns, id)?.[2] ?? '';
    expect(bin('ipcrm', `-${letter.toUpperCase()}`, key)).toMatchObject({ status: 0, stderr: '' });
    expect(row(columns, id)).toBeUndefined();
    const again = bin('ipcrm', `-${letter.toUpperCase()}`, key);
    expect([again.status, again.stderr]).toEqual([1, `ipcrm: key ${key}: No such file or directory\n`]);
  });
});

describe('errors', () => {
  it.each([
    ['ipcrm', [], 1, 'what is to be removed?'],
    ['ipcrm', ['-q', 'x'], 1, "invalid number 'x'"],
    ['ipcrm', ['-M', '0x'], 1, "invalid number '0x'"],
    ['ipcrm', ['-M', '0'], 1, 'key 0: Invalid argument'],
    ['ipcmk', [], 1, 'what is to be made?'],
    ['ipcmk', ['-M', 'x'], 1, 'invalid size: x'],
    ['ipcmk', ['-p', '888', '-Q'], 1, 'invalid mode: 888'],
    ['ipcmk', ['-M', '0'], 1, 'cannot make it: Invalid argument'],
    ['ipcs', ['x'], 1, 'extra operand'],
  ] as const)('%s %j', (name, args, status, text) => {
    const outcome = bin(name, ...args);
    expect(outcome.status).toBe(status);
    expect(outcome.stderr).toContain(text);
  });
});

describe('vmstat', () => {
  it('prints averages, then differences', () => {
    const lines = bin('vmstat', '-n', '0.1', '3').stdout.split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[1]?.trim().split(/ +/)).toHaveLength(16);
    for (const line of lines.slice(2, 5)) {
      const figures = line.trim().split(/ +/).map(Number);
      expect(figures).toHaveLength(16);
      const percents = figures.slice(12).reduce((sum, each) => sum + each, 0);
      expect(Math.abs(percents - 100)).toBeLessThanOrEqual(2);
      expect(figures[0]).toBeGreaterThan(0);
    }
  });

  it('prints all figures one a line, in the unit that is asked for', () => {
    const figures = (...args: string[]): Map<string, number> =>
      new Map(
        bin('vmstat', '-s', ...args)
          .stdout.trimEnd()
          .split('\n')
          .map((line): [string, number] => {
            const [, value, name] = /^ *(\d+) (.*)$/.exec(line) ?? [];
            return [name ?? line, Number(value)];
          }),
      );
    const kib = figures();
    expect(kib.size).toBe(18);
    const total = kib.get('K total memory') ?? 0;
    expect(total).toBeGreaterThan(0);
    expect(figures('-S', 'M').get('M total memory')).toBe(Math.floor(total / 1024));
    expect(figures('-S', 'k').get('k total memory')).toBe(Math.floor((total * 1024) / 1000));
  });

  it.each([[['x']], [['1', 'x']], [['0']], [['1', '2', '3']], [['-S', 'q']]])('refuses %j', (args) => {
    const outcome = bin('vmstat', ...args);
    expect([outcome.status, outcome.stdout]).toEqual([1, '']);
    expect(outcome.stderr).toMatch(/^vmstat: /);
  });
});
