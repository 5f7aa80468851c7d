/**
 * The store of decoded code: micro-ops grow upwards from CODE_CACHE, code pages downwards from CODE_CACHE_END.
 *
 * A code page maps each byte offset of one page, seen at one linear address in one mode, to the block decoded
 * there. Its identity is the host page, so that ROM aliases and double mappings share nothing but are dropped
 * together. When the store is full, everything goes: blocks are cheap to decode again.
 */
import {
  CODE_BITS,
  CODE_BUCKETS,
  CODE_CACHE,
  CODE_CACHE_END,
  CODE_EPOCH,
  CODE_FREE_PAGES,
  CODE_PAGE_SIZE,
  CODE_PAGES_NEXT,
  CODE_SERIAL,
  CODE_UOPS_NEXT,
  CURRENT_UOP,
  ITLB_ACTIVE,
  PAGE_BASE,
  PAGE_HOST,
  PAGE_KEY,
  PAGE_LINEAR,
  PAGE_MAP,
  PAGE_NEXT,
  PAGE_SERIAL,
  UOP_COUNT,
  UOP_OP,
  UOP_SIZE,
} from '../layout';
import { OP_RELOOKUP } from './fixed-ops';
import { cutLinks, protectHostPage } from './tlb';

/** Room a block may need: 64 instructions, a guard and an end. */
export const BLOCK_ROOM: u32 = 66 * UOP_SIZE;

export function flushCodeCache(): void {
  for (let i: usize = 0; i < 4096; i++) {
    for (
      let page = <usize>load<u32>(CODE_BUCKETS + (i << 2));
      page;
      page = <usize>load<u32>(page, PAGE_NEXT)
    ) {
      store<u64>(CODE_BITS + (((<usize>load<u32>(page, PAGE_HOST)) >>> 12) << 3), 0);
    }
    store<u32>(CODE_BUCKETS + (i << 2), 0);
  }
  store<u32>(CODE_FREE_PAGES, 0);
  store<u32>(CODE_EPOCH, load<u32>(CODE_EPOCH) + 1);
  store<u32>(CODE_UOPS_NEXT, CODE_CACHE);
  store<u32>(CODE_PAGES_NEXT, CODE_CACHE_END);
  cutLinks();
}

/** True when a block and a page more fit. */
export function codeCacheHasRoom(): bool {
  return load<u32>(CODE_UOPS_NEXT) + BLOCK_ROOM + <u32>CODE_PAGE_SIZE < load<u32>(CODE_PAGES_NEXT);
}

/** The code page, created if need be. Only while codeCacheHasRoom. */
export function codePage(hostPage: usize, linearPage: u64, key: u32): usize {
  const bucket = <usize>CODE_BUCKETS + (((hostPage >>> 12) & 4095) << 2);
  for (let page = <usize>load<u32>(bucket); page; page = <usize>load<u32>(page, PAGE_NEXT)) {
    if (
      <usize>load<u32>(page, PAGE_HOST) == hostPage &&
      load<u64>(page, PAGE_LINEAR) == linearPage &&
      load<u32>(page, PAGE_KEY) == key
    ) {
      return page;
    }
  }
  let page = <usize>load<u32>(CODE_FREE_PAGES);
  if (page) store<u32>(CODE_FREE_PAGES, load<u32>(page, PAGE_NEXT));
  else {
    page = <usize>(load<u32>(CODE_PAGES_NEXT) - <u32>CODE_PAGE_SIZE);
    store<u32>(CODE_PAGES_NEXT, page);
  }
  store<u32>(page, load<u32>(bucket), PAGE_NEXT);
  store<u32>(page, hostPage, PAGE_HOST);
  store<u64>(page, linearPage, PAGE_LINEAR);
  store<u32>(page, key, PAGE_KEY);
  const serial = load<u32>(CODE_SERIAL) + 1;
  store<u32>(CODE_SERIAL, serial);
  store<u32>(page, serial, PAGE_SERIAL);
  memory.fill(page + PAGE_MAP, 0, CODE_PAGE_SIZE - PAGE_MAP);
  store<u32>(bucket, page);
  return page;
}

export function blockAt(page: usize, offset: u32): usize {
  return <usize>load<u32>(page + PAGE_MAP + (offset << 2));
}

export function setBlockAt(page: usize, offset: u32, block: usize): void {
  store<u32>(page + PAGE_MAP + (offset << 2), block);
}

/** Remembers that code was decoded from these bytes (all in one page), and watches the page for writes. */
export function markCode(host: usize, length: u32): void {
  const at = <usize>CODE_BITS + ((host >>> 12) << 3);
  const old = load<u64>(at);
  const first = (host >>> 6) & 63;
  const last = ((host + length - 1) >>> 6) & 63;
  let bits = old;
  for (let i = first; i <= last; i++) bits |= (<u64>1) << i;
  store<u64>(at, bits);
  if (old == 0) protectHostPage(host & ~4095);
}

/** Bytes of this host page that were decoded are about to change: forget its blocks. */
export function dropCode(host: usize): void {
  const hostPage = host & ~4095;
  store<u64>(CODE_BITS + ((hostPage >>> 12) << 3), 0);
  let link = <usize>CODE_BUCKETS + (((hostPage >>> 12) & 4095) << 2);
  for (let page = <usize>load<u32>(link); page; page = <usize>load<u32>(link)) {
    if (<usize>load<u32>(page, PAGE_HOST) == hostPage) {
      store<u32>(page, 0, PAGE_SERIAL);
      store<u32>(link, load<u32>(page, PAGE_NEXT));
      store<u32>(page, load<u32>(CODE_FREE_PAGES), PAGE_NEXT);
      store<u32>(CODE_FREE_PAGES, page);
    } else link = page + PAGE_NEXT;
  }
  cutLinks();
  // The block being executed may be one of them: after this instruction it must look its code up again.
  const p = <usize>load<u32>(CURRENT_UOP);
  if (p == 0) return;
  const linear = load<u64>(PAGE_BASE);
  const entry = <usize>(load<u32>(ITLB_ACTIVE) + ((((<u32>linear) >>> 12) & 255) << 4));
  if (load<u64>(entry) == linear && <usize>load<u32>(entry, 8) != hostPage) return;
  // An instruction that ends its block looks it up anyhow, and what lies behind it is the start of another block.
  if (load<u8>(p + UOP_SIZE, UOP_COUNT) <= load<u8>(p, UOP_COUNT)) return;
  store<u16>(p + UOP_SIZE, OP_RELOOKUP, UOP_OP);
}

/** The host wrote into backing by itself. */
export function invalidateHost(host: usize, size: u32): void {
  for (let page = host & ~4095; page < host + size; page += 4096) {
    if (load<u64>(CODE_BITS + ((page >>> 12) << 3))) dropCode(page);
  }
}
