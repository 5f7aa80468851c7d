import { execFile } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CommandLine, oneOf, type Synopsis } from './command-line.ts';

const synopsis: Synopsis<'rounds' | 'peers' | 'clock' | 'fast'> = {
  command: 'bench',
  purpose: 'Measures.',
  options: {
    rounds: { value: 'N', byDefault: '3', help: 'how often' },
    peers: { value: 'a,b', help: 'which' },
    clock: { value: 'wall|cpu', byDefault: 'cpu', help: 'what counts' },
    fast: { help: 'at once' },
  },
};
const line = (...args: string[]): CommandLine<'rounds' | 'peers' | 'clock' | 'fast'> =>
  new CommandLine(synopsis, args);
const PEERS = ['ours', 'tcg'] as const;
const CLOCKS = ['wall', 'cpu'] as const;

describe('the command line of a benchmark', () => {
  it('has defaults', () => {
    const l = line();
    expect([l.count('rounds'), l.some('peers', PEERS), l.one('clock', CLOCKS), l.flag('fast')]).toEqual([
      3,
      PEERS,
      'cpu',
      false,
    ]);
  });

  it('takes what is given', () => {
    const l = line('--rounds', '7', '--peers=tcg', '--clock', 'wall', '--fast');
    expect([l.count('rounds'), l.some('peers', PEERS), l.one('clock', CLOCKS), l.flag('fast')]).toEqual([
      7,
      ['tcg'],
      'wall',
      true,
    ]);
  });

  it.each(['0', '-1', '1.5', 'many', '', '1e3', '99999999999'])(
    'wants a number of rounds, not "%s"',
    (text) => {
      expect(() => line(`--rounds=${text}`).count('rounds')).toThrow(`--rounds ${text}: give a whole number`);
    },
  );

  it('names what is not possible, and what is', () => {
    expect(() => line('--peers', 'ours,kvm').some('peers', PEERS)).toThrow(
      '--peers kvm: possible are ours, tcg',
    );
    expect(() => line('--clock', 'sun').one('clock', CLOCKS)).toThrow('--clock sun: possible are wall, cpu');
    expect(() => oneOf('benchmark', 'x', PEERS)).toThrow('benchmark x: possible are ours, tcg');
    expect(() => line('--bogus')).toThrow(/'--bogus'.*--help lists the options/);
    expect(() => line('--rounds')).toThrow(/'--rounds.*--help lists the options/);
    expect(() => line('word')).toThrow("'word'");
  });

  it('counts the words besides the options', () => {
    const two = { ...synopsis, words: { names: 'IMAGE [SCALE]', least: 1, most: 2 } };
    expect(new CommandLine(two, ['a', '--fast', 'b']).words).toEqual(['a', 'b']);
    expect(() => new CommandLine(two, [])).toThrow('give IMAGE [SCALE]');
    expect(() => new CommandLine(two, ['a', 'b', 'c'])).toThrow('c is one word too many');
    // Who asks for help has not forgotten a word.
    expect(new CommandLine(two, ['--help']).asksForHelp).toBe(true);
  });

  it('has every option in its help', () => {
    const { help } = line('--help');
    expect(help).toContain('Usage: bench [OPTION …]\n\nMeasures.\n');
    for (const [name, { help: words }] of Object.entries(synopsis.options)) {
      expect(help).toContain(`--${name}`);
      expect(help).toContain(words);
    }
    expect(help).toContain('(default 3)');
  });
});

describe('each benchmark', () => {
  it.each([
    'run',
    'interpreter',
    'cpu/run',
    'machine/boot',
    'machine/disk',
    'machine/idle',
    'machine/latency',
    'os/run',
  ])('%s explains itself, and what is wrong, without a stack trace', async (script) => {
    const file = path.join(import.meta.dirname, '..', `${script}.ts`);
    const run = promisify(execFile);
    const { stdout, stderr } = await run(process.execPath, [file, '--help']);
    expect(stdout).toMatch(/^Usage: /);
    expect(stderr).toBe('');
    await expect(run(process.execPath, [file, '--bogus'])).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^[^\n]*'--bogus'[^\n]*--help lists the options\n$/) as string,
    });
  });
});
