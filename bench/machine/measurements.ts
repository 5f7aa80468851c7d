/** Measurements by row and peer, as they come in; the median (or another number) of each becomes a table. */
import type { Row } from '../lib/report.ts';
import { median } from '../lib/statistics.ts';

export class Measurements {
  readonly #rows = new Map<string, { readonly unit: string; readonly peers: Map<string, number[]> }>();

  readonly #summary: (values: readonly number[]) => number;

  constructor(summary: (values: readonly number[]) => number = median) {
    this.#summary = summary;
  }

  add(name: string, unit: string, peer: string, value: number): void {
    const row = this.#rows.get(name) ?? { unit, peers: new Map<string, number[]>() };
    this.#rows.set(name, row);
    row.peers.set(peer, [...(row.peers.get(peer) ?? []), value]);
  }

  rows(): Row[] {
    return [...this.#rows].map(([name, { unit, peers }]) => ({
      name,
      unit,
      ...Object.fromEntries([...peers].map(([peer, values]) => [peer, this.#summary(values)])),
    }));
  }
}
