/** less and more on a terminal of the host, and as filters. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost, run } from '../testing/on-host.ts';
import { ScreenProgram } from '../testing/on-screen.ts';

let folder: string;
let file: string;
let pager: ScreenProgram | null = null;

beforeAll(buildForHost, BUILD_TIMEOUT_MS);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-less-'));
  file = path.join(folder, 'f');
  writeFileSync(file, Array.from({ length: 100 }, (_, i) => `line ${i + 1}\n`).join(''));
});
afterEach(() => {
  pager?.close();
  pager = null;
  rmSync(folder, { recursive: true });
});

async function start(program: string, ...args: string[]): Promise<ScreenProgram> {
  const started = await ScreenProgram.start(program, args, folder);
  pager = started;
  await started.until('nothing is shown', () => started.lines()[0] !== '');
  return started;
}

describe('less', () => {
  it('goes forward, back and to places', async () => {
    const less = await start('less', 'f');
    const top = async (wanted: string): Promise<void> => {
      await less.until(`the top is not ${wanted}`, () => less.lines()[0] === wanted);
    };
    await top('line 1');
    less.type(' ');
    await top('line 10');
    less.type('b');
    await top('line 1');
    less.type('5j');
    await top('line 6');
    less.type('k');
    await top('line 5');
    less.type('50p');
    await top('line 51');
    less.type('G');
    await top('line 92');
    less.type("''");
    await top('line 51');
    less.type('mag\x27a');
    await top('line 51');
    less.type('q');
    expect(await less.ended()).toBe(0);
  });

  it('searches, marks what it found, and says what it did not find', async () => {
    const less = await start('less', 'f');
    less.type('/ [37]0$\r');
    await less.until('not found', () => less.lines()[0] === 'line 30');
    expect(less.isReversed(0, 5)).toBe(true);
    less.type('n');
    await less.until('no second one', () => less.lines()[0] === 'line 70');
    less.type('N');
    await less.until('not back', () => less.lines()[0] === 'line 30');
    less.type('?line 2\r');
    await less.until('not backward', () => less.lines()[0] === 'line 29');
    less.type('/nowhere\r');
    await less.until('no message', () => less.lines()[9] === 'pattern not found');
  });

  it('numbers, cuts and colours lines', async () => {
    writeFileSync(file, `${'a'.repeat(50)}\n\x1b[31mred\x1b[m\n\x01\n`);
    let less = await start('less', '-N', '-S', 'f');
    await less.shows(`      1 ${'a'.repeat(32)}`, '      2 ^[[31mred^[[m', '      3 ^A', '~');
    less.type('q');
    await less.ended();
    less = await start('less', '-R', 'f');
    await less.shows('a'.repeat(40), 'a'.repeat(10), 'red', '^A');
  });

  it('follows a file that grows', async () => {
    const less = await start('less', '+F', 'f');
    await less.until('not at the end', () => less.lines()[8] === 'line 100');
    appendFileSync(file, 'new\n');
    await less.until('does not follow', () => less.lines()[8] === 'new');
    less.type('q');
    less.type('q');
    await less.ended();
  });

  it('shows several files and help', async () => {
    writeFileSync(path.join(folder, 'g'), 'second\n');
    const less = await start('less', 'f', 'g');
    less.type(':n');
    await less.shows('second', '~');
    less.type(':p');
    await less.until('not back', () => less.lines()[0] === 'line 1');
    less.type('h');
    await less.until('no help', () => less.lines()[0] === 'Moving');
    less.type('q');
    await less.until('not back', () => less.lines()[0] === 'line 1');
  });

  it('copies when nobody looks', () => {
    expect(run('bin/less', [file]).stdout.split('\n')).toHaveLength(101);
    expect(run('bin/less', [], { input: 'x\n' }).stdout).toBe('x\n');
    const missing = run('bin/less', ['/nowhere']);
    expect([missing.status, missing.stderr]).toEqual([1, 'less: /nowhere: No such file or directory\n']);
    expect(run('bin/less', ['--help']).status).toBe(0);
  });
});

describe('more', () => {
  it('ends at the end', async () => {
    const more = await start('more', 'f');
    await more.until('no prompt', () => more.lines()[9]?.startsWith('--More--') === true);
    more.type(' '.repeat(12));
    expect(await more.ended()).toBe(0);
  });
});
