/** How a saved machine knows its disks again. */
import { describe, expect, it } from 'vitest';
import type { BlockDevice, DriveConfig } from '../types.ts';
import { identifyDrives, MOST_READ_BYTES, requireSameDrives } from './media.ts';

const LARGE = MOST_READ_BYTES / 512 + 1;

/** Its sectors hold `content`, and `reads` counts them. */
function disk(content: number, stamp?: string, sectorCount = 4000): BlockDevice & { reads: number } {
  const made = {
    sectorSizeBytes: 512 as const,
    sectorCount,
    readOnly: false,
    reads: 0,
    read: (_lba: number, into: Uint8Array) => {
      made.reads += into.length / 512;
      into.fill(content);
    },
    write: () => undefined,
    flush: () => undefined,
    ...(stamp === undefined ? {} : { stamp: () => stamp }),
  };
  return made;
}
const inDrive = (medium: BlockDevice | null): DriveConfig[] => [
  { slot: 'ide0-master', kind: 'disk', medium },
];
const known = (was: BlockDevice, is: BlockDevice): void => {
  requireSameDrives(identifyDrives(inDrive(was)), inDrive(is));
};

describe('a disk of a saved machine', () => {
  it('is known by its content, whatever its file', () => {
    known(disk(1, 'a'), disk(1, 'b'));
    expect(() => {
      known(disk(1, 'a'), disk(2, 'a'));
    }).toThrow('the disk at ide0-master has changed');
  });

  it('that is large is known by its stamp, without being read', () => {
    const [was, is] = [disk(1, 'a', LARGE), disk(1, 'a', LARGE)];
    known(was, is);
    expect([was.reads, is.reads]).toEqual([0, 0]);
    expect(() => {
      known(disk(1, 'a', LARGE), disk(1, 'b', LARGE));
    }).toThrow('has changed');
    expect(() => {
      known(disk(1, 'a', LARGE), disk(1, undefined, LARGE));
    }).toThrow('has changed');
  });

  it('that is large and has no stamp is read', () => {
    const was = disk(1, undefined, LARGE);
    known(was, disk(1, 'a', LARGE));
    expect(was.reads).toBe(LARGE);
  });
});
