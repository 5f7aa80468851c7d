/**
 * The partition table of the master boot record: parsing alone, no I/O.
 *
 * Source: the layout that every PC BIOS since PC DOS 2.0 expects (four 16-byte entries at 0x1be, signature
 * 0xaa55 at 0x1fe); extended partitions as a chain of such sectors, each with one volume and one link.
 */
const TABLE_OFFSET: usize = 0x1be;
const ENTRY_BYTES: usize = 16;
const SIGNATURE_OFFSET: usize = 0x1fe;
const SIGNATURE: u16 = 0xaa55;

export const PRIMARY_PARTITIONS: u32 = 4;

const enum Type {
  Empty = 0x00,
  ExtendedChs = 0x05,
  ExtendedLba = 0x0f,
  ExtendedLinux = 0x85,
}

@unmanaged
export class PartitionEntry {
  start: u64;
  sectors: u64;
  type: u32;
  active: bool;
}

export function partitionTablePresent(sector: usize): bool {
  return load<u16>(sector + SIGNATURE_OFFSET) == SIGNATURE;
}

export function isExtended(type: u32): bool {
  return type == Type.ExtendedChs || type == Type.ExtendedLba || type == Type.ExtendedLinux;
}

/**
 * Reads entry `index` of the table in `sector`, relative to `base`. False when the entry is empty or does not
 * lie within a disk of `diskSectors`: such an entry is damage, and what is behind it is not touched.
 */
export function partitionEntry(
  sector: usize,
  index: u32,
  base: u64,
  diskSectors: u64,
  out: PartitionEntry,
): bool {
  const entry = sector + TABLE_OFFSET + index * ENTRY_BYTES;
  out.active = load<u8>(entry) == 0x80;
  out.type = load<u8>(entry, 4);
  out.start = base + load<u32>(entry, 8);
  out.sectors = load<u32>(entry, 12);
  if (out.type == Type.Empty || out.sectors == 0 || out.start == base) return false;
  return out.start < diskSectors && out.sectors <= diskSectors - out.start;
}
