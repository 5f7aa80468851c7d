/** For unit tests of the display adapter: one on ports and memory of its own, and ways to program it. */
import type { MemorySpace, MmioHandler } from '../machine/bus.ts';
import { Ports } from '../machine/port-space.ts';
import { TestTime } from '../machine/testing.ts';
import type { PixelFrame, TextFrame } from '../machine/types.ts';
import { StdVga } from './stdvga.ts';

export class TestVga {
  /** By base address; null is memory that is mapped directly. */
  readonly claims = new Map<number, MmioHandler | null>();
  readonly time = new TestTime();
  readonly ports = new Ports(() => undefined);
  readonly vram = new Uint8Array(16 * 1024 * 1024);
  readonly vga: StdVga;

  constructor() {
    const { claims } = this;
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
    this.vga = new StdVga({
      ports: this.ports,
      memory,
      timers: this.time.timers,
      video: { offset: 0, bytes: this.vram, takeDirtyPages: (size) => new Uint8Array(size >> 15) },
      rom: { offset: 0, bytes: new Uint8Array(65536) },
    });
    this.vga.reset();
    this.vga.pci.write(0x04, 2, 0x03);
  }

  /** One register behind an index port. */
  register(port: number, index: number, value: number): void {
    this.ports.write(port, 1, index);
    this.ports.write(port + 1, 1, value);
  }

  /** Registers from number 0 on. */
  indexed(port: number, ...values: readonly number[]): void {
    values.forEach((value, i) => {
      this.register(port, i, value);
    });
  }

  attributeRegister(index: number, value: number): void {
    this.ports.read(0x3da, 1);
    this.ports.write(0x3c0, 1, index);
    this.ports.write(0x3c0, 1, value);
    this.ports.write(0x3c0, 1, 0x20);
  }

  /** Attribute registers from number 0 on; then the screen shows. */
  attribute(...values: readonly number[]): void {
    values.forEach((value, i) => {
      this.attributeRegister(i, value);
    });
  }

  /** DAC entry `i` is the grey of 4 * i, for the first 16. */
  greys(): void {
    for (let i = 0; i < 16; i++) {
      this.ports.write(0x3c8, 1, i);
      for (let c = 0; c < 3; c++) this.ports.write(0x3c9, 1, i * 4);
    }
  }

  write(offset: number, value: number): void {
    this.claims.get(0xa0000)?.mmioWrite(offset, 1, value);
  }

  read(offset: number): number {
    return this.claims.get(0xa0000)?.mmioRead(offset, 1) ?? -1;
  }

  dispi(index: number, value: number): void {
    this.ports.write(0x1ce, 2, index);
    this.ports.write(0x1cf, 2, value);
  }

  dispiRead(index: number): number {
    this.ports.write(0x1ce, 2, index);
    return this.ports.read(0x1cf, 2);
  }

  /** The registers of BIOS mode 3 (80x25, 720x400). */
  mode3(): void {
    this.ports.write(0x3c2, 1, 0x67);
    this.indexed(0x3c4, 0x03, 0x00, 0x03, 0x00, 0x02);
    this.register(0x3d4, 0x11, 0);
    const crtc = [0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0];
    this.indexed(0x3d4, ...crtc, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff);
    this.indexed(0x3ce, 0, 0, 0, 0, 0, 0x10, 0x0e, 0x0f, 0xff);
    const palette = [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f];
    this.attribute(...palette, 0x0c, 0, 0x0f, 8, 0);
  }

  /** Mode 13h: 320x200, 256 colours, chained; `unchained` makes it mode X's memory. */
  mode13(unchained = false): void {
    this.mode3();
    this.attribute(...Array.from({ length: 16 }, (_, i) => i), 0x41, 0, 0x0f, 0, 0);
    this.indexed(0x3c4, 0x03, 0x01, 0x0f, 0x00, unchained ? 0x06 : 0x0e);
    this.indexed(0x3ce, 0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff);
    this.register(0x3d4, 0x09, 0x41);
    this.register(0x3d4, 0x17, unchained ? 0xe3 : 0xa3);
  }

  /** Mode 12h's memory with 400 lines: 640 pixels wide, four planes. */
  planar(): void {
    this.mode3();
    this.attribute(...Array.from({ length: 16 }, (_, i) => i), 0x01, 0, 0x0f, 0, 0);
    this.indexed(0x3c4, 0x03, 0x01, 0x0f, 0x00, 0x06);
    this.indexed(0x3ce, 0, 0, 0, 0, 0, 0, 0x05, 0x0f, 0xff);
    this.register(0x3d4, 0x09, 0x40);
    this.register(0x3d4, 0x17, 0xe3);
  }

  text(): TextFrame {
    const frame = this.vga.takeFrame(true);
    if (frame?.kind !== 'text') throw new Error('not text');
    return frame;
  }

  pixels(): PixelFrame {
    const frame = this.vga.takeFrame(true);
    if (frame?.kind !== 'pixels') throw new Error('no pixels');
    return frame;
  }
}

/** The red part of a pixel of a frame that was taken whole. */
export function redAt(frame: PixelFrame, x: number, y: number): number | undefined {
  return frame.bands[0]?.rgba[(y * frame.width + x) * 4];
}
