/**
 * Replaying a journal after a crash: committed transactions are written home in order, revoked blocks left alone.
 *
 * - Three passes as in Linux's fs/jbd2/recovery.c (described in journal.rst): find the end, gather revocations, replay.
 * - The log is not trusted: block numbers are checked, a chain that does not end is cut at one turn around the log.
 */
import {
  bufferData,
  bufferDirty,
  bufferNew,
  bufferPut,
  bufferWillChange,
  failureOf,
  isFailure,
} from '../../block/buffer-cache';
import { IO_READ, ioAdd, ioBegin, ioEnd } from '../../block/request';
import { EINVAL, EIO, ENOMEM } from '../../lib/errno';
import { LOG_INFO, logBegin, logDec, logEnd, logStr } from '../../lib/log';
import { kfree, kmalloc } from '../../mm/kmalloc';
import {
  HEADER_BYTES,
  Header,
  JOURNAL_INCOMPAT_REVOKE,
  JOURNAL_MAGIC,
  JournalSuper,
  REVOKE_COUNT,
  REVOKE_FIRST,
  TAG_BYTES,
  TAG_DELETED,
  TAG_ESCAPE,
  TAG_LAST,
  TAG_SAME_UUID,
  TYPE_COMMIT,
  TYPE_DESCRIPTOR,
  TYPE_REVOKE,
  TYPE_SUPER_V2,
  UUID_BYTES,
  big32,
  putBig32,
} from './format';
import { Journal } from './journal';

const PASS_SCAN: u32 = 0;
const PASS_REVOKE: u32 = 1;
const PASS_REPLAY: u32 = 2;
const REVOKE_SLOTS: u32 = 256;

@unmanaged
class Revocation {
  next: Revocation | null;
  block: u32;
  sequence: u32;
}

@unmanaged
class Recovery {
  journal: Journal;
  /** Number of blocks that the device may have. */
  limit: u32;
  pass: u32;
  /** First transaction that is not complete. */
  endSequence: u32;
  /** Scratch: a log block, a data block, and heads of revocations. */
  block: usize;
  data: usize;
  slots: usize;
  replayed: u32;
}

function readLog(r: Recovery, logBlock: u32, to: usize): i32 {
  const j = r.journal;
  const batch = ioBegin(j.device);
  const block = load<u32>(j.map + <usize>logBlock * 4);
  ioAdd(batch, IO_READ, (<u64>block) << (j.blockShift - 9), to, j.blockSize);
  return ioEnd(batch);
}

function next(j: Journal, logBlock: u32): u32 {
  return logBlock + 1 >= j.length ? j.first : logBlock + 1;
}

function slotOf(r: Recovery, block: u32): usize {
  return r.slots + <usize>((block * 0x9e3779b1) >> 24) * sizeof<usize>();
}

function isRevoked(r: Recovery, block: u32, sequence: u32): bool {
  let at = changetype<Revocation | null>(load<usize>(slotOf(r, block)));
  while (at != null) {
    // Sequence numbers wrap around: compared by their difference.
    if (at.block == block && <i32>(at.sequence - sequence) >= 0) return true;
    at = at.next;
  }
  return false;
}

function addRevocations(r: Recovery, sequence: u32): i32 {
  const used = min(big32(r.block + REVOKE_COUNT), r.journal.blockSize);
  for (let at = REVOKE_FIRST; at + 4 <= used; at += 4) {
    const revocation = changetype<Revocation>(kmalloc(offsetof<Revocation>()));
    if (changetype<usize>(revocation) == 0) return -ENOMEM;
    revocation.block = big32(r.block + at);
    revocation.sequence = sequence;
    const slot = slotOf(r, revocation.block);
    revocation.next = changetype<Revocation | null>(load<usize>(slot));
    store<usize>(slot, changetype<usize>(revocation));
  }
  return 0;
}

function freeRevocations(r: Recovery): void {
  for (let i: u32 = 0; i < REVOKE_SLOTS; i++) {
    let at = changetype<Revocation | null>(load<usize>(r.slots + <usize>i * sizeof<usize>()));
    while (at != null) {
      const following: Revocation | null = at.next;
      kfree(changetype<usize>(at));
      at = following;
    }
  }
}

/** Writes the log block home (into the buffer cache). */
function replay(r: Recovery, logBlock: u32, block: u32, flags: u32): i32 {
  const j = r.journal;
  if (block >= r.limit) return -EIO;
  const error = readLog(r, logBlock, r.data);
  if (error != 0) return error;
  if (flags & TAG_ESCAPE) putBig32(r.data, JOURNAL_MAGIC);
  const offset = (<u64>block) << j.blockShift;
  const buffer = bufferNew(j.device, offset, j.blockSize);
  if (isFailure(buffer)) return failureOf(buffer);
  bufferWillChange(buffer);
  memory.copy(bufferData(buffer, offset), r.data, j.blockSize);
  bufferDirty(buffer, offset, j.blockSize);
  bufferPut(buffer);
  r.replayed++;
  return 0;
}

/** Goes through the tags of the descriptor in r.block, whose data begin at `logBlock`: the block after them in `out`. */
function tags(r: Recovery, logBlock: u32, sequence: u32, out: usize): i32 {
  const j = r.journal;
  let at = HEADER_BYTES;
  let log = logBlock;
  while (at + TAG_BYTES <= j.blockSize) {
    const block = big32(r.block + at);
    const flags = big32(r.block + at + 4) & 0xffff;
    at += TAG_BYTES;
    if ((flags & TAG_SAME_UUID) == 0) at += UUID_BYTES;
    const wanted = r.pass == PASS_REPLAY && (flags & TAG_DELETED) == 0 && !isRevoked(r, block, sequence);
    if (wanted) {
      const error = replay(r, log, block, flags);
      if (error != 0) return error;
    }
    log = next(j, log);
    if (flags & TAG_LAST) break;
  }
  store<u32>(out, log);
  return 0;
}

/** One pass over the log. */
function run(r: Recovery, pass: u32, start: u32, firstSequence: u32, out: usize): i32 {
  const j = r.journal;
  r.pass = pass;
  let log = start;
  let sequence = firstSequence;
  for (let turns: u32 = 0; turns < j.length; turns++) {
    if (pass != PASS_SCAN && sequence == r.endSequence) return 0;
    const error = readLog(r, log, r.block);
    if (error != 0) return error;
    if (big32(r.block + Header.Magic) != JOURNAL_MAGIC || big32(r.block + Header.Sequence) != sequence) break;
    const type = big32(r.block + Header.Type);
    log = next(j, log);
    if (type == TYPE_DESCRIPTOR) {
      const failed = tags(r, log, sequence, out);
      if (failed != 0) return failed;
      log = load<u32>(out);
    } else if (type == TYPE_COMMIT) sequence++;
    else if (type == TYPE_REVOKE) {
      if (pass == PASS_REVOKE && addRevocations(r, sequence) != 0) return -ENOMEM;
    } else break;
  }
  if (pass == PASS_SCAN) r.endSequence = sequence;
  return 0;
}

function recover(r: Recovery, start: u32): i32 {
  const j = r.journal;
  const out = r.slots + <usize>REVOKE_SLOTS * sizeof<usize>();
  const first = big32(j.superData + JournalSuper.Sequence);
  let error = run(r, PASS_SCAN, start, first, out);
  if (error == 0) error = run(r, PASS_REVOKE, start, first, out);
  if (error == 0) error = run(r, PASS_REPLAY, start, first, out);
  freeRevocations(r);
  if (error != 0) return error;
  logBegin(LOG_INFO, 'journal');
  logDec(r.endSequence - first);
  logStr(' transactions replayed, ');
  logDec(r.replayed);
  logStr(' blocks');
  logEnd();
  // A transaction that was begun may lie behind the end: its number is not used again.
  j.sequence = r.endSequence + 1;
  return 0;
}

/** Reads the journal's super block, whose map is set. 0, -EINVAL for what cannot be used, -EIO. */
export function journalLoad(j: Journal): i32 {
  const batch = ioBegin(j.device);
  ioAdd(batch, IO_READ, (<u64>load<u32>(j.map)) << (j.blockShift - 9), j.superData, j.blockSize);
  const error = ioEnd(batch);
  if (error != 0) return error;
  const s = j.superData;
  if (big32(s + Header.Magic) != JOURNAL_MAGIC || big32(s + Header.Type) != TYPE_SUPER_V2) return -EINVAL;
  if (big32(s + JournalSuper.BlockSize) != j.blockSize) return -EINVAL;
  const length = big32(s + JournalSuper.Length);
  const first = big32(s + JournalSuper.First);
  if (length > j.length || first == 0 || first >= length) return -EINVAL;
  if ((big32(s + JournalSuper.Incompat) & ~JOURNAL_INCOMPAT_REVOKE) != 0) return -EINVAL;
  j.length = length;
  j.entryLimit = min(j.entryLimit, length / 4);
  j.first = first;
  j.sequence = big32(s + JournalSuper.Sequence);
  return big32(s + JournalSuper.Start) < length ? 0 : -EINVAL;
}

/** Whether there is something to replay. */
export function journalNeedsRecovery(j: Journal): bool {
  return big32(j.superData + JournalSuper.Start) != 0;
}

/** Replays into the buffer cache; the caller then flushes it and reopens the journal. `limit`: blocks of the device. */
export function journalRecover(j: Journal, limit: u32): i32 {
  const start = big32(j.superData + JournalSuper.Start);
  if (start < j.first) return start == 0 ? 0 : -EINVAL;
  const size = offsetof<Recovery>() + 16 + 2 * j.blockSize + REVOKE_SLOTS * sizeof<usize>();
  const at = kmalloc(size);
  if (at == 0) return -ENOMEM;
  const r = changetype<Recovery>(at);
  r.journal = j;
  r.limit = limit;
  r.slots = (at + offsetof<Recovery>() + 7) & ~7;
  r.block = r.slots + REVOKE_SLOTS * sizeof<usize>() + 8;
  r.data = r.block + j.blockSize;
  const error = recover(r, start);
  kfree(at);
  return error;
}

/** Says in the super block that revocations are in use; written with the next journalWriteSuper. */
export function journalUseRevoke(j: Journal): void {
  putBig32(j.superData + JournalSuper.Incompat, JOURNAL_INCOMPAT_REVOKE);
}
