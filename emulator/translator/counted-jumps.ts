/**
 * LOOP, LOOPE, LOOPNE and JCXZ (SDM vol. 2). They end their block: where the region does not have the way that they take,
 * it is left before them, and the interpreter does the jump.
 */
import { pageOf } from './discover.ts';
import { valueType } from './flags.ts';
import { requireTime } from './branches.ts';
import type { MicroOp } from './micro-op.ts';
import type { RegionWriting } from './region-writing.ts';
import { I32 } from './wasm/opcodes.ts';

const RCX = 8;
const COUNTER_BITS = [16, 32, 64] as const;
const CONDITION_ZERO = 4;
const CONDITION_NOT_ZERO = 5;

/** Pushes 1 when the jump is taken; nothing has changed yet. */
function pushTaken(w: RegionWriting, op: MicroOp, bits: number): void {
  const { e } = w;
  const type = valueType(bits);
  e.pushRegister(RCX, bits);
  if (op.handler === 'jcxz') {
    e.code.integer(type, 'eqz');
    return;
  }
  // The counter is about to be 0.
  e.code.constant(type, 1).integer(type, 'ne');
  if (op.handler === 'loop') return;
  e.flags.pushCondition(op.handler === 'loope' ? CONDITION_ZERO : CONDITION_NOT_ZERO);
  e.code.i32op('and');
}

export function writeCounted(w: RegionWriting, from: number, op: MicroOp): void {
  const { e } = w;
  const c = e.code;
  const bits = COUNTER_BITS[op.addressSize] ?? 64;
  const to = op.target;
  const behind = op.offset + op.length;
  // A way into another page would have to be checked.
  const inside = (target: number): boolean => pageOf(target) === pageOf(from) && w.graph.has(from, target);
  const jumps = inside(to);
  const passes = inside(behind);
  if (!jumps && !passes) {
    e.fallback(op);
    return;
  }
  const taken = c.borrow(I32);
  pushTaken(w, op, bits);
  c.set(taken);
  if (!jumps || !passes) {
    c.get(taken);
    if (jumps) c.i32op('eqz');
    e.leaveIf();
  }
  requireTime(w, op.count);
  if (op.handler !== 'jcxz') {
    e.pushRegister(RCX, bits);
    c.constant(valueType(bits), -1).integer(valueType(bits), 'add');
    e.popRegister(RCX, bits);
  }
  w.count(op.count);
  const go = (target: number): void => {
    w.edge(from, { to: target, exit: op.p, count: op.count }, true);
  };
  if (jumps && passes) {
    const { state } = e.flags;
    c.get(taken).if();
    go(to);
    c.end();
    e.forgetExit();
    e.flags.state = state;
  }
  c.giveBack(I32, taken);
  go(passes ? behind : to);
}
