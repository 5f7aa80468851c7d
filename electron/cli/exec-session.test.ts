import { describe, expect, it } from 'vitest';
import { ExecSession } from './exec-session.ts';

interface Run {
  readonly session: ExecSession;
  readonly typed: string[];
  readonly output: string[];
  readonly statuses: number[];
}

function start(command: string): Run {
  const typed: string[] = [];
  const output: string[] = [];
  const statuses: number[] = [];
  const session = new ExecSession(command, 'n1', {
    type: (text) => typed.push(text),
    output: (text) => output.push(text),
    finished: (status) => statuses.push(status),
  });
  return { session, typed, output, statuses };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('ExecSession', () => {
  it('types nothing before the prompt stands at the beginning of a line', () => {
    const run = start('ls');
    run.session.receive(bytes('[0.1] log says breenix:/# is the prompt\r\nbreenix:/'));
    expect(run.typed).toEqual([]);
    run.session.receive(bytes('# '));
    expect(run.typed).toEqual([`echo "BEG"IN-n1; sh -c 'ls'; echo "EN"D-n1:$?:\r`]);
  });

  it('sees a prompt that a line of the log has run into', () => {
    const run = start('ls');
    run.session.receive(bytes('\r\nbreenix:/# [    7.2] ata: sda: slow\r\n'));
    expect(run.typed).toHaveLength(1);
  });

  it('sees a prompt through the control sequences of a line editor', () => {
    const run = start('ls');
    run.session.receive(bytes('\r\n\x1b[K\x1b[1mbreenix:/home# \x1b[0m\x1b[?2004h'));
    expect(run.typed).toHaveLength(1);
  });

  it('gives back the output and the status, not the echo of what was typed', () => {
    const run = start('ls /bin');
    run.session.receive(bytes('\nbreenix:/# '));
    run.session.receive(bytes(`${run.typed[0] ?? ''}\n`));
    run.session.receive(bytes('BEGIN-n1\r\ncat\r\nls\r\nEND-n1:3:\r\nbreenix:/# '));
    expect(run.output.join('')).toBe('cat\nls\n');
    expect(run.statuses).toEqual([3]);
  });

  it('works byte by byte, and with output that ends without a newline', () => {
    const run = start('echo -n hi');
    for (const byte of bytes('\nbreenix:/# BEGIN-n1\r\nhi END-n END-n1:127:\r\n')) {
      run.session.receive(Uint8Array.of(byte));
    }
    expect(run.output.join('')).toBe('hi END-n ');
    expect(run.statuses).toEqual([127]);
  });

  it('passes every byte value through', () => {
    const run = start('x');
    run.session.receive(bytes('breenix:/# '));
    run.session.receive(bytes('BEGIN-n1\r\n'));
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, index) => index));
    run.session.receive(bytes(`${all}END-n1:0:`));
    expect(run.output.join('')).toBe(all);
  });

  it('hands on output while the command still runs', () => {
    const run = start('x');
    run.session.receive(bytes('breenix:/# '));
    run.session.receive(bytes(`BEGIN-n1\r\n${'y'.repeat(100)}`));
    expect(run.output.join('').length).toBeGreaterThan(80);
    expect(run.statuses).toEqual([]);
  });

  it('quotes the command for the shell, and keeps UTF-8', () => {
    const run = start("echo 'ä' # x");
    run.session.receive(bytes('breenix:/# '));
    expect(run.typed[0]).toContain(`sh -c 'echo '\\''\xc3\xa4'\\'' # x'; echo`);
  });

  it('ignores what comes after the end', () => {
    const run = start('x');
    run.session.receive(bytes('breenix:/# '));
    run.session.receive(bytes('BEGIN-n1\r\nEND-n1:0:\r\nbreenix:/# END-n1:1:'));
    expect(run.statuses).toEqual([0]);
  });

  it('passes on the last bytes of a guest that went away', () => {
    const run = start('x');
    run.session.receive(bytes('breenix:/# '));
    run.session.receive(bytes('BEGIN-n1\r\nKERNEL PANIC: no\r\n'));
    run.session.end();
    run.session.receive(bytes('more'));
    expect(run.output.join('')).toBe('KERNEL PANIC: no\n');
    expect(run.statuses).toEqual([]);
  });

  it('refuses a command of several lines', () => {
    expect(() => start('a\nb')).toThrow(/one line/);
  });
});
