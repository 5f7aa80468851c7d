/**
 * From a linear address to the micro-ops decoded there: jump cache, then code page, then the decoder.
 *
 * - Call with RIP valid and CURRENT_UOP 0: fetching may fault.
 * - A result below CODE_CACHE is the scratch block: never link to it.
 */
import {
  CODE_KEY,
  CODE_UOPS_NEXT,
  DEBUG_ENABLED,
  FETCH_BUFFER,
  GENERATION,
  ITLB_ACTIVE,
  JUMP_CACHE,
  JUMP_CACHE_ENTRIES,
  MODE,
  PAGE_BASE,
  PAGE_TARGETS,
  RIP,
  SCRATCH_UOPS,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_BASE,
} from '../layout';
import { CS } from './bits';
import { blockAt, codeCacheHasRoom, codePage, flushCodeCache, setBlockAt } from './code-pages';
import { breaksInPage, checkInstruction, DEBUG_CODE } from './debug';
import { decodeBlock, isCacheable } from './decode-block';
import { fetchFromBus } from './fetch-window';
import { MODE_LONG } from './mode-bits';
import { translateCode } from './paging';

export function linearRip(): u64 {
  const rip = load<u64>(RIP);
  if (load<u32>(MODE) & MODE_LONG) return rip;
  return (rip + load<u64>(SEGMENTS + CS * SEGMENT_SIZE, SEG_BASE)) & 0xffffffff;
}

function locate(linear: u64): usize {
  if ((load<u32>(DEBUG_ENABLED) & DEBUG_CODE) != 0 && breaksInPage(linear)) {
    checkInstruction(linear);
    return singleBlock(linear);
  }
  const host = translateCode(linear);
  if (host == 0) {
    // Code in MMIO space: one instruction at a time.
    fetchFromBus(FETCH_BUFFER, 15);
    decodeBlock(SCRATCH_UOPS, linear, FETCH_BUFFER, 1);
    return SCRATCH_UOPS;
  }
  if (!codeCacheHasRoom()) flushCodeCache();
  const page = codePage(host & ~4095, linear & ~4095, load<u32>(CODE_KEY));
  const offset = (<u32>linear) & 4095;
  const known = blockAt(page, offset);
  if (known) return known;
  const block = <usize>load<u32>(CODE_UOPS_NEXT);
  const end = decodeBlock(block, linear, host, 64);
  if (!isCacheable()) {
    memory.copy(SCRATCH_UOPS, block, end - block);
    return SCRATCH_UOPS;
  }
  store<u32>(CODE_UOPS_NEXT, end);
  setBlockAt(page, offset, block);
  return block;
}

function cacheEntry(linear: u64): usize {
  const hash = ((<u32>linear) ^ ((<u32>linear) >>> 12)) & (JUMP_CACHE_ENTRIES - 1);
  return <usize>(JUMP_CACHE + (hash << 5));
}

/** The micro-ops at a linear address of the current mode. */
export function findBlock(linear: u64): usize {
  const entry = cacheEntry(linear);
  store<u64>(PAGE_BASE, linear & ~4095);
  const generation = load<u32>(GENERATION);
  const key = load<u32>(CODE_KEY);
  if (load<u64>(entry) == linear && load<u32>(entry, 8) == generation && load<u32>(entry, 12) == key) {
    return <usize>load<u32>(entry, 16);
  }
  const block = locate(linear);
  if (block != SCRATCH_UOPS) {
    store<u64>(entry, linear);
    store<u32>(entry, load<u32>(GENERATION), 8);
    store<u32>(entry, key, 12);
    store<u32>(entry, block, 16);
    store<u32>(entry, 0, 20);
  }
  return block;
}

/** Notes in the code page of `linear`, whose block is in the jump cache, that a computed jump leads there. */
function noteTarget(entry: usize, linear: u64): void {
  // Never a page walk, which might fault: the note can wait for the next time.
  const cached = <usize>(load<u32>(ITLB_ACTIVE) + ((((<u32>linear) >>> 12) & 255) << 4));
  if (load<u64>(cached) != (linear & ~4095) || !codeCacheHasRoom()) return;
  const page = codePage(<usize>load<u32>(cached, 8), linear & ~4095, load<u32>(CODE_KEY));
  const at = page + PAGE_TARGETS + <usize>(((<u32>linear) & 4095) >>> 3);
  const bit: u32 = 1 << ((<u32>linear) & 7);
  store<u8>(at, <u8>(load<u8>(at) | bit));
  store<u32>(entry, 1, 20);
}

/** The same for the target of a jump or call to a computed address, which is noted for the translator. */
export function findTarget(linear: u64): usize {
  const block = findBlock(linear);
  const entry = cacheEntry(linear);
  if (block != SCRATCH_UOPS && load<u32>(entry, 20) == 0) noteTarget(entry, linear);
  return block;
}

/** One instruction by itself, for single steps and interrupt shadows. */
export function singleBlock(linear: u64): usize {
  store<u64>(PAGE_BASE, linear & ~4095);
  let host = translateCode(linear);
  if (host == 0) {
    fetchFromBus(FETCH_BUFFER, 15);
    host = FETCH_BUFFER;
  }
  decodeBlock(SCRATCH_UOPS, linear, host, 1);
  return SCRATCH_UOPS;
}
