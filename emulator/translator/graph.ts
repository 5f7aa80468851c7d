/**
 * The control-flow graph of a region in the order in which structured code is written: reverse postorder,
 * dominators, loops and merges. After N. Ramsey, "Beyond Relooper" (ICFP 2022), 4, and K. D. Cooper et al.,
 * "A Simple, Fast Dominance Algorithm" (2001).
 *
 * DISPATCH is a node that stands for no block: it goes to the one whose index is in a local. Jumps to computed
 * addresses lead to it, and so do the edges that would make the graph irreducible: a loop that is entered in more
 * than one place is then entered by DISPATCH alone.
 */

export const DISPATCH = -0x4000_0000;

/** What cannot be made reducible by this many changes loses edges: there the region is left. */
const MAX_REROUTES = 40;

export interface Graph {
  readonly order: readonly number[];
  /** Blocks that begin a loop. */
  readonly loops: ReadonlySet<number>;
  /** Blocks that more than one forward edge leads to. */
  readonly merges: ReadonlySet<number>;
  /** Children in the dominator tree, in the order of `order`. */
  readonly children: ReadonlyMap<number, readonly number[]>;
  readonly isBack: (from: number, to: number) => boolean;
  /** As changed: with the edges to and from DISPATCH instead of those that it took. */
  readonly successors: Successors;
  /** False for edges that were cut. */
  readonly has: (from: number, to: number) => boolean;
  /** The edge leads through DISPATCH. */
  readonly isRerouted: (from: number, to: number) => boolean;
  /** Where DISPATCH leads; an index in it is that of a block. */
  readonly dispatched: readonly number[];
}

export type Successors = ReadonlyMap<number, readonly number[]>;

function reversePostorder(entry: number, successors: Successors): number[] {
  const seen = new Set<number>([entry]);
  const out: number[] = [];
  const stack: { node: number; next: number }[] = [{ node: entry, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const list = successors.get(top.node) ?? [];
    // Last successor first: what falls through comes right behind its block.
    const to = list[list.length - 1 - top.next];
    top.next++;
    if (to === undefined) {
      out.push(top.node);
      stack.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ node: to, next: 0 });
    }
  }
  return out.reverse();
}

function dominators(
  order: readonly number[],
  number: ReadonlyMap<number, number>,
  successors: Successors,
): Map<number, number> {
  const before = new Map<number, number[]>();
  for (const node of order) {
    for (const to of successors.get(node) ?? []) {
      const list = before.get(to);
      if (list === undefined) before.set(to, [node]);
      else list.push(node);
    }
  }
  const [entry = 0] = order;
  const dominator = new Map<number, number>([[entry, entry]]);
  const rank = (node: number): number => number.get(node) ?? 0;
  const meet = (x: number, y: number): number => {
    let a = x;
    let b = y;
    while (a !== b) {
      while (rank(a) > rank(b)) a = dominator.get(a) ?? entry;
      while (rank(b) > rank(a)) b = dominator.get(b) ?? entry;
    }
    return a;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (const node of order) {
      if (node === entry) continue;
      let best: number | undefined;
      for (const from of before.get(node) ?? []) {
        if (dominator.has(from)) best = best === undefined ? from : meet(from, best);
      }
      if (best !== undefined && dominator.get(node) !== best) {
        dominator.set(node, best);
        changed = true;
      }
    }
  }
  return dominator;
}

interface Shape {
  readonly order: readonly number[];
  readonly rank: (node: number) => number;
  readonly dominator: ReadonlyMap<number, number>;
  readonly loops: ReadonlySet<number>;
  readonly merges: ReadonlySet<number>;
  /** Edges that go back to a block which does not dominate their origin. */
  readonly irreducible: readonly (readonly [from: number, to: number])[];
  readonly isNaturalBack: (from: number, to: number) => boolean;
}

function shapeOf(entry: number, successors: Successors): Shape {
  const order = reversePostorder(entry, successors);
  const number = new Map(order.map((node, i) => [node, i]));
  const dominator = dominators(order, number, successors);
  const rank = (node: number): number => number.get(node) ?? -1;
  const dominates = (a: number, b: number): boolean => {
    let node = b;
    while (rank(node) > rank(a)) node = dominator.get(node) ?? entry;
    return node === a;
  };
  const loops = new Set<number>();
  const merges = new Set<number>();
  const irreducible: [number, number][] = [];
  const forward = new Set<number>();
  for (const from of order) {
    for (const to of successors.get(from) ?? []) {
      if (rank(to) > rank(from)) {
        // Whatever DISPATCH leads to needs a label.
        if (forward.has(to) || from === DISPATCH) merges.add(to);
        forward.add(to);
      } else if (dominates(to, from)) loops.add(to);
      else irreducible.push([from, to]);
    }
  }
  const isNaturalBack = (from: number, to: number): boolean => rank(to) <= rank(from) && dominates(to, from);
  return { order, rank, dominator, loops, merges, irreducible, isNaturalBack };
}

/** The edges of a graph while some of them are led through DISPATCH. */
class Edges {
  readonly successors = new Map<number, number[]>();
  readonly #rerouted = new Map<number, Set<number>>();

  constructor(all: Successors) {
    for (const [from, list] of all) this.successors.set(from, [...new Set(list)]);
  }

  isRerouted(from: number, to: number): boolean {
    return this.#rerouted.get(from)?.has(to) === true;
  }

  cut(from: number, to: number): void {
    const list = this.successors.get(from) ?? [];
    this.successors.set(
      from,
      list.filter((other) => other !== to),
    );
  }

  add(from: number, to: number): void {
    const list = this.successors.get(from);
    if (list === undefined) this.successors.set(from, [to]);
    else if (!list.includes(to)) list.push(to);
  }

  #reroute(from: number, to: number): void {
    this.cut(from, to);
    this.add(from, DISPATCH);
    this.add(DISPATCH, to);
    this.#rerouted.set(from, (this.#rerouted.get(from) ?? new Set()).add(to));
  }

  /** Makes DISPATCH the only way to a block. */
  #dispatchTo(to: number): void {
    for (const [from, list] of [...this.successors])
      if (from !== DISPATCH && list.includes(to)) this.#reroute(from, to);
  }

  /** Removes what makes the edge irreducible. */
  resolve(from: number, to: number, shape: Shape): void {
    if (to !== DISPATCH) {
      this.#dispatchTo(to);
      return;
    }
    // The loop of DISPATCH and `from` has other entries: lead what comes from outside through DISPATCH.
    const before = new Map<number, number[]>();
    for (const [origin, list] of this.successors) {
      for (const next of list) {
        if (shape.isNaturalBack(origin, next)) continue;
        const origins = before.get(next);
        if (origins === undefined) before.set(next, [origin]);
        else origins.push(origin);
      }
    }
    const after = reach(DISPATCH, (node) =>
      (this.successors.get(node) ?? []).filter((next) => !shape.isNaturalBack(node, next)),
    );
    const loop = reach(from, (node) => (before.get(node) ?? []).filter((origin) => origin !== DISPATCH));
    for (const node of loop) if (!after.has(node)) loop.delete(node);
    for (const [origin, list] of [...this.successors]) {
      if (origin === DISPATCH || loop.has(origin)) continue;
      for (const next of list) if (loop.has(next)) this.#reroute(origin, next);
    }
  }
}

function reach(start: number, next: (node: number) => readonly number[]): Set<number> {
  const found = new Set([start]);
  for (const node of found) for (const other of next(node)) found.add(other);
  return found;
}

function dominatorTree(entry: number, shape: Shape): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const node of shape.order) {
    if (node === entry) continue;
    const parent = shape.dominator.get(node) ?? entry;
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [node]);
    else list.push(node);
  }
  return children;
}

export function buildGraph(entry: number, all: Successors): Graph {
  const edges = new Edges(all);
  let shape = shapeOf(entry, edges.successors);
  for (let changes = 0; ; changes++) {
    const [problem] = shape.irreducible;
    if (problem === undefined) break;
    if (changes < MAX_REROUTES) edges.resolve(...problem, shape);
    else for (const [from, to] of shape.irreducible) edges.cut(from, to);
    shape = shapeOf(entry, edges.successors);
  }
  const { rank } = shape;
  const leads = (from: number, to: number): boolean =>
    rank(to) >= 0 && (edges.successors.get(from)?.includes(to) ?? false);
  const isRerouted = (from: number, to: number): boolean =>
    edges.isRerouted(from, to) && leads(from, DISPATCH) && leads(DISPATCH, to);
  return {
    order: shape.order,
    loops: shape.loops,
    merges: shape.merges,
    children: dominatorTree(entry, shape),
    isBack: (from, to) => rank(to) <= rank(from),
    successors: edges.successors,
    has: (from, to) => leads(from, to) || isRerouted(from, to),
    isRerouted,
    dispatched: (edges.successors.get(DISPATCH) ?? []).filter((to) => rank(to) >= 0),
  };
}
