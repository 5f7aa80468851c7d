/** vi on a terminal of the host: what keys do to a file, and what the screen shows. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost } from '../testing/on-host.ts';
import { ScreenProgram } from '../testing/on-screen.ts';

let folder: string;
let vi: ScreenProgram | null = null;

beforeAll(buildForHost, BUILD_TIMEOUT_MS);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-vi-'));
});
afterEach(() => {
  vi?.close();
  vi = null;
  rmSync(folder, { recursive: true });
});

async function start(content: string | null, ...args: string[]): Promise<ScreenProgram> {
  if (content !== null) writeFileSync(path.join(folder, 'f'), content);
  const started = await ScreenProgram.start('vi', [...args, 'f'], folder);
  vi = started;
  await started.until('no first picture', () => started.lines()[9]?.startsWith('"f"') === true);
  return started;
}

/** What the file holds after these keys and `:wq`. No key's sequence begins with ESC and `:` or a small letter. */
async function edit(content: string | null, keys: string): Promise<string> {
  const editor = await start(content);
  editor.type(`${keys}:wq\r`);
  expect(await editor.ended()).toBe(0);
  return readFileSync(path.join(folder, 'f'), 'utf8');
}

const ESC = '\x1b';

describe('vi edits', () => {
  it.each<[string, string | null, string, string]>([
    ['deletes lines', 'one\ntwo\nthree\n', 'dd', 'two\nthree\n'],
    ['yanks and puts', 'one\ntwo\n', 'yyjp', 'one\ntwo\none\n'],
    ['changes words, without the space', 'hello world\n', `wcwthere${ESC}`, 'hello there\n'],
    ['repeats, undoes and redoes', 'a b c d\n', 'dw.uu\x12', 'b c d\n'],
    ['appends and opens', 'abc\n', `A def${ESC}oxyz${ESC}`, 'abc def\nxyz\n'],
    ['substitutes with & and g', 'foo bar foo\nfoo\n', ':%s/foo/X&X/g\r', 'XfooX bar XfooX\nXfooX\n'],
    ['substitutes with groups', 'ab\n', ':s/\\(a\\)\\(b\\)/\\2\\1\\n/\r', 'ba\n\n'],
    ['deletes by pattern', 'a1\nb2\na3\n', ':g/a/d\r', 'b2\n'],
    ['keeps by pattern', 'a1\nb2\na3\n', ':v/a/d\r', 'a1\na3\n'],
    ['knows text objects', 'one (two three) four\n', 'f(di(', 'one () four\n'],
    ['marks lines in visual mode', 'x\ny\nz\n', 'Vjd', 'z\n'],
    ['marks characters in visual mode', 'abcdef\n', 'lvlly$p', 'abcdefbcd\n'],
    ['goes to marks', 'l1\nl2\nl3\nl4\n', "ma2jd'a", 'l4\n'],
    ['filters through commands', 'b\na\nc\n', ':%!sort\r', 'a\nb\nc\n'],
    ['matches brackets', 'if (x) {\n  y;\n}\n', 'f{d%', 'if (x) \n'],
    ['works on characters, not bytes', 'häßlich\n', 'lx', 'hßlich\n'],
    ['repeats inserts', 'one\n', `3iab${ESC}`, 'abababone\n'],
    ['joins', 'a\nb\nc\n', '3J', 'a b c\n'],
    ['records', 'a\nb\nc\n', `qaA!${ESC}jq2@a`, 'a!\nb!\nc!\n'],
    ['moves and copies lines', 'one\ntwo\n', ':2m0\r:1co$\r', 'two\none\ntwo\n'],
    ['searches', 'foo\nbar\n', '/bar\rx', 'foo\nar\n'],
    ['makes new files', null, `ihello\rworld${ESC}`, 'hello\nworld\n'],
    ['has named registers', 'a\nb\n', '"ayyj"ap', 'a\nb\na\n'],
    ['overwrites', 'abc\n', `Rxy${ESC}`, 'xyc\n'],
    ['deletes to the end', 'a\nb\nc\nd\n', ':2\rdG', 'a\n'],
  ])('%s', async (_name, content, keys, wanted) => {
    expect(await edit(content, keys)).toBe(wanted);
  });
});

describe('vi shows', () => {
  it('text, tildes, the mode and the place', async () => {
    const editor = await start('one\ntwo\n');
    await editor.shows('one', 'two', '~', '~');
    expect(editor.lines()[9]).toBe('"f" 2 lines, 8 bytes');
    editor.type('A');
    await editor.until('no insert mode', () => editor.lines()[9]?.includes('-- INSERT --') === true);
    expect(editor.cursor()).toEqual([0, 3]);
  });

  it('long lines folded, tabs, control and wide characters', async () => {
    const editor = await start(`${'x'.repeat(45)}\na\tb\x01\n漢字|\n`);
    await editor.until('no fold', () => editor.lines()[1] === 'xxxxx');
    expect(editor.lines()[2]).toBe('a       b^A');
    expect(editor.lines()[3]?.endsWith('|')).toBe(true);
    editor.type('2j$');
    await editor.until('no cursor behind wide characters', () => editor.cursor()[1] === 4);
  });

  it('a part of a long text, and a window of another size', async () => {
    const editor = await start(Array.from({ length: 100 }, (_, i) => `line ${i + 1}`).join('\n') + '\n');
    editor.type('G');
    await editor.until('no end', () => editor.lines()[8] === 'line 100');
    editor.type('gg\x06');
    await editor.until('no next page', () => editor.lines()[0] === 'line 8');
    editor.resize(6);
    await editor.until('no smaller picture', () => editor.lines()[5]?.includes('8,1') === true);
    editor.type(':set nu\r');
    await editor.until('no numbers', () => editor.lines()[0] === '      8 line 8');
  });

  it('what visual mode marks', async () => {
    const editor = await start('abcdef\n');
    editor.type('lvl');
    await editor.until('nothing is marked', () => editor.isReversed(0, 1));
    expect([0, 1, 2, 3].map((column) => editor.isReversed(0, column))).toEqual([false, true, true, false]);
  });

  it('errors, and does not leave when something is not written', async () => {
    const editor = await start('abc\n');
    editor.type('x:q\r');
    await editor.until('no refusal', () => editor.lines()[9]?.startsWith('Not written') === true);
    editor.type(':nonsense\r');
    await editor.until('no message', () => editor.lines()[9] === 'Not a command: nonsense');
    editor.type('/nowhere\r');
    await editor.until('no message', () => editor.lines()[9] === 'Pattern not found: nowhere');
    editor.type(':q!\r');
    expect(await editor.ended()).toBe(0);
    expect(readFileSync(path.join(folder, 'f'), 'utf8')).toBe('abc\n');
  });

  it('directories are refused, and files that cannot be written stay in memory', async () => {
    const editor = await start('abc\n');
    editor.type(':e /\r');
    await editor.until('no refusal', () => editor.lines()[9] === '/: is a directory');
    editor.type(':w /nowhere/x\r');
    await editor.until('no error', () => editor.lines()[9]?.startsWith('/nowhere/x: ') === true);
    expect(existsSync('/nowhere/x')).toBe(false);
    await editor.shows('abc');
  });
});
