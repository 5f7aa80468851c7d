/** Ways from one region to another without the run loop: links of jumps, and the jump cache. */
import {
  JUMP_CACHE,
  JUMP_CACHE_ENTRIES,
  PAGE_BASE,
  UOP_LINK,
  UOP_LINK_STAMP,
  UOP_OP,
} from '../cpu/layout.ts';
import type { Edge } from './discover.ts';
import type { RegionWriting } from './region-writing.ts';
import { I32, LOAD, STORE } from './wasm/opcodes.ts';

/** Pushes nothing; leaves unless the micro-op in `next` begins a region and the slice lasts. */
function requireRegion(w: RegionWriting, next: number, count: number): void {
  const { e } = w;
  const c = e.code;
  c.get(next).access(LOAD.i32From16, UOP_OP, true).i32(w.options.firstRegion).i32op('ltU');
  e.leaveIf();
  c.get(e.left).i32(count).i32op('leS');
  e.leaveIf();
}

/** Puts the region that the jump `p` is linked to into `next`, or leaves. */
export function requireLink(w: RegionWriting, p: number, next: number, count: number): void {
  const { e } = w;
  const c = e.code;
  c.loadAt(LOAD.i32, p + UOP_LINK_STAMP)
    .get(e.generation)
    .i32op('ne');
  e.leaveIf();
  c.loadAt(LOAD.i32, p + UOP_LINK).set(next);
  requireRegion(w, next, count);
}

/**
 * Puts the region at the linear address in `target` into `next`, or leaves; where `noted`, also when the interpreter
 * has not noted yet that computed jumps lead there.
 */
export function requireCached(
  w: RegionWriting,
  target: number,
  next: number,
  count: number,
  noted: boolean,
): void {
  const { e } = w;
  const c = e.code;
  c.get(target).wrap().tee(next).get(next).i32(12).i32op('shrU').i32op('xor');
  c.i32(JUMP_CACHE_ENTRIES - 1)
    .i32op('and')
    .i32(5)
    .i32op('shl')
    .tee(next);
  c.access(LOAD.i64, JUMP_CACHE, true).get(target).i64op('ne');
  e.leaveIf();
  c.get(next)
    .access(LOAD.i32, JUMP_CACHE + 8, true)
    .get(e.generation)
    .i32op('ne');
  e.leaveIf();
  c.get(next)
    .access(LOAD.i32, JUMP_CACHE + 12, true)
    .i32(w.region.key)
    .i32op('ne');
  e.leaveIf();
  if (noted) {
    c.get(next)
      .access(LOAD.i32, JUMP_CACHE + 20, true)
      .i32op('eqz');
    e.leaveIf();
  }
  c.get(next)
    .access(LOAD.i32, JUMP_CACHE + 16, true)
    .set(next);
  requireRegion(w, next, count);
}

/** Goes to the region in `next`, whose address is `linear` (an i64 local) or a constant. */
export function follow(
  w: RegionWriting,
  next: number,
  linear: { local: number } | bigint,
  count: number,
): void {
  const { e } = w;
  const c = e.code;
  w.count(count);
  if (typeof linear !== 'bigint') {
    c.i32(0).get(linear.local).i64(-4096).i64op('and').access(STORE.i64, PAGE_BASE, true);
  } else if (linear >> 12n !== (w.region.linear + BigInt(w.page)) >> 12n) {
    c.i32(0)
      .i64(BigInt.asIntN(64, linear & ~0xfffn))
      .access(STORE.i64, PAGE_BASE, true);
  }
  c.get(next).set(e.exitOp);
  e.chain();
}

/** The address that a direct jump leads to: its target is relative to the page. */
export function linearTarget(w: RegionWriting, target: number): bigint {
  const linear = w.region.linear + BigInt(target);
  return w.region.codeBase !== 0 || !w.e.long ? linear & 0xffffffffn : BigInt.asUintN(64, linear);
}

/** Leaves along an edge to somewhere outside: to a linked region, else to the interpreter. */
export function leaveByLink(w: RegionWriting, edge: Edge): void {
  const { e } = w;
  if (edge.link === undefined || w.options.checked) {
    e.leave();
    return;
  }
  const next = e.code.borrow(I32);
  requireLink(w, edge.exit, next, edge.count);
  follow(w, next, linearTarget(w, edge.link), edge.count);
  e.code.giveBack(I32, next);
}
