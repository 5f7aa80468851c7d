import { beforeEach, describe, expect, it } from 'vitest';
import type { AtaChannel } from './ata-channel.ts';
import type { DmaRequest } from './ata-drive.ts';
import { IdeBusMaster } from './ide-bus-master.ts';

const RAM_BYTES = 0x100000;
const TABLE = 0x1000;
const END = 0x80000000;
const START_READ = 0x09;
const START_WRITE = 0x01;
const ACTIVE = 0x01;
const ERROR = 0x02;

/** Byte `at` of what the drive sends. */
const sent = (at: number): number => (at * 7 + (at >> 8)) & 0xff;

describe('bus-master IDE', () => {
  let ram: Uint8Array;
  let written: [number, number][];
  let pieces: number[];
  let received: number[];
  let done: number;
  /** Whether the drive can fill pieces, up to which of its bytes, and what it was asked for. */
  let fills: boolean;
  let fillsUpTo: number;
  let filled: number[][];
  let channel: { selected: { dma: DmaRequest | null }; onDmaRequest?: () => void; onInterrupt?: () => void };
  let master: IdeBusMaster;

  const table = (...entries: readonly (readonly [address: number, size: number])[]): void => {
    const view = new DataView(ram.buffer);
    entries.forEach(([address, size], i) => {
      view.setUint32(TABLE + 8 * i, address, true);
      view.setUint32(TABLE + 8 * i + 4, (size & 0xffff) | (i === entries.length - 1 ? END : 0), true);
    });
  };
  const run = (direction: 'in' | 'out', totalBytes: number, failAt = Infinity, tableAt = TABLE): number => {
    let at = 0;
    channel.selected.dma = {
      direction,
      totalBytes,
      move: (piece) => {
        pieces.push(piece.length);
        if (at + piece.length > failAt) return false;
        if (direction === 'in') piece.forEach((_, i) => (piece[i] = sent(at + i)));
        else received.push(...piece);
        at += piece.length;
        return true;
      },
      ...(fills
        ? {
            fill: (list: readonly Uint8Array[]): boolean => {
              filled.push(list.map((piece) => piece.length));
              if (at > fillsUpTo) return false;
              for (const piece of list) {
                piece.forEach((_, i) => (piece[i] = sent(at + i)));
                at += piece.length;
              }
              return true;
            },
          }
        : {}),
      done: () => done++,
    };
    master.portWrite(4, 4, tableAt);
    master.portWrite(0, 1, direction === 'in' ? START_READ : START_WRITE);
    return master.portRead(2, 1);
  };

  beforeEach(() => {
    ram = new Uint8Array(RAM_BYTES);
    written = [];
    pieces = [];
    received = [];
    done = 0;
    fills = false;
    fillsUpTo = Infinity;
    filled = [];
    channel = { selected: { dma: null } };
    const memory = {
      read: (at: number, into: Uint8Array): void => {
        into.fill(0xff);
        into.set(ram.subarray(at, at + into.length));
      },
      write: (at: number, from: Uint8Array): void => {
        if (at >= RAM_BYTES) return;
        ram.set(from.subarray(0, RAM_BYTES - at), at);
        written.push([at, from.length]);
      },
      ram: (at: number, size: number): Uint8Array | null =>
        at + size <= RAM_BYTES ? ram.subarray(at, at + size) : null,
      clear: () => undefined,
      ramWritten: (at: number, size: number): void => {
        written.push([at, size]);
      },
    };
    master = new IdeBusMaster(channel as unknown as AtaChannel, memory, () => true);
  });

  /** What the drive sent lies in these regions of RAM, one after the other. */
  const expectSent = (...regions: readonly (readonly [address: number, size: number])[]): void => {
    let at = 0;
    for (const [address, size] of regions) {
      const wrong = ram.subarray(address, address + size).findIndex((byte, i) => byte !== sent(at + i));
      expect([address, wrong]).toEqual([address, -1]);
      at += size;
    }
  };

  it('moves what lies in one piece at once, and entries that follow each other are one piece', () => {
    table([0x20000, 0x10000], [0x30000, 0x10000], [0x40000, 0x8000]);
    expect(run('in', 0x28000)).toBe(0);
    expect(pieces).toEqual([0x28000]);
    expect(written).toEqual([[0x20000, 0x28000]]);
    expect(done).toBe(1);
    expectSent([0x20000, 0x28000]);
  });

  it('gathers small pieces for one move of the drive', () => {
    const regions = Array.from({ length: 16 }, (_, i) => [0x20000 + i * 0x2000, 0x1000] as const);
    table(...regions);
    expect(run('in', 0x10000)).toBe(0);
    expect(pieces).toEqual([0x10000]);
    expect(written).toHaveLength(16);
    expectSent(...regions);
  });

  it('has a drive that can do that fill small and odd pieces where they lie', () => {
    fills = true;
    const regions = Array.from({ length: 20 }, (_, i) => [0x20000 + i * 0x2002, 0x0ffe] as const);
    table(...regions, [0x10000, 40]);
    expect(run('in', 20 * 0x0ffe + 40)).toBe(0);
    expect(pieces).toEqual([]);
    expect(filled.map((list) => list.reduce((a, b) => a + b, 0))).toEqual([0x14000]);
    expect(written).toHaveLength(21);
    expect(done).toBe(1);
    expectSent(...regions, [0x10000, 40]);
  });

  it('moves what such a drive does not fill', () => {
    fills = true;
    fillsUpTo = 0;
    const regions = Array.from({ length: 600 }, (_, i) => [0x20000 + i * 0x400, 0x200] as const);
    table(...regions);
    expect(run('in', 600 * 0x200)).toBe(0);
    expect(filled.map((list) => list.length)).toEqual([512, 88]);
    expect(pieces).toEqual([88 * 0x200]);
    expectSent(...regions);
  });

  it('reads a table at any dword', () => {
    const regions = Array.from({ length: 100 }, (_, i) => [0x20000 + i * 0x400, 0x200] as const);
    table(...regions);
    ram.copyWithin(TABLE + 4, TABLE, TABLE + 8 * regions.length);
    expect(run('in', 100 * 0x200, Infinity, TABLE + 4)).toBe(0);
    expectSent(...regions);
  });

  it('fills whole sectors of the smallest pieces', () => {
    fills = true;
    const regions = Array.from({ length: 768 }, (_, i) => [0x20000 + i * 4, 2] as const);
    table(...regions);
    expect(run('in', 0x600)).toBe(0);
    expect(filled.map((list) => list.length)).toEqual([512, 256]);
    expect(pieces).toEqual([]);
    expectSent(...regions);
  });

  it('gives a drive that can fill no list without end when no sector ends with a piece', () => {
    fills = true;
    // From the first on sectors end inside pieces.
    const regions = Array.from(
      { length: 1200 },
      (_, i) => [0x20000 + i * 0x200, i === 0 ? 2 : 0x1fe] as const,
    );
    table(...regions, [0x10000, 0x200]);
    const size = Math.floor((2 + 1199 * 0x1fe) / 0x200) * 0x200;
    expect(run('in', size)).toBe(ACTIVE);
    expect(Math.max(...filled.map((list) => list.length))).toBeLessThanOrEqual(1024);
    expectSent(...regions.slice(0, 1100));
  });

  it('moves for such a drive what lies outside RAM', () => {
    fills = true;
    table([0x20000, 0x1000], [RAM_BYTES - 0x800, 0x1000]);
    run('in', 0x2000);
    expect(filled).toEqual([]);
    expect(pieces.at(-1)).toBe(0x2000);
  });

  it('does not fill for a table that is too short', () => {
    fills = true;
    table([0x20000, 0x400]);
    expect(run('in', 0x800)).toBe(ERROR);
    expect(filled).toEqual([]);
    expect(done).toBe(0);
  });

  it('writes what lies in small, odd and large pieces in their order', () => {
    table([0x20002, 0x0ffe], [0x30000, 0x2002], [0x40000, 0x10000]);
    ram.forEach((_, i) => (ram[i] = i < 0x20000 ? (ram[i] ?? 0) : sent(i)));
    const expected = [
      ...ram.subarray(0x20002, 0x21000),
      ...ram.subarray(0x30000, 0x32002),
      ...ram.subarray(0x40000, 0x50000),
    ];
    expect(run('out', 0x13000)).toBe(0);
    expect(received).toEqual(expected);
    expect(written).toEqual([]);
  });

  it('stays active when the table is longer than the data', () => {
    table([0x20000, 0x1000], [0x30000, 0x1000]);
    expect(run('in', 0x1000)).toBe(ACTIVE);
    expect(done).toBe(1);
  });

  it('reports a table that is too short and leaves the drive waiting', () => {
    table([0x20000, 0x400]);
    expect(run('in', 0x800)).toBe(ERROR);
    expect(done).toBe(0);
    expectSent([0x20000, 0x400]);
  });

  it('leaves the end of a command that failed to the drive', () => {
    table([0x20000, 0x10000], [0x80000, 0x10000]);
    expect(run('in', 0x20000, 0x10000)).toBe(ACTIVE);
    expect(done).toBe(0);
    expectSent([0x20000, 0x10000]);
  });

  it('drops what lies beyond RAM, and reads ones from there', () => {
    table([RAM_BYTES - 0x8000, 0x10000]);
    expect(run('in', 0x10000)).toBe(0);
    expectSent([RAM_BYTES - 0x8000, 0x8000]);
    table([RAM_BYTES, 0x200]);
    master.portWrite(0, 1, 0);
    expect(run('out', 0x200)).toBe(0);
    expect(received).toEqual(new Array(0x200).fill(0xff));
  });

  it('refuses a direction that is not the drive’s', () => {
    table([0x20000, 0x200]);
    channel.selected.dma = { direction: 'out', totalBytes: 0x200, move: () => true, done: () => done++ };
    master.portWrite(4, 4, TABLE);
    master.portWrite(0, 1, START_READ);
    expect(master.portRead(2, 1)).toBe(ACTIVE | ERROR);
    expect(done).toBe(0);
  });
});
