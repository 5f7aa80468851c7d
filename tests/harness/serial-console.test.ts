import { describe, expect, it } from 'vitest';
import { GuestTimeoutError, SerialConsole } from './serial-console.ts';

/** A guest that answers what is typed, as a shell with echo does. */
function fakeShell(answer: (typed: string) => string): SerialConsole {
  const console: SerialConsole = new SerialConsole((bytes) => {
    const typed = Buffer.from(bytes).toString();
    queueMicrotask(() => {
      console.receive(Buffer.from(typed.replace('\r', '\r\n') + answer(typed)));
    });
  });
  return console;
}

const shell = (output: string, status: number) => (typed: string) => {
  const nonce = /IN-(\w+)/.exec(typed)?.[1] ?? '';
  return `BEGIN-${nonce}\r\n${output}END-${nonce}:${status}:\r\nbreenix:/# `;
};

describe('SerialConsole', () => {
  it('runs commands one after the other', async () => {
    const console = fakeShell(shell('hi\r\n', 4));
    console.receive(Buffer.from('boot\r\nbreenix:/# '));
    expect(await console.run('x', 1000)).toEqual({ status: 4, output: 'hi\n' });
    expect(await console.run('y', 1000)).toEqual({ status: 4, output: 'hi\n' });
  });

  it('finds text that came before and after the wait began, each once', async () => {
    const console = new SerialConsole(() => undefined);
    console.receive(Buffer.from('one two'));
    expect((await console.waitFor(/t(w)o/, 100))[1]).toBe('w');
    const later = console.waitFor(/two/, 1000);
    console.receive(Buffer.from(' two'));
    await later;
  });

  it('says what the guest said last when the time is up', async () => {
    const console = new SerialConsole(() => undefined);
    console.receive(Buffer.from('KERNEL PANIC: no'));
    await expect(console.waitFor(/prompt/, 10)).rejects.toThrow(/within 10 ms[^]*KERNEL PANIC: no/);
    await expect(console.run('ls', 10)).rejects.toBeInstanceOf(GuestTimeoutError);
  });

  it('fails at once when the guest is gone', async () => {
    const console = new SerialConsole(() => undefined);
    const waiting = console.waitFor(/x/, 60_000);
    console.end('it was killed');
    await expect(waiting).rejects.toThrow(/it was killed/);
    await expect(console.waitFor(/x/, 60_000)).rejects.toThrow(/it was killed/);
  });
});
