import { expect, test } from 'vitest';
import { hasBlinkingCells, renderText, type TextScreen } from './vga-text.ts';

const GLYPH_HEIGHT = 4;
const CELL_WIDTH = 9;

/** One row; glyph 1 is a full block, C4h a line across its second row. */
function screen(cells: readonly (readonly [character: number, attribute: number])[]): TextScreen {
  const font = new Uint8Array(256 * 32);
  font.fill(0xff, 32, 32 + GLYPH_HEIGHT);
  font[0xc4 * 32 + 1] = 0xff;
  const palette = Uint8Array.from({ length: 48 }, (_, index) => Math.floor(index / 3) * 10);
  const bytes = Uint8Array.from(cells.flat());
  return {
    columns: cells.length,
    rows: 1,
    cells: bytes,
    font,
    secondFont: null,
    cellWidth: CELL_WIDTH,
    joinLines: true,
    blinking: true,
    underlineLine: null,
    glyphHeight: GLYPH_HEIGHT,
    palette,
    cursor: null,
  };
}

const red = (pixels: ReturnType<typeof renderText>, x: number, y: number): number | undefined =>
  pixels.rgba[(y * pixels.width + x) * 4];

test('cells are nine dots wide, opaque, foreground and background from the palette', () => {
  const pixels = renderText(screen([[1, 0x2e]]), 'shown');
  expect([pixels.width, pixels.height]).toEqual([CELL_WIDTH, GLYPH_HEIGHT]);
  expect(red(pixels, 0, 0)).toBe(140);
  expect(red(pixels, 7, 3)).toBe(140);
  expect(red(pixels, 8, 0)).toBe(20);
  expect(pixels.rgba[3]).toBe(255);
});

test('line characters are joined by their ninth dot', () => {
  const pixels = renderText(screen([[0xc4, 0x07]]), 'shown');
  expect(red(pixels, 8, 1)).toBe(70);
  expect(red(pixels, 8, 0)).toBe(0);
});

test('bit 7 of the attribute blinks, and is no part of the background', () => {
  const blinking = screen([[1, 0x97]]);
  expect(hasBlinkingCells(blinking)).toBe(true);
  expect(hasBlinkingCells(screen([[1, 0x17]]))).toBe(false);
  expect(red(renderText(blinking, 'shown'), 0, 0)).toBe(70);
  expect(red(renderText(blinking, 'hidden'), 0, 0)).toBe(10);
});

test('the cursor covers its lines, has the cell’s colour and blinks', () => {
  const withCursor = {
    ...screen([
      [0, 0x07],
      [0, 0x0f],
    ]),
    cursor: { column: 1, row: 0, startLine: 2, endLine: 9 },
  };
  const shown = renderText(withCursor, 'shown');
  expect(red(shown, CELL_WIDTH, 1)).toBe(0);
  expect(red(shown, CELL_WIDTH, 2)).toBe(150);
  expect(red(shown, 2 * CELL_WIDTH - 1, 3)).toBe(150);
  expect(red(renderText(withCursor, 'hidden'), CELL_WIDTH, 2)).toBe(0);
});

test('a cursor outside of the screen is not drawn', () => {
  const outside = { ...screen([[0, 7]]), cursor: { column: 0, row: 1, startLine: 0, endLine: 3 } };
  expect(renderText(outside, 'shown').rgba.some((value, index) => index % 4 === 0 && value !== 0)).toBe(
    false,
  );
});

test('without blinking bit 7 is a colour bit of the background', () => {
  const still = { ...screen([[0, 0x97]]), blinking: false };
  expect(hasBlinkingCells(still)).toBe(false);
  expect(red(renderText(still, 'hidden'), 0, 0)).toBe(90);
});

test('cells can be eight dots wide, and lines need not be joined', () => {
  const narrow = renderText(
    {
      ...screen([
        [1, 0x2e],
        [0, 0x17],
      ]),
      cellWidth: 8,
    },
    'shown',
  );
  expect(narrow.width).toBe(16);
  expect([red(narrow, 7, 0), red(narrow, 8, 0)]).toEqual([140, 10]);
  const apart = renderText({ ...screen([[0xc4, 0x07]]), joinLines: false }, 'shown');
  expect(red(apart, 8, 1)).toBe(0);
});

test('attribute bit 3 takes the second font where there is one', () => {
  const secondFont = new Uint8Array(256 * 32);
  secondFont[32] = 0x80;
  const both = screen([
    [1, 0x07],
    [1, 0x0f],
  ]);
  const pixels = renderText({ ...both, secondFont }, 'shown');
  expect([red(pixels, 1, 0), red(pixels, CELL_WIDTH, 0), red(pixels, CELL_WIDTH + 1, 0)]).toEqual([
    70, 150, 0,
  ]);
  expect(red(renderText(both, 'shown'), CELL_WIDTH + 1, 0)).toBe(150);
});

test('monochrome cells are underlined through all nine dots, where a line is given', () => {
  const cells = screen([
    [0, 0x01],
    [0, 0x09],
    [0, 0x07],
  ]);
  const lined = renderText({ ...cells, underlineLine: 3 }, 'shown');
  const row = (pixels: typeof lined): unknown[] =>
    [0, 8, CELL_WIDTH, 2 * CELL_WIDTH].map((x) => red(pixels, x, 3));
  expect(row(lined)).toEqual([10, 10, 90, 0]);
  expect(row(renderText(cells, 'shown'))).toEqual([0, 0, 0, 0]);
});
