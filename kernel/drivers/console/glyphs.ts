/**
 * Which glyph stands for which character, and what VGA text mode (code page 437) shows for a glyph.
 *
 * Glyph numbers: printable ASCII from 0, a replacement, line characters by the arms that they have, blocks.
 */
export const ASCII_COUNT: u32 = 95;
export const REPLACEMENT: u32 = 95;
export const LINES: u32 = 96;
export const BLOCKS: u32 = 112;
const BLOCK_COUNT: u32 = 8;
export const GLYPH_COUNT: u32 = 120;

/** Line characters: LINES plus a sum of these. */
export const ARM_UP: u32 = 1;
export const ARM_RIGHT: u32 = 2;
export const ARM_DOWN: u32 = 4;
export const ARM_LEFT: u32 = 8;

/** Arms of U+2500 to U+257F in blocks of four weights (U+250C on); the light form stands for all of them. */
const CORNERS_FIRST: u32 = 0x250c;
const CROSS_LAST: u32 = 0x254b;
/** Arms of the characters from U+250C: each pair of limits is one shape. */
const shapeStarts = memory.data<u16>([
  0x250c, 0x2510, 0x2514, 0x2518, 0x251c, 0x2524, 0x252c, 0x2534, 0x253c,
]);
const shapeArms = memory.data<u8>([6, 12, 3, 9, 7, 13, 14, 11, 15]);
const SHAPES: u32 = 9;
/** U+2550 to U+2570: double lines and round corners. */
const doubleArms = memory.data<u8>([
  10, 5, 6, 6, 6, 12, 12, 12, 3, 3, 3, 9, 9, 9, 7, 7, 7, 13, 13, 13, 14, 14, 14, 11, 11, 11, 15, 15, 15, 6,
  12, 9, 3,
]);

/** Code page 437 for the line glyphs, by arms. */
const lineCp437 = memory.data<u8>([
  0x20, 0xb3, 0xc4, 0xc0, 0xb3, 0xb3, 0xda, 0xc3, 0xc4, 0xd9, 0xc4, 0xc1, 0xbf, 0xb4, 0xc2, 0xc5,
]);
const blockCp437 = memory.data<u8>([0xdb, 0xdf, 0xdc, 0xdd, 0xde, 0xb0, 0xb1, 0xb2]);
const REPLACEMENT_CP437: u8 = 0xfe;

function boxGlyph(code: u32): u32 {
  if (code >= 0x2550 && code <= 0x2570) return LINES + load<u8>(doubleArms + (code - 0x2550));
  if (code >= CORNERS_FIRST && code <= CROSS_LAST) {
    let shape: u32 = 0;
    while (shape + 1 < SHAPES && code >= <u32>load<u16>(shapeStarts + (shape + 1) * 2)) shape++;
    return LINES + load<u8>(shapeArms + shape);
  }
  // Horizontal and vertical lines alternate in pairs, solid and dashed.
  return LINES + ((code & 2) != 0 ? ARM_UP | ARM_DOWN : ARM_LEFT | ARM_RIGHT);
}

function blockGlyph(code: u32): u32 {
  if (code == 0x2588) return BLOCKS;
  if (code == 0x2580) return BLOCKS + 1;
  if (code == 0x2584) return BLOCKS + 2;
  if (code == 0x258c) return BLOCKS + 3;
  if (code == 0x2590) return BLOCKS + 4;
  if (code >= 0x2591 && code <= 0x2593) return BLOCKS + 5 + (code - 0x2591);
  return REPLACEMENT;
}

/** The glyph of a Unicode character. */
export function glyphOf(code: u32): u32 {
  if (code >= 0x20 && code < 0x7f) return code - 0x20;
  if (code >= 0x2500 && code <= 0x2570) return boxGlyph(code);
  if (code >= 0x2580 && code <= 0x259f) return blockGlyph(code);
  if (code == 0xa0) return 0;
  return REPLACEMENT;
}

/** What VGA text mode shows for it. */
export function glyphToCp437(glyph: u32): u8 {
  if (glyph < ASCII_COUNT) return <u8>(glyph + 0x20);
  if (glyph >= LINES && glyph < LINES + 16) return load<u8>(lineCp437 + (glyph - LINES));
  if (glyph >= BLOCKS && glyph < BLOCKS + BLOCK_COUNT) return load<u8>(blockCp437 + (glyph - BLOCKS));
  return REPLACEMENT_CP437;
}
