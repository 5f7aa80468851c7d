import { describe, expect, it } from 'vitest';
import type { PixelFrame } from '../../emulator/machine/types.ts';
import { showsSentence } from './glyphs.ts';

const SENTENCE = 'Choose the language to be used for the installation process.';

/** A screen of 80 x 3 cells with `text` in its second row, in a font that is nobody's. */
function draw(text: string, ink = 0xff00ffff, paper = 0xff800000): PixelFrame {
  const pixels = new Uint32Array(640 * 48).fill(paper);
  Array.from(text).forEach((letter, i) => {
    if (letter === ' ') return;
    for (let bit = 0; bit < 8; bit++)
      if (((letter.charCodeAt(0) >> bit) & 1) !== 0) pixels[(16 + 4 + bit) * 640 + (i + 5) * 8 + 3] = ink;
  });
  return {
    kind: 'pixels',
    width: 640,
    height: 48,
    bands: [{ y: 0, height: 48, rgba: new Uint8Array(pixels.buffer) }],
  };
}

describe('showsSentence', () => {
  it('finds the sentence in any font and colour', () => {
    expect(showsSentence(draw(SENTENCE), SENTENCE)).toBe(true);
    expect(showsSentence(draw(`[${SENTENCE}] and more`, 0xffffffff, 0), SENTENCE)).toBe(true);
  });

  it('does not find it where one letter is another, or a space is missing', () => {
    expect(showsSentence(draw(SENTENCE.replace('used', 'usod')), SENTENCE)).toBe(false);
    expect(showsSentence(draw(SENTENCE.replace(' the', '_the')), SENTENCE)).toBe(false);
    expect(showsSentence(draw(SENTENCE.slice(0, -1)), SENTENCE)).toBe(false);
    expect(showsSentence(draw(''), SENTENCE)).toBe(false);
    expect(showsSentence(draw('x'.repeat(60)), SENTENCE)).toBe(false);
  });

  it('refuses texts that prove nothing', () => {
    expect(() => showsSentence(draw(SENTENCE), 'Choose')).toThrow(RangeError);
  });
});
