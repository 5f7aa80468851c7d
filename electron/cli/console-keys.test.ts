import { describe, expect, it } from 'vitest';
import { consoleCommands, keyHelp, readTyped } from './console-keys.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const text = (sent: Uint8Array): string => Buffer.from(sent).toString('latin1');

describe('readTyped', () => {
  it('passes everything but the escape', () => {
    const result = readTyped(bytes('ls\x03\x1b[A\r'), false);
    expect([text(result.send), result.armed, result.command]).toEqual(['ls\x03\x1b[A\r', false, null]);
  });

  it('stops at a command in either case, and gives back what follows', () => {
    const result = readTyped(bytes('ab\x01xcd'), false);
    expect([text(result.send), result.command, text(result.rest)]).toEqual(['ab', 'quit', 'cd']);
    expect(readTyped(bytes('X'), true)).toMatchObject({ command: 'quit', armed: false });
  });

  it('sends Ctrl-A for Ctrl-A a and for Ctrl-A Ctrl-A, and drops other keys after it', () => {
    expect(text(readTyped(bytes('\x01a\x01\x01\x01qb'), false).send)).toBe('\x01\x01b');
  });

  it.each([
    ['h', 'help'],
    ['b', 'break'],
    ['c', 'disc'],
    ['e', 'eject'],
    ['p', 'powerButton'],
    ['z', 'sleepButton'],
    ['r', 'reset'],
    ['s', 'save'],
  ])('Ctrl-A %s is %s', (key, command) => {
    expect(readTyped(bytes(`\x01${key}`), false).command).toBe(command);
  });

  it('remembers an escape that ends the chunk', () => {
    expect(readTyped(bytes('a\x01'), false)).toMatchObject({ armed: true, command: null });
  });
});

it('lists the keys of what there is, and how to send the escape itself', () => {
  expect(keyHelp(['quit']).split('\n')).toEqual([
    '  Ctrl-A X       end the machine',
    '  Ctrl-A Ctrl-A  send a Ctrl-A',
  ]);
  expect(keyHelp(consoleCommands).split('\n')).toHaveLength(consoleCommands.length + 1);
});
