/** A disk whose writes are kept in memory and lost with it, so that many tests can share one image. */
import type { BlockDevice } from '../../emulator/machine/types.ts';

export function discardingWrites(base: BlockDevice): BlockDevice {
  const written = new Map<number, Uint8Array>();
  const size = base.sectorSizeBytes;
  return {
    sectorSizeBytes: size,
    sectorCount: base.sectorCount,
    readOnly: false,
    read(lba, into) {
      base.read(lba, into);
      for (let index = 0; index * size < into.length; index++) {
        const sector = written.get(lba + index);
        if (sector !== undefined) into.set(sector, index * size);
      }
    },
    write(lba, from) {
      for (let index = 0; index * size < from.length; index++) {
        written.set(lba + index, from.slice(index * size, (index + 1) * size));
      }
    },
    flush() {
      // Nothing outlives this disk.
    },
  };
}
