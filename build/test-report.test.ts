/** The end of a test run must say what failed, from any report that a step can leave. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFailures, type Failure, readReport } from './test-report.ts';

describe('the report of a step', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'breenix-test-report-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function written(report: unknown): string {
    const file = path.join(folder, 'report.json');
    writeFileSync(file, JSON.stringify(report));
    return file;
  }

  it('names failed tests, and files that failed without one', () => {
    const file = written({
      numPassedTests: 5,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults: [
        {
          name: '/src/a.test.ts',
          status: 'failed',
          message: '',
          assertionResults: [
            { fullName: 'a holds', status: 'passed', failureMessages: [] },
            { fullName: 'a breaks', status: 'failed', failureMessages: ['Error: no', 'Error: again no'] },
          ],
        },
        { name: '/src/b.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] },
        { name: '/src/c.test.ts', status: 'passed', message: '', assertionResults: [] },
      ],
    });
    expect(readReport(file)).toEqual({
      passed: 5,
      failed: 1,
      skipped: 3,
      failures: [
        { test: 'a breaks', file: '/src/a.test.ts', message: 'Error: no\nError: again no' },
        { test: 'the file as a whole', file: '/src/b.test.ts', message: 'Cannot find module' },
      ],
    });
  });

  it('is null when there is none, or one that is cut short', () => {
    const file = path.join(folder, 'report.json');
    expect(readReport(file)).toBeNull();
    writeFileSync(file, '{"numPassedTests": 3');
    expect(readReport(file)).toBeNull();
  });
});

describe('the summary of failures', () => {
  it('has the name, the file from the root and the first twelve lines, without colours', () => {
    const message = Array.from({ length: 20 }, (_, i) => `\x1b[31mline ${i}\x1b[39m`).join('\n');
    const failure = { test: 'a breaks', file: '/src/kernel/a.test.ts', message };
    const lines = describeFailures('unit', [failure], ['unused'], '/src').split('\n');
    expect(lines).toEqual([
      'FAILED unit: a breaks (kernel/a.test.ts)',
      ...Array.from({ length: 12 }, (_, i) => `    line ${i}`),
      '    … 8 more lines',
    ]);
  });

  it('names every failure, also when there are too many for their messages', () => {
    const failures: Failure[] = Array.from({ length: 25 }, (_, i) => ({
      test: `t${i}`,
      file: 'tests/system/run.ts',
      message: `m${i}`,
    }));
    const lines = describeFailures('system', failures, [], '/src').split('\n');
    expect(lines.filter((line) => line.startsWith('FAILED system: t'))).toHaveLength(25);
    expect(lines.filter((line) => line.startsWith('    m'))).toHaveLength(20);
  });

  it('ends with what the step wrote last when no test is to blame', () => {
    expect(describeFailures('lint', [], ['a.ts:1', '', '\x1b[1m1 problem\x1b[0m'], '/src')).toBe(
      'FAILED lint, which ended with:\n    a.ts:1\n\n    1 problem',
    );
  });
});
