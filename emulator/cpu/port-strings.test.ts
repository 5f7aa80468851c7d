/** REP INS and REP OUTS with a device that gives or takes many elements at once. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Guest } from './testing/guest.ts';

/** std or cld; mov edi,TO; mov ecx,COUNT; mov edx,PORT; rep insw; hlt */
const repInsw = (direction: 'fc' | 'fd', to: number, count: number): string =>
  `${direction} bf${le32(to)} b9${le32(count)} ba${le32(PORT)} f3 66 6d f4`;
/** std or cld; mov esi,FROM; mov ecx,COUNT; mov edx,PORT; rep outsw; hlt */
const repOutsw = (direction: 'fc' | 'fd', from: number, count: number): string =>
  `${direction} be${le32(from)} b9${le32(count)} ba${le32(PORT)} f3 66 6f f4`;
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

describe('REP OUTS', () => {
  let guest: Guest;
  /** What the device got, in order; of it by runs, bytes each. */
  let got: number[];
  let runs: number[];
  /** The most that the device takes at once. */
  let runBytes: number;

  beforeAll(async () => {
    guest = await Guest.create();
  });

  beforeEach(() => {
    got = [];
    runs = [];
    runBytes = 256;
    guest.host.portWrite = (port, sizeBytes, value) => {
      expect([port, sizeBytes]).toEqual([PORT, 2]);
      got.push(value);
    };
    guest.host.portWriteRun = (port, sizeBytes, from) => {
      expect([port, sizeBytes]).toEqual([PORT, 2]);
      const bytes = Math.min(from.length, runBytes);
      for (let at = 0; at < bytes; at += 2) got.push((from[at] ?? 0) | ((from[at + 1] ?? 0) << 8));
      runs.push(bytes);
      return bytes;
    };
  });

  const fill = (at: number, count: number): number[] => {
    const values = Array.from({ length: count }, (_, i) => 0x1000 + i);
    values.forEach((value, i) => {
      guest.view.setUint16(at + 2 * i, value, true);
    });
    return values;
  };
  const singles = (): number => got.length - runs.reduce((a, b) => a + b, 0) / 2;

  it('gives what the device takes, across pages, in order and exactly as much', () => {
    const values = fill(BUFFER + 0xf00, 701);
    guest.runLong(repOutsw('fc', BUFFER + 0xf00, 700));
    expect(guest.vector).toBe(0xff);
    expect(got).toEqual(values.slice(0, 700));
    expect(guest.register('rcx')).toBe(0n);
    expect(guest.register('rsi')).toBe(BigInt(BUFFER + 0xf00 + 1400));
    expect(singles()).toBeLessThan(20);
  });

  it('gives nothing for a count of 0, and one element without REP', () => {
    guest.runLong(repOutsw('fc', BUFFER, 0));
    expect(got).toEqual([]);
    const [value] = fill(BUFFER, 2);
    guest.runLong(`fc be${le32(BUFFER)} b9${le32(2)} ba${le32(PORT)} 66 6f f4`);
    expect([got, runs]).toEqual([[value], []]);
    expect(guest.register('rcx')).toBe(2n);
  });

  it('writes one by one where an element lies across a page, and downwards', () => {
    const values = fill(BUFFER + 0xff9, 20);
    guest.runLong(repOutsw('fc', BUFFER + 0xff9, 20));
    expect(got).toEqual(values);
    got = [];
    runs = [];
    fill(BUFFER + 0x200 - 38, 20);
    guest.runLong(repOutsw('fd', BUFFER + 0x200, 20));
    expect(runs).toEqual([]);
    expect(got).toEqual(values.toReversed());
    expect(guest.register('rsi')).toBe(BigInt(BUFFER + 0x200 - 40));
  });

  it.each([0, 2, 10])('goes on by single writes with a device that takes %i bytes at once', (bytes) => {
    runBytes = bytes;
    const values = fill(BUFFER, 300);
    guest.runLong(repOutsw('fc', BUFFER, 300));
    expect(got).toEqual(values);
    if (bytes === 0) expect(singles()).toBe(300);
  });

  it('stops at a page that is not there with everything before it written, and goes on from there', () => {
    const values = fill(BUFFER + 0xe00, 700);
    const entry = guest.pageEntry(BUFFER + 0x1000);
    guest.startLong(repOutsw('fc', BUFFER + 0xe00, 700));
    guest.setPageEntry(BUFFER + 0x1000, 0n);
    guest.finish();
    guest.setPageEntry(BUFFER + 0x1000, entry);
    expect(guest.vector).toBe(14);
    expect(guest.register('cr2')).toBe(BigInt(BUFFER + 0x1000));
    expect(guest.register('rcx')).toBe(700n - 256n);
    expect(guest.register('rsi')).toBe(BigInt(BUFFER + 0x1000));
    expect(got).toEqual(values.slice(0, 256));
  });

  it('stops at the end of the segment that a prefix names', () => {
    // FS is 2100h bytes at 40000h: mov eax,58h; mov fs,eax.
    const values = fill(0x40000 + 0x2000, 200);
    const code = `b858000000 8ee0 be${le32(0x2000)} b9${le32(200)} ba${le32(PORT)} 64 f3 66 6f f4`;
    guest.runProtected(code);
    expect(guest.vector).toBe(13);
    expect(got).toEqual(values.slice(0, 128));
    expect(guest.register('rcx')).toBe(72n);
    expect(guest.register('rsi')).toBe(0x2100n);
  });

  it('wraps a 16-bit index to the beginning of its segment', () => {
    const high = fill(0x8fff0, 8);
    const low = fill(0x80000, 8);
    // mov ax,8000h; mov ds,ax; mov si,0fff0h; mov cx,16; mov dx,PORT; rep outsw; hlt
    guest.runReal('b80080 8ed8 fc bef0ff b91000 baf001 f3 6f f4');
    expect(got).toEqual([...high, ...low]);
    expect(guest.register('rsi') & 0xffffn).toBe(16n);
  });

  it('ends with its slice', () => {
    fill(BUFFER, 0x4000);
    guest.startLong(repOutsw('fc', BUFFER, 0x4000));
    let slices = 0;
    while (guest.vcpu.run(1000) === 'budget') slices++;
    expect(slices).toBeGreaterThan(12);
    expect(got).toHaveLength(0x4000);
  });
});
