/**
 * Regions of several code pages. The entry's page is what the core found when it entered; another page is only known
 * to be the one that was translated once a way into it was checked. That is remembered in a local, a bit for each
 * page, since whatever changes mappings or code ends the region.
 *
 * - A direct jump is checked by what the interpreter linked it to: its link must be of this generation, and be what
 *   the code page has there now; and the code page must not have been dropped since.
 * - PAGE_BASE in memory follows the block that runs: every way out and every handler relies on it.
 */
import {
  ITLB_ACTIVE,
  ITLB_ENTRIES,
  PAGE_BASE,
  PAGE_MAP,
  PAGE_SERIAL,
  UOP_LINK,
  UOP_LINK_STAMP,
} from '../cpu/layout.ts';
import { PAGE_SIZE } from './code-page-reader.ts';
import { MAX_PAGE_DISTANCE, pageOf } from './discover.ts';
import type { MicroOp } from './micro-op.ts';
import type { RegionWriting } from './region-writing.ts';
import { I32, LOAD, STORE } from './wasm/opcodes.ts';

/** The bit of the page at an offset. */
function bitOf(page: number): number {
  return 1 << (page / PAGE_SIZE + MAX_PAGE_DISTANCE);
}

export function hasManyPages(w: RegionWriting): boolean {
  return w.region.pages.size > 1;
}

/** First of all code of the region: the entry's page is known. */
export function writePagesEntry(w: RegionWriting): void {
  if (hasManyPages(w)) w.e.code.i32(bitOf(0)).set(w.pages);
}

/**
 * Before anything of the jump at `exit` was done: `otherwise` writes the code for the case that the target's page is
 * not as it was translated, and must not let it go on.
 */
export function requirePage(
  w: RegionWriting,
  from: number,
  to: number,
  exit: number,
  otherwise: () => void,
): void {
  const at = pageOf(to);
  const page = w.region.pages.get(at);
  if (at === pageOf(from) || at === 0 || page === undefined) return;
  const { e } = w;
  const c = e.code;
  const { state } = e.flags;
  c.get(w.pages).i32(bitOf(at)).i32op('and').i32op('eqz').if();
  c.loadAt(LOAD.i32, exit + UOP_LINK_STAMP)
    .get(e.generation)
    .i32op('ne');
  c.loadAt(LOAD.i32, exit + UOP_LINK)
    .loadAt(LOAD.i32, page.page + PAGE_MAP + (to - at) * 4)
    .i32op('ne')
    .i32op('or');
  c.loadAt(LOAD.i32, page.page + PAGE_SERIAL)
    .i32(page.serial)
    .i32op('ne')
    .i32op('or');
  c.if();
  otherwise();
  c.end();
  c.get(w.pages).i32(bitOf(at)).i32op('or').set(w.pages).end();
  e.forgetExit();
  e.flags.state = state;
}

/** Pushes 1 when the page of `to` is known to be as it was translated. */
export function pushIsKnown(w: RegionWriting, to: number): void {
  w.e.code
    .get(w.pages)
    .i32(bitOf(pageOf(to)))
    .i32op('and')
    .i32(0)
    .i32op('ne');
}

/** The same for a linear address (i64 local) that lies in one of the region's pages. */
export function pushIsKnownAt(w: RegionWriting, linear: number): void {
  const first = w.region.linear - BigInt(MAX_PAGE_DISTANCE * PAGE_SIZE);
  const c = w.e.code.get(w.pages);
  c.get(linear).i64(BigInt.asIntN(64, first)).i64op('sub').i64(12).i64op('shrU').wrap();
  c.i32op('shrU').i32(1).i32op('and');
}

/** On the way from a block to another, when nothing can end it any more. */
export function enterPage(w: RegionWriting, from: number, to: number): void {
  if (pageOf(from) === pageOf(to)) return;
  const linear = w.region.linear + BigInt(pageOf(to));
  w.e.code.i32(0).i64(BigInt.asIntN(64, linear)).access(STORE.i64, PAGE_BASE, true);
}

/** The same to a linear address (i64 local) in any page of the region. */
export function enterPageAt(w: RegionWriting, linear: number): void {
  if (hasManyPages(w))
    w.e.code.i32(0).get(linear).i64(-PAGE_SIZE).i64op('and').access(STORE.i64, PAGE_BASE, true);
}

/**
 * In front of an instruction that reaches into the next page: leaves unless its bytes there are those that were
 * decoded, as guardSecondPage of core/families/invalid.ts.
 */
export function writeGuard(w: RegionWriting, op: MicroOp): void {
  const { e } = w;
  const c = e.code;
  const next = BigInt.asUintN(64, w.region.linear + BigInt(op.page + PAGE_SIZE));
  const entry = c.borrow(I32);
  const index = Number((next >> 12n) & BigInt(ITLB_ENTRIES - 1)) * 16;
  c.loadAt(LOAD.i32, ITLB_ACTIVE).i32(index).i32op('add').tee(entry);
  c.access(LOAD.i64).i64(BigInt.asIntN(64, next)).i64op('ne');
  e.leaveIf();
  c.get(entry).access(LOAD.i32, 8).access(LOAD.i64);
  if (op.reg < 8) c.i64((1n << BigInt(op.reg * 8)) - 1n).i64op('and');
  c.i64(BigInt.asIntN(64, op.wide)).i64op('ne');
  e.leaveIf();
  c.giveBack(I32, entry);
}
