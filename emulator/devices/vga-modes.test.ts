import { beforeEach, describe, expect, it } from 'vitest';
import { redAt, TestVga } from './vga-testing.ts';

/** What the DAC makes of the grey of entry i: six bits, widened to eight. */
const grey = (i: number): number => ((i * 4) << 2) | ((i * 4) >> 4);

describe('text modes', () => {
  let t: TestVga;
  beforeEach(() => {
    t = new TestVga();
    t.mode3();
  });

  /** Writes a row of glyph `character` in the font map that begins at `offset` of plane 2. */
  const glyph = (offset: number, character: number, bits: number): void => {
    t.indexed(0x3c4, 0x03, 0x00, 0x04, 0x00, 0x06);
    t.indexed(0x3ce, 0, 0, 0, 0, 2, 0, 4, 0x0f, 0xff);
    t.write(offset + character * 32, bits);
    t.mode3();
  };

  it('has one font while both maps are the same', () => {
    expect(t.text().secondFont).toBeNull();
  });

  it.each([
    // Map B is for attribute bit 3 clear, map A for set; the high bits are apart.
    [0b000100, 0x0000, 0x4000],
    [0b001000, 0x0000, 0x8000],
    [0b000011, 0xc000, 0x0000],
    [0b100000, 0x0000, 0x2000],
    [0b010001, 0x6000, 0x0000],
    [0b111100, 0x2000, 0xe000],
  ])('takes the fonts that character map select %d names', (select, clear, set) => {
    glyph(clear, 0x41, 0x18);
    glyph(set, 0x41, 0x81);
    t.register(0x3c4, 3, select);
    const frame = t.text();
    expect(frame.font[0x41 * 32]).toBe(0x18);
    expect(frame.secondFont?.[0x41 * 32]).toBe(0x81);
  });

  it('tells of a new font at the next look, and of nothing when nothing changed', () => {
    expect(t.text().kind).toBe('text');
    expect(t.vga.takeFrame(false)).toBeNull();
    t.register(0x3c4, 3, 0x04);
    expect(t.vga.takeFrame(false)?.kind).toBe('text');
    expect(t.vga.takeFrame(false)).toBeNull();
  });

  it('takes bit 3 out of the colours by the plane enable register', () => {
    t.greys();
    t.attribute(...Array.from({ length: 16 }, (_, i) => i));
    expect(t.text().palette[3 * 9]).toBe(grey(9));
    t.attributeRegister(0x12, 0x07);
    expect(t.text().palette[3 * 9]).toBe(grey(1));
  });

  it('says whether bit 7 blinks, lines join, and how wide a cell is', () => {
    expect(t.text()).toMatchObject({ blinking: true, joinLines: true, cellWidth: 9, underlineLine: null });
    t.attributeRegister(0x10, 0x00);
    t.register(0x3c4, 1, 0x01);
    t.register(0x3d4, 0x14, 13);
    expect(t.text()).toMatchObject({ blinking: false, joinLines: false, cellWidth: 8, underlineLine: 13 });
  });

  it('shows the cursor in its shape, or not at all', () => {
    const shape = (start: number, end: number): unknown => {
      t.register(0x3d4, 0x0a, start);
      t.register(0x3d4, 0x0b, end);
      return t.text().cursor;
    };
    expect(shape(0, 15)).toEqual({ column: 0, row: 0, startLine: 0, endLine: 15 });
    expect(shape(0x20, 15)).toBeNull();
    expect(shape(8, 4)).toBeNull();
    t.register(0x3d4, 0x0e, 0x40);
    expect(shape(0, 15)).toBeNull();
  });

  it('goes on at the start of video memory below the split', () => {
    t.write(0x18000, 0x41);
    t.write(0x18000 + 160, 0x42);
    // Start at the second line; split after two rows of 16 lines.
    t.register(0x3d4, 0x0d, 80);
    t.register(0x3d4, 0x18, 31);
    t.register(0x3d4, 0x07, 0x0f);
    t.register(0x3d4, 0x09, 0x0f);
    const { cells } = t.text();
    expect([cells[0], cells[2 * 80], cells[3 * 80]].map((c) => (c ?? 0) & 0xff)).toEqual([0x42, 0x41, 0x42]);
  });
});

describe('graphics modes', () => {
  let t: TestVga;
  beforeEach(() => {
    t = new TestVga();
    t.mode3();
    t.greys();
  });

  it('shows mode 13h and its memory without chains alike', () => {
    t.mode13();
    t.write(321, 7);
    t.greys();
    const frame = t.pixels();
    expect([frame.width, frame.height]).toEqual([320, 200]);
    expect(redAt(frame, 1, 1)).toBe(grey(7));
    t.mode13(true);
    t.register(0x3c4, 2, 0x02);
    t.write(160, 9);
    expect(redAt(t.pixels(), 1, 2)).toBe(grey(9));
    // Four pixels at a time through the latches.
    t.register(0x3c4, 2, 0x0f);
    t.register(0x3ce, 5, 0x41);
    t.read(160);
    t.write(320, 0);
    expect(redAt(t.pixels(), 1, 4)).toBe(grey(9));
  });

  it('moves by bytes with the start address, by pixels with the panning register', () => {
    t.planar();
    t.greys();
    t.write(2, 0x80);
    expect(redAt(t.pixels(), 16, 0)).toBe(grey(15));
    t.register(0x3d4, 0x0d, 1);
    expect(redAt(t.pixels(), 8, 0)).toBe(grey(15));
    t.attributeRegister(0x13, 3);
    expect([5, 8].map((x) => redAt(t.pixels(), x, 0))).toEqual([grey(15), 0]);
    // Byte panning adds to the start.
    t.register(0x3d4, 0x08, 0x20);
    t.attributeRegister(0x13, 0);
    expect(redAt(t.pixels(), 0, 0)).toBe(grey(15));
  });

  it('moves 256 colours by half the panning value', () => {
    t.mode13();
    t.greys();
    t.write(3, 5);
    t.attributeRegister(0x13, 4);
    expect([1, 3].map((x) => redAt(t.pixels(), x, 0))).toEqual([grey(5), 0]);
  });

  it('stops panning at the split only when it is told to', () => {
    t.planar();
    t.greys();
    t.write(0, 0x10);
    t.register(0x3d4, 0x18, 9);
    t.register(0x3d4, 0x07, 0x0f);
    t.register(0x3d4, 0x09, 0x00);
    t.register(0x3d4, 0x0d, 0x50);
    t.attributeRegister(0x13, 3);
    const at = (x: number, y: number): number | undefined => redAt(t.pixels(), x, y);
    expect([at(0, 10), at(3, 10)]).toEqual([grey(15), 0]);
    t.attributeRegister(0x10, 0x21);
    expect([at(0, 10), at(3, 10)]).toEqual([0, grey(15)]);
  });

  it('compares colours in read mode 1, in the planes that count', () => {
    t.planar();
    const put = (plane: number, value: number): void => {
      t.register(0x3c4, 2, 1 << plane);
      t.write(0, value);
    };
    put(0, 0xf0);
    put(1, 0xcc);
    put(2, 0xaa);
    put(3, 0x00);
    t.register(0x3ce, 5, 0x08);
    t.register(0x3ce, 2, 0x03);
    t.register(0x3ce, 7, 0x0f);
    expect(t.read(0)).toBe(0xf0 & 0xcc & ~0xaa & 0xff);
    t.register(0x3ce, 7, 0x03);
    expect(t.read(0)).toBe(0xf0 & 0xcc);
    t.register(0x3ce, 7, 0x00);
    expect(t.read(0)).toBe(0xff);
  });

  it('rotates, combines with the latches and masks bits', () => {
    t.planar();
    t.write(0, 0x3c);
    const write = (rotate: number, mask: number): number => {
      t.register(0x3ce, 3, rotate);
      t.register(0x3ce, 8, mask);
      t.read(0);
      t.write(1, 0xf0);
      return t.vram[4] ?? 0;
    };
    expect(write(0x00, 0xff)).toBe(0xf0);
    expect(write(0x04, 0xff)).toBe(0x0f);
    expect(write(0x08, 0xff)).toBe(0xf0 & 0x3c);
    expect(write(0x10, 0xff)).toBe(0xf0 | 0x3c);
    expect(write(0x18, 0xff)).toBe(0xf0 ^ 0x3c);
    expect(write(0x00, 0x81)).toBe((0xf0 & 0x81) | (0x3c & ~0x81));
  });

  it('shows 1920x1200 in 32 bits, and no more than memory holds', () => {
    const set = (width: number, height: number): number => {
      t.dispi(4, 0);
      t.dispi(1, width);
      t.dispi(2, height);
      t.dispi(3, 32);
      t.dispi(4, 0x41);
      return t.dispiRead(4) & 1;
    };
    expect(set(1920, 1200)).toBe(1);
    const last = (1199 * 1920 + 1919) * 4;
    t.vram.set([1, 2, 3], last);
    const frame = t.pixels();
    expect([frame.width, frame.height]).toEqual([1920, 1200]);
    expect([...(frame.bands[0]?.rgba.subarray(-4) ?? [])]).toEqual([3, 2, 1, 255]);
    expect([set(2560, 1600), set(2560, 1664)]).toEqual([1, 0]);
  });

  it.each([
    [15, [0x1f, 0x7c], [255, 0, 255]],
    [16, [0xe0, 0x07], [0, 255, 0]],
    [24, [1, 2, 3], [3, 2, 1]],
  ])('shows %d bits a pixel', (bits, bytes, expected) => {
    t.dispi(1, 640);
    t.dispi(2, 400);
    t.dispi(3, bits);
    t.dispi(4, 0x41);
    t.vram.set(bytes);
    expect([...(t.pixels().bands[0]?.rgba.subarray(0, 3) ?? [])]).toEqual(expected);
  });
});
