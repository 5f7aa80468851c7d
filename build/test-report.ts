/**
 * What a step of `build/test.ts` reports: its counts and its failures, read from the JSON that vitest's reporter and
 * our own runners write, and the text that says at the end of a run what failed. Whoever keeps only the last lines of
 * a log must find the cause there.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** One failed test, or a file of tests that did not load. */
export interface Failure {
  readonly test: string;
  /** The file that holds the test, as the report names it. */
  readonly file: string;
  readonly message: string;
}

export interface Report {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

/** Lines of a failure's message that the summary shows. */
const MESSAGE_LINES = 12;
/** Failures of one step that the summary shows with their message; the rest is named. */
const DETAILED_FAILURES = 20;

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function numberField(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === 'number' ? found : 0;
}

function textField(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}

function listField(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

/** The failures of one file; a file that failed without a failed test (it does not load, a hook threw) is one itself. */
function failuresOfFile(result: unknown): readonly Failure[] {
  const file = textField(result, 'name');
  const failures = listField(result, 'assertionResults')
    .filter((test) => textField(test, 'status') === 'failed')
    .map((test) => ({
      test: textField(test, 'fullName'),
      file,
      message: listField(test, 'failureMessages').map(String).join('\n'),
    }));
  if (failures.length > 0 || textField(result, 'status') !== 'failed') return failures;
  return [{ test: 'the file as a whole', file, message: textField(result, 'message') }];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Reads a step's report; `null` when there is none, or when its writer was killed in the middle. */
export function readReport(file: string): Report | null {
  const report = existsSync(file) ? parsed(readFileSync(file, 'utf8')) : null;
  if (report === null) return null;
  return {
    passed: numberField(report, 'numPassedTests'),
    failed: numberField(report, 'numFailedTests'),
    skipped: numberField(report, 'numPendingTests') + numberField(report, 'numTodoTests'),
    failures: listField(report, 'testResults').flatMap(failuresOfFile),
  };
}

function indented(text: string): readonly string[] {
  const lines = stripVTControlCharacters(text).trimEnd().split('\n');
  const shown = lines.slice(0, MESSAGE_LINES);
  if (lines.length > shown.length) shown.push(`… ${lines.length - shown.length} more lines`);
  return shown.map((line) => `    ${line}`.trimEnd());
}

/**
 * What failed in a step: every failed test with its file and the first lines of its message, or, when no test is to
 * blame, the last lines that the step wrote. Names of files are told from `root`.
 */
export function describeFailures(
  step: string,
  failures: readonly Failure[],
  lastLines: readonly string[],
  root: string,
): string {
  if (failures.length === 0) {
    const tail = lastLines.map((line) => `    ${stripVTControlCharacters(line)}`.trimEnd());
    return [`FAILED ${step}, which ended with:`, ...tail].join('\n');
  }
  return failures
    .flatMap(({ test, file, message }, i) => {
      const name = path.isAbsolute(file) ? path.relative(root, file) : file;
      const head = `FAILED ${step}: ${test} (${name})`;
      return i < DETAILED_FAILURES ? [head, ...indented(message)] : [head];
    })
    .join('\n');
}
