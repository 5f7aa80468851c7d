/**
 * What a disk may hold after the power went: everything up to the last flush that was answered, and of the writes after it
 * any selection, in any order, each sector whole (disks promise no more; ATA/ATAPI-6 section 6.17).
 */
import type { DiskEvent } from './mounted-volume.ts';

/**
 * The disk after a cut behind the first `cut` events. `random` chooses what of the unflushed writes got through; without it
 * all of them did.
 */
export function diskAfterCut(
  before: Uint8Array,
  events: readonly DiskEvent[],
  cut: number,
  random?: (limit: number) => number,
): Uint8Array {
  const disk = before.slice();
  let flushed = 0;
  for (let i = 0; i < cut; i++) if (events[i]?.kind === 'flush') flushed = i;
  const late: { lba: number; data: Uint8Array }[] = [];
  events.slice(0, cut).forEach((event, i) => {
    if (event.kind === 'flush') return;
    if (i < flushed || !random) {
      disk.set(event.data, event.lba * 512);
      return;
    }
    for (let at = 0; at < event.data.length; at += 512)
      late.push({ lba: event.lba + at / 512, data: event.data.subarray(at, at + 512) });
  });
  if (random) {
    const share = random(101);
    for (const { lba, data } of late) if (random(100) < share) disk.set(data, lba * 512);
  }
  return disk;
}
