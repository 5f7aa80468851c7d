/** The programs of /bin on Linux: what they print, their messages, their exit statuses. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINKS } from '../../../build/program-links.ts';
import { BUILD_TIMEOUT_MS, buildForHost, run } from '../testing/on-host.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'breenix-bin-'));

/** They speak through Breenix's own gate, or end the machine. */
const NOT_ON_LINUX = ['hello_time', 'counter', 'spinner', 'init'];

beforeAll(async () => {
  await buildForHost();
  mkdirSync(path.join(folder, 'dir'));
  writeFileSync(path.join(folder, 'b'), 'line one\nline two\n');
  writeFileSync(path.join(folder, 'a'), 'x'.repeat(3000));
  writeFileSync(path.join(folder, '.dot'), '');
  symlinkSync('a', path.join(folder, 'link'));
  const date = new Date('2020-02-29T12:34:56Z');
  for (const name of ['a', 'b', '.dot', 'dir']) utimesSync(path.join(folder, name), date, date);
}, BUILD_TIMEOUT_MS);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const bin = (name: string, ...args: string[]) => run(`bin/${name}`, args, { cwd: folder });

describe('every program', () => {
  const plain = ['true', 'false', 'echo', 'test', '[', 'printf', 'expr', 'kill', ...NOT_ON_LINUX];
  const sources = readdirSync(import.meta.dirname).filter((file) => /^[^.]+\.ts$/.test(file));
  const names = [...sources.map((file) => path.basename(file, '.ts')), ...Object.keys(LINKS)];

  it.each(names.filter((name) => !plain.includes(name)))(
    '%s answers --help, and unknown options with a message',
    (name) => {
      const help = bin(name, '--help');
      expect(help).toMatchObject({ status: 0, stderr: '' });
      const usage = `^usage: (${name.replace('[', '.')}|${LINKS[name] ?? name})`;
      expect(help.stdout).toMatch(new RegExp(usage));
      const wrong = bin(name, '-?');
      expect(wrong.status).toBeGreaterThan(0);
      expect(wrong.stderr).toContain(`${name}: invalid option -- '?'\nTry '${name} --help'`);
    },
  );

  it('fails when its output cannot be written', () => {
    const outcome = run('bin/sh', ['-c', 'ls / > /dev/full; echo $?; pwd > /dev/full; echo $?']);
    expect(outcome.stdout).toBe('1\n1\n');
  });
});

describe('ls', () => {
  it('lists names, one a line when it is no terminal', () => {
    expect(bin('ls').stdout).toBe('a\nb\ndir\nlink\n');
    expect(bin('ls', '-a').stdout).toBe('.\n..\n.dot\na\nb\ndir\nlink\n');
    expect(bin('ls', '-A', '-r').stdout).toBe('link\ndir\nb\na\n.dot\n');
    expect(bin('ls', '-F').stdout).toBe('a\nb\ndir/\nlink@\n');
    expect(bin('ls', '-C').stdout).toBe('a  b  dir  link\n');
    expect(bin('ls', '-S', 'b', 'a').stdout).toBe('a\nb\n');
  });

  it('-l: modes, sizes, dates, links', () => {
    const lines = bin('ls', '-l').stdout.split('\n');
    expect(lines[0]).toMatch(/^total \d+$/);
    expect(lines[1]).toMatch(/^-rw-r--r-- 1 \S+ \S+ +3000 Feb 29 {2}2020 a$/);
    expect(lines[3]).toMatch(/^drwxr-xr-x 2 \S+ \S+ +\d+ Feb 29 {2}2020 dir$/);
    expect(lines[4]).toMatch(/^lrwxrwxrwx 1 \S+ \S+ +1 [A-Z][a-z]{2} [ \d]\d \d\d:\d\d link -> a$/);
    expect(bin('ls', '-l', '/dev/null').stdout).toMatch(/^crw-rw-rw- 1 root root 1, 3 /);
    expect(bin('ls', '-ld', '.').stdout).toMatch(/^d.* \.\n$/);
  });

  it('titles several directories, and goes on after one that is missing', () => {
    const outcome = bin('ls', 'none', 'dir', '.');
    expect(outcome).toMatchObject({
      status: 2,
      stderr: "ls: cannot access 'none': No such file or directory\n",
    });
    expect(outcome.stdout).toBe('.:\na\nb\ndir\nlink\n\ndir:\n');
    expect(bin('ls', '-R').stdout).toBe('.:\na\nb\ndir\nlink\n\n./dir:\n');
  });
});

describe('cat, echo, pwd, env, sleep', () => {
  it('cat joins files and goes on after one that is missing', () => {
    expect(bin('cat', 'b', '/none', 'b')).toEqual({
      status: 1,
      stdout: 'line one\nline two\nline one\nline two\n',
      stderr: 'cat: /none: No such file or directory\n',
    });
    expect(bin('cat', 'dir').stderr).toBe('cat: dir: Is a directory\n');
    expect(run('bin/cat', ['-'], { input: 'in' }).stdout).toBe('in');
    expect(run('bin/cat', [], { input: 'in' }).stdout).toBe('in');
  });

  it('echo writes its words', () => {
    expect(bin('echo', 'a', 'b  c').stdout).toBe('a b  c\n');
    expect(bin('echo', '-n', 'a').stdout).toBe('a');
    expect(bin('echo').stdout).toBe('\n');
  });

  it('pwd and env', () => {
    expect(bin('pwd').stdout).toBe(`${folder}\n`);
    expect(bin('env', '-i', 'A=b').stdout).toBe('A=b\n');
    expect(bin('env', '-i', 'A=b', 'PATH=/bin', 'env').stdout).toContain('A=b\n');
    expect(bin('env', 'no-such')).toMatchObject({
      status: 127,
      stderr: 'env: no-such: No such file or directory\n',
    });
    expect(run('bin/env', ['X=2', 'X=3'], { env: { X: '1', Y: '1' } }).stdout).toBe('X=3\nY=1\n');
  });

  it('sleep takes fractions and units', () => {
    const started = performance.now();
    expect(bin('sleep', '0.2', '0.1s').status).toBe(0);
    expect(performance.now() - started).toBeGreaterThanOrEqual(300);
    expect(bin('sleep', 'x')).toMatchObject({ status: 1, stderr: 'sleep: invalid time: x\n' });
    expect(bin('sleep').status).toBe(1);
  });
});

describe('head, wc, hexdump, test', () => {
  it('head prints the first lines or bytes', () => {
    expect(bin('head', '-n', '1', 'b').stdout).toBe('line one\n');
    expect(bin('head', '-c', '6', 'b').stdout).toBe('line o');
    expect(bin('head', '-1', 'b', '/none', 'b')).toEqual({
      status: 1,
      stdout: '==> b <==\nline one\n\n==> b <==\nline one\n',
      stderr: 'head: /none: No such file or directory\n',
    });
    expect(bin('head', '-n', 'x', 'b').stderr).toBe("head: invalid number of lines: 'x'\n");
  });

  it('wc counts', () => {
    expect(bin('wc', 'b').stdout).toBe(' 2  4 18 b\n');
    expect(bin('wc', '-l', 'b', 'a').stdout).toBe('   2 b\n   0 a\n   2 total\n');
    expect(run('bin/wc', ['-c'], { input: 'abc' }).stdout).toBe('3\n');
  });

  it('hexdump shows bytes and characters', () => {
    expect(run('bin/hexdump', ['-C'], { input: 'ABCDEFGHIJKLMNOP\x00\xff~' }).stdout).toBe(
      '00000000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  |ABCDEFGHIJKLMNOP|\n' +
        '00000010  00 c3 bf 7e                                       |...~|\n' +
        '00000014\n',
    );
    expect(bin('hexdump', '-C', '-n', '40', '-s', '10', 'a').stdout).toMatch(
      /^0000000a .*\n\*\n0000002a .*\n00000032\n$/,
    );
  });

  it.each([
    ['-f b', 0],
    ['-d b', 1],
    ['-d dir', 0],
    ['-e none', 1],
    ['-s .dot', 1],
    ['-L link', 0],
    ['-z ""', 0],
    ['-n ""', 1],
    ['a', 0],
    ['""', 1],
    ['', 1],
    ['a = a', 0],
    ['a != a', 1],
    ['2 -lt 10', 0],
    ['-5 -ge -5', 0],
    ['! -e none', 0],
    ['! a = a', 1],
    ['-f b -a -d dir', 0],
    ['-f none -o -d dir', 0],
    ['"(" a = b ")" -o c', 0],
    ['x -eq 1', 2],
    ['a b', 2],
    ['a b c d e', 2],
  ])('test %s', (expression, status) => {
    expect(run('bin/sh', ['-c', `[ ${expression} ]`], { cwd: folder }).status).toBe(status);
    const words = expression === '' ? [] : expression.split(' ').map((word) => word.replaceAll('"', ''));
    expect(bin('test', ...words).status).toBe(status);
  });
});

describe('kill', () => {
  it('lists names and numbers', () => {
    expect(bin('kill', '-l').stdout).toMatch(/^HUP INT QUIT [^]*\bKILL\b[^]*\bTERM\b/);
    expect(bin('kill', '-l', '9', '143', 'HUP').stdout).toBe('KILL\nTERM\n1\n');
  });

  it.each([
    [['99999999'], 1, 'kill: 99999999: No such process\n'],
    [['-s', 'FOO', '1'], 2, 'kill: unknown signal: FOO\n'],
    [['abc'], 1, 'kill: not a process id: abc\n'],
    [[], 2, "kill: missing operand\nTry 'kill --help' for more information.\n"],
  ])('%j', (args, status, stderr) => {
    expect(bin('kill', ...args)).toEqual({ status, stdout: '', stderr });
  });

  it('sends by name and by number', () => {
    const command = 'for s in -TERM -9 "-s HUP" -SIGINT; do sleep 9 & kill $s $!; wait $!; echo $?; done';
    // A background command of a shell that is not interactive ignores SIGINT (POSIX 2.11), so that one sleeps on.
    const outcome = run('bin/sh', ['-c', command.replace(' -SIGINT', '')]);
    expect(outcome.stdout).toBe('143\n137\n129\n');
  });
});

describe('what the system tells', () => {
  it('date', () => {
    const before = Math.floor(Date.now() / 1000);
    const told = Number(bin('date', '+%s').stdout);
    expect(told).toBeGreaterThanOrEqual(before);
    expect(told).toBeLessThanOrEqual(Date.now() / 1000);
    expect(bin('date', '+%F %T%n%%').stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n%\n$/);
    expect(bin('date').stdout).toMatch(/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}\n$/);
    expect(bin('date', '12').status).toBe(1);
  });

  it('ps, free, uptime, uname', () => {
    expect(bin('ps', '-e').stdout).toMatch(/^ +PID TTY +TIME CMD\n +1 \?/);
    expect(bin('ps', '-ef').stdout).toMatch(/^UID +PID +PPID +C STIME TTY +TIME CMD\n[^]*ps -ef\n/);
    expect(bin('free').stdout).toMatch(/total +used +free[^]*Mem: +\d+ +\d+ +\d+ +\d+ +\d+ +\d+\nSwap:/);
    expect(bin('uptime').stdout).toMatch(/^ \d\d:\d\d:\d\d up /);
    expect(bin('uname').stdout).toBe('Linux\n');
    expect(bin('uname', '-sm').stdout).toBe('Linux x86_64\n');
  });
});
