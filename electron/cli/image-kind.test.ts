import { describe, expect, it } from 'vitest';
import { holdsCd } from './image-kind.ts';

const boot = (): Buffer => {
  const sector = Buffer.alloc(2048);
  sector.write('\0CD001\x01EL TORITO SPECIFICATION', 'latin1');
  return sector;
};
const descriptor = (type: number): Buffer => {
  const sector = Buffer.alloc(2048);
  sector.write('\0CD001\x01', 'latin1');
  sector[0] = type;
  return sector;
};
const partitioned = (): Buffer => {
  const sector = Buffer.alloc(2048);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
};
const medium =
  (sectors: Readonly<Record<number, Buffer>>, end = 100) =>
  (lba: number) =>
    sectors[lba] ?? (lba < end ? Buffer.alloc(2048) : null);

describe('holdsCd', () => {
  it('sees a bootable CD, a hybrid one too', () => {
    expect(holdsCd(medium({ 16: descriptor(1), 17: boot(), 18: descriptor(255) }))).toBe(true);
    expect(holdsCd(medium({ 0: partitioned(), 16: descriptor(1), 17: boot() }))).toBe(true);
  });

  it('sees a CD that cannot boot, but not when a partition table says how the file boots', () => {
    const volume = { 16: descriptor(1), 17: descriptor(255) };
    expect(holdsCd(medium(volume))).toBe(true);
    expect(holdsCd(medium({ ...volume, 0: partitioned() }))).toBe(false);
  });

  it('takes disks, short files and what only looks like a CD for disks', () => {
    expect(holdsCd(medium({ 0: partitioned() }))).toBe(false);
    expect(holdsCd(medium({}, 0))).toBe(false);
    expect(holdsCd(medium({ 16: descriptor(255), 17: boot() }))).toBe(false);
    expect(holdsCd(medium({ 17: boot() }))).toBe(false);
  });
});
