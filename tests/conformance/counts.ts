/** The record of a run: how many instructions of each family ran in each mode, as a table for the README. */
import type { Mode } from './generator.ts';

export interface GroupCount {
  readonly family: string;
  readonly mode: Mode;
  readonly instructions: number;
  readonly differences: number;
}

const grouped = (count: number | undefined): string => count?.toLocaleString('en-US') ?? '-';

/** Markdown; families in the order of their first count. */
export function describeCounts(counts: readonly GroupCount[], seed: number): string {
  const sum = (field: 'instructions' | 'differences'): number =>
    counts.reduce((total, count) => total + count[field], 0);
  const of = (family: string, mode: Mode): string =>
    grouped(counts.find((count) => count.family === family && count.mode === mode)?.instructions);
  const families = [...new Set(counts.map(({ family }) => family))];
  return [
    `Seed ${seed}: ${grouped(sum('instructions'))} instructions in ${counts.length} groups, ` +
      `${grouped(sum('differences'))} differences.`,
    '',
    '| family | 64-bit mode | compatibility mode |',
    '| --- | ---: | ---: |',
    ...families.map((family) => `| ${family} | ${of(family, '64-bit')} | ${of(family, 'compatibility')} |`),
    '',
  ].join('\n');
}
