/**
 * Whether a file system was left in order: the flag that everybody who writes takes off first and puts back last, so
 * that a writer that was killed leaves a volume that says so. Source: "The Second Extended File System" (s_state).
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { STATE_CLEAN, STATE_ERROR, SUPERBLOCK_BYTES, SUPERBLOCK_OFFSET, SUPERBLOCK_STATE } from './layout.ts';

function change(device: SectorDevice, to: (state: number) => number): void {
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  device.read(SUPERBLOCK_OFFSET / SECTOR_BYTES, bytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(SUPERBLOCK_STATE, to(view.getUint16(SUPERBLOCK_STATE, true)), true);
  device.write(SUPERBLOCK_OFFSET / SECTOR_BYTES, bytes);
  device.flush();
}

export function wasLeftInOrder(device: SectorDevice): boolean {
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  device.read(SUPERBLOCK_OFFSET / SECTOR_BYTES, bytes);
  const state = new DataView(bytes.buffer).getUint16(SUPERBLOCK_STATE, true);
  return (state & (STATE_CLEAN | STATE_ERROR)) === STATE_CLEAN;
}

/** Before the first change. */
export function beginChanges(device: SectorDevice): void {
  change(device, (state) => state & ~STATE_CLEAN);
}

/** After the volume was flushed. */
export function endChanges(device: SectorDevice): void {
  change(device, (state) => state | STATE_CLEAN);
}
