/**
 * Which memory operands of a region keep coming back to the page of the time before: those of the stack, and in a
 * loop those whose address moves by small steps or not at all. recent-pages.ts makes their accesses cheap.
 *
 * - A guess that costs time when it is wrong, never a result: a wrong one looks into the TLB after all.
 */
import type { Block, Region } from './discover.ts';
import type { Graph } from './graph.ts';
import type { MicroOp } from './micro-op.ts';
import { MODE_LONG } from '../cpu/core/mode-bits.ts';
import { PAGE_BASE_REGISTER, ZERO_REGISTER } from '../cpu/layout.ts';

/** Names a set of accesses that share a page. */
export type PageKey = string;
export const STACK_PAGE: PageKey = 'stack';
/** Of objects, as many as are kept in mind at once. */
const NEAR_PAGES: readonly PageKey[] = ['near', 'nearer'];
/** Fields further apart than this are not taken for one object's. */
const NEAR_BYTES = 1024;

const RAX = 0;
const RDX = 16;
const RSP = 32;
const RBP = 40;
/** A register that moves further than this in a round changes its page too often. */
const SMALL_STEP = 512;
/** Displacements that lie in one page's length are taken for one object. */
const PAGE_SHIFT = 12;
/** Pages remembered at once: each takes two or three locals of the whole function. */
const MAX_KEYS = 6;

/** The register that ModRM.reg or ModRM.rm names, without the second byte's mark. */
const whole = (offset: number): number => offset & ~7;

/** By the end of the handler's name: which operand it writes. */
const WRITES_NOTHING =
  /^(cmp|test|jcc|jmpJ|nop|bt(EG|EI)|push|movbeStore|end of block|comis|ucomis|clc|stc|cmc)/;
const WRITES_REG =
  /^(mov|add|sub|adc|sbb|and|or|xor|imul)(GE|GEI|zx.|sx.)$|^(leaGM|cmov|popcount|bsf|bsr|tzcnt|lzcnt|andn|bextr|bzhi|pdep|pext|rorx|sarx|shlx|shrx|movbeLoad)$/;
const WRITES_VVVV = /^bls(r|i|msk)$/;
const WRITES_RM =
  /^(mov|add|sub|adc|sbb|and|or|xor|shl|shr|sar|rol|ror|rcl|rcr)(EG|EI|EC|ZI)$|^(inc|dec|neg|not)E$|^(setcc|bswap|bt[src]E[GI]|sh[lr]dI|popE)$/;
const WRITES_ACCUMULATORS = /^(mul|imul|div|idiv|cbw|cwd)$/;
const WRITES_NO_GENERAL =
  /^(movups|movaps|movScalar|movnt|movq|movddup)|^(add|sub|mul|div)[sp][sd]$|^p[a-z]+$/;

/** The general registers that a micro-op writes; null: it may be any. */
function written(op: MicroOp): readonly number[] | null {
  const { handler } = op;
  if (WRITES_NOTHING.test(handler)) return [];
  if (WRITES_REG.test(handler)) return [whole(op.reg)];
  if (WRITES_VVVV.test(handler)) return [op.vvvv];
  if (handler === 'mulx') return [op.reg, op.vvvv];
  if (WRITES_RM.test(handler)) return op.inMemory ? [] : [whole(op.rm)];
  if (WRITES_ACCUMULATORS.test(handler)) return [RAX, RDX];
  if (handler === 'xchgEG' || handler === 'xadd') return [whole(op.reg), whole(op.rm)];
  if (handler === 'leave') return [RSP, RBP];
  return WRITES_NO_GENERAL.test(handler) ? [] : null;
}

/** Whether a micro-op moves the register that it writes by a small constant. */
function isStep(op: MicroOp): boolean {
  if (op.handler === 'incE' || op.handler === 'decE') return op.bits >= 32;
  if (op.handler === 'addEI' || op.handler === 'subEI')
    return op.bits >= 32 && Math.abs(op.immediate) <= SMALL_STEP;
  if (op.handler !== 'leaGM') return false;
  return op.base === whole(op.reg) && op.index === ZERO_REGISTER && Math.abs(op.displacement) <= SMALL_STEP;
}

/** Registers that stay near where they are from one round of a loop to the next. */
function steadyRegisters(blocks: readonly Block[]): ReadonlySet<number> {
  const steady = new Set(Array.from({ length: 16 }, (_, i) => i * 8));
  for (const { ops } of blocks) {
    for (const op of ops) {
      const registers = written(op);
      if (registers === null) return new Set();
      if (!isStep(op)) for (const register of registers) steady.delete(register);
    }
  }
  return steady;
}

/** The smallest loop around each block, as the blocks of its body. */
function innermostLoops(graph: Graph): Map<number, Set<number>> {
  const before = new Map<number, number[]>();
  for (const from of graph.order) {
    for (const to of graph.successors.get(from) ?? []) {
      if (!graph.has(from, to)) continue;
      const list = before.get(to);
      if (list === undefined) before.set(to, [from]);
      else list.push(from);
    }
  }
  const innermost = new Map<number, Set<number>>();
  for (const header of graph.loops) {
    const body = new Set([header]);
    const queue = (before.get(header) ?? []).filter((from) => graph.isBack(from, header));
    for (let block = queue.pop(); block !== undefined; block = queue.pop()) {
      if (body.has(block)) continue;
      body.add(block);
      queue.push(...(before.get(block) ?? []));
    }
    for (const block of body) {
      const other = innermost.get(block);
      if (other === undefined || other.size > body.size) innermost.set(block, body);
    }
  }
  return innermost;
}

/** Whether the register was last set to a byte: an index into a small table. */
function holdsByte(ops: readonly MicroOp[], at: number, register: number): boolean {
  for (let i = at - 1; i >= 0; i--) {
    const op = ops[i];
    if (op === undefined) return false;
    const registers = written(op);
    if (registers === null) return false;
    if (registers.includes(register))
      return op.handler === 'movzxB' || (op.handler === 'andEI' && op.immediate >= 0 && op.immediate < 256);
  }
  return false;
}

function isConstant(op: MicroOp): boolean {
  return op.base === ZERO_REGISTER || op.base === PAGE_BASE_REGISTER;
}

function isStackOperand(op: MicroOp, long: boolean): boolean {
  return op.base === RSP || (!long && op.base === RBP);
}

function isImplicitStack(op: MicroOp): boolean {
  return /^(push|pop|call|ret|leave)/.test(op.handler);
}

/** The keys of memory operands, by the address of their micro-op; STACK_PAGE goes for pushes and pops as well. */
export interface RecentUse {
  readonly operands: ReadonlyMap<number, PageKey>;
  /** Operands that come first of several: they look into the TLB anyway, and remember the page. */
  readonly first: ReadonlySet<number>;
  readonly keys: readonly PageKey[];
}

/** An object that a register of a block points to: the operand that it was first accessed by. */
interface Near {
  readonly op: MicroOp;
  key: PageKey | null;
}

/** Operands of one block through the same register, close to one another: fields of an object. */
class NearUse {
  readonly #byBase = new Map<number, Near>();
  #groups = 0;

  /** The operand's key when one before it has the same object; `first` is told of that one. */
  keyOf(op: MicroOp, first: (op: MicroOp, key: PageKey) => void): PageKey | null {
    if (op.index !== ZERO_REGISTER || op.base >= ZERO_REGISTER) return null;
    const near = this.#byBase.get(op.base);
    if (near === undefined || Math.abs(op.displacement - near.op.displacement) > NEAR_BYTES) {
      this.#byBase.set(op.base, { op, key: null });
      return null;
    }
    if (near.key === null) first(near.op, (near.key = NEAR_PAGES[this.#groups++ % NEAR_PAGES.length] ?? ''));
    return near.key;
  }

  /** Behind a micro-op: registers that it wrote point elsewhere. */
  pass(op: MicroOp): void {
    const registers = written(op);
    if (registers === null) this.#byBase.clear();
    else for (const register of registers) this.#byBase.delete(register);
  }
}

export function recentUse(region: Region, graph: Graph): RecentUse {
  const long = (region.mode & MODE_LONG) !== 0;
  const operands = new Map<number, PageKey>();
  const weights = new Map<PageKey, number>();
  const loops = innermostLoops(graph);
  const steadyOf = new Map<Set<number>, ReadonlySet<number>>();
  const note = (key: PageKey, weight: number): void => {
    weights.set(key, (weights.get(key) ?? 0) + weight);
  };
  const first = new Set<number>();
  for (const [offset, block] of region.blocks) {
    const near = new NearUse();
    const body = loops.get(offset);
    let steady: ReadonlySet<number> = new Set();
    if (body !== undefined) {
      steady =
        steadyOf.get(body) ?? steadyRegisters([...body].flatMap((member) => region.blocks.get(member) ?? []));
      steadyOf.set(body, steady);
    }
    const isSteady = (op: MicroOp, i: number): boolean => {
      if (!isConstant(op) && !steady.has(op.base)) return false;
      return op.index === ZERO_REGISTER || steady.has(op.index) || holdsByte(block.ops, i, op.index);
    };
    const keyOf = (op: MicroOp, i: number): PageKey | null => {
      if (isStackOperand(op, long)) return STACK_PAGE;
      if (body === undefined || !isSteady(op, i)) {
        return near.keyOf(op, (other, key) => {
          operands.set(other.p, key);
          first.add(other.p);
        });
      }
      return `${op.base} ${op.index} ${(op.displacement + (isConstant(op) ? 0 : 2048)) >> PAGE_SHIFT}`;
    };
    block.ops.forEach((op, i) => {
      if (isImplicitStack(op)) note(STACK_PAGE, 1);
      const key = op.inMemory ? keyOf(op, i) : null;
      if (key !== null) {
        operands.set(op.p, key);
        note(key, body === undefined || key === STACK_PAGE ? 1 : 4);
        if (NEAR_PAGES.includes(key)) note(key, 1);
      }
      near.pass(op);
    });
  }
  // A page that is looked at once gains nothing.
  const keys = [...weights].filter(([, weight]) => weight > 1).sort((a, b) => b[1] - a[1]);
  return { operands, first, keys: keys.slice(0, MAX_KEYS).map(([key]) => key) };
}
