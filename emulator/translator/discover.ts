/**
 * Finds the blocks of a region: what is reachable from its entry inside one code page and was decoded (that is:
 * executed) before, nearest first, up to a bound. A block is cut where another one begins, so that no
 * instruction is translated twice.
 */
import {
  PAGE_HOST,
  PAGE_KEY,
  PAGE_LINEAR,
  PAGE_MAP,
  PAGE_TARGETS,
  CODE_KEYS,
  UOP_LINK,
  UOP_OP,
  UOP_SIZE,
} from '../cpu/layout.ts';
import type { MicroOp, MicroOpReader } from './micro-op.ts';

export const MAX_MICRO_OPS = 300;
/** So many places at most, where jumps to computed addresses led, become part of a region. */
const MAX_TARGETS = 128;
const PAGE_SIZE = 4096;

export interface Edge {
  /** Offset in the page where it leads. */
  readonly to: number;
  /** The micro-op that the interpreter continues with when the region is left here. */
  readonly exit: number;
  /** Instructions of the block that are completed when it is taken. */
  readonly count: number;
  /** Target relative to the page, where `exit` is a jump that the interpreter links. */
  readonly link?: number;
}

export interface Block {
  readonly offset: number;
  readonly ops: readonly MicroOp[];
  /** Where execution goes on when no jump is taken; null when the last micro-op decides. */
  readonly next: Edge | null;
}

export interface Region {
  readonly entry: number;
  readonly linear: bigint;
  readonly host: number;
  readonly mode: number;
  readonly key: number;
  /** Base of CS; 0 in 64-bit mode. */
  readonly codeBase: number;
  readonly blocks: ReadonlyMap<number, Block>;
  /** Offsets behind the calls of the region: where its returns may lead. */
  readonly returns: readonly number[];
  /** Offsets that jumps and calls to computed addresses have led to. */
  readonly targets: readonly number[];
}

/** A jump or call to an address in a register or memory. */
export function isComputed(op: MicroOp): boolean {
  return op.handler === 'jmpE' || op.handler === 'callE';
}

/** A jump by the counter register: it ends its block, and goes on behind it when it is not taken. */
export function isCounted(op: MicroOp): boolean {
  return op.handler.startsWith('loop') || op.handler === 'jcxz';
}

/** Where a jump leads, as an offset in its page; null: elsewhere, or known only when it runs. */
export function jumpTarget(op: MicroOp): number | null {
  const direct =
    op.condition >= 0 ||
    op.handler.startsWith('jcc') ||
    op.handler === 'jmpJ' ||
    op.handler === 'callJ' ||
    op.handler === 'end of block' ||
    isCounted(op);
  return direct && op.target >= 0 && op.target < PAGE_SIZE ? op.target : null;
}

export class RegionFinder {
  readonly #view: DataView;
  readonly #reader: MicroOpReader;
  readonly #firstRegion: number;

  constructor(view: DataView, reader: MicroOpReader, firstRegion: number) {
    this.#view = view;
    this.#reader = reader;
    this.#firstRegion = firstRegion;
  }

  /** The decoded block at an offset of a code page, 0 for none; a region's stub leads to the block it replaced. */
  blockAt(page: number, offset: number): number {
    const block = this.#view.getUint32(page + PAGE_MAP + offset * 4, true);
    if (block === 0 || this.#view.getUint16(block + UOP_OP, true) < this.#firstRegion) return block;
    return this.#view.getUint32(block + UOP_LINK, true);
  }

  /** Where jumps to computed addresses led in a page, as far as it is hot. */
  #targets(page: number, isHot: (offset: number) => boolean): number[] {
    const found: number[] = [];
    for (let offset = 0; offset < PAGE_SIZE && found.length < MAX_TARGETS; offset++) {
      const bits = this.#view.getUint8(page + PAGE_TARGETS + (offset >> 3));
      if (bits === 0) offset |= 7;
      else if (bits & (1 << (offset & 7)) && isHot(offset)) found.push(offset);
    }
    return found;
  }

  /**
   * Null when there is nothing at the entry that could be translated. Of the places that only computed jumps lead
   * to, the region gets those that `isHot` has.
   */
  find(page: number, entry: number, isHot: (offset: number) => boolean): Region | null {
    const view = this.#view;
    const straight = new Map<number, MicroOp[]>();
    const returns = new Set<number>();
    const queue = [entry];
    let targets: readonly number[] | null = null;
    let total = 0;
    for (let offset = queue.shift(); offset !== undefined; offset = queue.shift()) {
      if (straight.has(offset)) continue;
      const block = this.blockAt(page, offset);
      if (block === 0) continue;
      const ops = this.#straightLine(block, straight);
      if (ops.length === 0) continue;
      if (total > 0 && total + ops.length > MAX_MICRO_OPS) continue;
      total += ops.length;
      straight.set(offset, ops);
      for (const op of ops) {
        const target = jumpTarget(op);
        if (target !== null) queue.push(target);
        if (op.handler.startsWith('call') && op.offset + op.length < PAGE_SIZE) {
          returns.add(op.offset + op.length);
          queue.push(op.offset + op.length);
        }
        if (isCounted(op)) queue.push(op.offset + op.length);
        if (isComputed(op) && targets === null) queue.push(...(targets = this.#targets(page, isHot)));
      }
    }
    if (!straight.has(entry)) return null;
    const blocks = new Map<number, Block>();
    for (const [offset, ops] of straight) blocks.set(offset, this.#cut(offset, ops, straight));
    const key = CODE_KEYS + (view.getUint32(page + PAGE_KEY, true) - 1) * 16;
    return {
      entry,
      linear: view.getBigUint64(page + PAGE_LINEAR, true),
      host: view.getUint32(page + PAGE_HOST, true),
      mode: view.getUint32(key, true),
      key: view.getUint32(page + PAGE_KEY, true),
      codeBase: view.getUint32(key + 4, true),
      blocks,
      returns: [...returns].filter((offset) => blocks.has(offset)),
      targets: (targets ?? []).filter((offset) => blocks.has(offset)),
    };
  }

  /** Micro-ops up to the end of the block, or to where a block that is already part of the region begins. */
  #straightLine(block: number, known: ReadonlyMap<number, unknown>): MicroOp[] {
    const ops: MicroOp[] = [];
    for (let p = block; ; p += UOP_SIZE) {
      const op = this.#reader.read(p);
      if (op.family === 'invalid' || op.handler === 'code was dropped') return ops;
      if (ops.length > 0 && known.has(op.offset)) {
        ops.push(op);
        return ops;
      }
      ops.push(op);
      if (op.ends || op.handler === 'end of block') return ops;
    }
  }

  #cut(offset: number, ops: readonly MicroOp[], known: ReadonlyMap<number, unknown>): Block {
    const cut = ops.findIndex((op, i) => i > 0 && known.has(op.offset));
    const at = ops[cut];
    if (at !== undefined) {
      const before = at.handler === 'end of block' ? at.count - 1 : at.before;
      return { offset, ops: ops.slice(0, cut), next: { to: at.offset, exit: at.p, count: before } };
    }
    const last = ops.at(-1);
    if (last?.handler === 'end of block') {
      const next = { to: last.target, exit: last.p, count: last.count - 1, link: last.target };
      return { offset, ops: ops.slice(0, -1), next };
    }
    return { offset, ops, next: last?.ends === true ? null : this.#leave(last) };
  }

  /** The straight line stopped at something that only the interpreter runs. */
  #leave(last: MicroOp | undefined): Edge | null {
    if (last === undefined) return null;
    return { to: -1, exit: last.p + UOP_SIZE, count: last.count };
  }
}
