/**
 * Replays the journal of a file system that was not unmounted in order: what was committed goes home, blocks that were
 * revoked later stay as they are. Source: "Linux Journaling Block Device 2" in the kernel's ext4 documentation (on-disk
 * layout, and the three passes of recovery); numbers in a journal are big endian.
 *
 * Rules for callers: call it before anything else opens the volume. The log is not trusted: numbers are checked, and a
 * chain that does not end is cut after one turn around the log.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { readBlockMap } from './block-map.ts';
import { Ext2Error } from './error.ts';
import {
  INCOMPATIBLE,
  JOURNAL_INODE,
  MAGIC,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_INCOMPATIBLE,
  SUPERBLOCK_MAGIC,
  SUPERBLOCK_OFFSET,
} from './layout.ts';
import {
  HEADER_BYTES,
  INCOMPATIBLE_REVOKE,
  JOURNAL_MAGIC,
  JOURNAL_SUPER,
  RECORD_TYPE,
  REVOKE_COUNT,
  REVOKE_FIRST,
  TAG,
  TAG_BYTES,
  TAG_UUID_BYTES,
} from './journal-format.ts';
import { Volume } from './volume.ts';

interface Write {
  readonly home: number;
  /** Index in the log. */
  readonly from: number;
  readonly escaped: boolean;
  readonly sequence: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function refuse(reason: string): never {
  throw new Ext2Error('unsupported', `its journal cannot be replayed here (${reason}): run e2fsck -p on it`);
}

class Log {
  readonly #volume: Volume;
  readonly #map: readonly number[];
  readonly #super: DataView;
  readonly first: number;
  readonly length: number;

  constructor(volume: Volume) {
    this.#volume = volume;
    const { blockBytes } = volume.superblock;
    const inode = volume.readInode(JOURNAL_INODE);
    const blocks = Math.floor(inode.size / blockBytes);
    if (blocks < 2 || blocks > volume.superblock.blockCount) refuse(`it has ${blocks} blocks`);
    this.#map = readBlockMap(volume, inode, blocks);
    const bytes = volume.readBlock(this.#map[0] ?? 0);
    this.#super = viewOf(bytes);
    const word = (at: number): number => this.#super.getUint32(at);
    if (word(0) !== JOURNAL_MAGIC || word(4) !== RECORD_TYPE.superV2)
      refuse('it has no superblock of version 2');
    if (word(JOURNAL_SUPER.blockBytes) !== blockBytes) refuse('its blocks have another size');
    const unknown = word(JOURNAL_SUPER.incompatible) & ~INCOMPATIBLE_REVOKE;
    if (unknown !== 0) refuse(`it uses features 0x${unknown.toString(16)}`);
    this.first = word(JOURNAL_SUPER.first);
    this.length = word(JOURNAL_SUPER.length);
    if (this.first < 1 || this.first >= this.length || this.length > blocks || this.start >= this.length) {
      refuse('its superblock is damaged');
    }
  }

  /** Where the oldest transaction begins; 0 when there is none. */
  get start(): number {
    return this.#super.getUint32(JOURNAL_SUPER.start);
  }

  get sequence(): number {
    return this.#super.getUint32(JOURNAL_SUPER.sequence);
  }

  read(index: number): Uint8Array {
    const block = this.#map[index] ?? 0;
    if (block === 0) throw new Ext2Error('corrupt', 'its journal has a hole: run e2fsck on it');
    return this.#volume.readBlock(block);
  }

  next(index: number): number {
    return index + 1 >= this.length ? this.first : index + 1;
  }

  /** Says that nothing is left to replay. */
  close(sequence: number): void {
    this.#super.setUint32(JOURNAL_SUPER.start, 0);
    this.#super.setUint32(JOURNAL_SUPER.sequence, sequence >>> 0);
    this.#volume.writeBlocks(this.#map[0] ?? 0, new Uint8Array(this.#super.buffer));
  }
}

/** What the complete transactions of the log say. */
interface Contents {
  readonly writes: readonly Write[];
  /** By block: the last transaction that revoked it. */
  readonly revoked: ReadonlyMap<number, number>;
  /** Number of the first transaction that is not complete. */
  readonly end: number;
}

/** Is transaction `a` the same as `b` or after it? Numbers wrap around. */
function isSinceOrAt(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0;
}

/** Appends the blocks of the descriptor to `writes`; the index behind them. */
function readTags(log: Log, descriptor: DataView, at: number, sequence: number, writes: Write[]): number {
  let from = at;
  for (let tag = HEADER_BYTES; tag + TAG_BYTES <= descriptor.byteLength;) {
    const home = descriptor.getUint32(tag);
    const flags = descriptor.getUint32(tag + 4) & 0xffff;
    tag += TAG_BYTES + ((flags & TAG.sameUuid) === 0 ? TAG_UUID_BYTES : 0);
    if ((flags & TAG.deleted) === 0) {
      writes.push({ home, from, escaped: (flags & TAG.escaped) !== 0, sequence });
    }
    from = log.next(from);
    if ((flags & TAG.last) !== 0) break;
  }
  return from;
}

function readRevocations(record: DataView, sequence: number, into: Map<number, number>): void {
  const used = Math.min(record.getUint32(REVOKE_COUNT), record.byteLength);
  for (let at = REVOKE_FIRST; at + 4 <= used; at += 4) into.set(record.getUint32(at), sequence);
}

/** Goes through the log; what belongs to a transaction counts once its commit block is seen. */
function readLog(log: Log): Contents {
  const writes: Write[] = [];
  const revoked = new Map<number, number>();
  let sequence = log.sequence;
  let open: { writes: Write[]; revoked: Map<number, number> } = { writes: [], revoked: new Map() };
  let index = log.start;
  for (let turns = 0; turns < log.length; turns++) {
    const record = viewOf(log.read(index));
    if (record.getUint32(0) !== JOURNAL_MAGIC || record.getUint32(8) !== sequence) break;
    index = log.next(index);
    const type = record.getUint32(4);
    if (type === RECORD_TYPE.descriptor) index = readTags(log, record, index, sequence, open.writes);
    else if (type === RECORD_TYPE.revoke) readRevocations(record, sequence, open.revoked);
    else if (type === RECORD_TYPE.commit) {
      writes.push(...open.writes);
      for (const [block, at] of open.revoked) revoked.set(block, at);
      open = { writes: [], revoked: new Map() };
      sequence = (sequence + 1) >>> 0;
    } else break;
  }
  return { writes, revoked, end: sequence };
}

function writeHome(volume: Volume, log: Log, { writes, revoked }: Contents): void {
  for (const { home, from, escaped, sequence } of writes) {
    const revocation = revoked.get(home);
    if (revocation !== undefined && isSinceOrAt(revocation, sequence)) continue;
    const bytes = log.read(from);
    // A block that began with the journal's own number has 0 there in the log.
    if (escaped) viewOf(bytes).setUint32(0, JOURNAL_MAGIC);
    volume.writeBlocks(home, bytes);
  }
}

function superblockView(device: SectorDevice): DataView {
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  device.read(SUPERBLOCK_OFFSET / SECTOR_BYTES, bytes);
  return viewOf(bytes);
}

/** Does the file system have a journal that must be replayed? False, too, where there is no ext2. */
export function needsRecovery(device: SectorDevice): boolean {
  const view = superblockView(device);
  if (view.getUint16(SUPERBLOCK_MAGIC, true) !== MAGIC) return false;
  return (view.getUint32(SUPERBLOCK_INCOMPATIBLE, true) & INCOMPATIBLE.recover) !== 0;
}

/** Replays the journal; the number of transactions that it held. */
export function recoverJournal(device: SectorDevice): number {
  const volume = new Volume(device, { recovering: true });
  if (volume.superblock.readOnlyReason !== null) refuse(volume.superblock.readOnlyReason);
  const log = new Log(volume);
  let transactions = 0;
  if (log.start !== 0) {
    const contents = readLog(log);
    writeHome(volume, log, contents);
    device.flush();
    transactions = (contents.end - log.sequence) >>> 0;
    // A transaction that was begun may lie behind the end: its number is not used again.
    log.close(contents.end + 1);
    device.flush();
  }
  const view = superblockView(device);
  const incompatible = view.getUint32(SUPERBLOCK_INCOMPATIBLE, true) & ~INCOMPATIBLE.recover;
  view.setUint32(SUPERBLOCK_INCOMPATIBLE, incompatible, true);
  device.write(SUPERBLOCK_OFFSET / SECTOR_BYTES, new Uint8Array(view.buffer));
  device.flush();
  return transactions;
}
