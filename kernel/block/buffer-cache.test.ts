import { diskDoubles } from '../testing/disk/mounted-volume.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { compileKernel, instantiateKernel, type KernelModule } from '../testing/compile.ts';

const wasm = await compileKernel({
  entries: ['fs/vfs.fixture.ts', 'block/buffer-cache.ts', 'block/write-back.ts', 'mm/kmalloc.ts'],
  replace: diskDoubles,
});

const EIO = -5;
/** Not a multiple of a cache block: the last one is short. */
const SECTORS = 40_003;

const pristine = new Uint8Array(SECTORS * 512);
for (let i = 0; i < pristine.length; i++) pristine[i] = i ^ (i >> 8) ^ (i >> 16);

describe('buffer cache', () => {
  let kernel: KernelModule;
  let disk: Uint8Array;
  let device: number;
  let buffer: number;

  beforeEach(async () => {
    disk = pristine.slice();
    kernel = await instantiateKernel(wasm, {
      'vfs.fixture': {
        hostRead: (lba: bigint, count: number, to: number) => {
          kernel.bytes(to, count * 512).set(disk.subarray(Number(lba) * 512, (Number(lba) + count) * 512));
        },
        hostWrite: (lba: bigint, count: number, from: number) => {
          disk.set(kernel.bytes(from, count * 512), Number(lba) * 512);
        },
      },
    });
    device = kernel.fn('makeDisk')(SECTORS);
    buffer = kernel.put(new Uint8Array(1 << 20));
  });

  const read = (offset: number, length: number): number =>
    kernel.fn('cacheRead')(device, BigInt(offset), buffer, length);
  const write = (offset: number, bytes: Uint8Array): number =>
    kernel.fn('cacheWrite')(device, BigInt(offset), kernel.put(bytes), bytes.length);
  const same = (offset: number, length: number): boolean =>
    Buffer.compare(kernel.bytes(buffer, length), disk.subarray(offset, offset + length)) === 0;

  it('reads any range, up to the very end', () => {
    for (const [offset, length] of [
      [0, 1],
      [4095, 2],
      [123_457, 300_000],
      [SECTORS * 512 - 5000, 5000],
    ] as const) {
      expect(read(offset, length)).toBe(0);
      expect(same(offset, length)).toBe(true);
    }
  });

  it('refuses what lies past the end', () => {
    expect(read(SECTORS * 512 - 1, 2)).toBe(EIO);
    expect(read(2 ** 52, 1)).toBe(EIO);
    expect(kernel.fn('cacheRead')(device, 0xffff_ffff_ffff_ffffn, buffer, 2)).toBe(EIO);
  });

  it('keeps no more than its share and still reads right', () => {
    for (let offset = 0; offset < SECTORS * 512 - 65536; offset += 65536) {
      expect(read(offset, 65536)).toBe(0);
    }
    expect(Number(kernel.fn64('cacheBytes')())).toBe(2048 * 4096);
    const before = kernel.fn('readOperations')();
    read(0, 4096);
    expect(same(0, 4096)).toBe(true);
    expect(kernel.fn('readOperations')()).toBe(before + 1);
  });

  it('writes back on sync, and never gives up what is dirty', () => {
    const original = disk.slice();
    expect(
      write(
        10_000,
        Uint8Array.from({ length: 9000 }, () => 0xaa),
      ),
    ).toBe(0);
    expect(Buffer.compare(disk, original)).toBe(0);
    read(10_000, 9000);
    expect(kernel.bytes(buffer, 9000).every((b) => b === 0xaa)).toBe(true);
    expect(kernel.fn('cacheSync')()).toBe(0);
    expect(disk.subarray(10_000, 19_000).every((b) => b === 0xaa)).toBe(true);
    expect(disk[9999]).toBe(original[9999]);
    expect(disk[19_000]).toBe(original[19_000]);
    write(SECTORS * 512 - 3, Uint8Array.of(1, 2, 3));
    for (let offset = 0; offset < SECTORS * 512 - 131_072; offset += 65536) read(offset, 65536);
    expect(read(SECTORS * 512 - 3, 3)).toBe(0);
    expect([...kernel.bytes(buffer, 3)]).toEqual([1, 2, 3]);
    expect(kernel.fn('cacheSync')()).toBe(0);
    expect([...disk.subarray(-3)]).toEqual([1, 2, 3]);
  });

  it('loses one sector to a bad one, not its neighbours, and reports a failed sync', () => {
    kernel.fn('setBadSector')(100n);
    expect(read(0, 200 * 512)).toBe(EIO);
    expect(read(0, 96 * 512)).toBe(0);
    expect(same(0, 96 * 512)).toBe(true);
    expect(read(104 * 512, 4096)).toBe(0);
    kernel.fn('setBadSector')(-1n);
    write(100 * 512, Uint8Array.of(9));
    kernel.fn('setBadSector')(100n);
    expect(kernel.fn('cacheSync')()).toBe(EIO);
    kernel.fn('setBadSector')(-1n);
    expect(kernel.fn('cacheSync')()).toBe(0);
    expect(disk[100 * 512]).toBe(9);
  });

  it('answers ENOMEM and leaves nothing behind', () => {
    for (let i = 0; i < 6; i++) {
      kernel.fn('kmallocFailAfter')(i);
      const error = read(i * 100_000, 50_000);
      kernel.fn('kmallocFailAfter')(-1);
      expect([0, -12]).toContain(error);
      expect(read(i * 100_000, 50_000)).toBe(0);
      expect(same(i * 100_000, 50_000)).toBe(true);
    }
  });
});
