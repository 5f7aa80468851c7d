/** grep, sed, find, xargs, expr, printf and test on Linux, from a table. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost, run } from '../testing/on-host.ts';
import { PROGRAM_CASES, PROGRAM_SETUP } from '../testing/program-cases.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'breenix-text-'));

beforeAll(buildForHost, BUILD_TIMEOUT_MS);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('text programs', () => {
  it.each(PROGRAM_CASES)('%s', (script, stdout, status) => {
    const own = mkdtempSync(path.join(folder, 'case-'));
    const outcome = run('bin/sh', ['-c', PROGRAM_SETUP + script], { cwd: own });
    expect({ stdout: outcome.stdout, status: outcome.status }).toEqual({ stdout, status });
  });
});
