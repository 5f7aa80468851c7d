/**
 * The partitions of a disk, whichever table it has.
 *
 * Rules for callers: a PartitionTableError says why there is no usable table.
 */
import { SECTOR_BYTES, type SectorDevice } from '../sectors.ts';
import { readGpt } from './gpt.ts';
import { parseMbr, PARTITION_TYPE } from './mbr.ts';

export interface TablePartition {
  /** From 1 on, as systems number them. */
  readonly number: number;
  /** For messages: the type's byte, or its GUID. */
  readonly type: string;
  readonly firstSector: number;
  readonly sectorCount: number;
}

/** In order of their numbers. */
export function readPartitions(device: SectorDevice): TablePartition[] {
  const record = new Uint8Array(SECTOR_BYTES);
  device.read(0, record);
  const entries = parseMbr(record, device.sectorCount);
  if (entries.some(({ type }) => type === PARTITION_TYPE.protectiveGpt)) return readGpt(device);
  return entries.map(({ index, type, firstSector, sectorCount }) => ({
    number: index + 1,
    type: `0x${type.toString(16).padStart(2, '0')}`,
    firstSector,
    sectorCount,
  }));
}
