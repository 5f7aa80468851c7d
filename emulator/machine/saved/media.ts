/**
 * Which disks a saved machine had: a state goes on only with the very same contents, or its guest would write
 * what it remembers over what is there now.
 *
 * - A medium of up to `MOST_READ_BYTES` is known by its content, in a quarter of a second; a larger one by its stamp
 *   (for a file its size and time of change), where it has one.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { StateError } from '../state-fields.ts';
import type { BlockDevice, DriveConfig, DriveSlot } from '../types.ts';

const PIECE_BYTES = 1024 * 1024;
export const MOST_READ_BYTES = 512 * PIECE_BYTES;
const STAMP = 'stamp ';

export interface MediumIdentity {
  readonly sectorSizeBytes: number;
  readonly sectorCount: number;
  /** What `fingerprint` says of it. */
  readonly fingerprint: string;
}

export interface DriveIdentity {
  readonly slot: DriveSlot;
  readonly kind: DriveConfig['kind'];
  readonly medium: MediumIdentity | null;
}

/** As the medium would be told now, in the way that `saved` was told. */
function fingerprintLike(saved: string, medium: BlockDevice): string {
  if (!saved.startsWith(STAMP)) return contentFingerprint(medium);
  return STAMP + (medium.stamp?.() ?? '');
}

export function fingerprint(medium: BlockDevice): string {
  const small = medium.sectorCount * medium.sectorSizeBytes <= MOST_READ_BYTES;
  return small || medium.stamp === undefined ? contentFingerprint(medium) : STAMP + medium.stamp();
}

/** SHA-256 over the CRC of each mebibyte: finds what changed by accident, at the speed of reading. */
function contentFingerprint(medium: BlockDevice): string {
  const perPiece = PIECE_BYTES / medium.sectorSizeBytes;
  const piece = new Uint8Array(PIECE_BYTES);
  const hash = createHash('sha256');
  const word = Buffer.alloc(4);
  for (let lba = 0; lba < medium.sectorCount; lba += perPiece) {
    const sectors = Math.min(perPiece, medium.sectorCount - lba);
    const part = piece.subarray(0, sectors * medium.sectorSizeBytes);
    medium.read(lba, part);
    word.writeUInt32LE(crc32(part));
    hash.update(word);
  }
  return hash.digest('hex');
}

export function identifyDrives(drives: readonly DriveConfig[]): DriveIdentity[] {
  return drives.map(({ slot, kind, medium }) => ({
    slot,
    kind,
    medium:
      medium === null
        ? null
        : {
            sectorSizeBytes: medium.sectorSizeBytes,
            sectorCount: medium.sectorCount,
            fingerprint: fingerprint(medium),
          },
  }));
}

const mib = (medium: Omit<MediumIdentity, 'fingerprint'>): string =>
  `${String((medium.sectorCount * medium.sectorSizeBytes) / 2 ** 20)} MiB`;

/** @throws {StateError} naming the first drive that is not as it was. */
export function requireSameDrives(saved: readonly DriveIdentity[], drives: readonly DriveConfig[]): void {
  const extra = drives.find(({ slot }) => !saved.some((s) => s.slot === slot));
  if (extra !== undefined) throw new StateError(`it was saved without a drive at ${extra.slot}`);
  for (const was of saved) {
    const now = drives.find(({ slot }) => slot === was.slot);
    if (now === undefined)
      throw new StateError(`it was saved with a ${was.kind} at ${was.slot}, which is missing`);
    if (now.kind !== was.kind)
      throw new StateError(`it was saved with a ${was.kind} at ${was.slot}, not a ${now.kind}`);
    requireSameMedium(was, now.medium);
  }
}

function requireSameMedium(was: DriveIdentity, now: BlockDevice | null): void {
  const { slot, medium } = was;
  if (medium === null || now === null) {
    if (medium === now) return;
    throw new StateError(`it was saved with ${medium === null ? 'no medium' : 'a medium'} at ${slot}`);
  }
  if (now.sectorSizeBytes !== medium.sectorSizeBytes || now.sectorCount !== medium.sectorCount)
    throw new StateError(`it was saved with a disk of ${mib(medium)} at ${slot}; this one has ${mib(now)}`);
  if (fingerprintLike(medium.fingerprint, now) !== medium.fingerprint)
    throw new StateError(`the disk at ${slot} has changed since the state was saved, or is another one`);
}
