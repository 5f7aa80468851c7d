/**
 * Decodes straight-line code into a block: instructions until one ends it, its page ends, or it is long enough;
 * conditional jumps do not end it (their fall-through is the next micro-op).
 *
 * An instruction that crosses into the next page is a block by itself, behind a guard that compares the bytes
 * of the second page each time: so only one page need be watched for writes. With a second page of MMIO it is
 * decoded anew each time.
 */
import {
  FUSED,
  SCRATCH_UOPS,
  UOP_COUNT,
  UOP_LENGTH,
  UOP_LINK,
  UOP_LINK_STAMP,
  UOP_OFFSET,
  UOP_OP,
  UOP_REG,
  UOP_SIZE,
  UOP_TARGET,
} from '../layout';
import { GUARD_HANDLER, HOT_JCC_FIRST } from './generated';
import { markCode } from './code-pages';
import { crossesPage, crossesToBus, decodeInstruction, decodedEnds } from './decoder';
import { fetchTail } from './fetch-window';
import { OP_END } from './fixed-ops';

let cacheable: bool = true;

export function isCacheable(): bool {
  return cacheable;
}

/** Writes the micro-op that leads out of a block at its end. */
function endBlock(p: usize, offset: u32, count: u32): usize {
  store<u64>(p, 0);
  store<u64>(p, 0, 8);
  store<u64>(p, 0, 16);
  store<u64>(p, 0, 24);
  store<u64>(p, 0, 32);
  store<u16>(p, OP_END, UOP_OP);
  store<u16>(p, <u16>offset, UOP_OFFSET);
  store<u8>(p, <u8>(count + 1), UOP_COUNT);
  store<i32>(p, <i32>offset, UOP_TARGET);
  return p + UOP_SIZE;
}

/** A compare or test and the Jcc behind it become one micro-op where the run loop has a case for the pair. */
function fuse(previous: usize, jump: usize): bool {
  const op = load<u16>(jump, UOP_OP);
  if (op < HOT_JCC_FIRST || op >= HOT_JCC_FIRST + 16) return false;
  const condition = op - HOT_JCC_FIRST;
  const pair = load<u16>(FUSED + ((<usize>load<u16>(previous, UOP_OP)) << 5) + (condition << 1));
  if (pair == 0) return false;
  store<u16>(previous, pair, UOP_OP);
  store<u32>(previous, 0, UOP_LINK);
  store<i32>(previous, load<i32>(jump, UOP_TARGET), UOP_TARGET);
  store<u32>(previous, 0, UOP_LINK_STAMP);
  store<u8>(previous, load<u8>(previous, UOP_LENGTH) + load<u8>(jump, UOP_LENGTH), UOP_LENGTH);
  store<u8>(previous, load<u8>(previous, UOP_COUNT) + 1, UOP_COUNT);
  return true;
}

/** Decodes at most `limit` instructions from `host` to micro-ops at `start`; returns the end of them. */
export function decodeBlock(start: usize, linear: u64, host: usize, limit: u32): usize {
  let p = start;
  let offset = (<u32>linear) & 4095;
  const first = offset;
  let count: u32 = 0;
  cacheable = true;
  for (;;) {
    const length = decodeInstruction(p, linear, host, offset, count == 0);
    // It reaches into the next page and is not the first: it will be a block of its own.
    if (length == 0) break;
    count++;
    store<u16>(p, <u16>offset, UOP_OFFSET);
    store<u8>(p, <u8>length, UOP_LENGTH);
    store<u8>(p, <u8>count, UOP_COUNT);
    if (crossesPage()) {
      const inFirst = 4096 - offset;
      const tail = length - inFirst;
      if (start != SCRATCH_UOPS) {
        if (tail > 8 || crossesToBus()) cacheable = false;
        else {
          memory.copy(p + UOP_SIZE, p, UOP_SIZE);
          store<u16>(p, <u16>GUARD_HANDLER, UOP_OP);
          store<u8>(p, <u8>tail, UOP_REG);
          store<u64>(p, fetchTail(inFirst, tail), 8);
          p += UOP_SIZE;
          markCode(host, inFirst);
        }
      }
      p += UOP_SIZE;
      if (!decodedEnds()) p = endBlock(p, offset + length, count);
      return p;
    }
    const ends = decodedEnds();
    if (!(count > 1 && fuse(p - UOP_SIZE, p))) p += UOP_SIZE;
    offset += length;
    host += length;
    linear += length;
    if (ends) {
      if (start != SCRATCH_UOPS) markCode(host - (offset - first), offset - first);
      return p;
    }
    if (offset >= 4096 || count >= limit) break;
  }
  if (start != SCRATCH_UOPS && offset > first) markCode(host - (offset - first), offset - first);
  return endBlock(p, offset, count);
}
