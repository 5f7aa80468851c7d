import { diskDoubles } from '../testing/disk/mounted-volume.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { crc32 } from 'node:zlib';
import { compileKernel, instantiateKernel, type KernelModule } from '../testing/compile.ts';

const wasm = await compileKernel({
  entries: ['fs/vfs.fixture.ts', 'block/partitions.ts', 'block/block.ts', 'mm/kmalloc.ts', 'lib/crc32.ts'],
  replace: diskDoubles,
});

const SECTORS = 4096;
const ENTRIES = 128;

/** A disk with a GUID partition table, and its backup. */
function gptDisk(partitions: readonly { first: number; last: number }[]): Uint8Array {
  const disk = new Uint8Array(SECTORS * 512);
  const view = new DataView(disk.buffer);
  disk[0x1be + 4] = 0xee;
  view.setUint32(0x1be + 8, 1, true);
  view.setUint32(0x1be + 12, SECTORS - 1, true);
  view.setUint16(510, 0xaa55, true);
  const header = (lba: number, other: number, entries: number): void => {
    partitions.forEach(({ first, last }, i) => {
      const at = entries * 512 + i * 128;
      disk.fill(0x11 * (i + 1), at, at + 32);
      view.setBigUint64(at + 32, BigInt(first), true);
      view.setBigUint64(at + 40, BigInt(last), true);
    });
    const at = lba * 512;
    disk.set(new TextEncoder().encode('EFI PART'), at);
    view.setUint32(at + 8, 0x10000, true);
    view.setUint32(at + 12, 92, true);
    view.setBigUint64(at + 24, BigInt(lba), true);
    view.setBigUint64(at + 32, BigInt(other), true);
    view.setBigUint64(at + 40, 34n, true);
    view.setBigUint64(at + 48, BigInt(SECTORS - 34), true);
    view.setBigUint64(at + 72, BigInt(entries), true);
    view.setUint32(at + 80, ENTRIES, true);
    view.setUint32(at + 84, 128, true);
    view.setUint32(at + 88, crc32(disk.subarray(entries * 512, entries * 512 + ENTRIES * 128)), true);
    view.setUint32(at + 16, crc32(disk.subarray(at, at + 92)), true);
  };
  header(1, SECTORS - 1, 2);
  header(SECTORS - 1, 1, SECTORS - 33);
  return disk;
}

describe('partitions by GPT', () => {
  let kernel: KernelModule;
  let disk: Uint8Array;
  const log: string[] = [];

  beforeEach(async () => {
    log.length = 0;
    kernel = await instantiateKernel(wasm, {
      'vfs.fixture': {
        hostRead: (lba: bigint, count: number, to: number) => {
          kernel.bytes(to, count * 512).set(disk.subarray(Number(lba) * 512, (Number(lba) + count) * 512));
        },
      },
      log: { text: (at: number, length: number) => void log.push(kernel.text(at, length)) },
    });
  });

  const scan = (): { error: number; found: [number, number][] } => {
    const device = kernel.fn('makeDisk')(SECTORS);
    const error = kernel.fn('partitionsScan')(device);
    const found: [number, number][] = [];
    for (let n = 1; n < kernel.fn('blockCount')(); n++) {
      const at = kernel.fn('blockAt')(n);
      found.push([Number(kernel.fn64('startOf')(at)), Number(kernel.fn64('lengthOf')(at))]);
    }
    return { error, found };
  };
  const two = [
    { first: 40, last: 99 },
    { first: 2048, last: 4000 },
  ];
  const both: [number, number][] = [
    [40, 60],
    [2048, 1953],
  ];

  it('computes the checksum that zlib does', () => {
    const text = new TextEncoder().encode('The quick brown fox');
    expect(kernel.fn('crc32')(0, kernel.put(text), text.length) >>> 0).toBe(crc32(text));
  });

  it('makes a device of each entry', () => {
    disk = gptDisk(two);
    expect(scan()).toEqual({ error: 0, found: both });
    expect(log.at(-1)).toContain('2: 0 MiB from sector 2048, GPT');
  });

  it.each([
    ['header', 512 + 40],
    ['signature', 512],
    ['entries', 1024 + 40],
  ])('uses the backup when the %s is damaged', (_what, at) => {
    disk = gptDisk(two);
    disk[at] = (disk[at] ?? 0) ^ 1;
    expect(scan()).toEqual({ error: 0, found: both });
    expect(log.some((line) => line.includes('backup'))).toBe(true);
  });

  it('finds nothing when both are damaged, and no partition outside of the usable range', () => {
    disk = gptDisk(two);
    disk[512] = 0;
    disk[(SECTORS - 1) * 512 + 20] = 7;
    expect(scan().found).toEqual([]);
    disk = gptDisk([
      { first: 10, last: 50 },
      { first: 100, last: 5000 },
      { first: 60, last: 50 },
    ]);
    expect(scan().found.slice(1)).toEqual([]);
  });

  it('survives random headers', () => {
    const pristine = gptDisk(two);
    let state = 1;
    const random = (limit: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    for (let round = 0; round < 40; round++) {
      disk = pristine.slice();
      const view = new DataView(disk.buffer);
      for (const lba of [1, SECTORS - 1]) {
        for (let i = 0; i < 4; i++) disk[lba * 512 + 24 + random(68)] = random(256);
        view.setUint32(lba * 512 + 16, 0, true);
        view.setUint32(lba * 512 + 16, crc32(disk.subarray(lba * 512, lba * 512 + 92)), true);
      }
      expect([0, -5, -12]).toContain(scan().error);
    }
  });
});
