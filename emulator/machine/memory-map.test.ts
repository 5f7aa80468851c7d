import { beforeEach, describe, expect, it } from 'vitest';
import type { MmioHandler } from './bus.ts';
import { MemoryMap } from './memory-map.ts';

const RAM_BYTES = 0x200000;

describe('the memory map', () => {
  let map: MemoryMap;
  let mapped: string[];
  let log: string[];
  let ram: Uint8Array;
  /** First byte and count of what the processor was told to forget. */
  let changed: [at: number, sizeBytes: number][];
  /** A chip that answers with its name and the offset. */
  const chip = (answer: number): MmioHandler & { readonly written: number[] } => {
    const written: number[] = [];
    return {
      written,
      mmioRead: (offset) => answer + offset,
      mmioWrite: (offset, _size, value) => written.push(offset, value),
    };
  };

  beforeEach(() => {
    mapped = [];
    log = [];
    ram = new Uint8Array(RAM_BYTES);
    changed = [];
    map = new MemoryMap(
      {
        mapPages: (base, size, kind, offset) =>
          mapped.push(`${base.toString(16)}+${size.toString(16)} ${kind} ${offset.toString(16)}`),
        invalidateCode: (at, sizeBytes) => changed.push([at, sizeBytes]),
      },
      0x1000,
      ram,
      (_level, text) => log.push(text),
    );
  });

  it('gives accesses to the chip whose window it is, up to its last byte', () => {
    map.claimMmio('a', 0xfec00000, 0x1000, chip(0x1000));
    map.claimMmio('b', 0xfec01000, 0x400, chip(0x2000));
    expect(map.mmioRead(0xfec00000, 4)).toBe(0x1000);
    expect(map.mmioRead(0xfec00ffc, 4)).toBe(0x1ffc);
    expect(map.mmioRead(0xfec01000, 4)).toBe(0x2000);
    expect(map.mmioRead(0xfec013fc, 4)).toBe(0x23fc);
    expect(map.mmioRead(0xfec01400, 4)).toBe(0xffffffff);
    expect(map.mmioRead(0xfebffffc, 2)).toBe(0xffff);
    expect(log).toHaveLength(2);
  });

  it('hides what lies below, uncovers it again, and follows a window that moves while it is used', () => {
    const below = map.claimMmio('below', 0xe0000000, 0x4000, chip(0));
    const above = map.claimMmio('above', 0xe0001000, 0x1000, chip(0x900000));
    const read = (): number[] => [0xe0000ffc, 0xe0001000, 0xe0002000].map((at) => map.mmioRead(at, 4));
    expect(read()).toEqual([0xffc, 0x900000, 0x2000]);
    above.remove();
    expect(read()).toEqual([0xffc, 0x1000, 0x2000]);
    above.remove();
    below.remove();
    expect(read()).toEqual([0xffffffff, 0xffffffff, 0xffffffff]);
    map.claimMmio('moved', 0xe0002000, 0x1000, chip(0x500));
    expect(read()).toEqual([0xffffffff, 0xffffffff, 0x500]);
  });

  it('takes addresses beyond 4 GiB, where only chips are', () => {
    const handler = chip(7);
    map.claimMmio('high', 2 ** 40, 0x1000, handler);
    expect(map.mmioRead(2 ** 40, 4)).toBe(7);
    // The same low bits, another page.
    expect(map.mmioRead(2 ** 40 + 2 ** 32, 4)).toBe(0xffffffff);
    map.mmioWrite(2 ** 40 + 8, 4, 5);
    expect(handler.written).toEqual([8, 5]);
  });

  it('tells the processor what is uppermost, in as few pieces as there are', () => {
    const backing = { offset: 0x500000, bytes: new Uint8Array(0x10000) };
    map.claimRam('ram', 0, 0x10000, 'ram');
    map.claimBacking('rom', 0x8000, 0x4000, 'rom', backing);
    expect(mapped).toEqual(['0+10000 ram 1000', '8000+4000 rom 500000']);
    mapped.length = 0;
    const window = map.claimMmio('window', 0x6000, 0x4000, chip(0));
    expect(mapped).toEqual(['6000+2000 mmio 0', '8000+2000 mmio 0']);
    mapped.length = 0;
    window.remove();
    expect(mapped).toEqual(['6000+2000 ram 7000', '8000+2000 rom 500000']);
  });

  it('puts what is on the PCI bus beneath all else, whichever comes first', () => {
    map.claimRam('ram', 0, RAM_BYTES, 'ram');
    const apic = map.claimMmio('apic', 0xfee00000, 0x1000, chip(0x100));
    const first = map.pci.claimMmio('first', 0x1ff000, 0x2000, chip(0x10000));
    map.pci.claimMmio('second', 0xfee00000, 0x2000, chip(0x20000));
    mapped.length = 0;
    // A window over the end of RAM begins behind it; the later of two windows on the bus is the upper one.
    map.pci.claimMmio('third', 0x1ff000, 0x2000, chip(0x30000));
    expect(mapped).toEqual(['1ff000+1000 ram 200000', '200000+1000 mmio 0']);
    const read = (): number[] => [0x200000, 0xfee00000, 0xfee01000].map((at) => map.mmioRead(at, 4));
    expect(read()).toEqual([0x31000, 0x100, 0x21000]);
    first.remove();
    first.remove();
    map.claimMmio('above', 0x200000, 0x1000, chip(0x5));
    apic.remove();
    expect(read()).toEqual([0x5, 0x20000, 0x21000]);
  });

  it('gives writes to a ROM to whom they are for, or to nobody without a word', () => {
    const backing = { offset: 0, bytes: new Uint8Array(0x1000) };
    const commands = chip(0);
    map.claimBacking('flash', 0xfff00000, 0x1000, 'rom', backing, commands);
    map.claimBacking('rom', 0xfff01000, 0x1000, 'rom', backing);
    map.mmioWrite(0xfff00010, 1, 0x90);
    map.mmioWrite(0xfff01010, 1, 0x90);
    expect(commands.written).toEqual([0x10, 0x90]);
    expect(log).toEqual([]);
  });

  it('clears what lies in RAM of any number of bytes, at once', () => {
    ram.fill(0xcc);
    map.clear(RAM_BYTES - 16, 2 ** 32 - 1);
    map.clear(RAM_BYTES, 2 ** 32 - 1);
    map.clear(2 ** 52, 4096);
    expect([...ram.subarray(RAM_BYTES - 17)]).toEqual([0xcc, ...new Array<number>(16).fill(0)]);
    expect(changed).toEqual([[0x1000 + RAM_BYTES - 16, 16]]);
    expect(log).toEqual([]);
  });

  it('names only so many pages without memory, however many a guest touches', () => {
    for (let page = 0; page < 5000; page++) map.mmioRead(2 ** 40 + page * 4096, 4);
    expect(log.length).toBeGreaterThan(1);
    expect(log.length).toBeLessThan(2000);
  });
});
