/** From characters to the pixels of the console's font, and to what VGA's text mode has for them. */
import { FONT_GLYPHS, FONT_RANGES, FONT_REPLACEMENT, fontBold, fontNormal, fontRanges } from './font-data';

export const GLYPH_ROWS: u32 = 16;
export const BLANK_GLYPH: u32 = 0;
const ASCII_COUNT: u32 = 95;

/** Where a character is not in the font: one that looks alike. Pairs of code and substitute. */
const substitutes = memory.data<u16>([
  0x2504, 0x2500, 0x2505, 0x2501, 0x2506, 0x2502, 0x2507, 0x2503, 0x2010, 0x002d, 0x2011, 0x002d, 0x2023,
  0x25b6, 0x2043, 0x002d, 0x2219, 0x00b7, 0x25aa, 0x25a0, 0x2610, 0x25a1, 0x2611, 0x2713, 0x2612, 0x2717,
  0x26a0, 0x0021, 0x2605, 0x002a, 0x2606, 0x002a, 0x279c, 0x2192,
]);
const SUBSTITUTES: u32 = 17;

/** Code page 437 from 0x80 on, as Unicode. */
const cp437 = memory.data<u16>([
  0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee,
  0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6,
  0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa,
  0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502,
  0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514,
  0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
  0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c,
  0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4,
  0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320,
  0x2321, 0x00f7, 0x2248, 0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
]);
const CP437_FIRST: u32 = 0x80;
const CP437_REPLACEMENT: u8 = 0xfe;

function rangeFirst(n: u32): u32 {
  return load<u16>(fontRanges + n * 6);
}

/** The glyph of a character of the font; -1 when it has none. */
function find(code: u32): i32 {
  let low: u32 = 0;
  let high: u32 = FONT_RANGES;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rangeFirst(middle) <= code) low = middle;
    else high = middle;
  }
  const first = rangeFirst(low);
  if (code < first || code > <u32>load<u16>(fontRanges + low * 6, 2)) return -1;
  return <i32>(load<u16>(fontRanges + low * 6, 4) + (code - first));
}

/** The glyph of a Unicode character; a mark for what the font does not have. */
export function glyphOf(code: u32): u32 {
  if (code >= 0x20 && code < 0x7f) return code - 0x20;
  const glyph = code > 0xffff ? -1 : find(code);
  if (glyph >= 0) return <u32>glyph;
  for (let i: u32 = 0; i < SUBSTITUTES; i++) {
    if (load<u16>(substitutes + i * 4) == <u16>code) {
      const other = find(load<u16>(substitutes + i * 4, 2));
      if (other >= 0) return <u32>other;
    }
  }
  return FONT_REPLACEMENT;
}

/** The character of a glyph. */
export function codeOfGlyph(glyph: u32): u32 {
  if (glyph < ASCII_COUNT) return glyph + 0x20;
  for (let n: u32 = 0; n < FONT_RANGES; n++) {
    const first = rangeFirst(n);
    const start: u32 = load<u16>(fontRanges + n * 6, 4);
    const count = <u32>load<u16>(fontRanges + n * 6, 2) - first + 1;
    if (glyph - start < count) return first + (glyph - start);
  }
  return 0xfffd;
}

/** Address of the GLYPH_ROWS rows of a glyph. */
export function glyphRows(glyph: u32, bold: bool): usize {
  return (bold ? fontBold : fontNormal) + <usize>(min(glyph, FONT_GLYPHS - 1) * GLYPH_ROWS);
}

/** What VGA text mode shows for it. */
export function glyphToCp437(glyph: u32): u8 {
  if (glyph < ASCII_COUNT) return <u8>(glyph + 0x20);
  const code = codeOfGlyph(glyph);
  for (let i: u32 = 0; i < 128; i++) {
    if (<u32>load<u16>(cp437 + i * 2) == code) return <u8>(CP437_FIRST + i);
  }
  return CP437_REPLACEMENT;
}
