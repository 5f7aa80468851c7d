/** Any graph becomes reducible, and loses no edge, by what buildGraph leads through DISPATCH. */
import { expect, test } from 'vitest';
import { buildGraph, DISPATCH, type Successors } from './graph.ts';
import { Random } from './testing/random-code.ts';

const ENTRY = 0;

function reachable(successors: Successors, without: number | null): Set<number> {
  const found = new Set<number>(without === ENTRY ? [] : [ENTRY]);
  for (const node of found) for (const to of successors.get(node) ?? []) if (to !== without) found.add(to);
  return found;
}

function randomGraph(random: Random, nodes: number): Map<number, number[]> {
  const successors = new Map<number, number[]>();
  for (let node = 0; node < nodes; node++)
    successors.set(
      node,
      Array.from({ length: random.below(4) }, () => random.below(nodes)),
    );
  return successors;
}

test('a loop with two entries is entered through DISPATCH', () => {
  const successors = new Map([
    [0, [1, 2]],
    [1, [2]],
    [2, [1]],
  ]);
  const graph = buildGraph(ENTRY, successors);
  expect(graph.dispatched.length).toBeGreaterThan(0);
  for (const [from, list] of successors) for (const to of list) expect(graph.has(from, to)).toBe(true);
});

test('a reducible graph stays as it is', () => {
  const graph = buildGraph(
    ENTRY,
    new Map([
      [0, [1]],
      [1, [2, 3]],
      [2, [1]],
      [3, []],
    ]),
  );
  expect(graph.dispatched).toEqual([]);
  expect([...graph.loops]).toEqual([1]);
});

test('random graphs keep their edges, and what goes back goes to a dominator', () => {
  const random = new Random(1);
  for (let round = 0; round < 300; round++) {
    const successors = randomGraph(random, 3 + random.below(9));
    const graph = buildGraph(ENTRY, successors);
    for (const from of reachable(successors, null)) {
      for (const to of successors.get(from) ?? []) {
        expect(graph.has(from, to), `round ${round}: ${from} to ${to}`).toBe(true);
        if (graph.isRerouted(from, to)) expect(graph.dispatched).toContain(to);
      }
    }
    for (const from of graph.order) {
      for (const to of graph.successors.get(from) ?? []) {
        if (!graph.isBack(from, to)) continue;
        const avoidable = reachable(graph.successors, to).has(from) && from !== to;
        expect(avoidable, `round ${round}: ${from} back to ${to}`).toBe(false);
        expect(graph.loops.has(to)).toBe(true);
      }
      if (from === DISPATCH)
        for (const to of graph.dispatched) expect(graph.successors.get(from)).toContain(to);
    }
  }
});
