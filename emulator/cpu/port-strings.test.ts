/** REP INS from a device that gives many elements at once. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Guest } from './testing/guest.ts';

/** std or cld; mov edi,TO; mov ecx,COUNT; mov edx,PORT; rep insw; hlt */
const repInsw = (direction: 'fc' | 'fd', to: number, count: number): string =>
  `${direction} bf${le32(to)} b9${le32(count)} ba${le32(PORT)} f3 66 6d f4`;
const PORT = 0x1f0;
const BUFFER = 0x80000;

function le32(value: number): string {
  return value.toString(16).padStart(8, '0').match(/../g)?.reverse().join('') ?? '';
}

describe('REP INS', () => {
  let guest: Guest;
  /** Bytes that every run gave. */
  let runs: number[];
  let singles: number;
  let next: number;

  beforeAll(async () => {
    guest = await Guest.create();
  });

  beforeEach(() => {
    runs = [];
    singles = 0;
    next = 1;
    guest.host.portRead = () => {
      singles++;
      return next++;
    };
    guest.host.portReadRun = (port, sizeBytes, into) => {
      expect([port, sizeBytes]).toEqual([PORT, 2]);
      const bytes = Math.min(into.length, 256);
      for (let at = 0; at < bytes; at += 2) {
        into[at] = next & 0xff;
        into[at + 1] = next++ >> 8;
      }
      runs.push(bytes);
      return bytes;
    };
    for (let at = 0; at < 0x4000; at += 8) guest.view.setBigUint64(BUFFER + at, 0n, true);
  });

  const words = (at: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => guest.view.getUint16(at + 2 * i, true));
  const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

  it('takes what the device gives, across pages, in order and exactly as much', () => {
    guest.runLong(repInsw('fc', BUFFER + 0xf00, 700));
    expect(guest.vector).toBe(0xff);
    expect(words(BUFFER + 0xf00, 701)).toEqual([...counted(700), 0]);
    expect(guest.register('rcx')).toBe(0n);
    expect(guest.register('rdi')).toBe(BigInt(BUFFER + 0xf00 + 1400));
    expect(singles + runs.reduce((a, b) => a + b, 0) / 2).toBe(700);
    expect(runs.length).toBeGreaterThan(0);
  });

  it('reads one by one where an element lies across a page, and downwards', () => {
    guest.runLong(repInsw('fc', BUFFER + 0xff9, 20));
    expect(words(BUFFER + 0xff9, 20)).toEqual(counted(20));
    runs = [];
    guest.runLong(repInsw('fd', BUFFER + 0x200, 20));
    expect(runs).toEqual([]);
    expect(guest.register('rdi')).toBe(BigInt(BUFFER + 0x200 - 40));
  });

  it('reads one by one from a device that has no runs', () => {
    guest.host.portReadRun = () => 0;
    guest.runLong(repInsw('fc', BUFFER, 300));
    expect(words(BUFFER, 300)).toEqual(counted(300));
    expect(singles).toBe(300);
  });

  it('stops at a page that is not there with everything read so far in memory', () => {
    const entry = guest.pageEntry(BUFFER + 0x1000);
    guest.startLong(repInsw('fc', BUFFER + 0xe00, 700));
    guest.setPageEntry(BUFFER + 0x1000, 0n);
    guest.finish();
    guest.setPageEntry(BUFFER + 0x1000, entry);
    expect(guest.vector).toBe(14);
    expect(guest.register('rcx')).toBe(700n - 256n);
    expect(words(BUFFER + 0xe00, 257)).toEqual([...counted(256), 0]);
    expect(next).toBe(257);
  });
});
