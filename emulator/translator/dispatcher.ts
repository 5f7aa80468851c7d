/**
 * Jumps to computed addresses that stay in their region: where a jump may lead is a block of the region, so the
 * registers stay in locals.
 *
 * - A jump with few possible targets compares its address with each (`compared`). Where there are more, a table of
 *   bytes, one for each address between the first target and the last, has the index of the block (0: none of the
 *   region), and DISPATCH of graph.ts goes there: an interpreter's loop over its instructions is one region.
 * - Edges that graph.ts leads through DISPATCH have constant indices.
 */
import { isComputed, type Region } from './discover.ts';
import { DISPATCH, type Graph } from './graph.ts';
import type { MicroOp } from './micro-op.ts';
import type { FunctionCode, Label } from './wasm/function-code.ts';
import { I64, LOAD } from './wasm/opcodes.ts';

/** So many targets are compared one by one; a return meets the likeliest of them first. */
const MAX_COMPARED = { return: 4, jump: 2 } as const;
const MAX_INDEX = 255;

type Kind = keyof typeof MAX_COMPARED;

/** Where the jumps of a kind may lead inside the region. */
function candidates(region: Region, kind: Kind): readonly number[] {
  return kind === 'return' ? region.returns : region.targets;
}

export function kindOf(op: MicroOp): Kind | null {
  if (op.handler === 'ret' || op.handler === 'retI') return 'return';
  return isComputed(op) ? 'jump' : null;
}

/** Where jumps of a kind lead by comparison; empty when they go by the table. */
export function compared(region: Region, kind: Kind): readonly number[] {
  const list = candidates(region, kind);
  return list.length <= MAX_COMPARED[kind] ? list : [];
}

/** Where DISPATCH leads for the sake of computed jumps. */
export function tabled(region: Region): readonly number[] {
  const kinds: readonly Kind[] = ['return', 'jump'];
  return kinds.flatMap((kind) => (usesTable(region, kind) ? candidates(region, kind) : []));
}

export function usesTable(region: Region, kind: Kind): boolean {
  return candidates(region, kind).length > MAX_COMPARED[kind];
}

export class Dispatcher {
  readonly #graph: Graph;
  /** Linear address of the first target. */
  readonly #first: bigint;
  readonly #bytes: Uint8Array;
  readonly #table: number | null;

  constructor(region: Region, graph: Graph, reserve: (bytes: Uint8Array) => number | null) {
    this.#graph = graph;
    const targets = tabled(region).filter((offset) => graph.dispatched.includes(offset));
    const first = Math.min(...targets);
    this.#first = region.linear + BigInt(targets.length === 0 ? 0 : first);
    this.#bytes = new Uint8Array(targets.length === 0 ? 0 : Math.max(...targets) - first + 1);
    for (const offset of targets) {
      const index = this.#index(offset);
      if (index <= MAX_INDEX) this.#bytes[offset - first] = index;
    }
    this.#table = targets.length === 0 ? null : reserve(this.#bytes);
  }

  #index(offset: number): number {
    return this.#graph.dispatched.indexOf(offset) + 1;
  }

  /** Whether the block's computed jump looks its target up. */
  leadsToTable(from: number): boolean {
    return this.#table !== null && this.#graph.has(from, DISPATCH);
  }

  /** Puts the index of a block into `local`. */
  choose(code: FunctionCode, local: number, offset: number): void {
    code.i32(this.#index(offset)).set(local);
  }

  /** Puts the index of the block at the linear address in `target` (i64) into `local`; goes to `miss` for none. */
  lookUp(code: FunctionCode, local: number, target: number, miss: Label): void {
    const distance = code.borrow(I64);
    code.get(target).i64(BigInt.asIntN(64, this.#first)).i64op('sub').tee(distance);
    code.i64(this.#bytes.length).i64op('geU').brIf(miss);
    code
      .get(distance)
      .wrap()
      .access(LOAD.i32From8, this.#table ?? 0)
      .tee(local);
    code.i32op('eqz').brIf(miss);
    code.giveBack(I64, distance);
  }

  /** The code of DISPATCH itself. */
  write(code: FunctionCode, local: number, label: (offset: number) => Label): void {
    const labels = this.#graph.dispatched.map(label);
    code.get(local).brTable([...labels.slice(0, 1), ...labels]);
  }
}
