import { beforeEach, describe, expect, it } from 'vitest';
import type { DmaMemory } from '../machine/bus.ts';
import { FwCfg } from './fw-cfg.ts';

describe('fw_cfg', () => {
  const ram = new Uint8Array(0x10000);
  const memory: DmaMemory = {
    read: (at, into) => {
      into.set(ram.subarray(at, at + into.length));
    },
    write: (at, from) => {
      ram.set(from, at);
    },
    clear: (at, sizeBytes) => {
      ram.fill(0, at, at + sizeBytes);
    },
  };
  let fw: FwCfg;
  const select = (key: number): void => {
    fw.portWrite(0x510, 2, key);
  };
  const bytes = (count: number): number[] => Array.from({ length: count }, () => fw.portRead(0x511, 1));
  const dma = (control: number, length: number, address: number): number => {
    const view = new DataView(ram.buffer);
    view.setUint32(0x100, control);
    view.setUint32(0x104, length);
    view.setBigUint64(0x108, BigInt(address));
    fw.portWrite(0x514, 4, 0);
    fw.portWrite(0x518, 4, 0x00010000);
    return view.getUint32(0x100);
  };

  beforeEach(() => {
    ram.fill(0xcc);
    fw = new FwCfg(memory);
    fw.setFile('etc/b', Uint8Array.of(1, 2, 3));
    fw.setFile('etc/a', Uint8Array.of(9, 8, 7, 6), true);
  });

  it('has its signature and says that it can do DMA', () => {
    select(0);
    expect(String.fromCharCode(...bytes(4))).toBe('QEMU');
    select(1);
    expect(bytes(4)).toEqual([3, 0, 0, 0]);
    expect(fw.portRead(0x514, 4)).toBe(0x554d4551);
  });

  it('lists its files sorted by name and gives them under their keys', () => {
    select(0x19);
    expect(bytes(4)).toEqual([0, 0, 0, 2]);
    const first = bytes(64);
    expect(first.slice(0, 8)).toEqual([0, 0, 0, 4, 0, 0x20, 0, 0]);
    expect(String.fromCharCode(...first.slice(8, 13))).toBe('etc/a');
    select(0x21);
    expect(bytes(5)).toEqual([1, 2, 3, 0, 0]);
  });

  it('reads by DMA, zeros beyond the end', () => {
    expect(dma((0x21 << 16) | 0x08 | 0x02, 5, 0x2000)).toBe(0);
    expect([...ram.subarray(0x2000, 0x2006)]).toEqual([1, 2, 3, 0, 0, 0xcc]);
  });

  it('writes no more than the item, and asks once for the zeros, when 4 GiB are read', () => {
    const asked: (readonly [what: string, sizeBytes: number])[] = [];
    fw = new FwCfg({
      read: (at, into) => {
        memory.read(at, into);
      },
      write: (at, from) => {
        asked.push(['write', from.length]);
        memory.write(at, from);
      },
      clear: (_at, sizeBytes) => asked.push(['clear', sizeBytes]),
    });
    fw.setFile('etc/b', Uint8Array.of(1, 2, 3));
    expect(dma((0x20 << 16) | 0x08 | 0x02, 0xffffffff, 0x2000)).toBe(0);
    // The last one is the word that says how it went.
    expect(asked).toEqual([
      ['write', 3],
      ['clear', 0xffffffff - 3],
      ['write', 4],
    ]);
  });

  it('skips and goes on by DMA', () => {
    dma((0x20 << 16) | 0x08 | 0x04, 2, 0);
    expect(dma(0x02, 2, 0x2000)).toBe(0);
    expect([...ram.subarray(0x2000, 0x2002)]).toEqual([7, 6]);
  });

  it('writes by DMA only what is writable', () => {
    ram.set([5, 5], 0x3000);
    expect(dma((0x20 << 16) | 0x08 | 0x10, 2, 0x3000)).toBe(0);
    select(0x20);
    expect(bytes(4)).toEqual([5, 5, 7, 6]);
    expect(dma((0x21 << 16) | 0x08 | 0x10, 2, 0x3000)).toBe(1);
    expect(dma((0x20 << 16) | 0x08 | 0x10, 5, 0x3000)).toBe(1);
  });

  it('refuses file names that do not fit', () => {
    expect(() => {
      fw.setFile('x'.repeat(56), new Uint8Array(1));
    }).toThrow(RangeError);
  });
});
