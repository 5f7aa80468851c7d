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
const REPLACEMENT = '?';

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
  const glyph = (n: number): string => (n < 95 ? String.fromCharCode(32 + n) : n === 95 ? REPLACEMENT : '#');
  const line = (row: number): string =>
    Array.from({ length: COLUMNS }, (_, c) => glyph(kernel.fn('glyphAt')(row, c)))
      .join('')
      .trimEnd();
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
      [9, 4],
      [4, 9],
      [7, 0],
      [15, 8],
      [7, 0],
    ]);
    write('\x1b[2;1H\x1b[38;5;196mr\x1b[38;2;0;0;255mb\x1b[48;5;2mg\x1b[38;5mx');
    expect(colour(1, 0)[0]).toBe(9);
    expect(colour(1, 1)[0]).toBe(12);
    expect(colour(1, 2)).toEqual([12, 2]);
  });

  it('draws UTF-8, and a mark for what it does not have or cannot be', () => {
    write('┌─┐│└┘├┼█░');
    expect(line(0)).toBe('#'.repeat(10));
    write('\r\n漢é');
    expect(line(1)).toBe(REPLACEMENT.repeat(2));
    write('\r\n');
    write(Uint8Array.of(0x80, 0xc3, 0x41, 0xe2, 0x94, 0x0a, 0xc0, 0x80, 0xff, 0x42));
    expect(line(2)).toBe('??A?');
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
    const column = Array.from({ length: 16 }, (_, y) => pixel(3, y) === red);
    expect(column).toEqual([false, false, ...Array<boolean>(10).fill(true), false, false, false, false]);
    expect(pixel(0, 5)).toBe(0);
    kernel.bytes(pixels, width * 16 * bytes).fill(0x55);
    write('\x1b[1;1H\x1b[31mI');
    kernel.fn('paint')();
    expect(pixel(3, 5)).not.toBe(red); // the same cell is not drawn again
    write('\x1b[1;2HI');
    kernel.fn('paint')();
    expect(pixel(11, 5)).toBe(red);
  });

  it('shows the cursor by exchanged colours', () => {
    const pixels = kernel.fn('attachPixels')(4);
    kernel.fn('paint')();
    expect(kernel.view().getUint32(pixels, true)).toBe(0xaaaaaa);
    write('\x1b[2;2H');
    kernel.fn('paint')();
    expect(kernel.view().getUint32(pixels, true)).toBe(0);
  });
});
