import { describe, expect, it } from 'vitest';
import { linuxBootRom } from './linux-boot-rom.ts';
import { LinuxBootError, placeLinux } from './linux-boot.ts';

const MIB = 1024 * 1024;

interface Fake {
  readonly version?: number;
  readonly systemBytes?: number;
  readonly initrdMaximum?: number;
  readonly extraFlags?: number;
  readonly commandLineMaximum?: number;
  readonly initSize?: number;
}

/** A setup header and nothing that runs. */
function kernel(fake: Fake = {}): Uint8Array {
  const systemBytes = fake.systemBytes ?? 4096;
  const image = new Uint8Array(2 * 512 + systemBytes);
  const view = new DataView(image.buffer);
  view.setUint8(0x1f1, 1);
  view.setUint32(0x1f4, systemBytes / 16, true);
  view.setUint16(0x1fe, 0xaa55, true);
  view.setUint32(0x202, 0x53726448, true);
  view.setUint16(0x206, fake.version ?? 0x020f, true);
  view.setUint8(0x211, 1);
  view.setUint32(0x22c, fake.initrdMaximum ?? 0x7fffffff, true);
  view.setUint16(0x236, fake.extraFlags ?? 0, true);
  view.setUint32(0x238, fake.commandLineMaximum ?? 2047, true);
  view.setBigUint64(0x258, 0x1000000n, true);
  view.setUint32(0x260, fake.initSize ?? MIB, true);
  return image;
}

const initrd = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(1);
const place = (
  image: Uint8Array,
  ramDisk: Uint8Array | null = null,
  commandLine = '',
  memoryBytes = 64 * MIB,
) => placeLinux({ kernel: image, initrd: ramDisk, commandLine }, memoryBytes);
const changed = (image: Uint8Array, at: number, ...bytes: number[]): Uint8Array => {
  image.set(bytes, at);
  return image;
};

describe('placeLinux', () => {
  it('splits the kernel at its setup code and completes the header', () => {
    const { setup, system, commandLine } = place(kernel(), initrd(5000), 'quiet');
    expect([setup.length, system.length]).toEqual([1024, 4096]);
    expect(String.fromCharCode(...commandLine)).toBe('quiet\0');
    const view = new DataView(setup.buffer);
    expect(view.getUint8(0x210)).toBe(0xff);
    expect(view.getUint8(0x211)).toBe(0x81);
    expect(view.getUint16(0x224, true)).toBe(0xde00);
    expect(view.getUint32(0x228, true)).toBe(0x1e000);
    expect(view.getUint32(0x21c, true)).toBe(5000);
  });

  it.each([
    ['the highest page below the firmware tables', {}, 64, 63 * MIB - 8192],
    ['the limit that the header gives', { initrdMaximum: 0x02ffffff }, 64, 48 * MIB - 8192],
    ['the old limit, for a kernel that has none', { version: 0x0202 }, 2048, 0x38000000 - 8192],
    [
      'no limit, for a kernel that can be anywhere',
      { extraFlags: 2, initrdMaximum: 0x02ffffff },
      64,
      63 * MIB - 8192,
    ],
  ])('puts the initrd at %s', (_where, fake, memoryMib, address) => {
    const placed = place(kernel(fake), initrd(5000), '', memoryMib * MIB);
    expect(placed.initrdAddress).toBe(address);
    expect(new DataView(placed.setup.buffer).getUint32(0x218, true)).toBe(address);
  });

  it.each([
    ['kernel', /ELF file/, () => place(changed(kernel(), 0, 0x7f, 0x45, 0x4c, 0x46))],
    ['kernel', /only 100 bytes/, () => place(new Uint8Array(100))],
    ['kernel', /no setup header/, () => place(changed(kernel(), 0x202, 0))],
    ['kernel', /no setup header/, () => place(changed(kernel(), 0x1fe, 0))],
    ['kernel', /2\.01 is older/, () => place(kernel({ version: 0x0201 }))],
    ['kernel', /zImage/, () => place(changed(kernel(), 0x211, 0))],
    ['kernel', /cut short/, () => place(kernel().subarray(0, 2000))],
    ['kernel', /no room for a stack/, () => place(changed(kernel(), 0x1f1, 0xff))],
    [
      'kernel',
      /needs 118 MiB of memory; the machine has 64 MiB/,
      () => place(kernel({ initSize: 100 * MIB + 1 })),
    ],
    ['initrd', /60 MiB do not fit .* at least 79 MiB/, () => place(kernel(), initrd(60 * MIB))],
    ['initrd', /highest address/, () => place(kernel({ initrdMaximum: 0x10fffff }), initrd(4096))],
    [
      'command line',
      /2048 characters; this kernel takes 2047/,
      () => place(kernel(), null, 'x'.repeat(2048)),
    ],
    ['command line', /vga=wide: give/, () => place(kernel(), null, 'quiet vga=wide')],
    ['command line', /takes 255/, () => place(kernel({ version: 0x0205 }), null, 'x'.repeat(256))],
    ['command line', /takes 8191/, () => place(kernel({ commandLineMaximum: 1e6 }), null, 'x'.repeat(8192))],
  ])('refuses a bad %s: %s', (part, reason, act) => {
    expect(act).toThrow(reason);
    try {
      act();
    } catch (error) {
      expect(error).toBeInstanceOf(LinuxBootError);
      expect(error).toMatchObject({ part });
    }
  });

  it.each([
    ['quiet', 0],
    ['vga=normal', 0xffff],
    ['quiet vga=0x317 x', 0x317],
    ['vga=788', 788],
    ['video=vga=5', 0],
  ])('hands the video mode of "%s" to the setup code', (commandLine, mode) => {
    const { setup } = place(kernel(), null, commandLine);
    expect(new DataView(setup.buffer).getUint16(0x1fa, true)).toBe(mode);
  });

  it('leaves the caller its image as it is', () => {
    const image = kernel();
    const before = image.slice();
    place(image, initrd(1), 'x');
    expect(image).toEqual(before);
  });
});

describe('linuxBootRom', () => {
  const rom = linuxBootRom([{ item: 0x18, address: 0x10000, sizeBytes: 0x4000 }], {
    setupAddress: 0x10000,
    stackTop: 0xe000,
  });
  const view = new DataView(rom.buffer);
  const sum = (from: number, length: number): number =>
    rom.subarray(from, from + length).reduce((total, byte) => (total + byte) & 0xff, 0);

  it('is an expansion ROM with a Plug and Play header that names a bootstrap entry', () => {
    expect(view.getUint16(0)).toBe(0x55aa);
    expect(rom.length).toBe((rom[2] ?? 0) * 512);
    expect(sum(0, rom.length)).toBe(0);
    const header = view.getUint16(0x1a, true);
    expect(String.fromCharCode(...rom.subarray(header, header + 4))).toBe('$PnP');
    expect(sum(header, 16 * (rom[header + 5] ?? 0))).toBe(0);
    const entry = view.getUint16(header + 26, true);
    // cli; cld
    expect([rom[entry], rom[entry + 1]]).toEqual([0xfa, 0xfc]);
    expect(view.getUint16(header + 22, true)).toBe(0);
  });

  it('holds a DMA control block for each item', () => {
    const block = [0x00, 0x18, 0x00, 0x0a, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 1, 0, 0];
    expect(Buffer.from(rom).includes(Buffer.from(block))).toBe(true);
  });
});
