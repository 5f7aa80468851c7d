/** The shell's language, on Linux: `sh -c`, scripts, and lines on standard input. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost, run } from '../testing/on-host.ts';
import { SHELL_CASES } from '../testing/shell-cases.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'breenix-sh-'));
const sh = (command: string, ...args: string[]) =>
  run('bin/sh', ['-c', command, 'sh', ...args], { cwd: folder });

beforeAll(buildForHost, BUILD_TIMEOUT_MS);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the language, case by case', () => {
  const fields = SHELL_CASES.slice(1).split('\n¦\n');
  const cases = fields
    .map((script, i) => ({ script, stdout: fields[i + 1] ?? '', status: Number(fields[i + 2]) }))
    .filter((_, i) => i % 3 === 0 && i + 2 < fields.length);

  it.each(cases)('$script', ({ script, stdout, status }) => {
    const own = mkdtempSync(path.join(folder, 'case-'));
    const outcome = run('bin/sh', ['-c', script], { cwd: own });
    expect({ stdout: outcome.stdout, status: outcome.status }).toEqual({ stdout, status });
  });
});

describe('words', () => {
  it.each([
    [`echo a  b "c  d" 'e  f'`, 'a b c  d e  f\n'],
    [String.raw`echo \a\ \ b "\$HOME" "\\" '\'`, 'a  b $HOME \\ \\\n'],
    ['echo "it\'s" \'"\' a"b"\'c\'d', 'it\'s " abcd\n'],
    ['X=5; echo $X ${X}y "$X" \'$X\' $Xy.', '5 5y 5 $X .\n'],
    [
      'echo ${Y:-def} ${Y-d} "${Y:+alt}" ${#Y}; Y=abc; echo ${Y:-def} ${Y:+alt} ${#Y}',
      'def d  0\nabc alt 3\n',
    ],
    ['echo ${Z:=new} $Z', 'new new\n'],
    ['X="a  b"; echo $X "$X"', 'a b a  b\n'],
    ['E=; echo [$E] ["$E"] $E""x; for i in $E "$E"; do echo "<$i>"; done', '[] [] x\n<>\n'],
    ['true; echo $?; false; echo $?', '0\n1\n'],
    ['echo $# $1 "$2"; for i in "$@"; do echo "[$i]"; done; shift; echo $1', '2 a b c\n[a]\n[b c]\nb c\n'],
    ['echo ~ ~/x "~" a~', '/ //x ~ a~\n'],
    ['echo a#b # comment', 'a#b\n'],
    ['echo a\\\nb', 'ab\n'],
    ['A=1 B=2; echo $A$B', '12\n'],
    ['A=x /bin/sh -c "echo \\$A"; echo [$A]', 'x\n[]\n'],
  ])('%s', (command, output) => {
    expect(sh(command, 'a', 'b c').stdout).toBe(output);
  });

  it('expands names of files, sorted, and leaves a pattern that matches nothing', () => {
    for (const name of ['b.txt', 'a.txt', '.hidden', 'c.md']) writeFileSync(path.join(folder, name), '');
    expect(sh('echo *.txt ?.md [ab].txt [!a].txt "*" \\* *.none ./*.md').stdout).toBe(
      'a.txt b.txt c.md a.txt b.txt b.txt * * *.none ./c.md\n',
    );
  });

  it('fails on a missing parameter with a message', () => {
    const { status, stderr, stdout } = sh('echo ${NONE:?is needed}; echo next');
    expect(stderr).toBe('sh: 1: NONE: is needed\n');
    expect([status, stdout]).toEqual([2, '']);
  });
});

describe('commands', () => {
  it.each([
    ['true && echo yes || echo no', 'yes\n'],
    ['false && echo yes || echo no', 'no\n'],
    ['! true; echo $?; ! false; echo $?', '1\n0\n'],
    ['echo a; echo b', 'a\nb\n'],
    ['echo a | cat | cat', 'a\n'],
    ['false | true; echo $?; true | false; echo $?', '0\n1\n'],
    ['(cd /; X=1; pwd); echo [$X]', '/\n[]\n'],
    ['{ X=1; echo g; }; echo [$X]', 'g\n[1]\n'],
    ['if false; then echo a; elif true; then echo b; else echo c; fi', 'b\n'],
    ['if false; then echo a; else echo c; fi; if false; then :; fi; echo $?', 'c\n0\n'],
    ['for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done', '1\n3\n'],
    ['for i in 1 2 3; do for j in a b; do [ $i = 2 ] && break 2; echo $i$j; done; done', '1a\n1b\n'],
    ['while read a b; do echo "$b-$a"; done < in', 'y z-x\n2-1\n'],
    ['until true; do echo never; done; echo $?', '0\n'],
    ['eval "echo a; X=3"; echo $X', 'a\n3\n'],
    ['set -- p q; echo $# $2', '2 q\n'],
    ['export V=1; env | cat | cat > out; unset V; echo [$V]', '[]\n'],
    ['sleep 5 & kill $!; wait $!; echo $?', '143\n'],
    ['sh -c "exit 7" & wait $!; echo $?', '7\n'],
    ['cd /usr/bin; cd ..; pwd; cd - ; cd; pwd', '/usr\n/usr/bin\n/\n'],
    ['exec echo replaced; echo not', 'replaced\n'],
    ['printf_not_there 2>/dev/null; echo $?', '127\n'],
  ])('%s', (command, output) => {
    writeFileSync(path.join(folder, 'in'), 'x y z\n1 2\n');
    expect(sh(command).stdout).toBe(output);
  });

  it('tells the parent’s jobs in a subshell, which may signal them but not wait for them', () => {
    const script = [
      'sleep 60 & jobs | cat; (jobs); echo "$(jobs)"',
      '(kill %1) && wait %1; echo $?',
      'sleep 60 & (wait %1) 2>/dev/null; echo $?; (wait $!); echo $?; (wait); echo $?',
      '(sleep 60 & jobs; kill $!)',
      'kill %1; wait; true & p=$!; while kill -0 $p 2>/dev/null && [ -z "$(jobs | grep Done)" ]; do :; done; jobs | cat',
    ];
    const running = '[1]+  Running    sleep 60\n';
    expect(sh(script.join('\n')).stdout).toBe(
      `${running.repeat(3)}143\n127\n127\n0\n${running}[1]+  Done    true\n`,
    );
  });

  it('tells the traps from before a subshell until it sets one', () => {
    const script = `trap 'echo "bye"' EXIT; trap 'it' HUP; trap '' QUIT
      a=$(trap); echo "$a"; (trap 'x' TERM; trap); trap - HUP; trap | cat; eval "$a"; trap -p; (trap); exit 0`;
    const all = "trap -- 'echo \"bye\"' EXIT\ntrap -- it HUP\ntrap -- '' QUIT\n";
    const without = "trap -- 'echo \"bye\"' EXIT\ntrap -- '' QUIT\n";
    const bare = sh(script).stdout.replaceAll(/ '(it|x)' /g, ' $1 ');
    expect(bare).toBe(`${all}trap -- '' QUIT\ntrap -- x TERM\n${without}${all}${all}bye\n`);
  });

  it.each([
    ['a builtin', 'time true', 0],
    ['a group', 'time { sleep 0.1; false; }', 1],
    ['a pipeline', 'time -p sleep 0.1 | false', 1],
    ['a loop', 'time for i in 1 2; do sleep 0.1; done', 0],
    ['the opposite', 'time ! sleep 0.1', 1],
    ['nothing', 'time', 0],
  ])('times %s', (_name, command, status) => {
    const outcome = sh(command);
    expect(outcome.stderr).toMatch(/^real \d+\.\d\d\nuser \d+\.\d\d\nsys \d+\.\d\d\n$/);
    expect(outcome.status).toBe(status);
    expect(Number(/real (.*)/.exec(outcome.stderr)?.[1])).toBeGreaterThanOrEqual(
      command.includes('sleep') ? 0.1 : 0,
    );
  });

  it('leaves time alone as a word, a name and the program of other options', () => {
    expect(sh('echo time; case time in time) echo c;; esac; type time').stdout).toBe(
      'time\nc\ntime is a shell keyword\n',
    );
    expect(sh('time --help | head -n 1').stdout).toMatch(/^usage: time /);
    expect(sh('X=1 time true').stderr).toMatch(/^real /);
  });

  it.each([
    ['case a in a) echo 1;& b) echo 2;; c) echo 3;; esac', '1\n2\n'],
    ['case b in a) echo 1;& b) ;& c) echo 3;& esac; echo $?', '3\n0\n'],
    ['for i in 1 2; do case a in a) continue;& b) echo no;; esac; done; echo $?', '0\n'],
    [
      String.raw`printf %s $'a\tb\'\"\\\x41\101\e[m\cA\c\\' | od -An -tx1`,
      ' 61 09 62 27 22 5c 41 41 1b 5b 6d 01 1c\n',
    ],
    [String.raw`x=$'two\nlines'; echo "$x" "$'no'"; echo $'*' $''$'' | wc -c`, "two\nlines $'no'\n3\n"],
    [String.raw`echo "${'$'}{y-$'q'}" $'\q'`, "$'q' \\q\n"],
    ['printf "a b:c" | { read -d : x y; echo "$x,$y,$?"; read -d : z; echo "$z,$?"; }', 'a,b,0\nc,1\n'],
    [String.raw`printf 'a\nb\0c\0' | while IFS= read -r -d '' x; do echo "[$x]"; done`, '[a\nb]\n[c]\n'],
  ])('knows what POSIX.1-2024 added: %s', (command, output) => {
    expect(sh(command).stdout).toBe(output);
  });

  it('redirects', () => {
    sh('echo one > f; echo two >> f; cat < f > g; echo err >&2 2> h; ls /none 2> h; { echo a; echo b; } > k');
    const text = (name: string) => readFileSync(path.join(folder, name), 'utf8');
    expect([text('f'), text('g'), text('k')]).toEqual(['one\ntwo\n', 'one\ntwo\n', 'a\nb\n']);
    expect(text('h')).toContain('/none');
    expect(sh('ls /none > both 2>&1; cat both').stdout).toContain('/none');
    expect(sh(': >&-').status).toBe(0);
  });

  it('runs scripts, also through the ENOEXEC of a file without #!', () => {
    writeFileSync(path.join(folder, 'script'), 'echo "$0: $1"\nexit 3\n', { mode: 0o755 });
    expect(run('bin/sh', ['script', 'arg'], { cwd: folder })).toMatchObject({
      status: 3,
      stdout: 'script: arg\n',
    });
    expect(sh('./script x; echo $?').stdout).toBe('./script: x\n3\n');
  });

  it('reads standard input line by line and leaves the rest to its programs', () => {
    const input = 'read x\nhello\necho got $x\ncat\nrest\n';
    expect(run('bin/sh', [], { input }).stdout).toBe('got hello\nrest\n');
  });

  it('takes commands that span lines', () => {
    const input = 'for i in 1 2\ndo\necho $i\ndone\necho "a\nb"\ntrue &&\necho c\n';
    expect(run('bin/sh', [], { input }).stdout).toBe('1\n2\na\nb\nc\n');
  });

  it('does not leak memory in a loop', () => {
    const command =
      'i=0; for a in 1 2 3 4 5 6 7 8 9 0; do for b in 1 2 3 4 5 6 7 8 9 0; do X="$a$b"; : $X *; done; done; echo ok';
    expect(sh(command).stdout).toBe('ok\n');
  });
});

describe('errors', () => {
  it.each([
    ['nosuch', 127, 'sh: 1: nosuch: not found\n'],
    ['/no/such', 127, 'sh: 1: /no/such: No such file or directory\n'],
    ['/etc', 126, 'sh: 1: /etc: Permission denied\n'],
    ['/etc/passwd', 126, 'sh: 1: /etc/passwd: Permission denied\n'],
    ['cat < /none', 1, 'sh: 1: cannot open /none: No such file or directory\n'],
    ['echo x > /none/y', 1, 'sh: 1: cannot create /none/y: No such file or directory\n'],
    ['echo x > /proc/version', 1, 'sh: /proc/version: Permission denied\n'],
    ['cd /none', 1, 'sh: 1: cd: /none: No such file or directory\n'],
    ['echo "open', 2, 'sh: 1: unterminated quoted string\n'],
    ['if true; then', 2, 'sh: 1: syntax error: unexpected end of file\n'],
    ['echo )', 2, 'sh: 1: syntax error: unexpected ")"\n'],
    ['; echo', 2, 'sh: 1: syntax error: unexpected ";"\n'],
    ['a | | b', 2, 'sh: 1: syntax error: unexpected "|"\n'],
    ['echo ${', 2, 'sh: 1: missing "}"\n'],
    ['echo ${a b}', 2, 'sh: 1: bad substitution\n'],
    ['exit 300', 44, ''],
    ['exit x', 2, 'sh: 1: exit: Illegal number: x\n'],
    ['kill -KILL $$', 137, ''],
    ['sh -c "kill -SEGV \\$\\$"; exit $?', 139, 'Segmentation fault\n'],
    ['set -q', 2, 'sh: 1: set: Illegal option -q\n'],
    ['echo x >&9', 1, 'sh: 1: 9: Bad file descriptor\n'],
  ])('%s', (command, status, stderr) => {
    // `kill -KILL $$` must not reach this test through a shell of the same process group.
    const outcome = sh(command);
    if (process.getuid?.() === 0 && command.includes('/proc/version')) {
      expect(outcome.status).toBe(1);
      return;
    }
    expect([outcome.status, outcome.stderr]).toEqual([status, stderr]);
  });

  it('refuses a corrupt program', () => {
    writeFileSync(path.join(folder, 'bad'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0]), {
      mode: 0o755,
    });
    expect(sh('./bad')).toMatchObject({ status: 126, stderr: 'sh: 1: ./bad: Exec format error\n' });
  });

  it('names options it does not know', () => {
    expect(run('bin/sh', ['-Z'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("invalid option -- 'Z'"),
    });
    expect(run('bin/sh', ['/none'])).toMatchObject({
      status: 127,
      stderr: 'sh: 0: cannot open /none: No such file or directory\n',
    });
    expect(run('bin/sh', ['-c'])).toMatchObject({ status: 2 });
    expect(run('bin/sh', ['--help']).stdout).toMatch(/^usage: sh/);
  });
});
