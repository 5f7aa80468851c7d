import { describe, expect, it } from 'vitest';
import { filterEscape } from './terminal.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const text = (sent: Uint8Array): string => Buffer.from(sent).toString('latin1');

describe('filterEscape', () => {
  it('passes everything but the escape', () => {
    const result = filterEscape(bytes('ls\x03\x1b[A\r'), false);
    expect([text(result.send), result.armed, result.quit]).toEqual(['ls\x03\x1b[A\r', false, false]);
  });

  it('quits on Ctrl-A x in either case, and drops what follows', () => {
    const result = filterEscape(bytes('ab\x01xcd'), false);
    expect([result.quit, text(result.send)]).toEqual([true, 'ab']);
    expect(filterEscape(bytes('X'), true)).toMatchObject({ quit: true });
  });

  it('sends Ctrl-A for Ctrl-A a and for Ctrl-A Ctrl-A, and swallows other keys after it', () => {
    expect(text(filterEscape(bytes('\x01a\x01\x01\x01zb'), false).send)).toBe('\x01\x01b');
  });

  it('saves on Ctrl-A s, and goes on', () => {
    const result = filterEscape(bytes('a\x01sb'), false);
    expect([result.save, result.quit, text(result.send)]).toEqual([true, false, 'ab']);
  });

  it('sends a break on Ctrl-A b, and goes on', () => {
    const result = filterEscape(bytes('a\x01bb'), false);
    expect([result.sendBreak, result.quit, text(result.send)]).toEqual([true, false, 'ab']);
  });

  it('remembers an escape that ends the chunk', () => {
    expect(filterEscape(bytes('a\x01'), false)).toMatchObject({ armed: true, quit: false });
  });
});
