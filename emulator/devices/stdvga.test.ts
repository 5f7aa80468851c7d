import { beforeEach, describe, expect, it } from 'vitest';
import type { MemorySpace, MmioHandler } from '../machine/bus.ts';
import { Ports } from '../machine/port-space.ts';
import { TestTime } from '../machine/testing.ts';
import { StdVga } from './stdvga.ts';

describe('display adapter', () => {
  let ports: Ports;
  let vga: StdVga;
  let vram: Uint8Array;
  let time: TestTime;
  const claims = new Map<number, MmioHandler | null>();
  const memory: MemorySpace = {
    claimMmio: (_name, base, _size, handler) => {
      claims.set(base, handler);
      return { remove: () => claims.delete(base) };
    },
    claimBacking: (_name, base) => {
      const hidden = claims.get(base);
      claims.set(base, null);
      return {
        remove: () => {
          if (hidden === undefined) claims.delete(base);
          else claims.set(base, hidden);
        },
      };
    },
  };
  const indexed = (port: number, ...values: readonly number[]): void => {
    values.forEach((v, i) => {
      ports.write(port, 1, i);
      ports.write(port + 1, 1, v);
    });
  };
  const attribute = (...values: readonly number[]): void => {
    ports.read(0x3da, 1);
    values.forEach((v, i) => {
      ports.write(0x3c0, 1, i);
      ports.write(0x3c0, 1, v);
    });
    ports.write(0x3c0, 1, 0x20);
  };
  const windowWrite = (offset: number, value: number): void => {
    claims.get(0xa0000)?.mmioWrite(offset, 1, value);
  };
  const windowRead = (offset: number): number => claims.get(0xa0000)?.mmioRead(offset, 1) ?? -1;
  const dispi = (index: number, value: number): void => {
    ports.write(0x1ce, 2, index);
    ports.write(0x1cf, 2, value);
  };
  const dispiRead = (index: number): number => {
    ports.write(0x1ce, 2, index);
    return ports.read(0x1cf, 2);
  };

  /** The registers of BIOS mode 3 (80x25, 720x400). */
  function mode3(): void {
    ports.write(0x3c2, 1, 0x67);
    indexed(0x3c4, 0x03, 0x00, 0x03, 0x00, 0x02);
    ports.write(0x3d4, 1, 0x11);
    ports.write(0x3d5, 1, 0);
    const crtc = [0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0];
    indexed(0x3d4, ...crtc, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff);
    indexed(0x3ce, 0, 0, 0, 0, 0, 0x10, 0x0e, 0x0f, 0xff);
    attribute(0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0, 0x0f, 8, 0);
  }

  beforeEach(() => {
    claims.clear();
    time = new TestTime();
    ports = new Ports(() => undefined);
    vram = new Uint8Array(16 * 1024 * 1024);
    vga = new StdVga({
      ports,
      memory,
      timers: time.timers,
      video: { offset: 0, bytes: vram, takeDirtyPages: (size) => new Uint8Array(size >> 15) },
      rom: { offset: 0, bytes: new Uint8Array(65536) },
    });
    vga.reset();
    vga.pci.write(0x04, 2, 0x03);
  });

  it('shows no picture before a mode is set, nor after a reset', () => {
    expect(vga.takeFrame(true)).toBeNull();
    mode3();
    expect(vga.takeFrame(false)?.kind).toBe('text');
    vga.reset();
    expect(vga.takeFrame(true)).toBeNull();
  });

  it('shows text with its font, palette and cursor', () => {
    mode3();
    ports.write(0x3c8, 1, 0x3f);
    for (const v of [63, 32, 0]) ports.write(0x3c9, 1, v);
    windowWrite(0x18000, 0x41);
    windowWrite(0x18001, 0x1f);
    ports.write(0x3d4, 1, 0x0f);
    ports.write(0x3d5, 1, 81);
    const frame = vga.takeFrame(true);
    if (frame?.kind !== 'text') throw new Error('not text');
    expect([frame.columns, frame.rows, frame.glyphHeight]).toEqual([80, 25, 16]);
    expect(frame.cells[0]).toBe(0x1f41);
    expect([...frame.palette.subarray(45)]).toEqual([255, 130, 0]);
    expect(frame.cursor).toEqual({ column: 1, row: 1, startLine: 13, endLine: 14 });
    expect(vga.takeFrame(false)).toBeNull();
    windowWrite(0x18002, 0x42);
    expect(vga.takeFrame(false)?.kind).toBe('text');
    expect(windowRead(0x18000)).toBe(0x41);
    expect(windowRead(0)).toBe(0xff);
  });

  it('loads a font into plane 2', () => {
    mode3();
    indexed(0x3c4, 0x03, 0x00, 0x04, 0x00, 0x06);
    indexed(0x3ce, 0, 0, 0, 0, 2, 0, 4, 0x0f, 0xff);
    windowWrite(0x41 * 32 + 3, 0x7e);
    mode3();
    const frame = vga.takeFrame(true);
    expect(frame?.kind === 'text' && frame.font[0x41 * 32 + 3]).toBe(0x7e);
  });

  it('protects CRTC registers 0 to 7', () => {
    mode3();
    ports.write(0x3d4, 1, 0x11);
    ports.write(0x3d5, 1, 0x8e);
    ports.write(0x3d4, 1, 0x00);
    ports.write(0x3d5, 1, 0x11);
    expect(ports.read(0x3d5, 1)).toBe(0x5f);
  });

  it('writes planes in all four write modes', () => {
    mode3();
    indexed(0x3c4, 0x03, 0x01, 0x0f, 0x00, 0x06);
    const graphics = (mode: number, more: readonly number[] = [0, 0, 0, 0, 0]): void => {
      indexed(0x3ce, ...more, mode, 0x05, 0x0f, 0xff);
    };
    graphics(0, [0x05, 0x0f, 0, 0, 0]);
    windowWrite(0, 0xaa);
    expect([...vram.subarray(0, 4)]).toEqual([0xff, 0, 0xff, 0]);
    graphics(2);
    windowWrite(1, 0x0a);
    expect([...vram.subarray(4, 8)]).toEqual([0, 0xff, 0, 0xff]);
    graphics(1);
    windowRead(0);
    windowWrite(2, 0);
    expect([...vram.subarray(8, 12)]).toEqual([0xff, 0, 0xff, 0]);
    graphics(3, [0x03, 0, 0, 0, 0]);
    windowRead(3);
    windowWrite(3, 0x0f);
    expect([...vram.subarray(12, 16)]).toEqual([0x0f, 0x0f, 0, 0]);
    graphics(0, [0, 0, 0, 0x18, 0]);
    windowRead(0);
    windowWrite(0, 0x0f);
    expect([...vram.subarray(0, 4)]).toEqual([0xf0, 0x0f, 0xf0, 0x0f]);
    graphics(0x08, [0, 0, 0x0f, 0, 0]);
    expect(windowRead(1)).toBe(0x00);
  });

  it('draws 16 and 256 colours', () => {
    mode3();
    for (let i = 0; i < 16; i++) {
      ports.write(0x3c8, 1, i);
      for (let c = 0; c < 3; c++) ports.write(0x3c9, 1, i * 4);
    }
    attribute(...Array.from({ length: 16 }, (_, i) => i), 0x01, 0, 0x0f, 0, 0);
    indexed(0x3c4, 0x03, 0x01, 0x0f, 0x00, 0x0e);
    indexed(0x3ce, 0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff);
    ports.write(0x3d4, 1, 0x09);
    ports.write(0x3d5, 1, 0x41);
    windowWrite(321, 7);
    const frame = vga.takeFrame(true);
    if (frame?.kind !== 'pixels') throw new Error('no pixels');
    expect([frame.width, frame.height]).toEqual([320, 200]);
    expect(frame.bands[0]?.rgba[(320 + 1) * 4]).toBe((28 << 2) | (28 >> 4));
  });

  it('sets VBE modes, reports its limits and clears memory', () => {
    expect(dispiRead(0)).toBe(0xb0c5);
    expect(dispiRead(10)).toBe(256);
    vram[5] = 7;
    dispi(1, 800);
    dispi(2, 600);
    dispi(3, 16);
    dispi(4, 0x41);
    expect(vram[5]).toBe(0);
    dispi(1, 1024);
    expect(dispiRead(1)).toBe(800);
    vram.set([0x00, 0xf8], 0);
    const frame = vga.takeFrame(true);
    if (frame?.kind !== 'pixels') throw new Error('no pixels');
    expect([frame.width, frame.height]).toEqual([800, 600]);
    expect([...(frame.bands[0]?.rgba.subarray(0, 4) ?? [])]).toEqual([255, 0, 0, 255]);
    dispi(4, 0x02);
    expect(dispiRead(1)).toBe(16000);
    dispi(4, 0);
    mode3();
    expect(vga.takeFrame(false)?.kind).toBe('text');
  });

  it('does not take a mode that memory cannot hold', () => {
    dispi(1, 8000);
    dispi(2, 8000);
    dispi(3, 32);
    dispi(4, 0x41);
    expect(dispiRead(4) & 1).toBe(0);
  });

  it('scrolls by the offsets and maps the bank directly', () => {
    dispi(1, 640);
    dispi(2, 480);
    dispi(3, 8);
    expect(claims.get(0xa0000)).not.toBeNull();
    dispi(4, 0x41);
    expect(claims.get(0xa0000)).toBeNull();
    dispi(6, 1280);
    dispi(9, 2);
    vram[2 * 1280 + 3] = 1;
    ports.write(0x3c8, 1, 1);
    for (let i = 0; i < 3; i++) ports.write(0x3c9, 1, 63);
    const frame = vga.takeFrame(true);
    expect(frame?.kind === 'pixels' && frame.bands[0]?.rgba[3 * 4]).toBe(255);
    dispi(4, 0);
    expect(claims.get(0xa0000)).not.toBeNull();
  });

  it('toggles the retrace bits with time', () => {
    mode3();
    const seen = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      seen.add(ports.read(0x3da, 1));
      time.advance(10_000);
    }
    expect([...seen].sort()).toEqual([0, 1, 9]);
  });

  it('offers a valid EDID and its registers in memory', () => {
    vga.pci.write(0x18, 4, 0xfebf0000);
    const registers = claims.get(0xfebf0000);
    if (registers === null || registers === undefined) throw new Error('no registers');
    const edid = Array.from({ length: 128 }, (_, i) => registers.mmioRead(i, 1));
    expect(edid.reduce((a, b) => a + b, 0) & 0xff).toBe(0);
    expect(edid.slice(0, 3)).toEqual([0, 0xff, 0xff]);
    expect(registers.mmioRead(0x500, 2)).toBe(0xb0c5);
    registers.mmioWrite(0x502, 2, 640);
    expect(dispiRead(1)).toBe(640);
  });
});
