import { beforeEach, describe, expect, it } from 'vitest';
import type { StdVga } from './stdvga.ts';
import { TestVga } from './vga-testing.ts';

describe('display adapter', () => {
  let t: TestVga;
  let vga: StdVga;

  beforeEach(() => {
    t = new TestVga();
    ({ vga } = t);
  });

  it('shows no picture before a mode is set, nor after a reset', () => {
    expect(vga.takeFrame(true)).toBeNull();
    t.mode3();
    expect(vga.takeFrame(false)?.kind).toBe('text');
    vga.reset();
    expect(vga.takeFrame(true)).toBeNull();
  });

  it('shows text with its font, palette and cursor', () => {
    t.mode3();
    t.ports.write(0x3c8, 1, 0x3f);
    for (const v of [63, 32, 0]) t.ports.write(0x3c9, 1, v);
    t.write(0x18000, 0x41);
    t.write(0x18001, 0x1f);
    t.ports.write(0x3d4, 1, 0x0f);
    t.ports.write(0x3d5, 1, 81);
    const frame = vga.takeFrame(true);
    if (frame?.kind !== 'text') throw new Error('not text');
    expect([frame.columns, frame.rows, frame.glyphHeight]).toEqual([80, 25, 16]);
    expect(frame.cells[0]).toBe(0x1f41);
    expect([...frame.palette.subarray(45)]).toEqual([255, 130, 0]);
    expect(frame.cursor).toEqual({ column: 1, row: 1, startLine: 13, endLine: 14 });
    expect(vga.takeFrame(false)).toBeNull();
    t.write(0x18002, 0x42);
    expect(vga.takeFrame(false)?.kind).toBe('text');
    expect(t.read(0x18000)).toBe(0x41);
    expect(t.read(0)).toBe(0xff);
  });

  it('loads a font into plane 2', () => {
    t.mode3();
    t.indexed(0x3c4, 0x03, 0x00, 0x04, 0x00, 0x06);
    t.indexed(0x3ce, 0, 0, 0, 0, 2, 0, 4, 0x0f, 0xff);
    t.write(0x41 * 32 + 3, 0x7e);
    t.mode3();
    const frame = vga.takeFrame(true);
    expect(frame?.kind === 'text' && frame.font[0x41 * 32 + 3]).toBe(0x7e);
  });

  it('protects CRTC registers 0 to 7', () => {
    t.mode3();
    t.ports.write(0x3d4, 1, 0x11);
    t.ports.write(0x3d5, 1, 0x8e);
    t.ports.write(0x3d4, 1, 0x00);
    t.ports.write(0x3d5, 1, 0x11);
    expect(t.ports.read(0x3d5, 1)).toBe(0x5f);
  });

  it('writes planes in all four write modes', () => {
    t.mode3();
    t.indexed(0x3c4, 0x03, 0x01, 0x0f, 0x00, 0x06);
    const graphics = (mode: number, more: readonly number[] = [0, 0, 0, 0, 0]): void => {
      t.indexed(0x3ce, ...more, mode, 0x05, 0x0f, 0xff);
    };
    graphics(0, [0x05, 0x0f, 0, 0, 0]);
    t.write(0, 0xaa);
    expect([...t.vram.subarray(0, 4)]).toEqual([0xff, 0, 0xff, 0]);
    graphics(2);
    t.write(1, 0x0a);
    expect([...t.vram.subarray(4, 8)]).toEqual([0, 0xff, 0, 0xff]);
    graphics(1);
    t.read(0);
    t.write(2, 0);
    expect([...t.vram.subarray(8, 12)]).toEqual([0xff, 0, 0xff, 0]);
    graphics(3, [0x03, 0, 0, 0, 0]);
    t.read(3);
    t.write(3, 0x0f);
    expect([...t.vram.subarray(12, 16)]).toEqual([0x0f, 0x0f, 0, 0]);
    graphics(0, [0, 0, 0, 0x18, 0]);
    t.read(0);
    t.write(0, 0x0f);
    expect([...t.vram.subarray(0, 4)]).toEqual([0xf0, 0x0f, 0xf0, 0x0f]);
    graphics(0x08, [0, 0, 0x0f, 0, 0]);
    expect(t.read(1)).toBe(0x00);
  });

  it('draws 16 and 256 colours', () => {
    t.mode3();
    for (let i = 0; i < 16; i++) {
      t.ports.write(0x3c8, 1, i);
      for (let c = 0; c < 3; c++) t.ports.write(0x3c9, 1, i * 4);
    }
    t.attribute(...Array.from({ length: 16 }, (_, i) => i), 0x01, 0, 0x0f, 0, 0);
    t.indexed(0x3c4, 0x03, 0x01, 0x0f, 0x00, 0x0e);
    t.indexed(0x3ce, 0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff);
    t.ports.write(0x3d4, 1, 0x09);
    t.ports.write(0x3d5, 1, 0x41);
    t.write(321, 7);
    const frame = vga.takeFrame(true);
    if (frame?.kind !== 'pixels') throw new Error('no pixels');
    expect([frame.width, frame.height]).toEqual([320, 200]);
    expect(frame.bands[0]?.rgba[(320 + 1) * 4]).toBe((28 << 2) | (28 >> 4));
  });

  it('sets VBE modes, reports its limits and clears memory', () => {
    expect(t.dispiRead(0)).toBe(0xb0c5);
    expect(t.dispiRead(10)).toBe(256);
    t.vram[5] = 7;
    t.dispi(1, 800);
    t.dispi(2, 600);
    t.dispi(3, 16);
    t.dispi(4, 0x41);
    expect(t.vram[5]).toBe(0);
    t.dispi(1, 1024);
    expect(t.dispiRead(1)).toBe(800);
    t.vram.set([0x00, 0xf8], 0);
    const frame = vga.takeFrame(true);
    if (frame?.kind !== 'pixels') throw new Error('no pixels');
    expect([frame.width, frame.height]).toEqual([800, 600]);
    expect([...(frame.bands[0]?.rgba.subarray(0, 4) ?? [])]).toEqual([255, 0, 0, 255]);
    t.dispi(4, 0x02);
    expect(t.dispiRead(1)).toBe(16000);
    t.dispi(4, 0);
    t.mode3();
    expect(vga.takeFrame(false)?.kind).toBe('text');
  });

  it('does not take a mode that memory cannot hold', () => {
    t.dispi(1, 8000);
    t.dispi(2, 8000);
    t.dispi(3, 32);
    t.dispi(4, 0x41);
    expect(t.dispiRead(4) & 1).toBe(0);
  });

  it('scrolls by the offsets and maps the bank directly', () => {
    t.dispi(1, 640);
    t.dispi(2, 480);
    t.dispi(3, 8);
    expect(t.claims.get(0xa0000)).not.toBeNull();
    t.dispi(4, 0x41);
    expect(t.claims.get(0xa0000)).toBeNull();
    t.dispi(6, 1280);
    t.dispi(9, 2);
    t.vram[2 * 1280 + 3] = 1;
    t.ports.write(0x3c8, 1, 1);
    for (let i = 0; i < 3; i++) t.ports.write(0x3c9, 1, 63);
    const frame = vga.takeFrame(true);
    expect(frame?.kind === 'pixels' && frame.bands[0]?.rgba[3 * 4]).toBe(255);
    t.dispi(4, 0);
    expect(t.claims.get(0xa0000)).not.toBeNull();
  });

  it('toggles the retrace bits with time', () => {
    t.mode3();
    const seen = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      seen.add(t.ports.read(0x3da, 1));
      t.time.advance(10_000);
    }
    expect([...seen].sort()).toEqual([0, 1, 9]);
  });

  it('offers a valid EDID and its registers in memory', () => {
    vga.pci.write(0x18, 4, 0xfebf0000);
    const registers = t.claims.get(0xfebf0000);
    if (registers === null || registers === undefined) throw new Error('no registers');
    const edid = Array.from({ length: 128 }, (_, i) => registers.mmioRead(i, 1));
    expect(edid.reduce((a, b) => a + b, 0) & 0xff).toBe(0);
    expect(edid.slice(0, 3)).toEqual([0, 0xff, 0xff]);
    expect(registers.mmioRead(0x500, 2)).toBe(0xb0c5);
    registers.mmioWrite(0x502, 2, 640);
    expect(t.dispiRead(1)).toBe(640);
  });
});
