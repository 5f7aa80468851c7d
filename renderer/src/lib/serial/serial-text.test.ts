import { describe, expect, test } from 'vitest';
import { SerialStream } from './serial-stream.ts';
import { findText } from './terminal-search.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const shown = (pieces: ReturnType<SerialStream['receive']>): string =>
  pieces
    .map((piece) =>
      piece.kind === 'data'
        ? new TextDecoder().decode(piece.data)
        : piece.kind === 'gap'
          ? `[${piece.bytes} lost]`
          : '[on]',
    )
    .join('');

test('every byte is shown once over reconnections, gaps and power-ons are told', () => {
  const stream = new SerialStream();
  const receive = (session: string, offset: number, text: string): string =>
    shown(stream.receive({ session, offset, data: bytes(text) }));
  expect(receive('a', 0, 'hello ')).toBe('[on]hello ');
  expect(receive('a', 6, 'world')).toBe('world');
  expect(receive('a', 0, 'hello world, again')).toBe(', again');
  expect(receive('a', 0, 'hello')).toBe('');
  expect(receive('a', 100, 'later')).toBe('[82 lost]later');
  expect(receive('b', 0, 'new')).toBe('[on]new');
});

describe('search', () => {
  const text = ['one two one', 'nothing', 'ONE more', 'end'];
  const lines = { count: text.length, line: (index: number) => text[index] ?? '' };

  test('goes backwards from the end and around', () => {
    let at = { line: 3, column: 99 };
    const seen: string[] = [];
    for (let step = 0; step < 4; step++) {
      const match = findText(lines, 'one', at, 'previous');
      if (match === null) throw new Error('not found');
      at = match;
      seen.push(`${match.line}:${match.column}`);
    }
    expect(seen).toEqual(['2:0', '0:8', '0:0', '2:0']);
  });

  test('goes forwards and around', () => {
    expect(findText(lines, 'one', { line: 0, column: 0 }, 'next')).toEqual({ line: 0, column: 8 });
    expect(findText(lines, 'one', { line: 2, column: 0 }, 'next')).toEqual({ line: 0, column: 0 });
  });

  test('finds the only match again, and nothing where there is nothing', () => {
    expect(findText(lines, 'more', { line: 2, column: 4 }, 'next')).toEqual({ line: 2, column: 4 });
    expect(findText(lines, 'absent', { line: 0, column: 0 }, 'next')).toBeNull();
    expect(findText(lines, '', { line: 0, column: 0 }, 'next')).toBeNull();
  });
});
