/** Tables on standard output, and bench/results/NAME.json for whoever compares versions. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const RESULTS = path.resolve(import.meta.dirname, '../results');
const NAME_WIDTH = 44;
const NUMBER_WIDTH = 12;

/** One measured thing: a number for each machine or variant, null where it was not measured. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly [peer: string]: string | number | null;
}

const shown = (value: string | number | null | undefined): string => {
  if (typeof value !== 'number') return value ?? '';
  return Number.isNaN(value) ? '' : value.toPrecision(4);
};

/** Prints `columns` of each row. */
export function printTable(rows: readonly Row[], columns: readonly string[]): void {
  const cells = (values: readonly string[]): string =>
    values.map((value) => value.padStart(NUMBER_WIDTH)).join('');
  process.stdout.write(`${'row'.padEnd(NAME_WIDTH)}${cells(columns)}\n`);
  for (const row of rows) {
    const label = `${row.name} (${row.unit})`;
    process.stdout.write(
      `${label.padEnd(NAME_WIDTH)}${cells(columns.map((column) => shown(row[column])))}\n`,
    );
  }
}

/** Rounds what is written, so that a result's diff shows what changed and not the last digit of a double. */
function rounded(row: Row): Record<string, string | number | null> {
  const result: Record<string, string | number | null> = {};
  for (const [key, value] of Object.entries(row)) {
    if (typeof value !== 'number') result[key] = value;
    else result[key] = Number.isNaN(value) ? null : Number(value.toPrecision(4));
  }
  return result;
}

/** Writes bench/results/NAME.json; `about` says how it was measured. */
export function writeResults(
  name: string,
  about: Readonly<Record<string, string | number>>,
  rows: readonly Row[],
): void {
  mkdirSync(RESULTS, { recursive: true });
  const host = cpus()[0]?.model.trim() ?? 'unknown';
  const content = { host: `${host}, ${cpus().length} processors`, ...about, rows: rows.map(rounded) };
  writeFileSync(path.join(RESULTS, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}
