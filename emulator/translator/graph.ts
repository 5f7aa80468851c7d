/**
 * The control-flow graph of a region in the order in which structured code is written: reverse postorder,
 * dominators, loops and merges. After N. Ramsey, "Beyond Relooper" (ICFP 2022), 4, and K. D. Cooper et al.,
 * "A Simple, Fast Dominance Algorithm" (2001).
 *
 * An edge that makes the graph irreducible is cut: there the region is left, and the interpreter goes on.
 */
export interface Graph {
  readonly order: readonly number[];
  /** Blocks that begin a loop. */
  readonly loops: ReadonlySet<number>;
  /** Blocks that more than one forward edge leads to. */
  readonly merges: ReadonlySet<number>;
  /** Children in the dominator tree, in the order of `order`. */
  readonly children: ReadonlyMap<number, readonly number[]>;
  readonly isBack: (from: number, to: number) => boolean;
  /** False for edges that were cut. */
  readonly has: (from: number, to: number) => boolean;
}

type Successors = ReadonlyMap<number, readonly number[]>;

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

export function buildGraph(entry: number, all: Successors): Graph {
  let successors = all;
  for (;;) {
    const order = reversePostorder(entry, successors);
    const number = new Map(order.map((node, i) => [node, i]));
    const dominator = dominators(order, number, successors);
    const rank = (node: number): number => number.get(node) ?? 0;
    const dominates = (a: number, b: number): boolean => {
      let node = b;
      while (rank(node) > rank(a)) node = dominator.get(node) ?? entry;
      return node === a;
    };
    const loops = new Set<number>();
    const merges = new Set<number>();
    const cut = new Map<number, Set<number>>();
    const forward = new Set<number>();
    for (const from of order) {
      for (const to of successors.get(from) ?? []) {
        if (rank(to) > rank(from)) {
          if (forward.has(to)) merges.add(to);
          forward.add(to);
        } else if (dominates(to, from)) loops.add(to);
        else cut.set(from, (cut.get(from) ?? new Set()).add(to));
      }
    }
    if (cut.size > 0) {
      const kept = new Map<number, readonly number[]>();
      for (const [from, list] of successors)
        kept.set(
          from,
          list.filter((to) => cut.get(from)?.has(to) !== true),
        );
      successors = kept;
      continue;
    }
    const children = new Map<number, number[]>();
    for (const node of order) {
      if (node === entry) continue;
      const parent = dominator.get(node) ?? entry;
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [node]);
      else list.push(node);
    }
    const final = successors;
    return {
      order,
      loops,
      merges,
      children,
      isBack: (from, to) => rank(to) <= rank(from),
      has: (from, to) => number.has(to) && (final.get(from)?.includes(to) ?? false),
    };
  }
}
