import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionHelp, optionNames, parseRunOptions } from './run-options.ts';
import { UsageError } from './usage-error.ts';

const parse = (...words: string[]) => parseRunOptions(words, optionNames);

describe('parseRunOptions', () => {
  it('has the documented defaults', () => {
    expect(parse()).toEqual({
      image: null,
      linux: null,
      disks: [],
      cdrom: null,
      memoryBytes: 256 * 1024 * 1024,
      firmware: 'bios',
      uefiVariables: null,
      exec: null,
      timeoutMs: null,
      serial: { kind: 'stdio' },
      screenshot: null,
      deterministic: false,
      translator: {},
      saveState: null,
      loadState: null,
      verbose: false,
    });
  });

  it('reads every option', () => {
    expect(
      parse(
        '--image',
        'a.img',
        '--kernel',
        'vmlinuz',
        '--initrd',
        'initrd.gz',
        '--append',
        'console=ttyS0 x=ä',
        '--disk=b.img',
        '--disk',
        'c.img',
        '--cdrom',
        'd.iso',
        '--memory',
        '1G',
        '--firmware',
        'uefi',
        '--uefi-variables',
        'v.fd',
        '--exec',
        'ls -l',
        '--timeout',
        '2.5',
        '--serial',
        'file:log',
        '--screenshot',
        's.png',
        '--headless',
        '--deterministic',
        '--check-translator',
        '100',
        '--save-state',
        'a.state',
        '--load-state=b.state',
        '--verbose',
      ),
    ).toEqual({
      image: path.resolve('a.img'),
      linux: {
        kernel: path.resolve('vmlinuz'),
        initrd: path.resolve('initrd.gz'),
        append: 'console=ttyS0 x=\xc3\xa4',
      },
      disks: [path.resolve('b.img'), path.resolve('c.img')],
      cdrom: path.resolve('d.iso'),
      memoryBytes: 1024 * 1024 * 1024,
      firmware: 'uefi',
      uefiVariables: path.resolve('v.fd'),
      exec: 'ls -l',
      timeoutMs: 2500,
      serial: { kind: 'file', path: path.resolve('log') },
      screenshot: path.resolve('s.png'),
      deterministic: true,
      translator: { checkEvery: 100 },
      saveState: path.resolve('a.state'),
      loadState: path.resolve('b.state'),
      verbose: true,
    });
  });

  it.each([
    ['--bogus'],
    ['word'],
    ['--image'],
    ['--image', ''],
    ['--image', 'a', '--image', 'b'],
    ['--disk', 'a', '--disk', 'b', '--disk', 'c'],
    ['--memory', '0'],
    ['--memory', '15'],
    ['--memory', '3G'],
    ['--memory', 'lots'],
    ['--timeout', '0'],
    ['--timeout', '-1'],
    ['--timeout', '1e3'],
    ['--timeout', '99999999999'],
    ['--initrd', 'i'],
    ['--append', 'quiet'],
    ['--kernel', 'k', '--kernel', 'l'],
    ['--kernel', 'k', '--append', 'a\0b'],
    ['--check-translator', '0'],
    ['--check-translator', '10', '--no-translator'],
    ['--serial', 'tcp:1'],
    ['--serial', 'file:'],
    ['--screenshot', 's.jpg'],
    ['--exec', 'a\nb'],
    ['--headless=yes'],
  ])('refuses %j %j in one line', (...words) => {
    expect(() => parse(...words)).toThrow(UsageError);
    try {
      parse(...words);
    } catch (error) {
      expect(String(error)).not.toContain('\n');
    }
  });

  it('refuses an option that the command does not take', () => {
    expect(() => parseRunOptions(['--cdrom', 'x'], ['exec', 'timeout', 'help'])).toThrow(/cdrom/);
  });

  it('answers --help with null and lists each option', () => {
    expect(parse('--help')).toBeNull();
    for (const name of optionNames) expect(optionHelp(optionNames)).toContain(`--${name}`);
  });
});
