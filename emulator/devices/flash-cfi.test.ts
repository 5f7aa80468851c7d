import { beforeEach, describe, expect, it } from 'vitest';
import type { MemorySpace } from '../machine/bus.ts';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { FlashCfi } from './flash-cfi.ts';

const BASE = 0xffc00000;
const SIZE = 0x4000;
const READY = 0x80;
const SEQUENCE_ERROR = 0xb0;

describe('flash chip', () => {
  let bytes: Uint8Array;
  let flash: FlashCfi;
  /** How the range is mapped, the last first. */
  let mapped: string[];
  let kept: { offset: number; bytes: number[] }[];
  let log: string[];

  beforeEach(() => {
    bytes = new Uint8Array(SIZE).fill(0xff);
    mapped = [];
    kept = [];
    log = [];
    const claim = (kind: string): { remove(): void } => {
      mapped.unshift(kind);
      return { remove: () => void mapped.splice(mapped.indexOf(kind), 1) };
    };
    const memory: MemorySpace = {
      claimMmio: () => claim('mmio'),
      claimBacking: (_name, base, size, kind) => {
        expect([base, size]).toEqual([BASE, SIZE]);
        return claim(kind);
      },
    };
    flash = new FlashCfi({
      memory,
      base: BASE,
      backing: { offset: 0, bytes },
      keeper: { write: (offset, changed) => kept.push({ offset, bytes: [...changed] }) },
      log: (_level, message) => log.push(message),
    });
    flash.reset();
  });

  const write = (offset: number, ...values: number[]): void => {
    for (const value of values) flash.mmioWrite(offset, 1, value);
  };
  const read = (offset: number): number => flash.mmioRead(offset, 1);

  it('is ROM to the processor while it reads the array, and only then', () => {
    expect(mapped).toEqual(['rom']);
    write(0, 0x70);
    expect(mapped).toEqual(['mmio']);
    expect(flash.mmioRead(0x123, 4)).toBe(0x80808080);
    write(0, 0xff);
    expect(mapped).toEqual(['rom']);
  });

  it('is told from ROM and RAM as EDK II does it', () => {
    bytes[0x40] = 0x12;
    write(0x40, 0x50);
    expect(bytes[0x40]).toBe(0x12);
    write(0x40, 0x70);
    expect(read(0x40)).toBe(0x00);
    write(0x40, 0xff);
    expect(read(0x40)).toBe(0x12);
  });

  it.each([0x10, 0x40])('programs a byte by command %i: bits go from 1 to 0 only', (command) => {
    write(5, command, 0xf0);
    expect(read(0)).toBe(READY);
    write(5, command, 0x3c);
    expect(bytes[5]).toBe(0x30);
    expect(bytes[4]).toBe(0xff);
  });

  it('erases the block of an address', () => {
    bytes.fill(0);
    write(0x1234, 0x20, 0xd0);
    expect(read(0)).toBe(READY);
    expect(bytes.findIndex((b) => b === 0xff)).toBe(0x1000);
    expect(bytes.indexOf(0, 0x1000)).toBe(0x2000);
  });

  it('refuses an erase that is not confirmed, and takes the next command', () => {
    bytes.fill(0);
    write(0x1000, 0x20, 0x40);
    expect(read(0)).toBe(SEQUENCE_ERROR);
    expect(bytes.every((b) => b === 0)).toBe(true);
    write(0, 0x50, 0x70);
    expect(read(0)).toBe(0);
  });

  it('programs its write buffer when that is confirmed, and not otherwise', () => {
    write(0x100, 0xe8);
    expect(read(0x100)).toBe(READY);
    write(0x100, 2);
    write(0x100, 1);
    write(0x101, 2);
    write(0x105, 3);
    expect(bytes[0x100]).toBe(0xff);
    write(0x100, 0xd0);
    expect([...bytes.subarray(0x100, 0x106)]).toEqual([1, 2, 0xff, 0xff, 0xff, 3]);
    write(0x200, 0xe8, 0, 7, 0xff);
    expect(bytes[0x200]).toBe(0xff);
    expect(read(0)).toBe(SEQUENCE_ERROR);
    // More than the buffer holds.
    write(0x200, 0x50, 0xe8, 64);
    write(0x200, 0x70);
    expect(read(0)).toBe(SEQUENCE_ERROR);
  });

  it('describes itself: identifier codes and the CFI query', () => {
    write(0, 0x90);
    expect([read(0), read(1), read(2), read(3)]).toEqual([0x89, 0x17, 0, 0]);
    write(0, 0x98);
    expect(String.fromCharCode(read(0x10), read(0x11), read(0x12))).toBe('QRY');
    expect(2 ** read(0x27)).toBe(SIZE);
    expect([read(0x2c), read(0x2d) + 1, read(0x2f) * 256]).toEqual([1, 4, 4096]);
    expect(String.fromCharCode(read(0x31), read(0x32), read(0x33))).toBe('PRI');
    expect(read(0x3fff)).toBe(0);
  });

  it('gives its keeper what has changed when the guest reads the array again', () => {
    write(0x10, 0x10, 1);
    write(0x12, 0x10, 2);
    expect(kept).toEqual([]);
    write(0, 0xff);
    expect(kept).toEqual([{ offset: 0x10, bytes: [1, 0xff, 2] }]);
    write(0, 0xff);
    expect(kept).toHaveLength(1);
    write(0x20, 0x10, 3);
    flash.reset();
    expect(kept.at(-1)).toEqual({ offset: 0x20, bytes: [3] });
  });

  it('takes unknown commands as a way back to the array, named once', () => {
    write(0, 0x70, 0x33, 0x33);
    expect(mapped).toEqual(['rom']);
    expect(log).toHaveLength(1);
  });

  it('ignores what lies outside it', () => {
    flash.mmioWrite(SIZE - 1, 1, 0x10);
    flash.mmioWrite(SIZE + 5, 1, 0);
    expect(bytes).toHaveLength(SIZE);
    expect(flash.mmioRead(SIZE + 5, 1)).toBe(READY);
  });

  it('goes on in the middle of a command after its state was restored', () => {
    write(0x300, 0xe8, 1, 0x0f);
    const saved = saveFields(flash);
    flash.reset();
    restoreFields(flash, saved);
    expect(saveFields(flash)).toEqual(saved);
    expect(mapped).toEqual(['mmio']);
    write(0x301, 0xf0);
    write(0x300, 0xd0, 0xff);
    expect([bytes[0x300], bytes[0x301]]).toEqual([0x0f, 0xf0]);
    // The store has the whole chip as it is now.
    expect(kept.at(-1)?.bytes).toHaveLength(SIZE);
  });
});
