import { describe, expect, it } from 'vitest';
import { loadKernel } from '../../testing/compile.ts';

const kernel = await loadKernel(['fs/fat32/names.ts', 'fs/fat32/time.ts']);

function longName(units: number[]): string {
  const at = kernel.put(new Uint8Array(Uint16Array.from(units).buffer));
  const out = kernel.put(new Uint8Array(766));
  const length = kernel.fn('longNameToText')(at, units.length, out);
  return kernel.text(out, length);
}

const units = (text: string): number[] => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));

function shortName(name: string, bits = 0): string {
  const out = kernel.put(new Uint8Array(16));
  return kernel.text(out, kernel.fn('shortNameToText')(kernel.putString(name), bits, out));
}

describe('FAT names', () => {
  it('turns UTF-16 into UTF-8', () => {
    for (const text of ['plain', 'é', '漢字', '𝔸b', 'x'.repeat(255), '漢'.repeat(255)]) {
      expect(longName([...units(text), 0, 0xffff])).toBe(text);
    }
  });

  it('replaces halves of surrogate pairs', () => {
    expect(longName([0xd835, 0x41, 0])).toBe('\ufffdA');
    expect(longName([0xdd38, 0])).toBe('\ufffd');
    expect(longName([0xd835])).toBe('\ufffd');
  });

  it('refuses what cannot be a name', () => {
    expect(longName([0])).toBe('');
    expect(longName(units('a/b'))).toBe('');
    expect(longName(units('a\nb'))).toBe('');
    expect(longName(units('x'.repeat(256)))).toBe('');
  });

  it('shows short names with their case bits', () => {
    expect(shortName('README  MD ')).toBe('README.MD');
    expect(shortName('README  MD ', 0x18)).toBe('readme.md');
    expect(shortName('README  MD ', 0x10)).toBe('README.md');
    expect(shortName('BIN        ')).toBe('BIN');
    expect(shortName('A/B     C\x01D')).toBe('A_B.C_D');
    expect(shortName('           ')).toBe('');
  });

  it('reads dates', () => {
    const date = (y: number, m: number, d: number): number => ((y - 1980) << 9) | (m << 5) | d;
    const unix = (d: number, t: number): number => Number(kernel.fn64('fatTimeToUnix')(d, t));
    for (const [y, m, d] of [
      [1980, 1, 1],
      [2000, 2, 29],
      [2024, 12, 31],
      [2026, 3, 1],
      [2100, 3, 1],
    ] as const) {
      expect(unix(date(y, m, d), (13 << 11) | (37 << 5) | 21)).toBe(Date.UTC(y, m - 1, d, 13, 37, 42) / 1000);
    }
    expect(unix(0, 0)).toBe(Date.UTC(1980, 0, 1) / 1000);
    expect(unix(date(2020, 15, 1), 0)).toBe(Date.UTC(1980, 0, 1) / 1000);
  });
});
