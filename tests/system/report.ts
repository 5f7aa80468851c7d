/** Results of both machines side by side, and the counts for `npm test`. */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import type { MachineName } from '../harness/guest.ts';
import type { Category, Result } from './suite.ts';

const categories: readonly Category[] = ['Boot', 'Memory', 'Interrupts', 'Logging', 'Timer', 'System'];

function cell(result: Result | undefined): string {
  if (result === undefined) return '-';
  const time = result.seconds > 0 ? ` ${result.seconds.toFixed(1)} s` : '';
  return `${result.failure === null ? 'ok' : 'FAIL'}${time}`;
}

/** A table of test by machine, then the reason of every failure. */
export function formatReport(results: readonly Result[], machines: readonly MachineName[]): string {
  const lines: string[] = [];
  const width = Math.max(30, ...results.map(({ name }) => name.length));
  lines.push(`${'test'.padEnd(width)}  ${machines.map((machine) => machine.padEnd(14)).join('')}`);
  for (const category of categories) {
    const names = [...new Set(results.filter((row) => row.category === category).map(({ name }) => name))];
    if (names.length > 0) lines.push(`[${category}]`);
    for (const name of names) {
      const cells = machines.map((machine) => {
        const found = results.find(
          (row) => row.category === category && row.name === name && row.machine === machine,
        );
        return cell(found).padEnd(14);
      });
      lines.push(`${name.padEnd(width)}  ${cells.join('')}`.trimEnd());
    }
  }
  for (const { name, machine, failure } of results) {
    if (failure !== null)
      lines.push('', `FAILED on ${machine}: ${name}`, `  ${failure.replaceAll('\n', '\n  ')}`);
  }
  for (const machine of machines) {
    const own = results.filter((row) => row.machine === machine);
    const failed = own.filter(({ failure }) => failure !== null).length;
    lines.push(`${machine}: ${own.length - failed} passed, ${failed} failed`);
  }
  return lines.join('\n');
}

/** Leaves counts and failures where build/test.ts looks for them; does nothing when nobody asked. */
export function writeCounts(results: readonly Result[]): void {
  const file = process.env.BREENIX_TEST_REPORT;
  if (file === undefined) return;
  const failed = results.filter(({ failure }) => failure !== null).length;
  const testResults = [
    {
      name: 'tests/system/run.ts',
      status: failed === 0 ? 'passed' : 'failed',
      message: '',
      assertionResults: results.map(({ category, name, machine, failure }) => ({
        fullName: `[${category}] ${name}, on ${machine}`,
        status: failure === null ? 'passed' : 'failed',
        failureMessages: failure === null ? [] : [failure],
      })),
    },
  ];
  writeFileSync(
    file,
    JSON.stringify({ numPassedTests: results.length - failed, numFailedTests: failed, testResults }),
  );
}
