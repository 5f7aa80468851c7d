import { beforeEach, describe, expect, it } from 'vitest';
import {
  compileKernel,
  instantiateKernel,
  standardDoubles,
  type KernelModule,
} from '../../testing/compile.ts';

const wasm = await compileKernel({
  entries: ['drivers/console/console.fixture.ts', 'mm/kmalloc.ts'],
  replace: standardDoubles,
});

const COLUMNS = 20;
const ROWS = 5;
const DEFAULT = 256;
const REPLACEMENT = '\ufffd';

describe('console terminal', () => {
  let kernel: KernelModule;
  let replies: string;

  beforeEach(async () => {
    replies = '';
    kernel = await instantiateKernel(wasm, {
      'console.fixture': {
        replied: (bytes: number, count: number) => {
          replies += kernel.text(bytes, count);
        },
      },
    });
    kernel.fn('setUp')(COLUMNS, ROWS);
  });

  const write = (text: string | Uint8Array): void => {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    kernel.fn('write')(kernel.put(bytes), bytes.length);
  };
  const text = (at: string, row: number): string =>
    Array.from({ length: COLUMNS }, (_, c) => String.fromCodePoint(kernel.fn(at)(row, c)))
      .join('')
      .trimEnd();
  const line = (row: number): string => text('codeAt', row);
  const lines = (): string[] => Array.from({ length: ROWS }, (_, row) => line(row));
  const cursor = (): [number, number] => [kernel.fn('cursorRow')(), kernel.fn('cursorColumn')()];
  const colour = (row: number, column: number): [number, number] => [
    kernel.fn('foregroundAt')(row, column),
    kernel.fn('backgroundAt')(row, column),
  ];

  it('writes, wraps only when more comes, and scrolls', () => {
    write('one\r\ntwo\r\n' + 'x'.repeat(COLUMNS));
    expect(cursor()).toEqual([2, COLUMNS - 1]);
    write('y\r\n4\r\n5\r\n6');
    expect(lines()).toEqual(['x'.repeat(COLUMNS), 'y', '4', '5', '6']);
    for (let i = 0; i < 23; i++) write(`\r\nline ${i}`);
    expect(lines()).toEqual(['line 18', 'line 19', 'line 20', 'line 21', 'line 22']);
  });

  it('moves the cursor and keeps it on the screen', () => {
    write('\x1b[3;5Hx\x1b[99;99H');
    expect(cursor()).toEqual([4, 19]);
    write('\x1b[2A\x1b[3D');
    expect(cursor()).toEqual([2, 16]);
    write('\x1b[99A\x1b[99D');
    expect(cursor()).toEqual([0, 0]);
    write('\x1b[2B\x1b[4C');
    expect(cursor()).toEqual([2, 4]);
    expect(line(2)).toBe('    x');
    write('\x1b[10G\b\t');
    expect(cursor()).toEqual([2, 16]);
    write('\x1b[d');
    expect(cursor()).toEqual([0, 16]);
    write('\x1b7\x1b[3;3H\x1b8');
    expect(cursor()).toEqual([0, 16]);
  });

  it('erases', () => {
    const fill = (): void => {
      write('\x1b[H' + Array.from({ length: ROWS }, () => 'abcdefghij').join('\r\n') + '\x1b[3;5H');
    };
    fill();
    write('\x1b[K');
    expect(line(2)).toBe('abcd');
    fill();
    write('\x1b[1K');
    expect(line(2)).toBe('     fghij');
    fill();
    write('\x1b[2K');
    expect(line(2)).toBe('');
    fill();
    write('\x1b[J');
    expect(lines()).toEqual(['abcdefghij', 'abcdefghij', 'abcd', '', '']);
    fill();
    write('\x1b[1J');
    expect(lines()).toEqual(['', '', '     fghij', 'abcdefghij', 'abcdefghij']);
    fill();
    write('\x1b[2J');
    expect(lines()).toEqual(['', '', '', '', '']);
    expect(cursor()).toEqual([2, 4]);
  });

  it('inserts and deletes characters and lines', () => {
    write('abcdef\x1b[3G\x1b[2@');
    expect(line(0)).toBe('ab  cdef');
    write('\x1b[3P');
    expect(line(0)).toBe('abdef');
    write('\x1b[X');
    expect(line(0)).toBe('ab ef');
    write('\x1b[H1\r\n2\r\n3\r\n4\r\n5\x1b[2;1H\x1b[L');
    expect(lines()).toEqual(['1b ef', '', '2', '3', '4']);
    write('\x1b[2M');
    expect(lines()).toEqual(['1b ef', '3', '4', '', '']);
    write('\x1b[4h\x1b[1;1HX\x1b[4l');
    expect(line(0)).toBe('X1b ef');
  });

  it('scrolls within a region', () => {
    write('1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[4;1H\n');
    expect(lines()).toEqual(['1', '3', '4', '', '5']);
    write('\x1b[2;1H\x1bM');
    expect(lines()).toEqual(['1', '', '3', '4', '5']);
    write('\x1b[S');
    expect(lines()).toEqual(['1', '3', '4', '', '5']);
    write('\x1b[9T');
    expect(lines()).toEqual(['1', '', '', '', '5']);
    write('\x1b[r\x1b[5;1H\n');
    expect(lines()).toEqual(['', '', '', '5', '']);
  });

  it('colours', () => {
    write('\x1b[31;44ma\x1b[1mb\x1b[7mc\x1b[0md\x1b[97;100me\x1b[39;49mf');
    expect(Array.from({ length: 6 }, (_, c) => colour(0, c))).toEqual([
      [1, 4],
      [1, 4],
      [1, 4],
      [DEFAULT, DEFAULT],
      [15, 8],
      [DEFAULT, DEFAULT],
    ]);
    expect(Array.from({ length: 4 }, (_, c) => kernel.fn('flagsAt')(0, c))).toEqual([0, 1, 33, 0]);
    write('\x1b[2;1H\x1b[38;5;196mr\x1b[38;2;0;0;255mb\x1b[48;5;2mg\x1b[38;5mx');
    expect(colour(1, 0)[0]).toBe(196);
    expect(colour(1, 1)[0]).toBe(0x801f);
    expect(colour(1, 2)).toEqual([0x801f, 2]);
  });

  it('draws UTF-8, and a mark for what it does not have or cannot be', () => {
    write('┌─┐│└┘├┼█░');
    expect(line(0)).toBe('┌─┐│└┘├┼█░');
    write('\r\nÄéßαΩЖя€');
    expect(line(1)).toBe('ÄéßαΩЖя€');
    write('\x1b[1;1H\x1b[J\r\n漢é\u0301x');
    expect(line(1)).toBe(`${REPLACEMENT} éx`);
    write('\r\n');
    write(Uint8Array.of(0x80, 0xc3, 0x41, 0xe2, 0x94, 0x0a, 0xc0, 0x80, 0xff, 0x42));
    expect(line(2)).toBe('\ufffd\ufffdA\ufffd');
  });

  it('answers where the cursor is and what it is', () => {
    write('\x1b[3;7H\x1b[6n\x1b[5n\x1b[c');
    expect(replies).toBe('\x1b[3;7R\x1b[0n\x1b[?6c');
  });

  it('swallows what it does not know, and begins anew at ESC and CAN', () => {
    write(
      'a\x1b]0;title\x07b\x1b]2;x\x1b\\c\x1b(Bd\x1b[>1;2ce\x1b[12\x18f\x1b[3\x1b[1Cg\x1b[?2004hh\x1bPq~\x1b\\i',
    );
    expect(line(0)).toBe('abcdef ghi');
    write('\x1b[?1h');
    expect(kernel.fn('applicationCursor')()).toBe(1);
    write('\x1bc');
    expect(lines()).toEqual(['', '', '', '', '']);
    expect(kernel.fn('applicationCursor')()).toBe(0);
  });

  it('survives any bytes on any screen', () => {
    let seed = 7;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    const pieces = ['\x1b[', ';', '?', '9999', '0', '\x1b', '\n', 'é', '\x1b[2;3r', '\x1b[?6h'];
    for (const [columns, rows] of [
      [1, 1],
      [2, 1],
      [1, 3],
      [240, 75],
      [80, 25],
    ] as const) {
      kernel.fn('setUp')(columns, rows);
      for (let i = 0; i < 3000; i++) {
        const text =
          random(2) === 0 ? (pieces[random(pieces.length)] ?? '') : String.fromCharCode(random(128));
        write(text + 'ABCDHJKLMPSTXfmrsu@`adehln'.charAt(random(40)));
        if (kernel.fn('cursorRow')() >= rows || kernel.fn('cursorColumn')() >= columns) {
          throw new Error(`the cursor left the screen after ${JSON.stringify(text)}`);
        }
      }
    }
  });

  it.each([4, 3, 2])('paints glyphs on %i bytes a pixel, and only what changed', (bytes) => {
    const pixels = kernel.fn('attachPixels')(bytes);
    const width = COLUMNS * 8;
    const pixel = (x: number, y: number): number => {
      const at = kernel.bytes(pixels + (y * width + x) * bytes, bytes);
      return at.reduce((sum, b, i) => sum + b * 256 ** i, 0);
    };
    write('\x1b[31mI\x1b[?25l');
    kernel.fn('paint')();
    const red = bytes === 2 ? (0xaa >> 3) << 11 : 0xaa0000;
    const column = Array.from({ length: 16 }, (_, y) => pixel(3, y) === red || pixel(4, y) === red);
    expect(column).toEqual([false, false, ...Array<boolean>(10).fill(true), false, false, false, false]);
    expect(pixel(0, 5)).toBe(0);
    kernel.bytes(pixels, width * 16 * bytes).fill(0x55);
    write('\x1b[1;1H\x1b[31mI');
    kernel.fn('paint')();
    expect(pixel(4, 5)).not.toBe(red); // the same cell is not drawn again
    write('\x1b[1;2HI');
    kernel.fn('paint')();
    expect(pixel(12, 5) === red || pixel(11, 5) === red).toBe(true);
  });

  it('shows the cursor by exchanged colours', () => {
    const pixels = kernel.fn('attachPixels')(4);
    kernel.fn('paint')();
    expect(kernel.view().getUint32(pixels, true)).toBe(0xaaaaaa);
    write('\x1b[2;2H');
    kernel.fn('paint')();
    expect(kernel.view().getUint32(pixels, true)).toBe(0);
  });

  it('remembers what scrolled off, and lets one look back while more comes', () => {
    write(Array.from({ length: 12 }, (_, i) => `line ${i}`).join('\r\n'));
    expect(lines()[0]).toBe('line 7');
    expect(kernel.fn('lookBack')(3)).toBe(1);
    const view = (): string => text('viewCodeAt', 0);
    expect(view()).toBe('line 4');
    write('\r\nmore');
    expect(view()).toBe('line 4');
    kernel.fn('lookBack')(99);
    expect(view()).toBe('line 0');
    kernel.fn('lookBack')(-99);
    expect(view()).toBe('line 8');
    write('\x1b[3J');
    expect(kernel.fn('lookBack')(1)).toBe(0);
  });

  it('gives full-screen programs a screen of their own', () => {
    write('one\r\ntwo\x1b[?1049h\x1b[Hvi\r\n~');
    expect(lines()).toEqual(['vi', '~', '', '', '']);
    write('\x1b[?1049l!');
    expect(lines()).toEqual(['one', 'two!', '', '', '']);
  });

  it('has tab stops, line drawing, repetition and an alignment pattern', () => {
    write('\x1b[3g\x1b[5G\x1bH\x1b[1Ga\tb');
    expect(line(0)).toBe('a   b');
    write('\x1b[2;1H\x1b(0lqk\x1b(Bq\x0e\x1b)0x\x0fx');
    expect(line(1)).toBe('┌─┐q│x');
    write('\x1b[3;1H=\x1b[5b');
    expect(line(2)).toBe('======');
    write('\x1b#8');
    expect(line(4)).toBe('E'.repeat(COLUMNS));
  });

  it('answers about its modes, its size and its kind', () => {
    write('\x1b[?25$p\x1b[?9999$p\x1b[18t\x1b[>c');
    expect(replies).toBe('\x1b[?25;1$y\x1b[?9999;0$y\x1b[8;5;20t\x1b[>1;1;0c');
  });

  it('splits wide characters that are overwritten, and wraps before one', () => {
    write(`${'x'.repeat(COLUMNS - 1)}漢`);
    expect(cursor()).toEqual([1, 2]);
    write('\x1b[2;2Hy');
    expect(line(1)).toBe(' y');
  });

  it('writes runs as it writes single characters', () => {
    const bytes = new TextEncoder().encode(`${'abc'.repeat(20)}\x1b[7mréverse\r\nend`);
    kernel.fn('writeRuns')(kernel.put(bytes), bytes.length);
    const runs = lines();
    kernel.fn('setUp')(COLUMNS, ROWS);
    write(bytes);
    expect(lines()).toEqual(runs);
    expect(runs[0]).toBe('abc'.repeat(20).slice(0, COLUMNS));
  });

  it('swallows the colours of the Linux console', () => {
    write('a\x1b]P1ff0000b\x1b]Rc');
    expect(line(0)).toBe('abc');
  });
});
