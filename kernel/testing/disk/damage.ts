/**
 * Damages a volume where it hurts. Seeded by the caller's `random`, so that a failure comes again.
 */
type Random = (limit: number) => number;

/** Where damage goes: first byte and length; one is as likely as the other. */
export type Regions = readonly (readonly [start: number, length: number])[];

/** Super block, descriptors, bitmaps, inode table, directories of a small volume of 1 KiB blocks; and anywhere. */
export const EXT2_REGIONS: Regions = [
  [1024, 300],
  [2048, 128],
  [2048, 20_000],
  [0, 400_000],
  [0, Infinity],
];

/** Boot sector, the table, directories behind a table of `fatKiB`; and anywhere. */
export function fatRegions(fatKiB: number): Regions {
  const fat = 32 * 512;
  return [
    [0, 90],
    [fat, 2000],
    [fat, 40_000],
    [fat + fatKiB * 1024, 100_000],
    [0, Infinity],
  ];
}

/** Changes one to twelve places: bytes, bits, whole words, and words that look like block numbers. */
export function damage(disk: Uint8Array, random: Random, regions: Regions): void {
  const count = 1 + random(12);
  for (let i = 0; i < count; i++) {
    const [start, length] = regions[random(regions.length)] ?? [0, 1];
    const at = start + random(Math.min(length, disk.length - start));
    const word = Math.min(at & ~3, disk.length - 4);
    const kind = random(4);
    if (kind === 0) disk[at] = random(256);
    else if (kind === 1) disk[at] = (disk[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) disk.fill(random(2) * 255, word, word + 4);
    else new DataView(disk.buffer, disk.byteOffset).setUint32(word, random(4100), true);
  }
}
