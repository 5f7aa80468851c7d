import { beforeEach, describe, expect, it } from 'vitest';
import { recordLine, type RecordedLine } from '../machine/testing.ts';
import type { BlockDevice } from '../machine/types.ts';
import { AtaChannel } from './ata-channel.ts';
import { AtaDisk } from './ata-disk.ts';
import { AtapiCdrom } from './atapi-cdrom.ts';

interface TestDisk extends BlockDevice {
  readonly bytes: Uint8Array;
  readonly journal: string[];
  failAt: number | null;
}

function makeDisk(sectors: number, sectorBytes: 512 | 2048 = 512): TestDisk {
  const bytes = new Uint8Array(sectors * sectorBytes);
  const check = (disk: TestDisk, lba: number, length: number): void => {
    const { failAt } = disk;
    if (failAt !== null && lba <= failAt && failAt < lba + length / sectorBytes)
      throw new Error('bad sector');
  };
  const disk: TestDisk = {
    sectorSizeBytes: sectorBytes,
    sectorCount: sectors,
    readOnly: false,
    bytes,
    journal: [],
    failAt: null,
    read(lba, into) {
      check(disk, lba, into.length);
      into.set(bytes.subarray(lba * sectorBytes, lba * sectorBytes + into.length));
    },
    write(lba, from) {
      check(disk, lba, from.length);
      disk.journal.push(`write ${String(lba)} ${String(from.length / sectorBytes)}`);
      bytes.set(from, lba * sectorBytes);
    },
    flush() {
      disk.journal.push('flush');
    },
  };
  return disk;
}

const DRQ = 0x08;
const ERR = 0x01;

describe('ATA channel', () => {
  let disk: TestDisk;
  let irq: RecordedLine;
  let channel: AtaChannel;
  let logged: string[];
  const read = (register: number): number => channel.commandBlock.portRead(0x1f0 + register, 1);
  const write = (register: number, value: number): void => {
    channel.commandBlock.portWrite(0x1f0 + register, 1, value);
  };
  const control = (value: number): void => {
    channel.controlBlock.portWrite(0x3f6, 1, value);
  };
  const alternate = (): number => channel.controlBlock.portRead(0x3f6, 1);
  const lba28 = (command: number, lba: number, count: number): void => {
    write(2, count);
    write(3, lba & 0xff);
    write(4, (lba >> 8) & 0xff);
    write(5, (lba >> 16) & 0xff);
    write(6, 0xe0 | (lba >> 24));
    write(7, command);
  };
  const sector = (): Uint8Array => {
    const words = Uint16Array.from({ length: 256 }, () => channel.commandBlock.portRead(0x1f0, 2));
    return new Uint8Array(words.buffer);
  };
  const put = (value: number): void => {
    for (let i = 0; i < 256; i++) channel.commandBlock.portWrite(0x1f0, 2, value | (value << 8));
  };

  beforeEach(() => {
    logged = [];
    irq = recordLine();
    disk = makeDisk(4096);
    for (let i = 0; i < disk.sectorCount; i++) disk.bytes.fill(i & 0xff, i * 512, (i + 1) * 512);
    const drive = new AtaDisk(disk, 'TEST1', (_level, text) => logged.push(text), {
      readBytes: 0,
      writtenBytes: 0,
    });
    channel = new AtaChannel(drive, null, irq.line);
    channel.reset();
  });

  it('identifies itself', () => {
    write(6, 0xe0);
    write(7, 0xec);
    expect(alternate() & DRQ).toBe(DRQ);
    const words = new Uint16Array(sector().buffer);
    expect(words[60]).toBe(4096);
    expect(words[100]).toBe(4096);
    expect((words[83] ?? 0) & 0x0400).toBe(0x0400);
    const text = (first: number, count: number): string =>
      Array.from(words.subarray(first, first + count), (w) => String.fromCharCode(w >> 8, w & 0xff)).join('');
    expect(text(27, 20).trim()).toBe('BREENIX HARDDISK');
    expect(text(10, 10).trim()).toBe('TEST1');
    const bytes = new Uint8Array(words.buffer);
    expect(bytes.reduce((a, b) => a + b, 0) & 0xff).toBe(0);
    expect(alternate() & DRQ).toBe(0);
  });

  it('reads sectors, one interrupt for each, acknowledged by the status register', () => {
    lba28(0x20, 300, 2);
    expect(irq.level).toBe(true);
    expect(read(7) & DRQ).toBe(DRQ);
    expect(irq.level).toBe(false);
    expect(sector().every((b) => b === (300 & 0xff))).toBe(true);
    expect(irq.level).toBe(true);
    expect(alternate() & DRQ).toBe(DRQ);
    expect(irq.level).toBe(true);
    expect(sector()[0]).toBe(301 & 0xff);
    expect(alternate() & (DRQ | 0x80)).toBe(0);
    expect(irq.rises).toBe(2);
  });

  it('writes each sector through before it asks for the next', () => {
    lba28(0x30, 10, 2);
    expect(irq.level).toBe(false);
    put(0xaa);
    expect(disk.journal).toEqual(['write 10 1']);
    expect(irq.level).toBe(true);
    put(0xbb);
    expect(disk.journal).toEqual(['write 10 1', 'write 11 1']);
    expect(disk.bytes[10 * 512]).toBe(0xaa);
    expect(disk.bytes[11 * 512 + 511]).toBe(0xbb);
    write(7, 0xe7);
    expect(disk.journal.at(-1)).toBe('flush');
  });

  it('moves blocks of several sectors with READ and WRITE MULTIPLE', () => {
    write(2, 8);
    write(6, 0xe0);
    write(7, 0xc6);
    expect(read(7) & ERR).toBe(0);
    lba28(0xc4, 0, 12);
    const before = irq.rises;
    for (let i = 0; i < 12; i++) expect(sector()[0]).toBe(i);
    expect(irq.rises - before).toBeLessThanOrEqual(1);
    lba28(0xc5, 100, 3);
    put(1);
    put(2);
    put(3);
    expect(disk.journal).toEqual(['write 100 3']);
  });

  it('refuses a multiple count that is no power of two', () => {
    write(2, 7);
    write(6, 0xe0);
    write(7, 0xc6);
    expect(read(7) & ERR).toBe(ERR);
    expect(read(1)).toBe(0x04);
  });

  it('takes 48-bit addresses and a count of 16 bits', () => {
    write(2, 0);
    write(3, 0);
    write(4, 0);
    write(5, 0);
    write(2, 1);
    write(3, 0x34);
    write(4, 0x02);
    write(5, 0);
    write(6, 0xe0);
    write(7, 0x24);
    expect(sector()[0]).toBe(0x234 & 0xff);
  });

  it('takes cylinder, head and sector in the geometry that was set', () => {
    write(2, 32);
    write(6, 0xa0 | 3);
    write(7, 0x91);
    expect(read(7) & ERR).toBe(0);
    write(2, 1);
    write(3, 5);
    write(4, 2);
    write(5, 0);
    write(6, 0xa1);
    write(7, 0x20);
    expect(sector()[0]).toBe(((2 * 4 + 1) * 32 + 4) & 0xff);
    write(3, 33);
    write(7, 0x20);
    expect(read(1)).toBe(0x10);
  });

  it('reports an address beyond the end', () => {
    lba28(0x20, 4095, 2);
    expect(read(7) & (ERR | DRQ)).toBe(ERR);
    expect(read(1)).toBe(0x10);
    expect(irq.rises).toBe(1);
  });

  it('turns host errors into ATA errors and log lines', () => {
    disk.failAt = 21;
    lba28(0x20, 20, 3);
    sector();
    expect(read(7) & (ERR | DRQ)).toBe(ERR);
    expect(read(1)).toBe(0x40);
    expect(read(3)).toBe(21);
    lba28(0x30, 21, 1);
    put(1);
    expect(read(7) & 0x21).toBe(0x21);
    expect(logged).toHaveLength(2);
    expect(logged[0]).toContain('sector 21');
  });

  it('aborts commands it does not know', () => {
    write(6, 0xe0);
    write(7, 0xb0);
    expect(read(7) & ERR).toBe(ERR);
    expect(read(1)).toBe(0x04);
  });

  it('keeps interrupts in with nIEN', () => {
    control(0x02);
    lba28(0x20, 0, 1);
    expect(irq.level).toBe(false);
    control(0x00);
    expect(irq.level).toBe(true);
  });

  it('shows its signature after a software reset', () => {
    control(0x04);
    expect(alternate() & 0x80).toBe(0x80);
    control(0x00);
    expect(alternate() & 0x80).toBe(0);
    expect([read(2), read(3), read(4), read(5)]).toEqual([1, 1, 0, 0]);
    expect(read(1)).toBe(1);
  });

  it('answers for a missing slave with a status of zero, and floats without drives', () => {
    write(6, 0xf0);
    expect(read(7)).toBe(0);
    const none = new AtaChannel(null, null, irq.line);
    expect(none.commandBlock.portRead(0x1f7, 1)).toBe(0x7f);
  });

  it('keeps what is written to the task file', () => {
    write(6, 0xa0);
    write(2, 0x55);
    write(3, 0xaa);
    expect([read(2), read(3)]).toEqual([0x55, 0xaa]);
  });
});

describe('ATAPI CD-ROM', () => {
  let channel: AtaChannel;
  let disk: TestDisk;
  const read = (register: number): number => channel.commandBlock.portRead(0x170 + register, 1);
  const write = (register: number, value: number): void => {
    channel.commandBlock.portWrite(0x170 + register, 1, value);
  };
  const make = (medium: BlockDevice | null): void => {
    const drive = new AtapiCdrom(medium, 'CD', () => undefined, { readBytes: 0, writtenBytes: 0 });
    channel = new AtaChannel(drive, null, () => undefined);
    channel.reset();
  };
  const packet = (...bytes: number[]): { data: number[]; error: number } => {
    write(1, 0);
    write(4, 0x00);
    write(5, 0x08);
    write(6, 0xa0);
    write(7, 0xa0);
    const full = [...bytes, ...new Array<number>(12 - bytes.length).fill(0)];
    for (let i = 0; i < 12; i += 2) {
      channel.commandBlock.portWrite(0x170, 2, (full[i] ?? 0) | ((full[i + 1] ?? 0) << 8));
    }
    const data: number[] = [];
    while ((read(7) & DRQ) !== 0) {
      const piece = read(4) | (read(5) << 8);
      expect(piece).toBeLessThanOrEqual(0x800);
      for (let i = 0; i < piece; i += 2) {
        const word = channel.commandBlock.portRead(0x170, 2);
        data.push(word & 0xff, word >> 8);
      }
    }
    return { data, error: (read(7) & ERR) !== 0 ? read(1) >> 4 : 0 };
  };

  beforeEach(() => {
    disk = makeDisk(64, 2048);
    disk.bytes.forEach((_, i) => (disk.bytes[i] = (i >> 11) + (i & 3)));
    make(disk);
  });

  it('has the packet signature and aborts IDENTIFY DEVICE', () => {
    expect([read(4), read(5)]).toEqual([0x14, 0xeb]);
    write(7, 0xec);
    expect(read(7) & ERR).toBe(ERR);
    expect([read(4), read(5)]).toEqual([0x14, 0xeb]);
  });

  it('reports the medium change once, then is ready', () => {
    expect(packet(0x00).error).toBe(6);
    expect(packet(0x03, 0, 0, 0, 18).data[2]).toBe(0x06);
    expect(packet(0x00).error).toBe(0);
  });

  it('gives capacity, contents and a table of contents', () => {
    packet(0x00);
    expect(packet(0x25).data).toEqual([0, 0, 0, 63, 0, 0, 8, 0]);
    const { data } = packet(0x28, 0, 0, 0, 0, 5, 0, 0, 3);
    expect(data).toEqual([...disk.bytes.subarray(5 * 2048, 8 * 2048)]);
    const toc = packet(0x43, 0, 0, 0, 0, 0, 0, 0, 20).data;
    expect(toc.slice(0, 4)).toEqual([0, 18, 1, 1]);
    expect(toc.slice(-4)).toEqual([0, 0, 0, 64]);
  });

  it('refuses what lies beyond the end, unknown commands and bad media', () => {
    packet(0x00);
    expect(packet(0x28, 0, 0, 0, 0, 63, 0, 0, 2).error).toBe(5);
    expect(packet(0xff).error).toBe(5);
    disk.failAt = 7;
    expect(packet(0x28, 0, 0, 0, 0, 7, 0, 0, 1).error).toBe(3);
    expect(packet(0x03, 0, 0, 0, 18).data[12]).toBe(0x11);
  });

  it('says that the tray is empty', () => {
    make(null);
    expect(packet(0x00).error).toBe(2);
    const sense = packet(0x03, 0, 0, 0, 18).data;
    expect([sense[2], sense[12]]).toEqual([2, 0x3a]);
    expect(packet(0x12, 0, 0, 0, 36).data.slice(8, 15)).toEqual(
      Array.from('BREENIX', (c) => c.charCodeAt(0)),
    );
  });
});
