/**
 * Finds the blocks of a region: what is reachable from its entry and was decoded (that is: executed) before, nearest
 * first, up to a bound. A block is cut where another one begins, so that no instruction is translated twice.
 *
 * - Calls are followed inside a page, jumps and what lies behind the end of a page into other pages as well.
 * - Offsets are those in the page of the entry; what lies before that page has negative ones.
 */
import type { CodePageReader } from './code-page-reader.ts';
import { PAGE_SIZE } from './code-page-reader.ts';
import { isCounted, isDirectJump, type MicroOp, type MicroOpReader } from './micro-op.ts';
import { UOP_SIZE } from '../cpu/layout.ts';

export const MAX_MICRO_OPS = 300;
/** So many places at most, where jumps to computed addresses led, become part of a region. */
const MAX_TARGETS = 128;
const MAX_PAGES = 4;
/** Pages of a region are at most this many pages from that of its entry: pages.ts has a bit for each. */
export const MAX_PAGE_DISTANCE = 15;
/** No block has this offset. */
const NOWHERE = -0x2000_0000;

export interface Edge {
  /** Offset where it leads. */
  readonly to: number;
  /** The micro-op that the interpreter continues with when the region is left here. */
  readonly exit: number;
  /** Instructions of the block that are completed when it is taken. */
  readonly count: number;
  /** Target's offset, where `exit` is a jump that the interpreter links. */
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
  /** Of the entry's page. */
  readonly linear: bigint;
  readonly mode: number;
  readonly key: number;
  /** Base of CS; 0 in 64-bit mode. */
  readonly codeBase: number;
  readonly blocks: ReadonlyMap<number, Block>;
  /** Offsets behind the calls of the region: where its returns may lead. */
  readonly returns: readonly number[];
  /** Offsets that jumps and calls to computed addresses have led to. */
  readonly targets: readonly number[];
  /** The code pages of its blocks by their offsets; that of the entry at 0. */
  readonly pages: ReadonlyMap<number, RegionPage>;
}

export interface RegionPage {
  /** The code page, and which it was of all that were ever there. */
  readonly page: number;
  readonly serial: number;
  readonly host: number;
}

/** A jump or call to an address in a register or memory. */
export function isComputed(op: MicroOp): boolean {
  return op.handler === 'jmpE' || op.handler === 'callE';
}

/** Where a jump leads; null: known only when it runs. */
export function jumpTarget(op: MicroOp): number | null {
  return isDirectJump(op) ? op.target : null;
}

/** The offset of the page that an offset lies in. */
export function pageOf(offset: number): number {
  return offset & ~(PAGE_SIZE - 1);
}

export class RegionFinder {
  readonly #code: CodePageReader;
  readonly #reader: MicroOpReader;

  constructor(code: CodePageReader, reader: MicroOpReader) {
    this.#code = code;
    this.#reader = reader;
  }

  /**
   * Null when there is nothing at the entry that could be translated. Of the places that only computed jumps lead
   * to, the region gets those that `isHot` has.
   */
  find(page: number, entry: number, isHot: (page: number, offset: number) => boolean): Region | null {
    const search = new Search(this.#code, this.#reader, page, isHot);
    search.run(entry);
    return search.region(entry);
  }
}

class Search {
  readonly #code: CodePageReader;
  readonly #reader: MicroOpReader;
  readonly #origin: number;
  readonly #isHot: (page: number, offset: number) => boolean;
  /** By offset; null: not to be found. */
  readonly #pages = new Map<number, number | null>();
  readonly #straight = new Map<number, MicroOp[]>();
  readonly #returns = new Set<number>();
  readonly #targets: number[] = [];
  /** The pages whose targets are among them. */
  readonly #targetPages = new Set<number>();

  constructor(
    code: CodePageReader,
    reader: MicroOpReader,
    origin: number,
    isHot: (page: number, offset: number) => boolean,
  ) {
    this.#code = code;
    this.#reader = reader;
    this.#origin = origin;
    this.#isHot = isHot;
    this.#pages.set(0, origin);
  }

  #pageAt(offset: number): number | null {
    const known = this.#pages.get(offset);
    if (known !== undefined) return known;
    const linear = this.#code.linear(this.#origin) + BigInt(offset);
    const far = Math.abs(offset) > MAX_PAGE_DISTANCE * PAGE_SIZE || this.#pages.size >= MAX_PAGES;
    const page = far || linear < 0n ? null : this.#code.find(linear, this.#code.key(this.#origin));
    this.#pages.set(offset, page);
    return page;
  }

  run(entry: number): void {
    const queue = [entry];
    let total = 0;
    for (let offset = queue.shift(); offset !== undefined; offset = queue.shift()) {
      if (this.#straight.has(offset)) continue;
      const page = this.#pageAt(pageOf(offset));
      const block = page === null ? 0 : this.#code.blockAt(page, offset - pageOf(offset));
      if (block === 0) continue;
      const ops = this.#straightLine(block, pageOf(offset));
      if (ops.length === 0) continue;
      if (total > 0 && total + ops.length > MAX_MICRO_OPS) continue;
      total += ops.length;
      this.#straight.set(offset, ops);
      for (const op of ops) queue.push(...this.#successors(op));
    }
  }

  #successors(op: MicroOp): number[] {
    const target = jumpTarget(op);
    const isCall = op.handler.startsWith('call');
    const found: number[] = [];
    if (target !== null && !(isCall && pageOf(target) !== op.page)) found.push(target);
    if (isCall) {
      const behind = op.offset + op.length;
      this.#returns.add(behind);
      found.push(behind);
    }
    if (isCounted(op)) found.push(op.offset + op.length);
    if (isComputed(op) && !this.#targetPages.has(op.page)) found.push(...this.#computed(op.page));
    return found;
  }

  /** Where computed jumps lead in the page at `offset`. */
  #computed(offset: number): number[] {
    this.#targetPages.add(offset);
    const page = this.#pageAt(offset);
    if (page === null) return [];
    const all = this.#code.targets(page, (place) => this.#isHot(page, place));
    const found = all.slice(0, MAX_TARGETS - this.#targets.length).map((place) => offset + place);
    this.#targets.push(...found);
    return found;
  }

  /** Micro-ops up to the end of the block, or to where a block that is already part of the region begins. */
  #straightLine(block: number, page: number): MicroOp[] {
    const ops: MicroOp[] = [];
    for (let p = block; ; p += UOP_SIZE) {
      const op = this.#reader.read(p, page);
      const guard = op.handler === 'guardSecondPage';
      if ((op.family === 'invalid' && !guard) || op.handler === 'code was dropped') return ops;
      const first = ops[0];
      ops.push(op);
      // Behind a guard follows the instruction that it guards, at the same offset.
      if (first !== undefined && op.offset !== first.offset && this.#straight.has(op.offset)) return ops;
      if ((op.ends && !guard) || op.handler === 'end of block') return ops;
    }
  }

  /** What was found, its blocks cut; null for nothing. */
  region(entry: number): Region | null {
    const code = this.#code;
    const blocks = new Map<number, Block>();
    for (const [offset, ops] of this.#straight) blocks.set(offset, this.#cut(offset, ops));
    if (!blocks.has(entry)) return null;
    const pages = new Map<number, RegionPage>();
    for (const offset of [0, ...blocks.keys()]) {
      const page = this.#pages.get(pageOf(offset)) ?? this.#origin;
      pages.set(pageOf(offset), { page, serial: code.serial(page), host: code.host(page) });
    }
    return {
      entry,
      linear: code.linear(this.#origin),
      key: code.key(this.#origin),
      ...code.mode(this.#origin),
      blocks,
      returns: [...this.#returns].filter((offset) => blocks.has(offset)),
      targets: this.#targets.filter((offset) => blocks.has(offset)),
      pages,
    };
  }

  #cut(offset: number, ops: readonly MicroOp[]): Block {
    const cut = ops.findIndex((op) => op.offset !== offset && this.#straight.has(op.offset));
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
    return { to: NOWHERE, exit: last.p + UOP_SIZE, count: last.count };
  }
}
