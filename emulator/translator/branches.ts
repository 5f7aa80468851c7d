/**
 * Calls, returns and jumps to computed addresses. Everything that may leave (a miss of the TLB, a target outside
 * CS, the end of the slice) comes before the stack pointer moves.
 */
import { SEGMENTS, SEGMENT_SIZE, SEG_LIMIT } from '../cpu/layout.ts';
import { pageOf } from './discover.ts';
import { compared, usesTable } from './dispatcher.ts';
import { canPush, moveStack, pushStackAddress, pushValue, RSP } from './families/stack.ts';
import { valueType } from './flags.ts';
import { DISPATCH } from './graph.ts';
import { follow, linearTarget, requireCached, requireLink } from './links.ts';
import type { MicroOp } from './micro-op.ts';
import { enterPageAt, hasManyPages, pushIsKnown, pushIsKnownAt, requirePage } from './pages.ts';
import type { RegionWriting } from './region-writing.ts';
import { I32, I64, LOAD } from './wasm/opcodes.ts';

const CS = 1;

function native(w: RegionWriting, op: MicroOp): boolean {
  const { e } = w;
  if (canPush(e, op.bits)) return true;
  e.fallback(op);
  return false;
}

/** Leaves when the slice ends with these instructions. */
export function requireTime(w: RegionWriting, count: number): void {
  w.e.code.get(w.e.left).i32(count).i32op('leS');
  w.e.leaveIf();
}

/** Pushes the address behind the call on the guest's stack. */
function pushReturn(w: RegionWriting, op: MicroOp): void {
  const { e } = w;
  const type = valueType(op.bits);
  const value = e.code.borrow(type);
  const linear = w.region.linear + BigInt(op.offset + op.length);
  if (e.long) e.code.i64(BigInt.asIntN(64, linear));
  else e.code.i32(Number(BigInt.asIntN(32, linear - BigInt(w.region.codeBase))));
  e.code.set(value);
  pushValue(e, value, op.bits);
  e.code.giveBack(type, value);
}

export function writeCall(w: RegionWriting, from: number, op: MicroOp): void {
  if (!native(w, op)) return;
  const to = op.target;
  if (w.graph.has(from, to)) {
    requirePage(w, from, to, op.p, () => {
      callByLink(w, op);
    });
    requireTime(w, op.count);
    pushReturn(w, op);
    w.count(op.count);
    w.edge(from, { to, exit: op.p, count: op.count }, true);
  } else callByLink(w, op);
}

/** Calls what the interpreter linked the call to. */
function callByLink(w: RegionWriting, op: MicroOp): void {
  const { e } = w;
  if (w.options.checked) {
    e.leave();
    return;
  }
  const next = e.code.borrow(I32);
  requireLink(w, op.p, next, op.count);
  pushReturn(w, op);
  follow(w, next, linearTarget(w, op.target), op.count);
  e.code.giveBack(I32, next);
}

/** Leaves when the address in `target` (of the stack's width) is not one that a jump may lead to. */
function requireTarget(w: RegionWriting, target: number): void {
  const { e } = w;
  const c = e.code;
  if (e.long) c.get(target).i64(16).i64op('shl').i64(16).i64op('shrS').get(target).i64op('ne');
  else
    c.get(target)
      .loadAt(LOAD.i32, SEGMENTS + CS * SEGMENT_SIZE + SEG_LIMIT)
      .i32op('gtU');
  e.leaveIf();
}

/** Sets the i64 local `linear` to the address of the offset in `target`. */
function toLinear(w: RegionWriting, target: number, linear: number): void {
  const c = w.e.code.get(target);
  if (!w.e.long) {
    if (w.region.codeBase !== 0) c.i32(w.region.codeBase | 0).i32op('add');
    c.extendUnsigned();
  }
  c.set(linear);
}

/** A jump to an address that is known only when it runs. */
interface ComputedJump {
  readonly from: number;
  readonly op: MicroOp;
  readonly kind: 'return' | 'jump';
  /** The offset in CS, of the stack's width, and the linear address (i64). */
  readonly target: number;
  readonly linear: number;
  /** What the instruction does besides; it may leave before it has changed anything. */
  readonly change: () => void;
}

/** Goes to the blocks of the region that the jump may lead to, if it leads to one of them. */
function goInside(w: RegionWriting, jump: ComputedJump): void {
  const { e } = w;
  const c = e.code;
  const { from, op } = jump;
  const { state } = e.flags;
  const inside = compared(w.region, jump.kind).filter((offset) => w.graph.has(from, offset));
  const byTable = w.dispatcher.leadsToTable(from) && usesTable(w.region, jump.kind);
  if (inside.length > 0 || byTable) requireTime(w, op.count);
  for (const to of inside) {
    c.get(jump.linear)
      .i64(BigInt.asIntN(64, linearTarget(w, to)))
      .i64op('eq');
    if (pageOf(to) !== 0) {
      pushIsKnown(w, to);
      c.i32op('and');
    }
    c.if();
    jump.change();
    w.count(op.count);
    w.edge(from, { to, exit: op.p, count: op.count }, true);
    c.end();
    e.forgetExit();
    e.flags.state = state;
  }
  if (byTable) {
    const miss = c.block();
    w.dispatcher.lookUp(c, w.dispatch, jump.linear, miss);
    if (hasManyPages(w)) {
      pushIsKnownAt(w, jump.linear);
      c.i32op('eqz').brIf(miss);
    }
    jump.change();
    w.count(op.count);
    enterPageAt(w, jump.linear);
    w.goTo(from, DISPATCH);
    c.end();
    e.forgetExit();
    e.flags.state = state;
  }
}

function writeComputedJump(w: RegionWriting, jump: ComputedJump): void {
  const { e } = w;
  const { count } = jump.op;
  toLinear(w, jump.target, jump.linear);
  goInside(w, jump);
  if (w.options.checked) {
    e.leave();
    return;
  }
  requireTarget(w, jump.target);
  const next = e.code.borrow(I32);
  requireCached(w, jump.linear, next, count, jump.kind === 'jump');
  jump.change();
  follow(w, next, { local: jump.linear }, count);
  e.code.giveBack(I32, next);
}

export function writeReturn(w: RegionWriting, from: number, op: MicroOp): void {
  if (!native(w, op)) return;
  const { e } = w;
  const c = e.code;
  const type = valueType(op.bits);
  const target = c.borrow(type);
  const linear = c.borrow(I64);
  const bytes = op.bits / 8 + (op.handler === 'retI' ? op.immediate & 0xffff : 0);
  pushStackAddress(e, RSP, 0, op.bits / 8, false);
  e.loadStack(op.bits);
  c.set(target);
  const change = (): void => {
    moveStack(e, bytes);
  };
  writeComputedJump(w, { from, op, kind: 'return', target, linear, change });
  c.giveBack(type, target);
  c.giveBack(I64, linear);
}

/** Jumps and calls to an address in a register or memory. */
export function writeComputed(w: RegionWriting, from: number, op: MicroOp): void {
  if (!native(w, op)) return;
  const { e } = w;
  const c = e.code;
  const type = valueType(op.bits);
  const target = c.borrow(type);
  const linear = c.borrow(I64);
  e.pushRm(op, op.bits);
  c.set(target);
  const change = (): void => {
    if (op.handler === 'callE') pushReturn(w, op);
  };
  writeComputedJump(w, { from, op, kind: 'jump', target, linear, change });
  c.giveBack(type, target);
  c.giveBack(I64, linear);
}
