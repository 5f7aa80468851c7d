/** The interactive shell on a terminal of the host: prompt, line editor, history, completion, job control. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost, ShellTerminal } from '../testing/on-host.ts';

const PROMPT = /breenix:\/# $/;
let terminal: ShellTerminal;

beforeAll(buildForHost, BUILD_TIMEOUT_MS);
afterEach(() => {
  terminal.close();
});

async function start(columns?: number): Promise<void> {
  terminal = new ShellTerminal(columns);
  await terminal.expect(PROMPT);
}

/** Types a line and returns what came out between it and the next prompt. */
async function output(keys: string): Promise<string> {
  const all = await terminal.type(`${keys}\r`, /\r\n(?:[^]*\r\n)?breenix:[^\r\n]*# $/);
  return all.slice(all.indexOf('\r\n') + 2, all.lastIndexOf('breenix:'));
}

describe('line editor', () => {
  it('echoes plainly and runs the line', async () => {
    await start();
    expect(await terminal.type('echo hi', /hi$/)).toBe('echo hi');
    expect(await output('')).toBe('hi\r\n');
  });

  it.each([
    ['cursor keys and insertion', 'echo ac\x1b[Db', 'abc'],
    ['application cursor keys', 'echo ac\x1bODb', 'abc'],
    ['Home and End', 'cho b\x1b[He\x1b[Fc', 'bc'],
    ['^A and ^E', 'cho b\x01e\x05c', 'bc'],
    ['Delete', 'xecho a\x1b[H\x1b[3~', 'a'],
    ['Backspace', 'echo abx\x7fc', 'abc'],
    ['^D in the middle', 'echo xa\x1b[D\x1b[D\x04', 'a'],
    ['^U', 'garbage\x15echo a', 'a'],
    ['^K', 'echo a garbage\x01\x06\x06\x06\x06\x06\x06\x0b', 'a'],
    ['^W', 'echo a garbage\x17b', 'a b'],
    ['^W and ^Y', 'echo b\x17\x19\x19', 'bb'],
    ['words', 'echo one two\x1bb\x1bb\x1bfX', 'oneX two'],
    ['characters of several bytes', 'echo äö\x1b[D\x7fü', 'üö'],
    ['unknown keys', 'echo \x1b[15~a\x1b[25;2~b', 'ab'],
  ])('%s', async (_name, keys, expected) => {
    await start();
    expect(await output(keys)).toBe(`${expected}\r\n`);
  });

  it('goes through the history and back to the draft', async () => {
    await start();
    await output('echo first');
    await output('echo second');
    expect(await output('\x1b[A\x1b[A')).toBe('first\r\n');
    expect(await output('echo dra\x1b[A\x1b[A\x1b[B\x1b[Bft')).toBe('draft\r\n');
    expect(await output('history')).toMatch(/1 {2}echo first[^]*4 {2}echo draft/);
  });

  it('wraps lines longer than the terminal, and edits in them', async () => {
    await start(20);
    const word = 'abcdefghij'.repeat(5);
    expect((await output(`echo ${word}`)).replaceAll('\r\n', '')).toBe(word);
    expect((await output(`cho ${word}\x01e\x05!`)).endsWith(`\r\n${word}!\r\n`)).toBe(true);
  });

  it('drops the line at ^C, ends at ^D, clears at ^L', async () => {
    await start();
    await terminal.type('echo never\x03', /\^C\r\nbreenix:\/# $/);
    expect(await output('echo $?')).toBe('130\r\n');
    expect(await terminal.type('echo x\x0c', /echo x$/)).toContain('\x1b[2J');
    await terminal.type('\r', PROMPT);
    await terminal.type('\x04', /exit/);
    await terminal.exited();
  });

  it('asks for the rest of an unfinished command', async () => {
    await start();
    await terminal.type('if true\r', /> $/);
    await terminal.type('then echo "a\r', /> $/);
    expect(await terminal.type('b"; fi\r', PROMPT)).toContain('a\r\nb\r\n');
    await terminal.type('echo "x\r', /> $/);
    await terminal.type('\x03', PROMPT);
    expect(await output('echo fresh')).toBe('fresh\r\n');
  });

  it('completes commands and paths', async () => {
    await start();
    expect(await output('unam\t')).toBe('Linux\r\n');
    expect(await output('echo /etc/hostn\t')).toBe('/etc/hostname\r\n');
    // All that begins so, in the order of the alphabet.
    await terminal.type('ls /etc/host\t\t', /hostname[^]*hosts/);
    await terminal.type('\x15', /# $/);
  });
});

describe('line editor with the keys of vi', () => {
  async function startVi(columns?: number): Promise<void> {
    await start(columns);
    await output('set -o vi');
  }

  it.each([
    ['plain text', 'echo hi', 'hi'],
    ['i and a', 'echo b\x1bia\x1blac', 'abc'],
    ['I and A', 'cho b\x1bIe\x1bAc', 'bc'],
    ['h, l and counts', 'echo abcd\x1b3hiX\x1b2lrY', 'XaYcd'],
    ['0 ^ $ and |', 'echo a\x1b0x$xAb\x1b|ie\x1b$i-', '-b'],
    ['w, e, b', 'echo one two.x three\x1b0wwrT0eeaX\x1b$bbbb0', 'oneX Two.x three'],
    ['W, E, B', 'echo one two.x three\x1b0WWrT$BB0', 'one Two.x three'],
    ['f, t, ; and ,', 'echo a.b.c.d\x1b0f.rX;rY,rZ', 'aXbZc.d'],
    ['F and T', 'echo a.b.c\x1bF.rXT.rY', 'a.YXc'],
    ['dw and p', 'echo one two\x1bbbdwAX\x1bp', 'twoXone'],
    ['cw stops at the word', 'echo one two\x1bbbcwONE', 'ONE two'],
    ['c with counts', 'echo a b c d\x1b0wc3wX', 'X d'],
    ['2d2w', 'echo a b c d e\x1b0w2d2w', 'e'],
    ['d$ D C S', 'echo abc junk\x1bbhDa X\x1bhCY', 'abcY'],
    ['dd and P', 'echo a\x1bddiecho b\x1bA; \x1bp', 'b\r\na'],
    ['yw and P', 'echo ab\x1bbyw$p', 'abab'],
    ['x X and counts', 'echo abcdef\x1b2hX2xaZ', 'abfZ'],
    ['r with a count', 'echo abcd\x1b2h2rx', 'axxd'],
    ['R', 'echo abcd\x1b3hRxy\x1bAz', 'xycdz'],
    ['~', 'echo aBc\x1bb3~', 'AbC'],
    ['.', 'echo a b c\x1b0wcwX\x1bw.w.', 'X X X'],
    ['. with a count', 'echo abcdef\x1b0wx2.', 'def'],
    ['u', 'echo abc\x1bxxu', 'ab'],
    ['U', 'true\r\x1bkccecho \x1bxxUIecho ', 'true'],
    ['characters of several bytes', 'echo äöü\x1bhrßxaé', 'äüé'],
    ['cursor keys stay in insert mode', 'echo ac\x1b[Db\x1b[Cd\x1bOHx\x7f', 'abcd'],
    ['cursor keys in command mode', 'echo abc\x1b\x1b[D\x1b[Dx', 'bc'],
    ['erase, ^W and ^V', 'echo ax\x7fb junk\x17\x16\x1b[', 'ab \x1b['],
    ['@', "alias _x='rXlrY'\recho abc\x1bhh@x", 'XYc'],
    ['unknown commands', 'echo a\x1bgqZb', 'a'],
  ])('%s', async (_name, keys, expected) => {
    await startVi();
    const lines = keys.split('\r');
    for (const line of lines.slice(0, -1)) await output(line);
    expect(await output(lines.at(-1) ?? '')).toBe(`${expected}\r\n`);
  });

  it('goes through the history: k j G / ? n N _', async () => {
    await startVi();
    for (const word of ['one', 'two', 'three']) await output(`echo ${word} x`);
    expect(await output('\x1bkk')).toBe('two x\r\n');
    expect(await output('\x1bkkkjj')).toBe('two x\r\n');
    expect(await output('\x1b/o?e\r')).toBe('one x\r\n');
    expect(await output('\x1b/^echo t\rn')).toBe('three x\r\n');
    expect(await output('\x1b2GA y')).toBe('one x y\r\n');
    expect(await output('echo\x1b_')).toBe('y\r\n');
    expect(await output('echo a b\x1b2_')).toBe('a b y\r\n');
  });

  it('expands words: the backslash, = and *; # makes a comment', async () => {
    await startVi();
    expect(await output('echo /etc/hostn\x1b\\.')).toBe('/etc/hostname .\r\n');
    expect(await output('echo /etc/host[ns]*\x1b*')).toMatch(/^\/etc\/hostname \/etc\/hosts/);
    await terminal.type('echo /etc/hostn\x1b=', /\r\n\/etc\/hostname\r\n[^]*hostn/);
    expect(await terminal.type('#', PROMPT)).toContain('#echo /etc/hostn');
    expect(await output('\x1bkx')).toMatch(/hostn\r\n$/);
  });

  it('lets an editor change the line', async () => {
    await startVi();
    await output('VISUAL="sed -i s/word/edited/"');
    expect(await terminal.type('echo word\x1bv', PROMPT)).toMatch(/\r\necho edited\r\nedited\r\n/);
    expect(await output('\x1bk')).toBe('edited\r\n');
    expect(await terminal.type('\x1b4v', PROMPT)).toMatch(/\r\necho edited\r\nedited\r\n/);
  });

  it('ends and drops lines as always, and set +o vi brings the other keys back', async () => {
    await startVi();
    await terminal.type('echo never\x1b\x03', /\^C\r\nbreenix:\/# $/);
    await output('set +o vi');
    expect(await output('cho b\x01e\x05c')).toBe('bc\r\n');
    await output('set -o vi');
    await terminal.type('\x04', /exit/);
    await terminal.exited();
  });
});

describe('jobs', () => {
  it('^C ends a program and leaves the shell', async () => {
    await start();
    await terminal.type('sleep 100\r', /sleep 100\r\n/);
    await terminal.inForeground('sleep');
    await terminal.type('\x03', PROMPT);
    expect(await output('echo $?')).toBe('130\r\n');
  });

  it('^C ends a loop of programs', async () => {
    await start();
    await terminal.type('while true; do sleep 1; done\r', /done\r\n/);
    await terminal.inForeground('sleep');
    await terminal.type('\x03', PROMPT);
  });

  it.each([
    ['while :; do :; done', false],
    ['sleep 50 & wait', true],
    ['read x', true],
    ['sleep 50 & while wait; do :; done', true],
  ])('^C ends %s in the shell itself', async (command, waits) => {
    await start();
    await terminal.type(`echo be"gins"; ${command}\r`, /\r\nbegins\r\n/);
    if (waits) await terminal.waits();
    await terminal.type('\x03', PROMPT);
    expect(await output('echo alive')).toContain('alive\r\n');
    await terminal.type('kill $!\r', PROMPT);
  });

  it('^Z stops a program, fg and bg go on with it', async () => {
    await start();
    await terminal.type('sleep 100\r', /sleep 100\r\n/);
    await terminal.inForeground('sleep');
    expect(await terminal.type('\x1a', PROMPT)).toMatch(/\[1\]\+ {2}Stopped {4}sleep 100/);
    expect(await output('bg')).toMatch(/\[1\] sleep 100 &/);
    expect(await output('jobs')).toMatch(/\[1\]\+ {2}Running/);
    await terminal.type('fg\r', /sleep 100\r\n/);
    await terminal.inForeground('sleep');
    await terminal.type('\x03', PROMPT);
    expect(await output('jobs')).toBe('');
  });

  it('tells when a background job has ended', async () => {
    await start();
    // When the job ends is the host's affair, perhaps before this prompt; that a prompt tells of it is the shell's.
    let told = await output('sh -c "exit 3" &');
    expect(told).toMatch(/\[1\] \d+/);
    for (let tries = 0; tries < 50 && !told.includes('Done'); tries++) {
      told += await output('sleep 0.1; echo next');
    }
    expect(told).toMatch(/\r\n\[1\]\+ {2}Done\(3\)/);
  });

  it('gives programs the terminal in its usual mode', async () => {
    await start();
    await terminal.type('cat\r', /cat\r\n/);
    await terminal.inForeground('cat');
    await terminal.type('typed\r', /typed\r\ntyped\r\n/);
    await terminal.type('\x04', PROMPT);
  });

  it('names what killed a program', async () => {
    await start();
    expect(await output('sh -c "kill -SEGV \\$\\$"')).toContain('Segmentation fault');
  });
});
