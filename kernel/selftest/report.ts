/**
 * How the kernel's own tests report: a test is a function that calls `expect` and ends; the runner prints one line for
 * each, `TEST_MARKER: name OK` or `TEST_MARKER: name FAIL what`.
 */
import { LOG_ERROR, LOG_INFO, logBegin, logDec, logEnd, logStr } from '../lib/log';

let failure: usize = 0;
let passed: u32 = 0;
let failed: u32 = 0;

/** Notes the first thing that is not as `what` says. Returns `good`, so that a test can stop. */
export function expect(good: bool, what: string): bool {
  if (!good && failure == 0) failure = changetype<usize>(what);
  return good;
}

export function runTest(name: string, test: () => void): void {
  failure = 0;
  test();
  logBegin(failure == 0 ? LOG_INFO : LOG_ERROR, 'selftest');
  logStr('TEST_MARKER: ');
  logStr(name);
  if (failure == 0) {
    passed++;
    logStr(' OK');
  } else {
    failed++;
    logStr(' FAIL ');
    logStr(changetype<string>(failure));
  }
  logEnd();
}

export function printSummary(): void {
  logBegin(LOG_INFO, 'selftest');
  logDec(passed);
  logStr(' passed, ');
  logDec(failed);
  logStr(' failed');
  logEnd();
}
