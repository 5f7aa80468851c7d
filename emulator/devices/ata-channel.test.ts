import { beforeEach, describe, expect, it } from 'vitest';
import { recordLine, type RecordedLine } from '../machine/testing.ts';
import { AtaChannel } from './ata-channel.ts';
import { AtaDisk } from './ata-disk.ts';
import { makeDisk, type TestDisk } from './ata-testing.ts';

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

  it('gives the rest of a block at once, and no more: the next one has an interrupt of its own', () => {
    const run = (into: Uint8Array): number => channel.commandBlock.portReadRun?.(0x1f0, 2, into) ?? 0;
    lba28(0x20, 300, 2);
    read(7);
    const bytes = new Uint8Array(1024);
    expect(channel.commandBlock.portRead(0x1f0, 2)).toBe((300 & 0xff) * 0x101);
    expect(run(bytes)).toBe(510);
    expect(bytes.subarray(0, 510).every((b) => b === (300 & 0xff))).toBe(true);
    expect(bytes[510]).toBe(0);
    expect(irq.level).toBe(true);
    expect(run(bytes.subarray(0, 101))).toBe(100);
    expect(run(bytes)).toBe(412);
    expect(bytes[0]).toBe(301 & 0xff);
    expect(alternate() & DRQ).toBe(0);
    expect(run(bytes)).toBe(0);
    expect(channel.commandBlock.portReadRun?.(0x1f7, 1, bytes) ?? 0).toBe(0);
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

  it('takes the rest of a block at once, and no more: the next one is asked for first', () => {
    const run = (from: Uint8Array): number => channel.commandBlock.portWriteRun?.(0x1f0, 2, from) ?? 0;
    const data = Uint8Array.from({ length: 1024 }, (_, i) => (i * 7) & 0xff);
    // Nothing is asked for yet.
    expect(run(data)).toBe(0);
    lba28(0x30, 10, 2);
    channel.commandBlock.portWrite(0x1f0, 2, 0x0700);
    expect(run(data.subarray(2))).toBe(510);
    expect(disk.journal).toEqual(['write 10 1']);
    expect(run(data.subarray(512, 613))).toBe(100);
    expect(run(data.subarray(612))).toBe(412);
    expect(disk.journal).toEqual(['write 10 1', 'write 11 1']);
    expect(disk.bytes.subarray(10 * 512, 12 * 512)).toEqual(data);
    expect(run(data)).toBe(0);
    expect(channel.commandBlock.portWriteRun?.(0x1f7, 1, data) ?? 0).toBe(0);
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
